/* Statements against a real PostgreSQL: pipelines, preparing, orders, values of every kind, and what errors
 * become. */
#include "fixture.h"

TEST_STATEMENT(echo, 0, "SELECT $1::text AS value", 1);
TEST_STATEMENT(add, 1, "INSERT INTO database_test.things (id, name) VALUES ($1::int, $2)", 2);
TEST_STATEMENT(divide, 2, "SELECT 1 / $1::int AS value", 1);
TEST_STATEMENT(broken, 3, "SELECT nothing FROM nowhere", 0);
TEST_STATEMENT(bytes, 4, "SELECT $1::bytea AS value, octet_length($1) AS length", 1);
TEST_STATEMENT(rows, 5, "SELECT number, repeat('x', 100) AS text FROM generate_series(1, $1::int) AS number",
               1);
TEST_STATEMENT(typed, 6, "SELECT $1::boolean AS truth, $2::bigint AS integer, $3::timestamptz AS time", 3);
TEST_STATEMENT(columns, 7, "SELECT * FROM database_test.changing", 0);

static struct statement sorted = {
    .name = "sorted",
    .text = "SELECT t.a FROM (VALUES (1, 3, 1), (2, 2, 1), (3, 1, 1)) AS t (a, b, c) ORDER BY {order:t}",
    .number = 10008,
    .ordered = true,
};

static const char *const schema[] = {
    "DROP SCHEMA IF EXISTS database_test CASCADE",
    "CREATE SCHEMA database_test",
    "CREATE TABLE database_test.things (id int CONSTRAINT things_odd_key PRIMARY KEY, name text)",
    "CREATE TABLE database_test.users (username text CONSTRAINT users_username_key UNIQUE, uid text NOT "
    "NULL, "
    "first_name text CONSTRAINT users_first_name_given CHECK (first_name <> ''))",
    "CREATE TABLE database_test.late (id int CONSTRAINT organizations_name_key UNIQUE DEFERRABLE INITIALLY "
    "DEFERRED)",
    "CREATE TABLE database_test.changing (one int)",
    "CREATE FUNCTION database_test.refuse(state text, sentence text) RETURNS void LANGUAGE plpgsql AS "
    "$$BEGIN RAISE EXCEPTION USING ERRCODE = state, MESSAGE = sentence, COLUMN = 'name'; END$$",
};

static int set_up_schema(void **state)
{
    set_up(state);
    for (size_t index = 0; index < sizeof schema / sizeof schema[0]; index++) {
        run_text(&test_context, schema[index]);
    }
    return 0;
}

static int64_t things(void)
{
    return number_of(&test_context, "SELECT count(*) AS number FROM database_test.things");
}

static int64_t prepared_count(const char *name)
{
    return number_of(
        &test_context,
        arena_print(test_context.arena,
                    "SELECT count(*) AS number FROM pg_prepared_statements WHERE name ~ '^%s( |$)'", name));
}

static struct text echoed(struct value value)
{
    struct result *result = NULL;
    assert_int_equal(statement_run(&test_context, &echo, &value, &result), PROBLEM_NONE);
    assert_int_equal(result_rows(result), 1);
    return result_text(result, 0, "value");
}

static void test_is_prepared_at_its_first_use_only(void **state)
{
    (void)state;
    assert_int_equal(prepared_count("echo"), 0);
    assert_true(text_equal_string(echoed(value_string("one")), "one"));
    assert_int_equal(prepared_count("echo"), 1);
    assert_true(text_equal_string(echoed(value_string("two")), "two"));
    assert_int_equal(number_of(&test_context,
                               "SELECT generic_plans + custom_plans AS number FROM pg_prepared_statements "
                               "WHERE name = 'echo'"),
                     2);
}

static void test_settings_of_the_connection(void **state)
{
    (void)state;
    struct result *result = run_text(
        &test_context, "SELECT current_setting('TimeZone') AS zone, current_setting('statement_timeout') AS "
                       "statement, current_setting('lock_timeout') AS lock, current_setting('jit') AS jit, "
                       "current_setting('idle_in_transaction_session_timeout') AS idle, "
                       "current_setting('client_encoding') AS encoding, "
                       "current_setting('plan_cache_mode') AS plan, "
                       "current_setting('application_name') AS name");
    assert_true(text_equal_string(result_text(result, 0, "zone"), "UTC"));
    assert_true(text_equal_string(result_text(result, 0, "statement"), "30s"));
    assert_true(text_equal_string(result_text(result, 0, "lock"), "30s"));
    assert_true(text_equal_string(result_text(result, 0, "idle"), "1min"));
    assert_true(text_equal_string(result_text(result, 0, "jit"), "off"));
    assert_true(text_equal_string(result_text(result, 0, "encoding"), "UTF8"));
    assert_true(text_equal_string(result_text(result, 0, "plan"), "force_generic_plan"));
    assert_true(text_equal_string(result_text(result, 0, "name"), "muster test"));
}

static void test_values_of_every_kind_come_back(void **state)
{
    (void)state;
    struct arena *arena = test_context.arena;
    const struct value values[] = {value_boolean(true), value_integer(arena, INT64_MIN),
                                   value_time(arena, INT64_C(1556729058407123))};
    struct result *result = NULL;
    assert_int_equal(statement_run(&test_context, &typed, values, &result), PROBLEM_NONE);
    assert_true(result_true(result, 0, "truth"));
    assert_true(result_integer(result, 0, "integer") == INT64_MIN);
    assert_true(result_time(result, 0, "time") == INT64_C(1556729058407123));
    const struct value before_1970[] = {value_boolean(false), NULL_VALUE, value_time(arena, -1)};
    assert_int_equal(statement_run(&test_context, &typed, before_1970, &result), PROBLEM_NONE);
    assert_false(result_true(result, 0, "truth"));
    assert_true(result_null(result, 0, "integer"));
    assert_int_equal(result_integer(result, 0, "integer"), 0);
    assert_true(result_time(result, 0, "time") == -1);
}

static void test_null_is_not_empty(void **state)
{
    (void)state;
    assert_null(echoed(NULL_VALUE).data);
    assert_null(echoed(value_text(NO_TEXT)).data);
    struct text empty = echoed(value_string(""));
    assert_non_null(empty.data);
    assert_int_equal(empty.length, 0);
}

static void test_a_zero_byte_is_refused_and_never_cuts(void **state)
{
    (void)state;
    struct value value = value_text(TEXT("admin\0istrator"));
    struct result *result = NULL;
    assert_int_equal(statement_run(&test_context, &echo, &value, &result), PROBLEM_INTERNAL);
    assert_null(result);
}

static void test_bytes_pass_as_they_are(void **state)
{
    (void)state;
    char all[256];
    for (size_t index = 0; index < sizeof all; index++) {
        all[index] = (char)index;
    }
    struct value value = value_bytes((struct text){all, sizeof all});
    struct result *result = NULL;
    assert_int_equal(statement_run(&test_context, &bytes, &value, &result), PROBLEM_NONE);
    assert_int_equal(result_integer(result, 0, "length"), 256);
    struct text back = result_bytes(test_context.arena, result, 0, "value");
    assert_int_equal(back.length, sizeof all);
    assert_memory_equal(back.data, all, sizeof all);
    value = value_bytes(NO_TEXT);
    assert_int_equal(statement_run(&test_context, &bytes, &value, &result), PROBLEM_NONE);
    assert_null(result_bytes(test_context.arena, result, 0, "value").data);
}

static void test_special_times(void **state)
{
    (void)state;
    struct result *result =
        run_text(&test_context, "SELECT 'infinity'::timestamptz AS up, '-infinity'::timestamptz AS down, "
                                "NULL::timestamptz AS none, '0001-01-01 00:00:00Z'::timestamptz AS first");
    assert_true(result_time(result, 0, "up") == INT64_MAX);
    assert_true(result_time(result, 0, "down") == INT64_MIN);
    assert_int_equal(result_time(result, 0, "none"), 0);
    assert_true(result_time(result, 0, "first") == INT64_C(-62135596800000000));
    assert_true(result_has_column(result, "none"));
    assert_false(result_has_column(result, "nothing"));
}

static void test_big_results_and_big_parameters(void **state)
{
    (void)state;
    struct value count = value_string("100000");
    struct result *result = NULL;
    assert_int_equal(statement_run(&test_context, &rows, &count, &result), PROBLEM_NONE);
    assert_int_equal(result_rows(result), 100000);
    assert_int_equal(result_integer(result, 99999, "number"), 100000);
    size_t length = (size_t)8 * 1024 * 1024;
    char *big = arena_allocate(test_context.arena, length + 1);
    memset(big, 'y', length);
    struct text back = echoed(value_text((struct text){big, length}));
    assert_int_equal(back.length, length);
    assert_memory_equal(back.data, big, length);
}

/* More goes out, and comes back, than the socket's buffers hold at a time. */
static void test_big_pipeline_does_not_lock_up(void **state)
{
    (void)state;
    size_t length = (size_t)1024 * 1024;
    char *big = arena_allocate(test_context.arena, length + 1);
    memset(big, 'z', length);
    struct value value = value_text((struct text){big, length});
    struct queued queue[24];
    struct result *results[24];
    for (size_t index = 0; index < 24; index++) {
        queue[index] = (struct queued){.statement = &echo, .values = &value};
    }
    assert_int_equal(statements_run(&test_context, queue, 24, results), PROBLEM_NONE);
    for (size_t index = 0; index < 24; index++) {
        assert_int_equal(result_text(results[index], 0, "value").length, length);
    }
}

static void test_several_statements_are_one_transaction(void **state)
{
    (void)state;
    const struct value first[] = {value_string("1"), value_string("one")};
    const struct value second[] = {value_string("2"), NULL_VALUE};
    const struct value zero[] = {value_string("0")};
    struct result *results[3];
    const struct queued good[] = {{.statement = &add, .values = first},
                                  {.statement = &add, .values = second}};
    assert_int_equal(statements_run(&test_context, good, 2, results), PROBLEM_NONE);
    assert_int_equal(things(), 2);
    const struct value third[] = {value_string("3"), value_string("three")};
    const struct queued bad[] = {{.statement = &add, .values = third},
                                 {.statement = &divide, .values = zero},
                                 {.statement = &echo, .values = first}};
    assert_int_equal(statements_run(&test_context, bad, 3, results), PROBLEM_INTERNAL);
    assert_null(results[0]);
    assert_null(results[2]);
    start_again(&test_context);
    assert_int_equal(things(), 2);
}

static void test_a_batch_that_fails_leaves_the_right_ones_prepared(void **state)
{
    (void)state;
    connection_drop(test_context.database);
    int64_t backend = backend_of(&test_context);
    struct value value = value_string("here");
    struct value zero = value_string("0");
    struct result *results[4];
    const struct queued queue[] = {{.statement = &echo, .values = &value},
                                   {.statement = &broken},
                                   {.statement = &divide, .values = &zero}};
    assert_int_equal(statements_run(&test_context, queue, 3, results), PROBLEM_INTERNAL);
    start_again(&test_context);
    assert_int_equal(prepared_count("echo"), 1);
    assert_int_equal(prepared_count("broken"), 0);
    assert_int_equal(prepared_count("divide"), 0);
    value = value_string("here");
    assert_true(text_equal_string(echoed(value), "here"));
    struct value one = value_string("1");
    assert_int_equal(statement_run(&test_context, &divide, &one, results), PROBLEM_NONE);
    assert_int_equal(prepared_count("divide"), 1);
    assert_int_equal(backend_of(&test_context), backend);
}

static void test_one_statement_twice_in_a_batch(void **state)
{
    (void)state;
    connection_drop(test_context.database);
    struct value one = value_string("one");
    struct value two = value_string("two");
    struct result *results[2];
    const struct queued queue[] = {{.statement = &echo, .values = &one},
                                   {.statement = &echo, .values = &two}};
    assert_int_equal(statements_run(&test_context, queue, 2, results), PROBLEM_NONE);
    assert_true(text_equal_string(result_text(results[0], 0, "value"), "one"));
    assert_true(text_equal_string(result_text(results[1], 0, "value"), "two"));
    assert_int_equal(prepared_count("echo"), 1);
}

static int64_t first_of(const char *const *order, size_t count)
{
    struct result *result = NULL;
    assert_int_equal(statement_run_ordered(&test_context, &sorted, NULL, order, count, &result),
                     PROBLEM_NONE);
    assert_int_equal(result_rows(result), 3);
    return result_integer(result, 0, "a");
}

static void test_orders_are_prepared_each(void **state)
{
    (void)state;
    const char *const up[] = {"a"};
    const char *const down[] = {"c", "a DESC"};
    for (int round = 0; round < 2; round++) {
        assert_int_equal(first_of(up, 1), 1);
        assert_int_equal(first_of(down, 2), 3);
    }
    assert_int_equal(prepared_count("sorted"), 2);
}

static void test_too_many_orders_run_unprepared(void **state)
{
    (void)state;
    static const char *const items[] = {"a", "b", "c", "a DESC", "b DESC", "c DESC"};
    for (size_t number = 0; number < 6 * 6 * 6; number++) {
        const char *const order[] = {items[number / 36], items[number / 6 % 6], items[number % 6], "a"};
        const char *const leading = order[0][0] == 'c' ? order[1][0] == 'c' ? order[2] : order[1] : order[0];
        int64_t expected = strcmp(leading, "a DESC") == 0 || strcmp(leading, "b") == 0 ? 3 : 1;
        assert_int_equal(first_of(order, 4), expected);
    }
    assert_int_equal(prepared_count("sorted"), PREPARED_MAXIMUM_ORDERS);
}

static enum problem problem_of_state(const char *sqlstate)
{
    start_again(&test_context);
    return try_text(
        &test_context,
        arena_print(test_context.arena, "SELECT database_test.refuse('%s', 'The sentence.')", sqlstate));
}

static void test_states_become_problems(void **state)
{
    (void)state;
    static const struct {
        const char *state;
        enum problem problem;
    } cases[] = {
        {"40001", PROBLEM_RETRY},       {"40P01", PROBLEM_RETRY},       {"55P03", PROBLEM_UNAVAILABLE},
        {"57014", PROBLEM_UNAVAILABLE}, {"53100", PROBLEM_UNAVAILABLE}, {"53200", PROBLEM_UNAVAILABLE},
        {"08006", PROBLEM_UNAVAILABLE}, {"57P03", PROBLEM_UNAVAILABLE}, {"25006", PROBLEM_UNAVAILABLE},
        {"42P01", PROBLEM_INTERNAL},    {"P0001", PROBLEM_INTERNAL},    {"22P02", PROBLEM_INTERNAL},
        {"MU404", PROBLEM_NOT_FOUND},   {"MU403", PROBLEM_FORBIDDEN},   {"MU409", PROBLEM_CONFLICT},
        {"MU422", PROBLEM_REFUSED},
    };
    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        assert_int_equal(problem_of_state(cases[index].state), cases[index].problem);
        assert_int_equal(test_context.problem, cases[index].problem);
        bool raised = cases[index].state[0] == 'M';
        assert_true(raised == (test_context.detail != NULL));
        assert_true(raised == (test_context.faults != NULL));
    }
    assert_string_equal(test_context.detail, "The sentence.");
    assert_string_equal(test_context.faults->field, "name");
}

static void test_constraints_become_problems(void **state)
{
    (void)state;
    run_text(&test_context, "INSERT INTO database_test.users VALUES ('ada', 'ada', 'Ada')");
    assert_int_equal(try_text(&test_context, "INSERT INTO database_test.users VALUES ('ada', 'b', 'B')"),
                     PROBLEM_REFUSED);
    assert_string_equal(test_context.faults->field, "username");
    assert_string_equal(test_context.faults->sentence, test_context.detail);
    start_again(&test_context);
    assert_int_equal(try_text(&test_context, "INSERT INTO database_test.users VALUES ('b', 'b', '')"),
                     PROBLEM_REFUSED);
    assert_string_equal(test_context.faults->field, "first_name");
    start_again(&test_context);
    assert_int_equal(try_text(&test_context, "INSERT INTO database_test.users VALUES ('c', NULL, 'C')"),
                     PROBLEM_REFUSED);
    assert_null(test_context.faults);
    assert_non_null(test_context.detail);
    start_again(&test_context);
    run_text(&test_context, "INSERT INTO database_test.things VALUES (50, 'fifty')");
    assert_int_equal(try_text(&test_context, "INSERT INTO database_test.things VALUES (50, 'fifty')"),
                     PROBLEM_INTERNAL);
    assert_null(test_context.detail);
}

/* It is found when the server ends the batch's transaction, after all statements have succeeded. */
static void test_deferred_constraint_of_a_batch(void **state)
{
    (void)state;
    int64_t backend = backend_of(&test_context);
    assert_int_equal(try_text(&test_context, "INSERT INTO database_test.late VALUES (1), (1)"),
                     PROBLEM_CONFLICT);
    start_again(&test_context);
    assert_int_equal(number_of(&test_context, "SELECT count(*) AS number FROM database_test.late"), 0);
    assert_int_equal(backend_of(&test_context), backend);
}

static void test_statement_survives_a_changed_table(void **state)
{
    (void)state;
    struct result *result = NULL;
    assert_int_equal(statement_run(&test_context, &columns, NULL, &result), PROBLEM_NONE);
    assert_false(result_has_column(result, "two"));
    run_text(&other_context, "ALTER TABLE database_test.changing ADD two int");
    assert_int_equal(statement_run(&test_context, &columns, NULL, &result), PROBLEM_NONE);
    assert_true(result_has_column(result, "two"));
}

static void test_statement_that_changed_inside_a_transaction(void **state)
{
    (void)state;
    struct database *database = test_context.database;
    struct result *result = NULL;
    assert_int_equal(statement_run(&test_context, &columns, NULL, &result), PROBLEM_NONE);
    run_text(&other_context, "ALTER TABLE database_test.changing ADD three int");
    database_begin(database);
    run_text(&test_context, "SELECT 1");
    assert_int_equal(statement_run(&test_context, &columns, NULL, &result), PROBLEM_RETRY);
    database_rollback(database);
    context_forgive(&test_context);
    database_begin(database);
    assert_int_equal(statement_run(&test_context, &columns, NULL, &result), PROBLEM_NONE);
    assert_true(result_has_column(result, "three"));
    assert_int_equal(database_commit(&test_context), PROBLEM_NONE);
}

static void test_statements_are_found_by_name(void **state)
{
    (void)state;
    for (size_t index = 0; index < statement_count; index++) {
        assert_int_equal(statements[index]->number, index);
        assert_ptr_equal(statement_find(statements[index]->name), statements[index]);
    }
    assert_null(statement_find("no such statement"));
}

static void test_bindings_are_made_once(void **state)
{
    (void)state;
    static const struct field fields[] = {{.name = "value", .type = FIELD_TEXT}};
    static const struct shape shape = SHAPE("Echo", "What was sent.", fields);
    static const struct shape same = SHAPE("Same", "The same.", fields);
    struct value value = value_string("here");
    struct result *result = NULL;
    assert_int_equal(statement_run(&test_context, &echo, &value, &result), PROBLEM_NONE);
    const struct binding *binding = result_binding(result, &shape);
    assert_ptr_equal(binding_shape(binding), &shape);
    assert_ptr_not_equal(result_binding(result, &same), binding);
    assert_int_equal(statement_run(&test_context, &echo, &value, &result), PROBLEM_NONE);
    assert_ptr_equal(result_binding(result, &shape), binding);
    struct row_source source = result_source(result);
    assert_int_equal(source.rows, 1);
    assert_int_equal(source.column(source.owner, "nothing"), -1);
    assert_true(
        text_equal_string(source.value(source.owner, 0, source.column(source.owner, "value")), "here"));
}

static void test_waiting_is_counted(void **state)
{
    (void)state;
    run_text(&test_context, "SELECT pg_sleep(0.01)");
    assert_true(database_take_wait(test_context.database) > 0);
    assert_int_equal(database_take_wait(test_context.database), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_is_prepared_at_its_first_use_only, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_settings_of_the_connection, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_values_of_every_kind_come_back, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_null_is_not_empty, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_a_zero_byte_is_refused_and_never_cuts, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_bytes_pass_as_they_are, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_special_times, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_big_results_and_big_parameters, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_big_pipeline_does_not_lock_up, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_several_statements_are_one_transaction, set_up_schema,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_batch_that_fails_leaves_the_right_ones_prepared, set_up_schema,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_one_statement_twice_in_a_batch, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_orders_are_prepared_each, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_too_many_orders_run_unprepared, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_states_become_problems, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_constraints_become_problems, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_deferred_constraint_of_a_batch, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_statement_survives_a_changed_table, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_statement_that_changed_inside_a_transaction, set_up_schema,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_statements_are_found_by_name, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_bindings_are_made_once, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_waiting_is_counted, set_up_schema, tear_down),
    };
    return has_test_database() ? cmocka_run_group_tests(tests, NULL, NULL) : 77;
}
