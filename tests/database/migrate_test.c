/* The schema's history on a real PostgreSQL: applied once, in order, all or nothing, and never a strange one.
 */
#include "database/migrate.h"

#include "fixture.h"

static const struct migration list[] = {
    {1, "first", "CREATE TABLE first (id int); INSERT INTO first VALUES (1);\n-- the end\n"},
    {2, "second", "ALTER TABLE first ADD name text DEFAULT 'it''s';\n"},
    {3, "broken", "CREATE TABLE third (id int); SELECT 1 / 0;\n"},
};

static size_t reported;

static void report(const struct migration *migration)
{
    reported += (size_t)migration->version;
}

/* A schema of its own, so that the migrations of the program are not disturbed. */
static int set_up_schema(void **state)
{
    set_up(state);
    run_text(&other_context, "DROP SCHEMA IF EXISTS migrate_test CASCADE");
    run_text(&other_context, "CREATE SCHEMA migrate_test");
    PQconninfoOption *options = PQconninfo(other_context.database->connection);
    const char *address = "options='-c search_path=migrate_test'";
    for (const PQconninfoOption *option = options; option->keyword != NULL; option++) {
        static const char *const wanted[] = {"host", "port", "user", "dbname", "password"};
        for (size_t index = 0; index < sizeof wanted / sizeof wanted[0]; index++) {
            if (strcmp(option->keyword, wanted[index]) == 0 && option->val != NULL) {
                address =
                    arena_print(other_context.arena, "%s %s='%s'", address, option->keyword, option->val);
            }
        }
    }
    PQconninfoFree(options);
    test_configuration.database_url = address;
    reported = 0;
    return 0;
}

static size_t migrate_some(size_t count, enum problem expected)
{
    size_t applied = 0;
    start_again(&test_context);
    assert_int_equal(migrate_list(&test_context, list, count, report, &applied), expected);
    return applied;
}

static int version(void)
{
    int found = -1;
    start_again(&test_context);
    assert_int_equal(schema_version(&test_context, &found), PROBLEM_NONE);
    return found;
}

static void test_each_is_applied_once(void **state)
{
    (void)state;
    assert_int_equal(version(), 0);
    assert_int_equal(migrate_some(1, PROBLEM_NONE), 1);
    assert_int_equal(version(), 1);
    assert_int_equal(migrate_some(2, PROBLEM_NONE), 1);
    assert_int_equal(migrate_some(2, PROBLEM_NONE), 0);
    assert_int_equal(version(), 2);
    assert_int_equal(reported, 3);
    struct result *row = run_text(&test_context, "SELECT name FROM first");
    assert_int_equal(result_rows(row), 1);
    assert_true(text_equal_string(result_text(row, 0, "name"), "it's"));
    row = run_text(&test_context, "SELECT name, length(checksum) AS length, applied_at <= now() AS past "
                                  "FROM schema_migrations ORDER BY version");
    assert_int_equal(result_rows(row), 2);
    assert_true(text_equal_string(result_text(row, 1, "name"), "second"));
    assert_int_equal(result_integer(row, 1, "length"), 64);
    assert_true(result_true(row, 1, "past"));
}

static void test_a_broken_one_leaves_nothing(void **state)
{
    (void)state;
    assert_int_equal(migrate_some(3, PROBLEM_INTERNAL), 2);
    assert_non_null(strstr(test_context.detail, "division by zero"));
    assert_int_equal(version(), 2);
    assert_true(
        result_true(run_text(&test_context, "SELECT to_regclass('third') IS NULL AS gone"), 0, "gone"));
    assert_int_equal(migrate_some(2, PROBLEM_NONE), 0);
}

static void test_one_that_ends_its_transaction_is_refused(void **state)
{
    (void)state;
    static const struct migration ending[] = {{1, "ending", "COMMIT;"}};
    size_t applied = 0;
    assert_int_equal(migrate_list(&test_context, ending, 1, NULL, &applied), PROBLEM_INTERNAL);
    assert_int_equal(applied, 0);
    assert_int_equal(version(), 0);
}

static void test_a_changed_one_is_refused(void **state)
{
    (void)state;
    static const struct migration changed[] = {{1, "first", "CREATE TABLE first (id bigint);\n"}};
    size_t applied = 0;
    migrate_some(1, PROBLEM_NONE);
    assert_int_equal(migrate_list(&test_context, changed, 1, NULL, &applied), PROBLEM_CONFLICT);
    assert_non_null(strstr(test_context.detail, "1 first"));
}

static void test_a_newer_database_is_refused(void **state)
{
    (void)state;
    migrate_some(2, PROBLEM_NONE);
    assert_int_equal(migrate_some(1, PROBLEM_CONFLICT), 0);
    assert_non_null(strstr(test_context.detail, "2 second"));
}

static void test_a_gap_is_refused(void **state)
{
    (void)state;
    migrate_some(2, PROBLEM_NONE);
    run_text(&test_context, "DELETE FROM schema_migrations WHERE version = 1");
    assert_int_equal(migrate_some(2, PROBLEM_CONFLICT), 0);
}

static void test_no_server_is_unavailable(void **state)
{
    (void)state;
    size_t applied = 0;
    test_configuration.database_url = "host=/nonexistent";
    assert_int_equal(migrate_list(&test_context, list, 1, NULL, &applied), PROBLEM_UNAVAILABLE);
    int found = -1;
    start_again(&test_context);
    assert_int_equal(schema_version(&test_context, &found), PROBLEM_UNAVAILABLE);
}

static void test_the_programs_own_are_in_order(void **state)
{
    (void)state;
    for (size_t index = 0; index < migration_count; index++) {
        assert_int_equal(migrations[index].version, index + 1);
        assert_true(strlen(migrations[index].text) > 0);
    }
    assert_int_equal(schema_version_expected(), migration_count);
}

/* A row for a rule that does not exist would never count. */
static void test_each_constraint_is_in_the_schema(void **state)
{
    (void)state;
    static const char *const names[] = {
#define CONSTRAINT(name, problem, field, sentence) #name,
#include "database/constraints.def"
#undef CONSTRAINT
    };
    size_t applied = 0;
    if (migrate(&test_context, NULL, &applied) != PROBLEM_NONE) {
        fail_msg("%s", test_context.detail);
    }
    assert_int_equal(applied, migration_count);
    for (size_t index = 0; index < sizeof names / sizeof names[0]; index++) {
        const char *text = arena_print(
            test_context.arena,
            "SELECT count(*) AS number FROM (SELECT conname AS name, connamespace AS place FROM "
            "pg_constraint "
            "UNION SELECT relname, relnamespace FROM pg_class WHERE relkind = 'i' "
            "UNION SELECT relname || '_' || attname || '_not_null', relnamespace "
            "FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE attnotnull) AS rules "
            "WHERE name = '%s' AND place = 'migrate_test'::regnamespace",
            names[index]);
        if (number_of(&test_context, text) == 0) {
            fail_msg("no constraint %s", names[index]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_each_is_applied_once, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_a_broken_one_leaves_nothing, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_one_that_ends_its_transaction_is_refused, set_up_schema,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_changed_one_is_refused, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_a_newer_database_is_refused, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_a_gap_is_refused, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_no_server_is_unavailable, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_the_programs_own_are_in_order, set_up_schema, tear_down),
        cmocka_unit_test_setup_teardown(test_each_constraint_is_in_the_schema, set_up_schema, tear_down),
    };
    return has_test_database() ? cmocka_run_group_tests(tests, NULL, NULL) : 77;
}
