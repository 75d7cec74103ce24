/* A store from elsewhere, which speaks like S3 and checks signatures with code of its own, takes files at our
 * addresses, and what it took imports itself. */
#include <signal.h>
#include <unistd.h>

#include "support/company.h"
#include "support/expect.h"
#include "support/process.h"
#include "support/roster.h"
#include "support/store.h"

#define ROSTER "employee_id,first_name,last_name,team\nE1,Ada,L,Dock\nE2,Bob,B,Dock\nE3,,C,Dock\n"
/* npm may have to bring it first. */
#define TENTHS_TO_START 3000
#define STOP_SECONDS    10

static struct person employee;
static pid_t store;

/* Its keys are always these. */
static const char *configuration(struct world *world, const char *endpoint)
{
    return world_print(world,
                       "storage = s3\ns3_endpoint = %s\ns3_bucket = rosters\ns3_access_key_id = S3RVER\n"
                       "s3_secret_access_key = S3RVER\ns3_poll_interval = 50 ms\n",
                       endpoint);
}

/* Its address; NULL where it cannot run here, which `out` explains. */
static const char *start_store(struct world *world, const char *out)
{
    const char *file = world_print(world, "%s/store.address", world_folder(world));
    const char *const arguments[] = {SOURCE_FOLDER "/tests/clients/store", file, NULL};
    int status = 0;

    store = process_start(arguments, NULL, out, out);
    for (int tenth = 0; tenth < TENTHS_TO_START; tenth++) {
        if (process_ended(store, &status)) {
            assert_int_equal(status, EXIT_SKIP);
            return NULL;
        }
        if (access(file, F_OK) == 0) {
            return world_read_file(world, file);
        }
        usleep(100000);
    }
    fail_msg("the store does not start: %s", world_read_file(world, out));
    return NULL;
}

static int setup(void **state)
{
    struct world *world = world_start(NULL);
    const char *out = world_print(world, "%s/store.out", world_folder(world));

    *state = world;
    const char *address = start_store(world, out);
    if (address == NULL) {
        print_message("%s", world_read_file(world, out));
        world_stop(world);
        exit(EXIT_SKIP);
    }
    world_restart(world, configuration(world, address));
    employee = make_employee(world, "Emil");
    return 0;
}

static int teardown(void **state)
{
    (void)process_stop(store, SIGTERM, STOP_SECONDS);
    return world_teardown(state);
}

static void what_is_put_to_our_address_imports_itself(void **state)
{
    struct world *world = *state;
    const char *organization = make_organization(world, "Acme");
    struct store_address address = ask_for_address(world, &employee, organization);
    assert_int_equal(put_to(world, address.url, ROSTER), 200);
    struct answer *answer = wait_for_import(world, &employee, organization, address.key, "complete");
    expect_text(answer, "data.0.key", address.key);
    expect_integer(answer, "data.0.report.joined", 2);
    expect_integer(answer, "data.0.report.teams_made", 1);
    expect_integer(answer, "data.0.report.refusals.0.line", 4);
    assert_string_equal(member(world, organization, "E2"), "invited|Bob|B|-|-|-|Dock");
}

/* A folder's name is text of an organization: whatever it is, both sides must sign the same. */
static void folders_of_any_name_are_signed_right(void **state)
{
    struct world *world = *state;
    const char *organization = make_organization(world, "Odd");
    world_sql(world, "UPDATE organizations SET s3_integrations_folder = 'in/a b+c(d)~é' WHERE id = $1::uuid",
              organization, NULL);
    struct store_address address = ask_for_address(world, &employee, organization);
    assert_int_equal(strncmp(address.key, "in/a b+c(d)~é/", strlen("in/a b+c(d)~é/")), 0);
    assert_int_equal(put_to(world, address.url, ROSTER), 200);
    wait_for_import(world, &employee, organization, address.key, "complete");
}

static char *changed(struct world *world, const char *url, const char *from, const char *to)
{
    const char *place = strstr(url, from);
    assert_non_null(place);
    return world_print(world, "%.*s%s%s", (int)(place - url), url, to, place + strlen(from));
}

static void a_wrong_signature_is_refused(void **state)
{
    struct world *world = *state;
    const char *organization = make_organization(world, "Wrong");
    struct store_address address = ask_for_address(world, &employee, organization);
    struct store_address other = ask_for_address(world, &employee, organization);
    const char *signature = strstr(address.url, "X-Amz-Signature=");
    char *turned = world_print(world, "%s", address.url);
    turned[strlen(turned) - 1] ^= 1;
    assert_int_equal(put_to(world, turned, ROSTER), 403);
    assert_int_equal(
        put_to(world, changed(world, address.url, signature, strstr(other.url, "X-Amz-Signature=")), ROSTER),
        403);
    assert_int_equal(put_to(world, changed(world, address.url, ".csv", ".txt"), ROSTER), 403);
    assert_int_equal(
        put_to(world, changed(world, address.url, "X-Amz-Expires=900", "X-Amz-Expires=901"), ROSTER), 403);
    assert_int_equal(put_to(world, address.url, ROSTER), 200);
    wait_for_import(world, &employee, organization, address.key, "complete");
    assert_int_equal(count_rows(world,
                                "SELECT count(*) FROM membership_imports WHERE organization_id = $1::uuid",
                                organization),
                     1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_to_our_address_imports_itself),
        cmocka_unit_test(folders_of_any_name_are_signed_right),
        cmocka_unit_test(a_wrong_signature_is_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
