/* Every named statement of sql/queries against the migrated schema: it prepares, it is used, and it has what
 * its row's answer shows. */
#include <ftw.h>

#include "database/order.h"
#include "http/endpoint.h"
#include "support/world_parts.h"

#define UNKNOWN_TYPE 705

/* The sources of the program, behind each other, to look for names in. */
static struct builder sources;
static struct world *sources_world;

static int add_source(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)walk;
    const char *ending = strrchr(path, '.');
    if (type == FTW_F && ending != NULL && (strcmp(ending, ".c") == 0 || strcmp(ending, ".def") == 0)) {
        builder_add_string(&sources, world_read_file(sources_world, path));
    }
    return 0;
}

static int setup(void **state)
{
    world_setup(state);
    sources_world = *state;
    builder_start(&sources, sources_world->arena, (size_t)1 << 20, (size_t)64 << 20);
    return nftw(SOURCE_FOLDER "/src", add_source, 16, FTW_PHYS);
}

/* The text as it is prepared; an order that every ordered table has stands for all. */
static const char *text_of_statement(struct world *world, const struct statement *statement)
{
    static const char *const order[] = {"created_at DESC", "id"};
    return statement->ordered ? order_apply(world->arena, statement->text, order, 2) : statement->text;
}

/* What PostgreSQL says of a statement that is prepared with all types inferred; the caller clears it. */
static PGresult *describe(struct world *world, const struct statement *statement, const char *text)
{
    PGresult *prepared = PQprepare(world->database, "", text, 0, NULL);
    if (PQresultStatus(prepared) != PGRES_COMMAND_OK) {
        fail_msg("%s: %s", statement->name, PQerrorMessage(world->database));
    }
    PQclear(prepared);
    PGresult *description = PQdescribePrepared(world->database, "");
    assert_int_equal(PQresultStatus(description), PGRES_COMMAND_OK);
    return description;
}

static void check_statement(struct world *world, const struct statement *statement)
{
    PGresult *description = describe(world, statement, text_of_statement(world, statement));
    if ((size_t)PQnparams(description) != statement->parameter_count) {
        fail_msg("%s has %d parameters, known are %zu", statement->name, PQnparams(description),
                 statement->parameter_count);
    }
    for (int i = 0; i < PQnparams(description); i++) {
        if (PQparamtype(description, i) == 0 || PQparamtype(description, i) == UNKNOWN_TYPE) {
            fail_msg("%s: the type of %s cannot be told", statement->name, statement->parameters[i]);
        }
    }
    PQclear(description);
}

static void every_statement_prepares_on_the_migrated_schema(void **state)
{
    for (size_t i = 0; i < statement_count; i++) {
        check_statement(*state, statements[i]);
    }
    assert_true(statement_count > 0);
}

/* Columns are bound by their names. */
static void the_columns_of_a_statement_have_names_of_their_own(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < statement_count; i++) {
        PGresult *description = describe(world, statements[i], text_of_statement(world, statements[i]));
        for (int j = 0; j < PQnfields(description); j++) {
            if (PQfnumber(description, PQfname(description, j)) != j ||
                strcmp(PQfname(description, j), "?column?") == 0) {
                fail_msg("%s: column %d is called %s", statements[i]->name, j + 1, PQfname(description, j));
            }
        }
        PQclear(description);
    }
}

/* Whether the sources have this text where no longer name begins with it. */
static bool mentions(const char *start, const char *name)
{
    size_t length = strlen(start) + strlen(name);
    const char *wanted = arena_print(sources.arena, "%s%s", start, name);
    const char *found = memmem(sources.data, sources.length, wanted, length);
    while (found != NULL && strspn(found + length, "abcdefghijklmnopqrstuvwxyz_0123456789") > 0) {
        found = memmem(found + 1, sources.length - (size_t)(found + 1 - sources.data), wanted, length);
    }
    return found != NULL;
}

static void every_statement_is_used(void **state)
{
    (void)state;
    for (size_t i = 0; i < statement_count; i++) {
        const char *name = statements[i]->name;
        if (!mentions("sql_", name) && !mentions("statement_", name) && !mentions("QUERIED(", name)) {
            fail_msg("nothing in src uses the statement %s", name);
        }
    }
    assert_false(mentions("sql_", "no_such_statement"));
}

static void every_statement_is_found_by_its_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < statement_count; i++) {
        assert_ptr_equal(statement_find(statements[i]->name), statements[i]);
        assert_int_equal(statements[i]->number, i);
    }
    assert_null(statement_find("no_such_statement"));
}

static void require_column(const struct endpoint *row, const PGresult *description, const char *column)
{
    if (column != NULL && PQfnumber(description, column) < 0) {
        fail_msg("%s: its statement has no column %s", row->name, column);
    }
}

/* How many fields at the front a rendering stands for. */
static size_t count_rendered(const PGresult *description, const struct shape *shape)
{
    bool ready = shape->rendering != NULL && PQfnumber(description, shape->rendering) >= 0;
    return ready ? shape->rendered : 0;
}

static bool is_ready(const PGresult *description, const struct shape *shape)
{
    return shape != NULL && count_rendered(description, shape) > 0;
}

static void check_cover(const struct endpoint *row, const PGresult *description, const struct shape *shape)
{
    require_column(row, description, is_ready(description, shape) ? NULL : shape->identity);
    for (size_t i = count_rendered(description, shape); i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        require_column(row, description, field->when);
        require_column(row, description, is_ready(description, field->shape) ? NULL : field->key);
        if (field->constant != NULL) {
            continue;
        }
        if (field->type == FIELD_OBJECT || (field->type == FIELD_LIST && field->column == NULL)) {
            check_cover(row, description, field->shape);
        } else {
            require_column(row, description, field->column != NULL ? field->column : field->name);
        }
    }
}

/* Rows with a handler are compared with their shape when they are called. */
static void a_rows_statement_has_what_its_answer_shows(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < endpoint_count; i++) {
        const struct endpoint *row = &endpoints[i];
        const struct statement *statement = row->statement != NULL ? row->statement : row->session;
        if (row->handle == NULL && row->answer != NULL) {
            PGresult *description = describe(world, statement, text_of_statement(world, statement));
            check_cover(row, description, row->answer);
            require_column(row, description, row->form_of_answer == ANSWER_PAGE ? "total" : NULL);
            PQclear(description);
        }
    }
}

/* Every order that a request may ask for. */
static void a_rows_statement_can_be_sorted_by_what_it_promises(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < endpoint_count; i++) {
        const struct endpoint *row = &endpoints[i];
        struct text rest = text_of(row->sort);
        while (row->statement != NULL && row->statement->ordered && rest.data != NULL) {
            struct text name = text_cut(&rest, ',');
            const char *order[] = {arena_print(world->arena, "%.*s DESC", TEXT_ARGUMENTS(name)), "id"};
            PQclear(
                describe(world, row->statement, order_apply(world->arena, row->statement->text, order, 2)));
        }
        assert_true(row->handle != NULL || row->statement == NULL || row->sort == NULL ||
                    row->statement->ordered);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_statement_prepares_on_the_migrated_schema),
        cmocka_unit_test(the_columns_of_a_statement_have_names_of_their_own),
        cmocka_unit_test(every_statement_is_used),
        cmocka_unit_test(every_statement_is_found_by_its_name),
        cmocka_unit_test(a_rows_statement_has_what_its_answer_shows),
        cmocka_unit_test(a_rows_statement_can_be_sorted_by_what_it_promises),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
