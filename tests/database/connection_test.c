/* The connection when things go wrong: a server that ends it, breaks it, freezes or refuses it, and hosts
 * that do not answer. */
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "fixture.h"

TEST_STATEMENT(greeting, 0, "SELECT 'hello' AS value", 0);

static int set_up_schema(void **state)
{
    set_up(state);
    run_text(&other_context, "DROP SCHEMA IF EXISTS connection_test CASCADE");
    run_text(&other_context, "CREATE SCHEMA connection_test");
    run_text(&other_context, "CREATE TABLE connection_test.marks (id int)");
    run_text(&other_context, "CREATE SEQUENCE connection_test.tries");
    return 0;
}

static int64_t marks(void)
{
    return number_of(&other_context, "SELECT count(*) AS number FROM connection_test.marks");
}

/* Ends the backend of the test's handle and waits until it is gone. */
static void end_backend(int64_t backend)
{
    struct arena *arena = other_context.arena;
    run_text(&other_context,
             arena_print(arena, "SELECT pg_terminate_backend(%lld, 10000)", (long long)backend));
}

/* Breaks the socket below libpq, as a crashed server or a cut network does: no message comes. */
static void break_socket(void)
{
    assert_int_equal(shutdown(PQsocket(test_context.database->connection), SHUT_RDWR), 0);
}

static void expect_greeting(void)
{
    struct result *result = NULL;
    assert_int_equal(statement_run(&test_context, &greeting, NULL, &result), PROBLEM_NONE);
    assert_true(text_equal_string(result_text(result, 0, "value"), "hello"));
}

static void test_connects_at_the_first_use(void **state)
{
    (void)state;
    assert_false(database_is_connected(test_context.database));
    expect_greeting();
    assert_true(database_is_connected(test_context.database));
}

static void test_ended_while_idle_is_not_noticed_by_the_caller(void **state)
{
    (void)state;
    expect_greeting();
    int64_t backend = backend_of(&test_context);
    end_backend(backend);
    expect_greeting();
    assert_int_not_equal(backend_of(&test_context), backend);
}

static void test_broken_while_idle_is_not_noticed_by_the_caller(void **state)
{
    (void)state;
    expect_greeting();
    break_socket();
    expect_greeting();
    database_begin(test_context.database);
    expect_greeting();
    assert_int_equal(database_commit(&test_context), PROBLEM_NONE);
}

/* The backend ends itself in the middle of the statement, but only at the first try. */
static void test_ended_before_the_first_result_is_sent_again(void **state)
{
    (void)state;
    expect_greeting();
    struct result *result =
        run_text(&test_context,
                 "INSERT INTO connection_test.marks SELECT n FROM (SELECT nextval('connection_test.tries') "
                 "AS n) AS try WHERE n > 1 OR pg_terminate_backend(pg_backend_pid()) RETURNING id");
    assert_int_equal(result_integer(result, 0, "id"), 2);
    assert_int_equal(marks(), 1);
}

static void test_ended_twice_is_unavailable(void **state)
{
    (void)state;
    assert_int_equal(try_text(&test_context, "SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(1)"),
                     PROBLEM_UNAVAILABLE);
    assert_false(database_is_connected(test_context.database));
    start_again(&test_context);
    expect_greeting();
}

static void test_broken_without_a_word_is_not_sent_again(void **state)
{
    (void)state;
    struct database *database = test_context.database;
    database_begin(database);
    expect_greeting();
    run_text(&test_context, "INSERT INTO connection_test.marks VALUES (1)");
    break_socket();
    assert_int_equal(try_text(&test_context, "INSERT INTO connection_test.marks VALUES (2)"),
                     PROBLEM_UNAVAILABLE);
    assert_int_equal(try_text(&test_context, "SELECT 1"), PROBLEM_UNAVAILABLE);
    assert_int_equal(database_commit(&test_context), PROBLEM_UNAVAILABLE);
    start_again(&test_context);
    expect_greeting();
    assert_int_equal(marks(), 0);
}

static void test_ended_later_in_a_transaction_is_not_sent_again(void **state)
{
    (void)state;
    struct database *database = test_context.database;
    database_begin(database);
    int64_t backend = backend_of(&test_context);
    run_text(&test_context, "INSERT INTO connection_test.marks VALUES (1)");
    end_backend(backend);
    assert_int_equal(try_text(&test_context, "SELECT 1"), PROBLEM_UNAVAILABLE);
    database_rollback(database);
    start_again(&test_context);
    expect_greeting();
    assert_int_equal(marks(), 0);
}

static void test_broken_commit_is_unknown(void **state)
{
    (void)state;
    database_begin(test_context.database);
    run_text(&test_context, "INSERT INTO connection_test.marks VALUES (1)");
    break_socket();
    assert_int_equal(database_commit(&test_context), PROBLEM_UNAVAILABLE);
    start_again(&test_context);
    expect_greeting();
}

static void test_deadline_ends_the_wait_and_the_connection(void **state)
{
    (void)state;
    expect_greeting();
    int64_t backend = backend_of(&test_context);
    test_configuration.request_timeout = 100000;
    start_again(&test_context);
    assert_int_equal(try_text(&test_context, "SELECT pg_sleep(60)"), PROBLEM_UNAVAILABLE);
    assert_false(database_is_connected(test_context.database));
    test_configuration.request_timeout = 60 * MICROSECONDS_PER_SECOND;
    end_backend(backend);
    start_again(&test_context);
    expect_greeting();
}

static void test_no_time_left_sends_nothing(void **state)
{
    (void)state;
    expect_greeting();
    int64_t backend = backend_of(&test_context);
    test_context.now -= test_configuration.request_timeout;
    assert_int_equal(try_text(&test_context, "INSERT INTO connection_test.marks VALUES (1)"),
                     PROBLEM_UNAVAILABLE);
    start_again(&test_context);
    assert_int_equal(backend_of(&test_context), backend);
    assert_int_equal(marks(), 0);
}

static void test_statement_timeout_keeps_the_connection(void **state)
{
    (void)state;
    test_configuration.statement_timeout = 50000;
    int64_t backend = backend_of(&test_context);
    assert_int_equal(try_text(&test_context, "SELECT pg_sleep(60)"), PROBLEM_UNAVAILABLE);
    start_again(&test_context);
    assert_int_equal(backend_of(&test_context), backend);
}

static void test_lock_timeout(void **state)
{
    (void)state;
    database_begin(other_context.database);
    run_text(&other_context, "LOCK TABLE connection_test.marks");
    test_configuration.lock_timeout = 50000;
    assert_int_equal(try_text(&test_context, "SELECT * FROM connection_test.marks"), PROBLEM_UNAVAILABLE);
    database_rollback(other_context.database);
    start_again(&test_context);
    run_text(&test_context, "SELECT * FROM connection_test.marks");
}

/* The address of the test's database, with some of its values replaced. */
static const char *address_with(const char *host, const char *extra)
{
    struct arena *arena = other_context.arena;
    const char *address = "";
    PQconninfoOption *options = PQconninfo(other_context.database->connection);
    assert_non_null(options);
    for (const PQconninfoOption *option = options; option->keyword != NULL; option++) {
        bool wanted = strcmp(option->keyword, "host") == 0 || strcmp(option->keyword, "port") == 0 ||
                      strcmp(option->keyword, "user") == 0 || strcmp(option->keyword, "dbname") == 0 ||
                      strcmp(option->keyword, "password") == 0;
        if (wanted && option->val != NULL) {
            bool is_host = strcmp(option->keyword, "host") == 0;
            address = arena_print(arena, "%s %s='%s%s'", address, option->keyword, is_host ? host : "",
                                  option->val);
        }
    }
    PQconninfoFree(options);
    return arena_print(arena, "%s %s", address, extra);
}

/* A socket that takes connections and never says anything, as a frozen server does. */
static int frozen_server(char *folder)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    assert_non_null(mkdtemp(folder));
    const char *port = PQport(other_context.database->connection);
    snprintf(address.sun_path, sizeof address.sun_path, "%s/.s.PGSQL.%s", folder, port);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(listener >= 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 8), 0);
    return listener;
}

static void remove_server(int listener, const char *folder)
{
    struct sockaddr_un address;
    socklen_t size = sizeof address;
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    close(listener);
    unlink(address.sun_path);
    rmdir(folder);
}

static void test_frozen_server_is_unavailable(void **state)
{
    (void)state;
    char folder[] = "/tmp/muster-frozen-XXXXXX";
    int listener = frozen_server(folder);
    test_configuration.database_url = arena_print(other_context.arena, "host=%s port=%s", folder,
                                                  PQport(other_context.database->connection));
    test_configuration.connect_timeout = 100000;
    assert_int_equal(try_text(&test_context, "SELECT 1"), PROBLEM_UNAVAILABLE);
    assert_false(database_is_connected(test_context.database));
    remove_server(listener, folder);
}

static void test_frozen_first_host_is_passed_over(void **state)
{
    (void)state;
    char folder[] = "/tmp/muster-frozen-XXXXXX";
    int listener = frozen_server(folder);
    test_configuration.database_url =
        address_with(arena_print(other_context.arena, "%s,", folder), "target_session_attrs=read-write");
    test_configuration.connect_timeout = 2000000;
    expect_greeting();
    assert_int_equal(test_context.database->host, 1);
    remove_server(listener, folder);
}

static void test_refused_first_host_is_passed_over(void **state)
{
    (void)state;
    test_configuration.database_url = address_with("/nonexistent,", "");
    expect_greeting();
    assert_int_equal(test_context.database->host, 1);
}

static void test_target_session_attributes_count(void **state)
{
    (void)state;
    test_configuration.database_url = address_with("", "target_session_attrs=standby");
    assert_int_equal(try_text(&test_context, "SELECT 1"), PROBLEM_UNAVAILABLE);
}

static void test_options_of_the_address_stay(void **state)
{
    (void)state;
    test_configuration.database_url =
        address_with("", "options='-c search_path=connection_test -c TimeZone=Asia/Tokyo'");
    struct result *result = run_text(&test_context, "SELECT current_setting('search_path') AS path, "
                                                    "current_setting('TimeZone') AS zone");
    assert_true(text_equal_string(result_text(result, 0, "path"), "connection_test"));
    assert_true(text_equal_string(result_text(result, 0, "zone"), "UTC"));
}

static void test_after_a_failure_the_next_attempt_waits(void **state)
{
    (void)state;
    test_configuration.database_url = "host=/nonexistent";
    assert_int_equal(try_text(&test_context, "SELECT 1"), PROBLEM_UNAVAILABLE);
    assert_true(test_context.database->not_before > 0);
    test_context.database->not_before = INT64_MAX;
    test_configuration.database_url = getenv("MUSTER_TEST_DATABASE_URL");
    start_again(&test_context);
    assert_int_equal(try_text(&test_context, "SELECT 1"), PROBLEM_UNAVAILABLE);
    test_context.database->not_before = clock_monotonic();
    start_again(&test_context);
    expect_greeting();
}

static void test_unreadable_address_is_unavailable(void **state)
{
    (void)state;
    test_configuration.database_url = "this is no address";
    assert_int_equal(try_text(&test_context, "SELECT 1"), PROBLEM_UNAVAILABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_connects_at_the_first_use, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_ended_while_idle_is_not_noticed_by_the_caller, set_up_schema,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_broken_while_idle_is_not_noticed_by_the_caller, set_up_schema,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_ended_before_the_first_result_is_sent_again, set_up_schema,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_ended_twice_is_unavailable, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_broken_without_a_word_is_not_sent_again, set_up_schema,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_ended_later_in_a_transaction_is_not_sent_again, set_up_schema,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_broken_commit_is_unknown, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_deadline_ends_the_wait_and_the_connection, set_up_schema,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_no_time_left_sends_nothing, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_statement_timeout_keeps_the_connection, set_up_schema,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_lock_timeout, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_frozen_server_is_unavailable, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_frozen_first_host_is_passed_over, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_refused_first_host_is_passed_over, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_target_session_attributes_count, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_options_of_the_address_stay, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_after_a_failure_the_next_attempt_waits, set_up_schema,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_unreadable_address_is_unavailable, set_up_schema, tear_down),
    };
    return has_test_database() ? cmocka_run_group_tests(tests, NULL, NULL) : 77;
}
