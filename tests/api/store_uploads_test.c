/* A file that goes to another store, which tells nobody that it came, is found there and imports itself as if
 * it had been stored here. */
#include "support/company.h"
#include "support/expect.h"
#include "support/fakes.h"
#include "support/roster.h"
#include "support/store.h"

#define ROSTER "employee_id,first_name,last_name\nE1,Ada,L\nE2,,B\n"

#define TOLD "problem = 'The store answers 500 when it is asked for the file.'"

static struct person employee;
static struct arena *memory;
static struct fakes fakes;

static const char *configuration(const char *more)
{
    return arena_print(memory,
                       "storage = s3\ns3_endpoint = %s\ns3_region = eu-central-1\ns3_bucket = store\n"
                       "s3_access_key_id = " FAKE_KEY_ID "\ns3_secret_access_key = " FAKE_SECRET "\n"
                       "s3_poll_interval = 50 ms\n%s",
                       fakes.open, more);
}

static const char *usual_configuration(void)
{
    return configuration("");
}

static int setup(void **state)
{
    fakes_world_start(state, &memory, &fakes, usual_configuration);
    employee = make_employee(*state, "Emil");
    return 0;
}

static int teardown(void **state)
{
    return fakes_world_stop(state, memory, &fakes);
}

static const char *new_organization(struct world *world)
{
    return make_organization(world, make_name(world, "Store "));
}

/* How often the store was asked for a file. */
static size_t asked(const char *method, const char *key)
{
    return fakes_count(memory, &fakes, arena_print(memory, "\"%s\", \"path\": \"/store/%s?", method, key));
}

static void a_file_that_came_imports_itself(void **state)
{
    struct world *world = *state;
    const char *organization = new_organization(world);
    struct store_address address = ask_for_address(world, &employee, organization);
    wait_for_awaiting(world, organization, "problem = 'The file did not come yet.' AND attempt = 0");
    assert_int_equal(put_to(world, address.url, ROSTER), 200);
    struct answer *answer = wait_for_import(world, &employee, organization, address.key, "complete");
    expect_text(answer, "data.0.key", address.key);
    expect_integer(answer, "data.0.report.joined", 1);
    expect_integer(answer, "data.0.report.refusals.0.line", 3);
    assert_string_equal(member(world, organization, "E1"), "invited|Ada|L|-|-|-|-");
    assert_string_equal(world_sql(world,
                                  "SELECT concat_ws(' ', operation, after ->> 'size') FROM audit_events "
                                  "WHERE action = 'upload.update' AND organization_id = $1::uuid",
                                  organization, NULL),
                        world_print(world, "await_upload %zu", strlen(ROSTER)));
}

/* A second one that waits shows that there was time to ask for the first. */
static void the_store_is_not_asked_for_what_came(void **state)
{
    struct world *world = *state;
    const char *first = new_organization(world);
    const char *second = new_organization(world);
    struct store_address address = ask_for_address(world, &employee, first);
    assert_int_equal(put_to(world, address.url, ROSTER), 200);
    wait_for_import(world, &employee, first, address.key, "complete");
    size_t looks = asked("HEAD", address.key);
    assert_int_equal(asked("GET", address.key), 1);
    assert_int_equal(put_to(world, ask_for_address(world, &employee, second).url, ROSTER), 200);
    wait_for_awaiting(world, second, "state = 'done'");
    assert_int_equal(asked("HEAD", address.key), looks);
    assert_int_equal(asked("GET", address.key), 1);
    assert_int_equal(count_rows(world,
                                "SELECT count(*) FROM jobs WHERE kind = 'membership_import' AND "
                                "organization_id = $1::uuid",
                                first),
                     1);
}

static void an_address_that_nobody_used_ends(void **state)
{
    struct world *world = *state;
    const char *organization = new_organization(world);
    struct store_address address = ask_for_address(world, &employee, organization);
    world_sql(world, "UPDATE uploads SET expires_at = now() - interval '59 minutes' WHERE key = $1",
              address.key, NULL);
    size_t looks = asked("HEAD", address.key);
    while (asked("HEAD", address.key) < looks + 2) {
        wait_for_awaiting(world, organization, "state IN ('waiting', 'running')");
    }
    world_sql(world, "UPDATE uploads SET expires_at = now() - interval '61 minutes' WHERE key = $1",
              address.key, NULL);
    wait_for_awaiting(world, organization,
                      "state = 'cancelled' AND problem = 'No file came while the address was good.'");
    assert_int_equal(count_rows(world,
                                "SELECT count(*) FROM membership_imports WHERE organization_id = $1::uuid",
                                organization),
                     0);
}

static void a_store_that_is_away_is_asked_again(void **state)
{
    struct world *world = *state;
    const char *organization = new_organization(world);
    const char *other = new_organization(world);
    struct store_address address = ask_for_address(world, &employee, organization);
    struct store_address lost = ask_for_address(world, &employee, other);
    fakes_break(memory, &fakes, true);
    world_sql(world, "UPDATE uploads SET expires_at = now() - interval '61 minutes' WHERE key = $1", lost.key,
              NULL);
    wait_for_awaiting(world, organization, "state = 'waiting' AND " TOLD);
    wait_for_awaiting(world, other, "state = 'failed' AND " TOLD);
    fakes_break(memory, &fakes, false);
    assert_int_equal(put_to(world, address.url, ROSTER), 200);
    wait_for_import(world, &employee, organization, address.key, "complete");
}

static void a_file_beyond_the_limit_is_told(void **state)
{
    struct world *world = *state;
    const char *organization = new_organization(world);
    char content[4096];
    memset(content, 'x', sizeof content - 1);
    content[sizeof content - 1] = '\0';
    world_restart(world, configuration("upload_max_size = 2 KiB\n"));
    struct store_address address = ask_for_address(world, &employee, organization);
    assert_int_equal(put_to(world, address.url, content), 200);
    struct answer *answer = wait_for_import(world, &employee, organization, address.key, "error");
    expect_text(answer, "data.0.report.fault", "The file is larger than 2048 bytes, the limit of uploads.");
    world_restart(world, configuration(""));
}

/* The store judges addresses by itself: this shows that ours are what it judges. */
static void a_changed_address_is_refused_by_the_store(void **state)
{
    struct world *world = *state;
    const char *organization = new_organization(world);
    struct store_address address = ask_for_address(world, &employee, organization);
    char *changed = world_print(world, "%s", address.url);
    char *last = changed + strlen(changed) - 1;
    *last = *last == '0' ? '1' : '0';
    assert_int_equal(put_to(world, changed, ROSTER), 403);
    char *elsewhere = world_print(world, "%s", address.url);
    elsewhere[strcspn(elsewhere, "?") - strlen("0.csv")] ^= 1;
    assert_int_equal(put_to(world, elsewhere, ROSTER), 403);
    assert_int_equal(put_to(world, address.url, ROSTER), 200);
    wait_for_import(world, &employee, organization, address.key, "complete");
}

/* The addresses of a store say nothing to us. */
static void without_the_store_nothing_is_awaited(void **state)
{
    struct world *world = *state;
    const char *organization = new_organization(world);
    struct store_address address = ask_for_address(world, &employee, organization);
    world_restart(world, "");
    size_t looks = asked("HEAD", address.key);
    wait_for_awaiting(world, organization,
                      "state = 'cancelled' AND problem = 'Uploads do not go to another store any more.'");
    assert_int_equal(asked("HEAD", address.key), looks);
    world_restart(world, configuration(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_that_came_imports_itself),
        cmocka_unit_test(the_store_is_not_asked_for_what_came),
        cmocka_unit_test(an_address_that_nobody_used_ends),
        cmocka_unit_test(a_store_that_is_away_is_asked_again),
        cmocka_unit_test(a_file_beyond_the_limit_is_told),
        cmocka_unit_test(a_changed_address_is_refused_by_the_store),
        cmocka_unit_test(without_the_store_nothing_is_awaited),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
