/* The wall inside the database: each statement of the program is run as somebody of one organization, about
 * the things of another, with the organization taken out of its conditions, and finds nothing and changes
 * nothing there. */
#include <regex.h>

#include "base/encoding.h"
#include "database/database.h"
#include "support/expect.h"
#include "support/operations.h"
#include "support/world_parts.h"

#define TYPE_BOOLEAN    16
#define TYPE_BYTES      17
#define TYPE_BIGINT     20
#define TYPE_INTEGER    23
#define TYPE_TEXT       25
#define TYPE_INET       869
#define TYPE_TEXT_ARRAY 1009
#define TYPE_TIME       1184
#define TYPE_UUID       2950
#define TYPE_UUID_ARRAY 2951
#define MAXIMUM_VALUES  40

static struct tenant own;
static struct tenant foreign;
static const char *foreign_invitation;
static const char *foreign_certification;
static const char *foreign_assignment;
static const char *token_hash;
static const char *marks;

/* What is told to whoever names it: an account's name when signing in, an invitation's code. */
static const char *const told_over_the_wall[] = {"account_find", "show_invitation"};

static bool looks_over_the_wall(const struct statement *statement)
{
    for (size_t i = 0; i < sizeof told_over_the_wall / sizeof told_over_the_wall[0]; i++) {
        if (strcmp(statement->name, told_over_the_wall[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Somebody of the foreign team has a title that leads to a course. */
static void add_foreign_pool(struct world *world)
{
    world_sql(world, "UPDATE memberships SET job_title = 'Pilot' WHERE id = $1::uuid",
              foreign.member.membership_id, NULL);
    world_sql(world,
              "INSERT INTO training_category_job_titles (training_category_id, organization_id, job_title, "
              "position) VALUES ($1::uuid, $2::uuid, 'Pilot', 1)",
              foreign.category_id, foreign.organization_id, NULL);
    world_sql(world,
              "INSERT INTO training_category_courses (training_category_id, organization_id, course_id, "
              "position) VALUES ($1::uuid, $2::uuid, $3::uuid, 1)",
              foreign.category_id, foreign.organization_id, foreign.course_id, NULL);
}

static int setup(void **state)
{
    world_setup(state);
    struct world *world = *state;
    own = make_tenant(world, "Own");
    foreign = make_tenant(world, "Foreign");
    add_foreign_pool(world);
    foreign_assignment = world_sql(
        world,
        "INSERT INTO assignments (organization_id, membership_id, course_id, course_version_id, due_on) "
        "SELECT $1::uuid, $2::uuid, id, published_version_id, '2019-05-31' FROM courses WHERE id = "
        "$3::uuid RETURNING id",
        foreign.organization_id, foreign.member.membership_id, foreign.lesson_id, NULL);
    foreign_certification =
        world_sql(world, "SELECT id FROM champion_certifications WHERE user_id = $1::uuid",
                  foreign.member.user_id, NULL);
    token_hash = world_sql(world, "SELECT sha256(convert_to($1, 'UTF8'))",
                           own.organization_admin.session.access_token, NULL);
    foreign_invitation =
        world_sql(world, "SELECT id FROM invitations WHERE invite_code = $1", foreign.code, NULL);
    marks = world_sql(
        world,
        "WITH people AS (SELECT * FROM memberships WHERE organization_id = $1::uuid) "
        "SELECT string_agg(mark, '|') FROM (SELECT name AS mark FROM organizations WHERE id = $1::uuid "
        "UNION SELECT id::text FROM people UNION SELECT user_id::text FROM people "
        "UNION SELECT email FROM users WHERE id IN (SELECT user_id FROM people) "
        "UNION SELECT username FROM users WHERE id IN (SELECT user_id FROM people) "
        "UNION SELECT id::text FROM teams WHERE organization_id = $1::uuid "
        "UNION SELECT id::text FROM training_categories WHERE organization_id = $1::uuid "
        "UNION SELECT id::text FROM champion_certifications WHERE user_id IN (SELECT user_id FROM people) "
        "UNION SELECT id::text FROM refinements WHERE organization_id = $1::uuid "
        "UNION SELECT id::text FROM assignments WHERE organization_id = $1::uuid "
        "UNION SELECT invite_code FROM invitations WHERE organization_id = $1::uuid) AS all_marks "
        "WHERE mark IS NOT NULL",
        foreign.organization_id, NULL);
    return 0;
}

/* --- A statement without its organization --- */

static const char *replace_all(struct world *world, const char *text, const char *pattern, const char *by)
{
    const char *done = "";
    regex_t expression;
    regmatch_t match;
    assert_int_equal(regcomp(&expression, pattern, REG_EXTENDED), 0);
    while (regexec(&expression, text, 1, &match, 0) == 0) {
        done = world_print(world, "%s%.*s%s", done, (int)match.rm_so, text, by);
        text += match.rm_eo;
    }
    regfree(&expression);
    return world_print(world, "%s%s", done, text);
}

static bool is_organization(const char *name)
{
    return strncmp(name, "organization", 12) == 0;
}

static const char *without_organization(struct world *world, const struct statement *statement)
{
    const char *column = "([a-z_]+\\.)?(organization_id|id)";
    const char *text = replace_all(world, statement->text, "\\{order:[a-z_]+\\}", "1");
    for (size_t i = 0; i < statement->parameter_count; i++) {
        if (is_organization(statement->parameters[i])) {
            /* The parameter stays, so that its type can be told. */
            text = replace_all(world, text, world_print(world, "%s = \\$%zu::uuid", column, i + 1),
                               world_print(world, "(true OR $%zu::uuid IS NULL)", i + 1));
            text = replace_all(world, text,
                               world_print(world, "%s = ANY \\(\\$%zu::uuid\\[\\]\\)", column, i + 1),
                               world_print(world, "(true OR $%zu::uuid[] IS NULL)", i + 1));
        }
    }
    text =
        replace_all(world, text, "([a-z_]+\\.)?(organization_id|id) = ([a-z_]+\\.)?organization_id", "true");
    text =
        replace_all(world, text, "([a-z_]+\\.)?(organization_id|id) = muster_own_organization\\(\\)", "true");
    return replace_all(world, text, "([a-z_]+\\.)?organization_id = \\(SELECT organization_id FROM [^)]*\\)",
                       "true");
}

/* --- Values that name what is foreign --- */

static const char *value_of_uuid(const char *name)
{
    if (is_organization(name)) {
        return foreign.organization_id;
    }
    if (strncmp(name, "team", 4) == 0 || strcmp(name, "parent") == 0 || strcmp(name, "other") == 0) {
        return foreign.team_id;
    }
    if (strstr(name, "category") != NULL) {
        return foreign.category_id;
    }
    if (strncmp(name, "invitation", 10) == 0) {
        return foreign_invitation;
    }
    if (strstr(name, "category") != NULL) {
        return foreign.category_id;
    }
    if (strncmp(name, "course", 6) == 0) {
        return foreign.course_id;
    }
    if (strncmp(name, "refinement", 10) == 0) {
        return foreign.refinement_id;
    }
    if (strcmp(name, "assignment") == 0) {
        return foreign_assignment;
    }
    if (strcmp(name, "id") == 0) {
        return foreign_certification;
    }
    return strncmp(name, "user", 4) == 0 ? foreign.member.user_id : foreign.member.membership_id;
}

static const char *value_of_text(struct world *world, const char *name)
{
    if (strstr(name, "code") != NULL) {
        return foreign.code;
    }
    if (strcmp(name, "email") == 0) {
        return foreign.member.email;
    }
    if (strcmp(name, "q") == 0) {
        return world_sql(world, "SELECT first_name FROM users WHERE id = $1::uuid", foreign.member.user_id,
                         NULL);
    }
    return strcmp(name, "sort") == 0 ? NULL : "username";
}

static const char *value_for(struct world *world, const char *name, Oid type)
{
    switch (type) {
    case TYPE_UUID:
        return value_of_uuid(name);
    case TYPE_UUID_ARRAY:
        return world_print(world, "{%s,%s,%s,%s,%s,%s}", foreign.organization_id, foreign.team_id,
                           foreign.member.membership_id, foreign.member.user_id, foreign_invitation,
                           strstr(name, "course") != NULL ? foreign.course_id : foreign.category_id);
    case TYPE_BOOLEAN:
        return "true";
    case TYPE_BYTES:
        return "\\x00";
    case TYPE_BIGINT:
    case TYPE_INTEGER:
        return strcmp(name, "offset") == 0 ? "0" : "100";
    case TYPE_INET:
        return "192.0.2.1";
    case TYPE_TEXT_ARRAY:
        return "{}";
    case TYPE_TIME:
        return "2030-01-01";
    case TYPE_TEXT:
        return value_of_text(world, name);
    default:
        return NULL;
    }
}

/* --- Running it --- */

static PGresult *must(struct world *world, PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        fail_msg("%s", PQerrorMessage(world->database));
    }
    return result;
}

static void execute(struct world *world, const char *text)
{
    PQclear(must(world, PQexec(world->database, text)));
}

/* Calls as the admin of one's own organization for the rest of the transaction, by the check of a session. */
static void call(struct world *world, const char *role)
{
    const char *values[] = {token_hash, NULL, NULL};
    execute(world, world_print(world, "SET LOCAL ROLE %s", role));
    PGresult *caller = must(world, PQexecParams(world->database, statement_find("session_find")->text, 3,
                                                NULL, values, NULL, NULL, 0));
    assert_int_equal(PQntuples(caller), 1);
    PQclear(caller);
}

/* All that is foreign, as it stands; rows of other people too, where they name a foreign thing. */
static const char *foreign_state(struct world *world)
{
    return world_sql(
        world,
        "SELECT string_agg(name || ' ' || coalesce((xpath('//state/text()', query_to_xml(format("
        "'SELECT md5(string_agg(thing::text, ''|'' ORDER BY thing::text)) AS state FROM %I AS thing "
        "WHERE thing::text ~ %L', name, $1::text), false, true, '')))[1]::text, ''), ',' ORDER BY name) "
        "FROM (SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' "
        "AND table_type = 'BASE TABLE' AND table_name <> 'audit_events') AS tables",
        marks, NULL);
}

static bool shows_foreign(const PGresult *rows)
{
    regex_t expression;
    bool found = false;
    assert_int_equal(regcomp(&expression, marks, REG_EXTENDED | REG_NOSUB), 0);
    for (int row = 0; row < PQntuples(rows); row++) {
        for (int column = 0; column < PQnfields(rows); column++) {
            found = found || regexec(&expression, PQgetvalue(rows, row, column), 0, NULL, 0) == 0;
        }
    }
    regfree(&expression);
    return found;
}

static PGresult *run(struct world *world, const struct statement *statement, const char *text)
{
    const char *values[MAXIMUM_VALUES];
    PGresult *prepared = must(world, PQprepare(world->database, "", text, 0, NULL));
    PQclear(prepared);
    PGresult *described = must(world, PQdescribePrepared(world->database, ""));
    int count = PQnparams(described);
    int words = -1;
    bool sorted = false;
    for (int i = 0; i < count; i++) {
        values[i] = value_for(world, statement->parameters[i], PQparamtype(described, i));
        words = strcmp(statement->parameters[i], "q") == 0 ? i : words;
        sorted = sorted || strcmp(statement->parameters[i], "sort") == 0;
    }
    PQclear(described);
    if (sorted && words >= 0) {
        values[words] = NULL; /* a list that is asked for nothing shows most */
    }
    return PQexecPrepared(world->database, "", count, values, NULL, NULL, 0);
}

/* Whether the statement, without its organization, tells or changes anything foreign when `role` runs it. */
static bool reaches_foreign(struct world *world, const struct statement *statement, const char *role)
{
    const char *text = without_organization(world, statement);
    const char *before = foreign_state(world);
    bool reached;
    execute(world, "BEGIN");
    call(world, role);
    execute(world, "SAVEPOINT here");
    PGresult *rows = run(world, statement, text);
    reached = shows_foreign(rows);
    if (PQresultStatus(rows) == PGRES_FATAL_ERROR) {
        execute(world, "ROLLBACK TO here");
    }
    PQclear(rows);
    execute(world, "RESET ROLE");
    reached = reached || strcmp(before, foreign_state(world)) != 0;
    execute(world, "ROLLBACK");
    return reached;
}

static void no_statement_reaches_what_is_foreign(void **state)
{
    for (size_t i = 0; i < statement_count; i++) {
        if (!looks_over_the_wall(statements[i]) && reaches_foreign(*state, statements[i], WORLD_PROGRAM)) {
            fail_msg("%s reaches another organization:\n%s", statements[i]->name,
                     without_organization(*state, statements[i]));
        }
    }
}

/* Whether a statement has anything to do with what the wall guards; courses and the clock are everybody's. */
static bool touches_guarded(const struct statement *statement, const char *guarded)
{
    regex_t expression;
    assert_int_equal(regcomp(&expression, guarded, REG_EXTENDED | REG_NOSUB), 0);
    bool touches = regexec(&expression, statement->text, 0, NULL, 0) == 0;
    regfree(&expression);
    return touches;
}

/* Without the wall more than a third of them do: the owner of the tables stands inside of it. */
static void the_wall_is_what_stops_them(void **state)
{
    size_t reaching = 0;
    size_t touching = 0;
    const char *guarded =
        world_sql(*state,
                  "SELECT '(^|[^a-z_])(' || string_agg(relname, '|') || ')($|[^a-z_])' FROM "
                  "pg_class WHERE relforcerowsecurity",
                  NULL);
    for (size_t i = 0; i < statement_count; i++) {
        bool reaches = reaches_foreign(*state, statements[i], WORLD_OWNER);
        touching += touches_guarded(statements[i], guarded);
        reaching += reaches;
        if (!reaches) {
            printf("%s reaches nothing foreign even without the wall\n", statements[i]->name);
        }
    }
    assert_true(reaching * 3 > touching);
}

/* Every table that has a person's or an organization's id is behind the wall, and it holds for its owner too.
 */
static void every_table_of_people_is_behind_the_wall(void **state)
{
    assert_string_equal(world_sql(*state,
                                  "SELECT coalesce(string_agg(DISTINCT relname, ' '), '') FROM pg_class "
                                  "JOIN pg_attribute ON attrelid = pg_class.oid AND NOT attisdropped "
                                  "WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace "
                                  "AND (attname IN ('organization_id', 'user_id', 'membership_id', "
                                  "'team_id') OR relname IN ('users', 'organizations')) "
                                  "AND NOT (relrowsecurity AND relforcerowsecurity)",
                                  NULL),
                        "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_statement_reaches_what_is_foreign),
        cmocka_unit_test(the_wall_is_what_stops_them),
        cmocka_unit_test(every_table_of_people_is_behind_the_wall),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
