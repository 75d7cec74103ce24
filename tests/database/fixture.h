/* What the tests of src/database share: a configuration, handles on the database that
 * MUSTER_TEST_DATABASE_URL names, and short ways to run statements of the tests' own. */
#ifndef MUSTER_TESTS_DATABASE_FIXTURE_H
#define MUSTER_TESTS_DATABASE_FIXTURE_H

#include "config/config.h"
#include "database/connection.h"
#include "database/database.h"
#include "support/cmocka_headers.h"

#define ARENA_MAXIMUM ((size_t)64 * 1024 * 1024)

/* Statements of the tests have numbers behind those of the program. */
#define TEST_STATEMENT(variable, statement_number, statement_text, statement_parameters) \
    static struct statement variable = {.name = #variable,                               \
                                        .text = (statement_text),                        \
                                        .parameter_count = (statement_parameters),       \
                                        .number = 10000 + (statement_number)}

static struct configuration test_configuration;
static struct context test_context;

/* A second handle, as of another worker. */
static struct context other_context;

__attribute__((unused)) static bool has_test_database(void)
{
    if (getenv("MUSTER_TEST_DATABASE_URL") != NULL) {
        return true;
    }
    printf("skipped: MUSTER_TEST_DATABASE_URL names no database\n");
    return false;
}

static void start_again(struct context *context)
{
    arena_reset(context->arena);
    context_start(context, context->arena, &test_configuration, context->database);
}

static void open_context(struct context *context, const char *name)
{
    struct database *database = database_create(&test_configuration, name);
    assert_non_null(database);
    context_start(context, arena_create(ARENA_MAXIMUM), &test_configuration, database);
    assert_non_null(context->arena);
}

static void close_context(struct context *context)
{
    arena_destroy(context->arena);
    database_destroy(context->database);
}

static int set_up(void **state)
{
    (void)state;
    test_configuration = (struct configuration){
        .database_url = getenv("MUSTER_TEST_DATABASE_URL"),
        .connect_timeout = 5 * INT64_C(1000000),
        .statement_timeout = 30 * INT64_C(1000000),
        .lock_timeout = 30 * INT64_C(1000000),
        .request_timeout = 60 * INT64_C(1000000),
    };
    open_context(&test_context, "muster test");
    open_context(&other_context, "muster other");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    close_context(&test_context);
    close_context(&other_context);
    return 0;
}

/* Runs a text that is worth no name and expects it to work. */
__attribute__((unused)) static struct result *run_text(struct context *context, const char *text)
{
    struct statement *statement = ARENA_NEW(context->arena, struct statement);
    *statement = (struct statement){.name = "text", .text = text, .number = STATEMENT_UNNUMBERED};
    struct result *result = NULL;
    assert_int_equal(statement_run(context, statement, NULL, &result), PROBLEM_NONE);
    assert_non_null(result);
    return result;
}

/* Runs it and gives the problem; the context is as new afterwards, but for the reason. */
__attribute__((unused)) static enum problem try_text(struct context *context, const char *text)
{
    struct statement *statement = ARENA_NEW(context->arena, struct statement);
    *statement = (struct statement){.name = "text", .text = text, .number = STATEMENT_UNNUMBERED};
    struct result *result = NULL;
    return statement_run(context, statement, NULL, &result);
}

/* The one value of one row. */
__attribute__((unused)) static int64_t number_of(struct context *context, const char *text)
{
    return result_integer(run_text(context, text), 0, "number");
}

__attribute__((unused)) static int64_t backend_of(struct context *context)
{
    return number_of(context, "SELECT pg_backend_pid() AS number");
}

#endif
