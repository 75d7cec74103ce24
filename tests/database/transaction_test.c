/* Transactions over several round trips, and what is left of them when a request leaves by an arena's escape.
 */
#include "fixture.h"

TEST_STATEMENT(greeting, 0, "SELECT 'hello' AS value", 0);
TEST_STATEMENT(mark_once, 1, "INSERT INTO transaction_test.marks VALUES (7)", 0);
TEST_STATEMENT(impossible, 2, "SELECT 1 / 0", 0);

static int set_up_schema(void **state)
{
    set_up(state);
    run_text(&other_context, "DROP SCHEMA IF EXISTS transaction_test CASCADE");
    run_text(&other_context, "CREATE SCHEMA transaction_test");
    run_text(&other_context,
             "CREATE TABLE transaction_test.marks (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)");
    run_text(&other_context, "CREATE FUNCTION transaction_test.warn() RETURNS trigger LANGUAGE plpgsql AS "
                             "$$BEGIN RAISE WARNING 'odd'; RETURN NULL; END$$");
    return 0;
}

static int64_t marks(void)
{
    return number_of(&other_context, "SELECT count(*) AS number FROM transaction_test.marks");
}

static void insert(int mark)
{
    run_text(&test_context,
             arena_print(test_context.arena, "INSERT INTO transaction_test.marks VALUES (%d)", mark));
}

static void test_commit_keeps_and_rollback_drops(void **state)
{
    (void)state;
    struct database *database = test_context.database;
    database_begin(database);
    insert(1);
    insert(2);
    assert_int_equal(marks(), 0);
    assert_int_equal(database_commit(&test_context), PROBLEM_NONE);
    assert_int_equal(marks(), 2);
    database_begin(database);
    insert(3);
    int64_t backend = backend_of(&test_context);
    database_rollback(database);
    assert_int_equal(marks(), 2);
    assert_int_equal(backend_of(&test_context), backend);
}

static void test_nothing_sent_costs_nothing(void **state)
{
    (void)state;
    struct database *database = test_context.database;
    database_begin(database);
    database_rollback(database);
    database_begin(database);
    assert_int_equal(database_commit(&test_context), PROBLEM_NONE);
    database_rollback(database);
    assert_false(database_is_connected(database));
}

static void test_prelude_runs_once_and_with_its_transaction_only(void **state)
{
    (void)state;
    struct database *database = test_context.database;
    const struct queued prelude = {.statement = &mark_once};
    database_begin_with(database, &prelude);
    database_rollback(database);
    assert_int_equal(marks(), 0);
    database_begin_with(database, &prelude);
    insert(1);
    insert(2);
    assert_int_equal(database_commit(&test_context), PROBLEM_NONE);
    assert_int_equal(marks(), 3);
    database_begin(database);
    insert(3);
    assert_int_equal(database_commit(&test_context), PROBLEM_NONE);
    assert_int_equal(marks(), 4);
}

static void test_prelude_that_fails_fails_the_first_statement(void **state)
{
    (void)state;
    struct database *database = test_context.database;
    database_begin_with(database, &(const struct queued){.statement = &impossible});
    assert_int_equal(try_text(&test_context, "INSERT INTO transaction_test.marks VALUES (1)"),
                     PROBLEM_INTERNAL);
    database_rollback(database);
    start_again(&test_context);
    assert_int_equal(marks(), 0);
}

static void test_failed_transaction_takes_only_a_rollback(void **state)
{
    (void)state;
    struct database *database = test_context.database;
    database_begin(database);
    insert(1);
    int64_t backend = backend_of(&test_context);
    assert_int_equal(try_text(&test_context, "SELECT 1 / 0"), PROBLEM_INTERNAL);
    assert_int_equal(try_text(&test_context, "SELECT 1"), PROBLEM_INTERNAL);
    database_rollback(database);
    start_again(&test_context);
    database_begin(database);
    insert(2);
    assert_int_equal(try_text(&test_context, "SELECT 1 / 0"), PROBLEM_INTERNAL);
    assert_int_equal(database_commit(&test_context), PROBLEM_INTERNAL);
    start_again(&test_context);
    assert_int_equal(backend_of(&test_context), backend);
    assert_int_equal(marks(), 0);
}

static void test_commit_can_break_a_rule(void **state)
{
    (void)state;
    database_begin(test_context.database);
    insert(1);
    insert(1);
    assert_int_equal(database_commit(&test_context), PROBLEM_INTERNAL);
    start_again(&test_context);
    insert(1);
    assert_int_equal(marks(), 1);
}

/* As when the wait for a synchronous standby was cancelled: it is committed here, but not proven to last. */
static void test_commit_with_a_warning_is_no_acknowledgement(void **state)
{
    (void)state;
    run_text(&other_context,
             "CREATE CONSTRAINT TRIGGER warning AFTER INSERT ON transaction_test.marks "
             "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION transaction_test.warn()");
    database_begin(test_context.database);
    insert(1);
    assert_int_equal(database_commit(&test_context), PROBLEM_UNAVAILABLE);
    start_again(&test_context);
    run_text(&other_context, "DROP TRIGGER warning ON transaction_test.marks");
    database_begin(test_context.database);
    insert(2);
    assert_int_equal(database_commit(&test_context), PROBLEM_NONE);
}

static void begin_repeatable(struct context *context)
{
    database_begin(context->database);
    run_text(context, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
}

static void test_serialization_failure_is_tried_again(void **state)
{
    (void)state;
    insert(1);
    begin_repeatable(&test_context);
    run_text(&test_context, "SELECT * FROM transaction_test.marks");
    run_text(&other_context, "UPDATE transaction_test.marks SET id = 5");
    assert_int_equal(try_text(&test_context, "UPDATE transaction_test.marks SET id = id + 1"), PROBLEM_RETRY);
    database_rollback(test_context.database);
    context_forgive(&test_context);
    begin_repeatable(&test_context);
    run_text(&test_context, "UPDATE transaction_test.marks SET id = id + 1");
    assert_int_equal(database_commit(&test_context), PROBLEM_NONE);
    assert_int_equal(number_of(&other_context, "SELECT id AS number FROM transaction_test.marks"), 6);
}

/* What the pipeline does with an escape. `escape_in` leaves by longjmp when memory is exhausted. */
static void run_until_escape(void (*escape_in)(void))
{
    jmp_buf escape;
    arena_set_escape(test_context.arena, &escape);
    if (setjmp(escape) == 0) {
        escape_in();
        fail_msg("nothing escaped");
    }
    arena_set_escape(test_context.arena, NULL);
    database_reset(test_context.database);
    start_again(&test_context);
}

static void exhaust_memory(void)
{
    for (;;) {
        arena_allocate(test_context.arena, (size_t)1024 * 1024);
    }
}

static void escape_between_statements(void)
{
    database_begin(test_context.database);
    insert(1);
    exhaust_memory();
}

/* Planning needs more than is left; nothing of it may have been sent or taken for prepared. */
static void escape_while_planning(void)
{
    enum { COUNT = 4096 };
    static struct queued queue[COUNT];
    static struct result *results[COUNT];
    for (size_t index = 0; index < COUNT; index++) {
        queue[index] = (struct queued){.statement = &greeting};
    }
    arena_allocate(test_context.arena, ARENA_MAXIMUM - (size_t)256 * 1024);
    (void)!statements_run(&test_context, queue, COUNT, results);
}

static void escape_without_a_transaction(void)
{
    run_text(&test_context, "SELECT 1");
    exhaust_memory();
}

static void expect_all_right(void)
{
    struct result *result = NULL;
    assert_int_equal(statement_run(&test_context, &greeting, NULL, &result), PROBLEM_NONE);
    database_begin(test_context.database);
    insert(7);
    assert_int_equal(database_commit(&test_context), PROBLEM_NONE);
    assert_int_equal(marks(), 1);
}

static void test_escape_inside_a_transaction_rolls_back(void **state)
{
    (void)state;
    run_until_escape(escape_between_statements);
    expect_all_right();
}

static void test_escape_while_planning_sends_nothing(void **state)
{
    (void)state;
    int64_t backend = backend_of(&test_context);
    run_until_escape(escape_while_planning);
    assert_int_equal(backend_of(&test_context), backend);
    expect_all_right();
}

static void test_escape_without_a_transaction_keeps_the_connection(void **state)
{
    (void)state;
    int64_t backend = backend_of(&test_context);
    run_until_escape(escape_without_a_transaction);
    assert_int_equal(backend_of(&test_context), backend);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_commit_keeps_and_rollback_drops, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_sent_costs_nothing, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_prelude_runs_once_and_with_its_transaction_only, set_up_schema,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_prelude_that_fails_fails_the_first_statement, set_up_schema,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_failed_transaction_takes_only_a_rollback, set_up_schema,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_commit_can_break_a_rule, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_commit_with_a_warning_is_no_acknowledgement, set_up_schema,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_serialization_failure_is_tried_again, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_escape_inside_a_transaction_rolls_back, set_up_schema,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_escape_while_planning_sends_nothing, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_escape_without_a_transaction_keeps_the_connection, set_up_schema,
                                        tear_down),
    };
    return has_test_database() ? cmocka_run_group_tests(tests, NULL, NULL) : 77;
}
