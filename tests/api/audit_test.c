/* The audit log: every operation that writes leaves events that tell it, nothing personal is among them,
 * nothing of them can be taken back. */
#include "base/encoding.h"
#include "support/company.h"
#include "support/expect.h"
#include "support/machines.h"
#include "support/provider.h"

#define CANARY_WORD "zanzibar"

/* The last two call Moab, as the company's admin, and Moodwork. */
enum caller { NOBODY_IN_PARTICULAR, LEARNER, LEADER, ADMIN, EMPLOYEE, TOKEN, KEY };

/* What a row of the table is called with, and the action that it must leave. */
struct expectation {
    const char *operation;
    enum caller caller;
    const char *path;
    const char *body;
    const char *action;
};

static const struct expectation expectations[] = {
#define EXPECTATION(operation, ...) {#operation, __VA_ARGS__},
#include "audit_expectations.def"
#undef EXPECTATION
    {"record_progress", LEARNER, "/api/v1/player/courses/$lesson/user_course_statuses",
     "{\"event_type\": \"complete\", \"player_session_id\": \"" NOBODY
     "\", \"client_supplied_occured_at_in_ms\": 1}",
     "assignment.update"},
    {"create_refinement", EMPLOYEE, "/api/v1/worklete_admin/teams/$team/refinements",
     "{\"starts_on\": \"2019-05-01\", \"ends_on\": \"2019-05-31\"}", "refinement.create"},
    {"update_refinement", EMPLOYEE, "/api/v1/worklete_admin/teams/$team/refinements/$refinement",
     "{\"status\": \"done\"}", "refinement.update"},
    {"saml_consume", NOBODY_IN_PARTICULAR, CONSUME, "SAMLResponse=$message", "session.create"},
};

static struct company company;

/* Words that begin like others come first. */
static struct {
    const char *word;
    const char *value;
} values[] = {
    {"$newcomer", NULL},
    {"$code", NULL},
    {"$password", NULL},
    {"$username", NULL},
    {"$email", NULL},
    {"$reset", NULL},
    {"$upload", NULL},
    {"$user", NULL},
    {"$membership", NULL},
    {"$organization", NULL},
    {"$foreign_code", NULL},
    {"$team", NULL},
    {"$spare_group", NULL},
    {"$spare", NULL},
    {"$course", NULL},
    {"$version", NULL},
    {"$category", NULL},
    {"$certification", NULL},
    {"$other_certification", NULL},
    {"$leaver", NULL},
    {"$group", NULL},
    {"$number", NULL},
    {"$login", NULL},
    {"$secret", NULL},
    {"$lesson", NULL},
    {"$refinement", NULL},
    {"$message", NULL},
};

static void set_value(const char *word, const char *value)
{
    for (size_t i = 0; i < COUNT(values); i++) {
        if (strcmp(values[i].word, word) == 0) {
            values[i].value = value;
            return;
        }
    }
    fail_msg("%s is not among the values", word);
}

static const char *replaced(struct world *world, const char *text)
{
    for (size_t i = 0; text != NULL && i < COUNT(values); i++) {
        const char *found;
        while ((found = strstr(text, values[i].word)) != NULL) {
            text = world_print(world, "%.*s%s%s", (int)(found - text), text, values[i].value,
                               found + strlen(values[i].word));
        }
    }
    return text;
}

static void place_learning(struct world *world)
{
    static const char certify[] =
        "INSERT INTO champion_certifications (user_id, date) VALUES ($1::uuid, '2019-05-01') RETURNING id";
    const char *course = world_sql(
        world, "INSERT INTO courses (name, versions_count) VALUES ('Course', 1) RETURNING id", NULL);
    set_value("$course", course);
    set_value("$version", world_sql(world,
                                    "INSERT INTO course_versions (course_id, number, title) VALUES "
                                    "($1::uuid, 1, 'First') RETURNING id",
                                    course, NULL));
    set_value("$category", world_sql(world,
                                     "INSERT INTO training_categories (organization_id, name) VALUES "
                                     "($1::uuid, 'Category') RETURNING id",
                                     company.organization, NULL));
    set_value("$certification", world_sql(world, certify, company.learner.user_id, NULL));
    set_value("$other_certification", world_sql(world, certify, company.leader.user_id, NULL));
}

static void place_practice(struct world *world)
{
    const char *lesson = world_sql(
        world, "INSERT INTO courses (name, basics, versions_count) VALUES ('Lesson', true, 1) RETURNING id",
        NULL);
    world_sql(world,
              "WITH version AS (INSERT INTO course_versions (course_id, number, status, title, published_at) "
              "VALUES ($1::uuid, 1, 'published', 'First', now()) RETURNING id, course_id) UPDATE courses SET "
              "published_version_id = version.id FROM version WHERE courses.id = version.course_id",
              lesson, NULL);
    set_value("$lesson", lesson);
    set_value("$refinement", world_sql(world,
                                       "INSERT INTO refinements (organization_id, team_id, starts_on, "
                                       "ends_on) VALUES ($1::uuid, $2::uuid, '2019-05-01', '2019-05-31') "
                                       "RETURNING id",
                                       company.organization, company.team, NULL));
}

/* What an identity provider says of somebody, as a form has it: of the stranger, since ours is taken away. */
static const char *signed_message(struct world *world)
{
    static const struct provider provider = {"https://idp.example.test/audit", "provider"};
    const char *xml = provider_says(world, &provider, company.stranger.email);
    provider_connect(world, company.stranger.organization_id, provider.entity, provider.key);
    struct text encoded =
        encode_base64(world_arena(world), text_of(provider_signs(world, &provider, xml, "assertion")));
    return world_print(world, "%.*s", TEXT_ARGUMENTS(encode_percent(world_arena(world), encoded)));
}

static int setup(void **state)
{
    struct world *world = world_start("open_registration = on\n");
    *state = world;
    company = make_company(world);
    struct person leaver = make_member(world, company.organization, "Lea");
    set_value("$leaver", make_invited_address(world, company.organization));
    set_value("$number", number_of(world, &leaver));
    set_value("$group", make_group(world, company.organization, "Kept "));
    set_value("$spare_group", make_group(world, company.organization, "Spare "));
    set_value("$login", company.leader.email);
    set_value("$secret", company.leader.password);
    set_value("$newcomer", "newcomer1");
    set_value("$code", make_invitation(world, company.organization, "New", NULL));
    set_value("$foreign_code", make_invitation(world, company.stranger.organization_id, "Guest", NULL));
    set_value("$password", company.outsider.password);
    set_value("$username", company.outsider.username);
    set_value("$email", company.outsider.email);
    set_value("$user", company.outsider.user_id);
    set_value("$membership", company.outsider.membership_id);
    set_value("$organization", company.organization);
    set_value("$team", company.team);
    set_value("$spare", place_team(world, company.organization, company.root, "LEARNER", "Spare"));
    set_value("$message", signed_message(world));
    set_value("$reset", place_reset(world, company.outsider.user_id, "reset-token-1"));
    set_value("$upload", place_upload(world, company.organization, "upload-signature-1"));
    place_learning(world);
    place_practice(world);
    return 0;
}

static const struct person *person_of(enum caller caller)
{
    const struct person *people[] = {
        [LEARNER] = &company.learner,   [LEADER] = &company.leader, [ADMIN] = &company.admin,
        [EMPLOYEE] = &company.employee, [TOKEN] = &company.admin,   [KEY] = NULL};
    return people[caller];
}

/* Straight into the database, since signing in would leave events of its own and some operations end the
 * session. */
static struct session new_session(struct world *world, const struct person *person, const char *token)
{
    world_secret(world, token);
    world_sql(world,
              "INSERT INTO sessions (token_hash, user_id, client, expires_at) VALUES "
              "(sha256($1::text::bytea), $2::uuid, $1, now() + "
              "interval '1 hour')",
              token, person->user_id, NULL);
    return (struct session){
        token, token, world_sql(world, "SELECT uid FROM users WHERE id = $1::uuid", person->user_id, NULL)};
}

static const struct expectation *expectation_of(const char *operation)
{
    for (size_t i = 0; i < COUNT(expectations); i++) {
        if (strcmp(expectations[i].operation, operation) == 0) {
            return &expectations[i];
        }
    }
    return NULL;
}

static void perform(struct world *world, const struct endpoint *row, const struct expectation *expected)
{
    const struct person *person = person_of(expected->caller);
    const char *request_id = world_print(world, "audit-%s", row->name);
    const char *secret = expected->caller == TOKEN ? make_security_token(world, person)
                         : expected->caller == KEY ? make_api_key(world, company.organization, "users:delete")
                                                   : NULL;
    struct session session = {0};
    if (person != NULL && secret == NULL) {
        session = new_session(world, person, world_print(world, "token-of-%s", row->name));
    }
    struct answer *answer =
        CALL(world, .method = method_name(row->method), .path = replaced(world, expected->path),
             .body = replaced(world, expected->body), .session = session.client != NULL ? &session : NULL,
             .type = row->form_only ? "application/x-www-form-urlencoded" : NULL,
             .headers = {world_print(world, "X-Request-Id: %s", request_id),
                         secret != NULL ? bearer(world, secret) : NULL});
    if (answer->status >= 400) {
        fail_msg("%s: %d: %s", row->name, answer->status, answer->body);
    }
    const char *found = world_sql(
        world,
        "SELECT count(*) FROM audit_events WHERE operation = $1 AND request_id = $2 AND action = $3 "
        "AND actor IS NOT DISTINCT FROM nullif($4, '')::uuid AND address = '127.0.0.1'",
        row->name, request_id, expected->action, person != NULL ? person->user_id : "", NULL);
    if (strcmp(found, "0") == 0) {
        fail_msg("%s left no event %s of its own", row->name, expected->action);
    }
    /* Nothing of a request goes without its operation. A job that it began may have done its part by now. */
    assert_string_equal(
        world_sql(world,
                  "SELECT count(*) FROM audit_events WHERE request_id = $2 AND operation IS DISTINCT FROM $1 "
                  "AND NOT EXISTS (SELECT 1 FROM jobs WHERE request_id = $2 AND kind = operation)",
                  row->name, request_id, NULL),
        "0");
}

static void each_operation_that_writes_leaves_an_event(void **state)
{
    size_t performed = 0;
    for (size_t i = 0; i < endpoint_count; i++) {
        const struct expectation *expected = expectation_of(endpoints[i].name);
        if (expected == NULL && endpoints[i].method != METHOD_GET) {
            fail_msg("%s has no row in this test: say with what it is called and which event it leaves",
                     endpoints[i].name);
        }
        if (expected != NULL) {
            perform(*state, &endpoints[i], expected);
            performed++;
        }
    }
    assert_int_equal(performed, COUNT(expectations));
}

static void a_get_leaves_no_event(void **state)
{
    struct world *world = *state;
    const char *before = world_sql(world, "SELECT count(*) FROM audit_events", NULL);
    expect_status(call_get(world, &company.admin.session, "/api/v1/session"), 200);
    expect_status(call_get(world, &company.admin.session, "/api/v1/users?sort=last_name"), 200);
    assert_string_equal(world_sql(world, "SELECT count(*) FROM audit_events", NULL), before);
}

static void a_write_that_fails_leaves_no_event(void **state)
{
    struct world *world = *state;
    const char *path = world_print(world, "/api/v1/organizations/%s/teams", company.organization);
    struct answer *first = CALL(world, .method = "POST", .path = path, .body = "{\"name\": \"Twice\"}",
                                .session = &company.admin.session, .headers = {"X-Request-Id: once"});
    struct answer *second = CALL(world, .method = "POST", .path = path, .body = "{\"name\": \"Twice\"}",
                                 .session = &company.admin.session, .headers = {"X-Request-Id: twice"});
    expect_status(first, 200);
    expect_status(second, 409);
    assert_int_equal(count_rows(world, "SELECT count(*) FROM audit_events WHERE request_id = $1", "once"), 1);
    assert_int_equal(count_rows(world, "SELECT count(*) FROM audit_events WHERE request_id = $1", "twice"),
                     0);
}

/* The request is refused, and yet what it counted stays. */
static void a_failed_sign_in_leaves_an_event_without_a_name(void **state)
{
    struct world *world = *state;
    struct answer *answer = CALL(world, .method = "POST", .path = "/api/v1/auth/sign_in",
                                 .body = "{\"username\": \"" CANARY_WORD "\", \"password\": \"x\"}",
                                 .headers = {"X-Request-Id: failed"});
    expect_status(answer, 401);
    assert_int_equal(count_rows(world,
                                "SELECT count(*) FROM audit_events WHERE request_id = $1 AND operation = "
                                "'sign_in' AND actor IS NULL "
                                "AND thing_id IS NULL AND after ->> 'failures' = '1'",
                                "failed"),
                     1);
}

static void both_values_of_what_is_not_personal_are_kept(void **state)
{
    struct world *world = *state;
    const char *team = place_team(world, company.organization, company.root, "LEARNER", "Valued");
    const char *old_name = world_sql(world, "SELECT name FROM teams WHERE id = $1::uuid", team, NULL);
    expect_status(CALL(world, .method = "PATCH", .path = world_print(world, "/api/v1/teams/%s", team),
                       .body = "{\"name\": \"Valuable\"}", .session = &company.admin.session,
                       .headers = {"X-Request-Id: valued"}),
                  200);
    assert_string_equal(
        world_sql(world, "SELECT before::text FROM audit_events WHERE request_id = 'valued'", NULL),
        world_print(world, "{\"name\": \"%s\"}", old_name));
    assert_string_equal(
        world_sql(world, "SELECT after::text FROM audit_events WHERE request_id = 'valued'", NULL),
        "{\"name\": \"Valuable\"}");
    assert_string_equal(
        world_sql(world,
                  "SELECT thing_id || ' ' || organization_id FROM audit_events WHERE request_id = 'valued'",
                  NULL),
        world_print(world, "%s %s", team, company.organization));
}

static void each_row_of_a_statement_has_its_own_event(void **state)
{
    struct world *world = *state;
    const char *organization = make_organization(world, "Rows");
    const char *root = root_of(world, organization);
    for (int i = 0; i < 20; i++) {
        place_team(world, organization, root, "LEARNER", "Row");
    }
    world_sql(world,
              "UPDATE teams SET name = 'x' || id WHERE organization_id = $1::uuid AND type = 'LEARNER'",
              organization, NULL);
    assert_int_equal(count_rows(world,
                                "SELECT count(*) FROM audit_events JOIN teams ON teams.id::text = thing_id "
                                "AND after ->> 'name' = teams.name "
                                "WHERE teams.organization_id = $1::uuid AND action = 'team.update' AND "
                                "before ->> 'name' LIKE 'Row%'",
                                organization),
                     20);
    world_sql(world, "DELETE FROM teams WHERE organization_id = $1::uuid AND type = 'LEARNER'", organization,
              NULL);
    assert_int_equal(
        count_rows(
            world,
            "SELECT count(*) FROM audit_events WHERE organization_id = $1::uuid AND action = 'team.delete'",
            organization),
        20);
}

/* A new table is audited, or somebody says here that it needs not to be: totals, copies, scores and the
 * history of who was where follow from what is audited, and so does what an import is undone by; the use of a
 * key changes nothing, and the player's events are a log of their own. */
static void every_table_is_audited(void **state)
{
    const char *tables = world_sql(
        *state,
        "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE "
        "relkind = 'r' AND relnamespace = 'public'::regnamespace "
        "AND relname NOT IN ('api_key_uses', 'audit_events', 'course_pools', 'directory_statistics', "
        "'organization_people', 'organization_statistics', 'schema_migrations', 'team_statistics', "
        "'player_events', 'team_stays', 'membership_absences', 'score_marks', 'score_contributions', "
        "'team_months', 'team_scores', 'scoreboards', 'daily_work', 'jobs', 'saml_assertions', "
        "'saml_requests', "
        "'membership_import_changes', 'membership_import_teams') "
        "AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = pg_class.oid AND "
        "tgname IN ('audit_create', 'audit_update') AND tgenabled = 'O')",
        NULL);
    assert_string_equal(tables, "");
}

/* What one transaction is told is forgotten with it. */
static void what_is_done_past_the_program_has_no_operation(void **state)
{
    struct world *world = *state;
    const char *team = place_team(world, company.organization, company.root, "LEARNER", "Bare");
    assert_int_equal(count_rows(world,
                                "SELECT count(*) FROM audit_events WHERE thing_id = $1 AND operation IS NULL "
                                "AND request_id IS NULL "
                                "AND actor IS NULL AND address IS NULL",
                                team),
                     1);
}

/* Somebody all of whose data holds one word: joins, is renamed, changes the address, resets, is invited
 * elsewhere, and is deleted. */
static struct person live_through_everything(struct world *world)
{
    static const char *const options[] = {"--employee-id",
                                          "E-" CANARY_WORD,
                                          "--job-title",
                                          CANARY_WORD " driver",
                                          "--email",
                                          CANARY_WORD "@example.test",
                                          NULL};
    struct person person =
        join_with(world, company.organization,
                  make_invitation(world, company.organization, CANARY_WORD, options), CANARY_WORD);
    expect_status(CALL(world, .method = "PATCH", .path = "/api/v1/auth", .session = &person.session,
                       .body = "{\"first_name\": \"" CANARY_WORD "2\", \"username\": \"" CANARY_WORD "2\"}"),
                  200);
    expect_status(
        CALL(world, .method = "PATCH", .path = world_print(world, "/api/v1/users/%s", person.user_id),
             .session = &company.admin.session, .body = "{\"email\": \"" CANARY_WORD "3@example.test\"}"),
        200);
    expect_status(CALL(world, .method = "POST", .path = "/api/v1/auth/password",
                       .body = "{\"email\": \"" CANARY_WORD
                               "3@example.test\", \"redirect_url\": \"" WORLD_RESET_URL "\"}"),
                  200);
    world_sql(world,
              "UPDATE memberships SET first_name = '" CANARY_WORD "4', job_title = '" CANARY_WORD
              "' WHERE id = $1::uuid",
              person.membership_id, NULL);
    world_sql(world, "DELETE FROM users WHERE id = $1::uuid", person.user_id, NULL);
    return person;
}

static void no_event_holds_personal_data(void **state)
{
    struct world *world = *state;
    struct person person = live_through_everything(world);
    assert_int_equal(
        count_rows(world, "SELECT count(*) FROM audit_events WHERE thing_id = $1 AND action LIKE 'user.%'",
                   person.user_id),
        4);
    assert_string_equal(world_sql(world,
                                  "SELECT string_agg(after ->> 'changed', ' ' ORDER BY position) FROM "
                                  "audit_events WHERE thing_id = $1 AND "
                                  "action = 'user.update'",
                                  person.user_id, NULL),
                        "[\"first_name\", \"former_uids\", \"username\"] [\"email\"]");
    assert_string_equal(
        world_sql(world,
                  "SELECT after::text FROM audit_events WHERE thing_id = $1 AND action = 'membership.update' "
                  "ORDER BY position DESC LIMIT 1",
                  person.membership_id, NULL),
        "{\"changed\": [\"first_name\", \"job_title\"]}");
    assert_int_equal(
        count_rows(world,
                   "SELECT count(*) FROM audit_events AS event WHERE event::text ILIKE '%' || $1 || '%'",
                   CANARY_WORD),
        0);
}

/* Everything secret that is in the database now, against every event so far. */
static void no_event_holds_a_code_a_hash_or_a_token(void **state)
{
    const char *found = world_sql(
        *state,
        "WITH secrets AS (SELECT invite_code AS secret FROM invitations WHERE invite_code ~ '[A-Z]' "
        "UNION ALL SELECT password_hash FROM users UNION ALL SELECT client FROM sessions "
        "UNION ALL SELECT encode(token_hash, 'hex') FROM sessions UNION ALL SELECT encode(token_hash, 'hex') "
        "FROM password_resets "
        "UNION ALL SELECT encode(name_hash, 'hex') FROM sign_in_failures "
        "UNION ALL SELECT username FROM users WHERE length(username) > 4 UNION ALL SELECT email FROM users) "
        "SELECT event::text FROM secrets JOIN audit_events AS event ON position(secret IN event::text) > 0 "
        "LIMIT 1",
        NULL);
    assert_string_equal(found, "");
}

static void events_cannot_be_changed_or_taken_back(void **state)
{
    static const char *const attempts[] = {
        "UPDATE audit_events SET actor = NULL", "UPDATE audit_events SET actor = NULL WHERE false",
        "DELETE FROM audit_events", "DELETE FROM audit_events WHERE position = 1", "TRUNCATE audit_events"};
    struct world *world = *state;
    const char *before = world_sql(world, "SELECT count(*) FROM audit_events", NULL);
    world_sql(world,
              "CREATE FUNCTION pg_temp.outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN "
              "EXECUTE statement; RETURN 'done'; "
              "EXCEPTION WHEN insufficient_privilege THEN RETURN SQLERRM; END $$",
              NULL);
    for (size_t i = 0; i < COUNT(attempts); i++) {
        assert_string_equal(world_sql(world, "SELECT pg_temp.outcome($1)", attempts[i], NULL),
                            "audit_events is append-only");
    }
    assert_string_equal(world_sql(world, "SELECT pg_temp.outcome('SELECT 1')", NULL), "done");
    assert_string_equal(world_sql(world, "SELECT count(*) FROM audit_events", NULL), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_operation_that_writes_leaves_an_event),
        cmocka_unit_test(a_get_leaves_no_event),
        cmocka_unit_test(a_write_that_fails_leaves_no_event),
        cmocka_unit_test(a_failed_sign_in_leaves_an_event_without_a_name),
        cmocka_unit_test(both_values_of_what_is_not_personal_are_kept),
        cmocka_unit_test(each_row_of_a_statement_has_its_own_event),
        cmocka_unit_test(every_table_is_audited),
        cmocka_unit_test(what_is_done_past_the_program_has_no_operation),
        cmocka_unit_test(no_event_holds_personal_data),
        cmocka_unit_test(no_event_holds_a_code_a_hash_or_a_token),
        cmocka_unit_test(events_cannot_be_changed_or_taken_back),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
