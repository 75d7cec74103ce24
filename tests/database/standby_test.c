/* What stands at database_read_url is asked only if it is a standby of the primary, and nobody waits for it.
 */
#include "database/standby.h"

#include <unistd.h>

#include "database/fixture.h"
#include "sql/statements.h"

TEST_STATEMENT(one, 1, "SELECT 1 AS number", 0);

static void attach(const char *url)
{
    test_configuration.database_read_url = url;
    test_configuration.database_read_max_lag = 10000;
    assert_true(standby_attach(test_context.database));
}

/* Opening goes on with each look; the primary's own server is no standby. */
static bool is_ever_ready(void)
{
    for (int round = 0; round < 300; round++) {
        if (standby_is_ready(&test_context)) {
            return true;
        }
        usleep(1000);
    }
    return false;
}

static void without_an_address_there_is_none(void **state)
{
    (void)state;
    attach("");
    assert_false(standby_is_attached(test_context.database));
    assert_false(standby_is_ready(&test_context));
    attach(NULL);
    assert_false(standby_is_attached(test_context.database));
    const char *sentence = NULL;
    assert_true(standby_inspect(&test_context, &sentence));
    assert_string_equal(sentence, "not used");
}

static void the_primary_itself_is_no_standby(void **state)
{
    (void)state;
    attach(getenv("MUSTER_TEST_DATABASE_URL"));
    assert_true(standby_is_attached(test_context.database));
    assert_false(is_ever_ready());
    assert_true(database_is_connected(standby_server(test_context.database)));
    const char *sentence = NULL;
    assert_false(standby_inspect(&test_context, &sentence));
    assert_string_equal(sentence, "is no standby");
    assert_int_equal(test_context.problem, PROBLEM_NONE);
}

static void what_cannot_be_reached_is_left_alone(void **state)
{
    (void)state;
    static const char *const addresses[] = {"host=/nonexistent", "this is no address",
                                            "host=/nonexistent,/nonexistent port=1,2"};
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        close_context(&other_context);
        open_context(&other_context, "muster standby");
        test_configuration.database_read_url = addresses[i];
        assert_true(standby_attach(other_context.database));
        for (int round = 0; round < 100; round++) {
            assert_false(standby_is_ready(&other_context));
        }
        assert_int_equal(other_context.problem, PROBLEM_NONE);
    }
}

/* It is given what a check would tell, without having been vetted. */
static void nothing_is_read_where_the_logs_cannot_be_compared(void **state)
{
    (void)state;
    attach(getenv("MUSTER_TEST_DATABASE_URL"));
    const struct queued queued = {.statement = &one};
    struct result *result = NULL;
    struct result *check =
        run_text(&test_context, "SELECT '0/0'::pg_lsn AS log_position, '00000001' AS log_timeline");
    assert_int_equal(standby_read(&test_context, check, &queued, &result), STANDBY_AWAY);
    start_again(&test_context);
    check = run_text(&test_context, "SELECT NULL::pg_lsn AS log_position, NULL AS log_timeline");
    assert_int_equal(standby_read(&test_context, check, &queued, &result), STANDBY_AWAY);
    assert_null(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_an_address_there_is_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_primary_itself_is_no_standby, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_reached_is_left_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_read_where_the_logs_cannot_be_compared, set_up, tear_down),
    };
    if (!has_test_database()) {
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
