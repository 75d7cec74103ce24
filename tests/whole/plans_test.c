/* How PostgreSQL would carry out every named statement: no table that grows with the directory is read whole,
 * nor all of one organization's people.
 * There are a few thousand people here, of whom it has statistics, and it is forbidden to read a table whole
 * where it could do otherwise; what it reads whole all the same has no index that serves. */
#include <json-c/json.h>

#include "database/order.h"
#include "http/endpoint.h"
#include "support/world_parts.h"

/* Tables that have few rows whatever the directory has. */
static const char *const small[] = {"courses",     "course_versions",  "daily_work", "directory_statistics",
                                    "maintenance", "schema_migrations"};

/* Statements that read all of a table on purpose. */
static const struct {
    const char *statement;
    const char *table;
    const char *why;
} exceptions[] = {
    {"admin_memberships_of_organizations", "organization_statistics",
     "counted over all organizations, unless there are too many memberships to be counted"},
    {"admin_list_invitations", "invitations", "counted, unless there are too many"},
    {"leavers_end_access", "sign_in_failures", "whether there is any at all, which the first one tells"},
    {"moab_list_users", "teams", "by an index of the user groups alone, of which there are none here"},
    {"moab_user_create", "teams", "by an index of the user groups alone, of which there are none here"},
    {"moab_show_user", "teams", "by an index of the user groups alone, of which there are none here"},
    {"moab_show_user", "memberships",
     "a hundred people are looked through sooner than one is looked up; thousands are not"},
    {"scores_waiting", "score_marks", "marks that wait are taken away every few seconds"},
    {"users_of_organizations", "organization_people",
     "of several organizations, counted unless there are too many"},
};

/* The tables that something was put into; of empty ones a plan tells nothing. */
static const char *filled;

/* Fifty organizations with a hundred people each, in ten teams, and what people leave behind. */
static void fill(struct world *world)
{
    static const char *const steps[] = {
        "INSERT INTO users (username, email, provider, first_name, last_name) SELECT 'person' || i, 'person' "
        "|| i || "
        "'@example.test', 'username', 'First' || i % 100, 'Last' || i % 1000 FROM generate_series(1, 5000) "
        "AS i",
        "INSERT INTO organizations (name) SELECT 'Organization ' || i FROM generate_series(1, 50) AS i",
        "INSERT INTO teams (organization_id, name, type) SELECT id, name, 'ORGANIZATION' FROM organizations",
        "INSERT INTO teams (organization_id, parent_id, name, type) SELECT organization_id, id, 'Team ' || "
        "i, 'LEARNER' "
        "FROM teams CROSS JOIN generate_series(1, 10) AS i",
        "INSERT INTO memberships (organization_id, user_id, user_created_at, first_name, last_name, email, "
        "job_title, role, "
        "status) SELECT organizations.id, people.id, people.created_at, first_name, last_name, email, 'Title "
        "' || people.place "
        "% 20, CASE people.place % 100 WHEN 0 THEN 1 ELSE 3 END, CASE people.place % 10 WHEN 0 THEN "
        "'invited' ELSE 'active' END "
        "FROM (SELECT *, row_number() OVER (ORDER BY id) AS place FROM users) AS people JOIN (SELECT *, "
        "row_number() OVER "
        "(ORDER BY id) AS place FROM organizations) AS organizations ON organizations.place = 1 + "
        "people.place % 50",
        "INSERT INTO invitations (membership_id, organization_id, invite_code, expires_at) SELECT id, "
        "organization_id, "
        "lpad(row_number() OVER ()::text, 6, '0'), now() FROM memberships",
        "INSERT INTO team_members SELECT DISTINCT ON (memberships.id) teams.id, memberships.id, "
        "teams.organization_id "
        "FROM memberships JOIN teams ON teams.organization_id = memberships.organization_id AND teams.type = "
        "'LEARNER' "
        "ORDER BY memberships.id, md5(teams.id::text || memberships.id)",
        "INSERT INTO team_admins SELECT DISTINCT ON (team_id) * FROM team_members ORDER BY team_id",
        "INSERT INTO sessions (token_hash, user_id, client, expires_at) SELECT sha256(id::text::bytea), id, "
        "id::text, now() "
        "FROM users",
        "INSERT INTO password_resets (token_hash, user_id, expires_at) SELECT token_hash, user_id, "
        "expires_at FROM sessions",
        "INSERT INTO sign_in_failures SELECT token_hash, 1, now() FROM sessions",
        "ANALYZE",
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        world_sql(world, steps[i], NULL);
    }
}

static int setup(void **state)
{
    world_setup(state);
    struct world *world = *state;
    fill(world);
    filled =
        world_sql(world,
                  "SELECT string_agg(relname, ' ') FROM pg_class WHERE relkind = 'r' AND reltuples > 0 AND "
                  "relnamespace = 'public'::regnamespace",
                  NULL);
    PQclear(PQexec(
        world->database,
        "SET plan_cache_mode = force_generic_plan; SET enable_hashjoin = off; SET enable_mergejoin = off; "
        "SET enable_memoize = off; SET jit = off; SET max_parallel_workers_per_gather = 0; SET "
        "enable_seqscan = off; SET client_min_messages = "
        "error"));
    return 0;
}

static const char *member(struct json_object *node, const char *name)
{
    return json_object_get_string(json_object_object_get(node, name));
}

static bool is_one_of(const char *name, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, list[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_filled(const char *table)
{
    struct text rest = text_of(filled);
    while (rest.data != NULL) {
        if (text_equal_string(text_cut(&rest, ' '), table)) {
            return true;
        }
    }
    return false;
}

static bool is_excepted(const char *statement, const char *table)
{
    for (size_t i = 0; i < sizeof exceptions / sizeof exceptions[0]; i++) {
        if (strcmp(statement, exceptions[i].statement) == 0 && strcmp(table, exceptions[i].table) == 0) {
            return true;
        }
    }
    return is_one_of(table, small, sizeof small / sizeof small[0]) || !is_filled(table);
}

/* Whether a node hands on what it gets, so that a limit above it ends the reading below. */
static bool hands_on(const char *type)
{
    static const char *const types[] = {"Limit",  "Result",   "Subquery Scan",
                                        "Append", "LockRows", "Nested Loop"};
    return is_one_of(type, types, sizeof types / sizeof types[0]);
}

/* A bitmap's index scan does not name its table. */
static const char *table_of(struct json_object *node, struct json_object *above)
{
    const char *table = member(node, "Relation Name");
    return table != NULL ? table : above != NULL ? member(above, "Relation Name") : NULL;
}

/* Whether the condition says no more than which organization, which may be one of a hundred thousand people.
 */
static bool is_whole_organization(const char *table, const char *index, const char *condition)
{
    static const char *const tables[] = {"memberships", "organization_people", "invitations"};
    return is_one_of(table, tables, sizeof tables / sizeof tables[0]) && strstr(condition, " AND ") == NULL &&
           strstr(condition, "organization_id = ") != NULL && strcmp(index, "memberships_admins") != 0;
}

/* A scan reads what a condition on an index leaves, or in the order of an index as much as a limit above lets
 * it. */
static bool reads_everything(struct json_object *node, const char *table, bool limited)
{
    const char *type = member(node, "Node Type");
    const char *condition = member(node, "Index Cond");
    bool index = strcmp(type, "Index Scan") == 0 || strcmp(type, "Index Only Scan") == 0 ||
                 strcmp(type, "Bitmap Index Scan") == 0;
    bool whole =
        index && (condition == NULL || is_whole_organization(table, member(node, "Index Name"), condition));
    return strcmp(type, "Seq Scan") == 0 ||
           (whole && (!limited || json_object_object_get(node, "Filter") != NULL));
}

/* The first node that reads all of a growing table; NULL where none does. */
static struct json_object *find_whole_reading(const char *statement, struct json_object *node,
                                              struct json_object *above, bool limited)
{
    const char *type = member(node, "Node Type");
    const char *table = table_of(node, above);
    struct json_object *plans = json_object_object_get(node, "Plans");
    bool limit_holds = strcmp(type, "Limit") == 0 || (limited && hands_on(type));
    struct json_object *found = NULL;
    if (table != NULL && reads_everything(node, table, limited) && !is_excepted(statement, table)) {
        return node;
    }
    for (size_t i = 0; plans != NULL && found == NULL && i < json_object_array_length(plans); i++) {
        struct json_object *plan = json_object_array_get_idx(plans, i);
        bool apart = strcmp(member(plan, "Parent Relationship"), "InitPlan") == 0 ||
                     strcmp(member(plan, "Parent Relationship"), "SubPlan") == 0;
        found = find_whole_reading(statement, plan, node, limit_holds && !apart);
    }
    return found;
}

/* The plan as JSON; the statement is prepared with its types inferred, and executed with nulls. */
static struct json_object *plan_of(struct world *world, const struct statement *statement, const char *text)
{
    const char *nulls = "";
    for (size_t i = 0; i < statement->parameter_count; i++) {
        nulls = world_print(world, "%s%sNULL", nulls, i > 0 ? ", " : "");
    }
    const char *arguments = statement->parameter_count > 0 ? world_print(world, "(%s)", nulls) : "";
    PQclear(PQexec(world->database, "DEALLOCATE ALL"));
    PGresult *prepared = PQprepare(world->database, "planned", text, 0, NULL);
    assert_int_equal(PQresultStatus(prepared), PGRES_COMMAND_OK);
    PQclear(prepared);
    PGresult *explained =
        PQexec(world->database, world_print(world, "EXPLAIN (FORMAT JSON) EXECUTE planned%s", arguments));
    if (PQresultStatus(explained) != PGRES_TUPLES_OK) {
        fail_msg("%s: %s", statement->name, PQerrorMessage(world->database));
    }
    struct json_object *plan = json_tokener_parse(PQgetvalue(explained, 0, 0));
    PQclear(explained);
    assert_non_null(plan);
    return plan;
}

/* Says where a statement reads a whole table unless it is expected to; whether all is as expected. */
static bool reads_as_expected(struct world *world, const struct statement *statement, const char *text,
                              bool expected)
{
    struct json_object *plan = plan_of(world, statement, text);
    struct json_object *found = find_whole_reading(
        statement->name, json_object_object_get(json_object_array_get_idx(plan, 0), "Plan"), NULL, false);
    bool agrees = (found != NULL) == expected;
    if (!agrees) {
        printf("%s: this is where it reads a whole table: %s\n", statement->name,
               found != NULL ? json_object_get_string(found) : "nowhere");
    }
    json_object_put(plan);
    return agrees;
}

/* The columns of a list by which it can be sorted, each up and down; NULL at the end. */
static const char *column_of(struct world *world, const char *sort, size_t number)
{
    struct text rest = text_of(sort);
    for (size_t i = 0; rest.data != NULL; i++) {
        struct text column = text_cut(&rest, ',');
        if (i == number / 2) {
            return world_print(world, "%.*s%s", TEXT_ARGUMENTS(column), number % 2 == 0 ? "" : " DESC");
        }
    }
    return NULL;
}

static void no_statement_reads_a_growing_table_whole(void **state)
{
    struct world *world = *state;
    size_t wrong = 0;
    for (size_t i = 0; i < statement_count; i++) {
        wrong +=
            !statements[i]->ordered && !reads_as_expected(world, statements[i], statements[i]->text, false);
    }
    assert_int_equal(wrong, 0);
}

static void no_order_makes_a_statement_read_a_growing_table_whole(void **state)
{
    struct world *world = *state;
    size_t checked = 0;
    size_t wrong = 0;
    for (size_t i = 0; i < statement_count; i++) {
        /* Lists of people, versions and imports are the ones that can be sorted; searches have only names. */
        const char *name = statements[i]->name;
        const char *sort = strncmp(name, "users_", 6) == 0 ? "first_name,last_name,username,created_at"
                           : strstr(name, "course_versions") != NULL    ? "created_at,published_at,number"
                           : strstr(name, "membership_imports") != NULL ? "created_at"
                                                                        : "first_name,last_name";
        for (size_t j = 0; statements[i]->ordered && column_of(world, sort, j) != NULL; j++) {
            const char *order[] = {column_of(world, sort, j), "id"};
            const char *text = order_apply(world->arena, statements[i]->text, order, 2);
            wrong += !reads_as_expected(world, statements[i], text, false);
            checked++;
        }
    }
    assert_int_equal(wrong, 0);
    assert_true(checked > 0);
}

/* The check would see it. */
static void a_table_that_is_read_whole_is_found(void **state)
{
    struct world *world = *state;
    static const char *const texts[] = {
        "SELECT * FROM memberships WHERE job_title = 'x'",
        "SELECT count(*) FROM users",
        "SELECT id FROM users WHERE first_name LIKE '%x%' ORDER BY created_at, id LIMIT 1",
        "SELECT * FROM teams ORDER BY updated_at LIMIT 1",
        "SELECT id FROM memberships WHERE lower(email) = 'x'",
        "SELECT DISTINCT job_title FROM memberships WHERE organization_id = gen_random_uuid()",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const struct statement statement = {.name = "of the test", .text = texts[i]};
        assert_true(reads_as_expected(world, &statement, texts[i], true));
    }
}

/* Nobody excepts what is not there any more. */
static void every_exception_is_needed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof exceptions / sizeof exceptions[0]; i++) {
        const struct statement *statement = statement_find(exceptions[i].statement);
        assert_non_null(statement);
        assert_non_null(strstr(statement->text, exceptions[i].table));
        assert_true(strlen(exceptions[i].why) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_statement_reads_a_growing_table_whole),
        cmocka_unit_test(no_order_makes_a_statement_read_a_growing_table_whole),
        cmocka_unit_test(a_table_that_is_read_whole_is_found),
        cmocka_unit_test(every_exception_is_needed),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
