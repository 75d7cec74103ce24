/* The file is put there as any program would put it, by libcurl and without anything of muster. */
#include "support/store.h"

#include <curl/curl.h>
#include <unistd.h>

#include "support/company.h"
#include "support/expect.h"

#define TRIES       3000
#define PAUSE       20000
#define PUT_SECONDS 30L

struct store_address ask_for_address(struct world *world, const struct person *employee,
                                     const char *organization)
{
    struct answer *answer =
        call_get(world, &employee->session,
                 world_print(world, "/api/v1/worklete_admin/organizations/%s/upload_memberships_list_url",
                             organization));

    expect_status(answer, 200);
    struct store_address address = {.url = world_print(world, "%s", text_at(answer, "data.url")),
                                    .key = world_print(world, "%s", text_at(answer, "data.key"))};
    const char *signature = strstr(address.url, "X-Amz-Signature=");
    assert_non_null(signature);
    world_secret(world, signature + strlen("X-Amz-Signature="));
    return address;
}

static size_t drop(char *data, size_t size, size_t count, void *argument)
{
    (void)data;
    (void)argument;
    return size * count;
}

int put_to(struct world *world, const char *url, const char *content)
{
    FILE *file = fmemopen(world_print(world, "%s", content), strlen(content), "r");
    CURL *curl = curl_easy_init();
    long status = 0;

    assert_non_null(file);
    assert_non_null(curl);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READDATA, file);
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)strlen(content));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, PUT_SECONDS);
    assert_int_equal(curl_easy_perform(curl), CURLE_OK);
    assert_int_equal(curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status), CURLE_OK);
    curl_easy_cleanup(curl);
    assert_int_equal(fclose(file), 0);
    return (int)status;
}

struct answer *wait_for_import(struct world *world, const struct person *employee, const char *organization,
                               const char *key, const char *status)
{
    const char *found = world_print(
        world, "SELECT count(*) FROM membership_imports WHERE key = $1 AND status = '%s'", status);

    for (int tries = 0; count_rows(world, found, key) == 0; tries++) {
        assert_true(tries < TRIES);
        usleep(PAUSE);
    }
    return call_get(
        world, &employee->session,
        world_print(world, "/api/v1/worklete_admin/organizations/%s/membership_imports", organization));
}

void wait_for_awaiting(struct world *world, const char *organization, const char *condition)
{
    const char *found = world_print(world,
                                    "SELECT count(*) FROM jobs WHERE kind = 'await_upload' AND "
                                    "organization_id = $1::uuid AND (%s)",
                                    condition);

    for (int tries = 0; count_rows(world, found, organization) == 0; tries++) {
        assert_true(tries < TRIES);
        usleep(PAUSE);
    }
}
