/* A list of memberships is uploaded through nginx to an address that was made for it: checked before a byte
 * is taken, used once, and imported by itself. */
#include <glob.h>
#include <json-c/json.h>
#include <unistd.h>

#include "support/company.h"
#include "support/expect.h"
#include "support/raw.h"

#define ROSTER   "employee_id,first_name,last_name\nE1,Ann,One\nE2,Bob,Two\n"
#define SETTINGS "job_processes = 0\nlong_job_processes = 0\n"

static struct company company;

static int setup(void **state)
{
    *state = world_start(SETTINGS);
    company = make_company(*state);
    return 0;
}

/* An address that was asked for. */
struct upload {
    const char *url;
    const char *path; /* the same without the server */
    const char *key;
    const char *id;
};

static const char *member(struct answer *answer, const char *name)
{
    struct json_object *data = json_object_object_get(answer->json, "data");

    return json_object_get_string(json_object_object_get(data, name));
}

static struct answer *ask(struct world *world, const char *organization)
{
    return call_get(world, &company.employee.session,
                    world_print(world, "/api/v1/worklete_admin/organizations/%s/upload_memberships_list_url",
                                organization));
}

static struct upload new_upload(struct world *world)
{
    struct answer *answer = ask(world, company.organization);
    struct upload upload = {0};

    expect_status(answer, 200);
    upload.url = world_print(world, "%s", member(answer, "url"));
    upload.key = world_print(world, "%s", member(answer, "key"));
    upload.path = upload.url + strlen(world_url(world));
    upload.id = world_print(world, "%.36s", upload.path + strlen("/api/v1/uploads/"));
    world_secret(world, strstr(upload.url, "signature=") + strlen("signature="));
    return upload;
}

static struct answer *put(struct world *world, const char *path, const char *content)
{
    return CALL(world, .method = "PUT", .path = path, .body = content, .type = "text/csv");
}

static size_t count_files(struct world *world, const char *pattern)
{
    glob_t found = {0};
    size_t count = 0;

    if (glob(world_print(world, "%s/uploads/%s", world_folder(world), pattern), GLOB_PERIOD, NULL, &found) ==
        0) {
        count = found.gl_pathc;
    }
    globfree(&found);
    return count;
}

/* What was refused goes when its request has ended, which is after its answer. */
static void expect_no_part(struct world *world)
{
    for (int tenth = 0; tenth < 100 && count_files(world, ".*.part") > 0; tenth++) {
        usleep(100000);
    }
    assert_int_equal(count_files(world, ".*.part"), 0);
}

static const char *stored(struct world *world, const struct upload *upload)
{
    return world_read_file(world, world_print(world, "%s/uploads/%s.csv", world_folder(world), upload->id));
}

static void an_address_says_all_that_is_needed(void **state)
{
    struct world *world = *state;
    struct answer *answer = ask(world, company.organization);
    expect_status(answer, 200);
    assert_string_equal(member(answer, "method"), "PUT");
    assert_string_equal(member(answer, "bucket"), "uploads");
    assert_string_equal(member(answer, "headers"), "{ }");
    assert_int_equal(strncmp(member(answer, "key"), world_print(world, "%s/", company.organization), 37), 0);
    assert_int_equal(strlen(member(answer, "key")), 37 + 32 + 4);
    world_sql(world,
              "UPDATE organizations SET s3_integrations_folder = 'integrations/acme' WHERE id = $1::uuid",
              company.organization, NULL);
    answer = ask(world, company.organization);
    assert_int_equal(strncmp(member(answer, "key"), "integrations/acme/", 18), 0);
    assert_string_equal(world_sql(world, "SELECT round(extract(epoch FROM $1::timestamptz - now()) / 60)",
                                  member(answer, "expires_at"), NULL),
                        "15");
    expect_status(ask(world, NOBODY), 404);
}

static void a_file_is_stored_once(void **state)
{
    struct world *world = *state;
    struct upload upload = new_upload(world);
    expect_status(put(world, upload.path, ROSTER), 200);
    assert_string_equal(stored(world, &upload), ROSTER);
    assert_string_equal(
        world_sql(world,
                  "SELECT payload FROM jobs WHERE kind = 'membership_import' AND payload ->> 'key' = $1",
                  upload.key, NULL),
        world_print(world, "{\"key\": \"%s\", \"organization_id\": \"%s\"}", upload.key,
                    company.organization));
    expect_status(put(world, upload.path, "other"), 403);
    assert_string_equal(stored(world, &upload), ROSTER);
    assert_int_equal(count_rows(world, "SELECT count(*) FROM jobs WHERE payload ->> 'key' = $1", upload.key),
                     1);
    expect_no_part(world);
    assert_string_equal(world_sql(world,
                                  "SELECT operation || ' ' || (after ->> 'size') FROM audit_events WHERE "
                                  "action = 'upload.update' AND thing_id = $1",
                                  upload.id, NULL),
                        world_print(world, "store_upload %zu", strlen(ROSTER)));
}

static void a_large_file_comes_whole(void **state)
{
    struct world *world = *state;
    struct upload upload = new_upload(world);
    size_t length = (size_t)20 << 20;
    char *content = arena_allocate(world_arena(world), length + 1);
    memset(content, 'x', length);
    expect_status(put(world, upload.path, content), 200);
    assert_int_equal(strlen(stored(world, &upload)), length);
}

static void of_two_at_once_one_is_the_file(void **state)
{
    struct world *world = *state;
    struct upload upload = new_upload(world);
    struct call calls[8];
    struct answer *answers[8];
    int good = 0;
    for (size_t i = 0; i < COUNT(calls); i++) {
        calls[i] = (struct call){.method = "PUT",
                                 .path = upload.path,
                                 .body = world_print(world, "body %zu", i),
                                 .type = "text/csv"};
    }
    call_together(world, calls, COUNT(calls), answers);
    for (size_t i = 0; i < COUNT(calls); i++) {
        good += answers[i]->status == 200;
        assert_true(answers[i]->status == 200 || answers[i]->status == 403);
        if (answers[i]->status == 200) {
            assert_string_equal(stored(world, &upload), calls[i].body);
        }
    }
    assert_int_equal(good, 1);
    assert_int_equal(count_rows(world, "SELECT count(*) FROM jobs WHERE payload ->> 'key' = $1", upload.key),
                     1);
    expect_no_part(world);
}

static void what_was_tampered_with_is_refused(void **state)
{
    struct world *world = *state;
    struct upload upload = new_upload(world);
    struct upload other = new_upload(world);
    const char *query = strchr(upload.path, '?');
    const char *signature = strstr(upload.path, "signature=");
    size_t before = count_files(world, "*.csv");
    const char *const paths[] = {
        world_print(world, "/api/v1/uploads/%s%s", other.id, query),
        world_print(world, "/api/v1/uploads/%s%s", NOBODY, query),
        world_print(world, "/api/v1/uploads/%s?expires=9999999999&%s", upload.id, signature),
        world_print(world, "/api/v1/uploads/%s?expires=x&%s", upload.id, signature),
        world_print(world, "/api/v1/uploads/%s?%s", upload.id, signature),
        world_print(world, "/api/v1/uploads/%s", upload.id),
        world_print(world, "%sA", upload.path),
    };
    for (size_t i = 0; i < COUNT(paths); i++) {
        expect_status(put(world, paths[i], ROSTER), 403);
    }
    expect_status(put(world, "/api/v1/uploads/nonsense?expires=1&signature=x", ROSTER), 404);
    assert_int_equal(count_files(world, "*.csv"), before);
    expect_no_part(world);
    expect_status(put(world, upload.path, ROSTER), 200);
}

static void what_is_too_old_is_refused(void **state)
{
    struct world *world = *state;
    struct upload upload = new_upload(world);
    const char *past =
        world_sql(world,
                  "UPDATE uploads SET expires_at = date_trunc('second', now()) - interval '1 second' WHERE "
                  "id = $1::uuid RETURNING extract(epoch FROM expires_at)::bigint",
                  upload.id, NULL);
    expect_status(put(world,
                      world_print(world, "/api/v1/uploads/%s?expires=%s&%s", upload.id, past,
                                  strstr(upload.path, "signature=")),
                      ROSTER),
                  403);
    assert_null(stored(world, &upload));
}

/* The answer comes although the body never does. */
static void nothing_is_read_that_will_be_refused(void **state)
{
    struct world *world = *state;
    struct upload upload = new_upload(world);
    struct answer *answer = raw_print(
        world, "PUT %s HTTP/1.1\r\nHost: x\r\nContent-Length: 70000000\r\nConnection: close\r\n\r\n",
        upload.path);
    assert_int_equal(answer->status, 413);
    answer = raw_print(world,
                       "PUT %sA HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\nConnection: close\r\n\r\n",
                       upload.path);
    assert_int_equal(answer->status, 403);
    expect_status(CALL(world, .method = "PUT", .path = upload.path, .body = "", .type = "text/csv"), 400);
    expect_status(put(world, upload.path, ROSTER), 200);
}

static void the_limit_is_an_option(void **state)
{
    struct world *world = *state;
    struct upload upload = new_upload(world);
    char content[2049];
    memset(content, 'x', sizeof content - 1);
    content[sizeof content - 1] = '\0';
    world_restart(world, SETTINGS "upload_max_size = 1 KiB\n");
    expect_status(put(world, upload.path, content), 413);
    assert_null(stored(world, &upload));
    expect_status(put(world, upload.path, ROSTER), 200);
    world_restart(world, SETTINGS);
}

static void other_methods_are_told_the_right_one(void **state)
{
    struct world *world = *state;
    struct upload upload = new_upload(world);
    struct answer *answer = call_get(world, NULL, upload.path);
    expect_status(answer, 405);
    expect_header(answer, "Allow", "PUT, OPTIONS");
    expect_status(CALL(world, .method = "OPTIONS", .path = upload.path), 204);
}

static void a_folder_that_is_gone_is_503_and_no_use(void **state)
{
    struct world *world = *state;
    struct upload upload = new_upload(world);
    const char *folder = world_print(world, "%s/uploads", world_folder(world));
    const char *away = world_print(world, "%s.away", folder);
    assert_int_equal(rename(folder, away), 0);
    expect_status(put(world, upload.path, ROSTER), 503);
    assert_int_equal(rename(away, folder), 0);
    expect_status(put(world, upload.path, ROSTER), 200);
}

/* The test vector's store; with one of its own the bucket is in the path. */
static void another_store_signs_addresses_of_its_own(void **state)
{
    struct world *world = *state;
    const char *s3 =
        SETTINGS "storage = s3\ns3_region = us-west-2\ns3_bucket = examplebucket\ns3_access_key_id = "
                 "AKIAIOSFODNN7EXAMPLE\ns3_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n";
    world_restart(world, s3);
    struct answer *answer = ask(world, company.organization);
    expect_status(answer, 200);
    const char *url = member(answer, "url");
    assert_string_equal(member(answer, "bucket"), "examplebucket");
    const char *start =
        world_print(world, "https://examplebucket.s3.us-west-2.amazonaws.com/%s?", member(answer, "key"));
    assert_int_equal(strncmp(url, start, strlen(start)), 0);
    assert_non_null(strstr(url, "X-Amz-Algorithm=AWS4-HMAC-SHA256"));
    assert_non_null(strstr(url, "X-Amz-Expires=900"));
    assert_non_null(strstr(url, "X-Amz-SignedHeaders=host"));
    assert_int_equal(strlen(strstr(url, "X-Amz-Signature=")), strlen("X-Amz-Signature=") + 64);
    world_restart(world, world_print(world, "%ss3_endpoint = https://store.example.test:9000\n", s3));
    answer = ask(world, company.organization);
    start = world_print(world, "https://store.example.test:9000/examplebucket/%s?", member(answer, "key"));
    assert_int_equal(strncmp(member(answer, "url"), start, strlen(start)), 0);
    world_restart(world, SETTINGS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_says_all_that_is_needed),
        cmocka_unit_test(a_file_is_stored_once),
        cmocka_unit_test(a_large_file_comes_whole),
        cmocka_unit_test(of_two_at_once_one_is_the_file),
        cmocka_unit_test(what_was_tampered_with_is_refused),
        cmocka_unit_test(what_is_too_old_is_refused),
        cmocka_unit_test(nothing_is_read_that_will_be_refused),
        cmocka_unit_test(the_limit_is_an_option),
        cmocka_unit_test(other_methods_are_told_the_right_one),
        cmocka_unit_test(a_folder_that_is_gone_is_503_and_no_use),
        cmocka_unit_test(another_store_signs_addresses_of_its_own),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
