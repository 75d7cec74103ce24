/* Erasing is complete: afterwards nothing in the whole database tells who somebody was, and a table that is
 * added later cannot be forgotten here. */
#include "support/expect.h"
#include "support/machines.h"
#include "support/sessions.h"

/* A word in everything that is known of the person; nobody else has it. */
#define WORD "quixotic"

static const char *organization;
static const char *key;

static int setup(void **state)
{
    world_setup(state);
    organization = make_organization(*state, "Erasing");
    key = make_api_key(*state, organization, "users:delete");
    return 0;
}

/* The tables other than those named in `exception` that hold a text in any column. */
static const char *tables_with(struct world *world, const char *text, const char *exception)
{
    world_sql(world,
              "CREATE OR REPLACE FUNCTION pg_temp.holding(wanted text, exception text) RETURNS text LANGUAGE "
              "plpgsql AS $$ "
              "DECLARE item record; found bigint; report text := ''; BEGIN "
              "FOR item IN SELECT oid::regclass AS name FROM pg_class WHERE relkind IN ('r', 'm') "
              "AND relnamespace = 'public'::regnamespace AND relname <> ALL (string_to_array(exception, ' "
              "')) ORDER BY 1 LOOP "
              "EXECUTE format('SELECT count(*) FROM %s AS thing WHERE position(lower($1) IN "
              "lower(thing::text)) > 0', "
              "item.name) INTO found USING wanted; "
              "IF found > 0 THEN report := report || item.name || ': ' || found || ' '; END IF; "
              "END LOOP; RETURN report; END $$",
              NULL);
    return world_sql(world, "SELECT pg_temp.holding($1, $2)", text, exception, NULL);
}

/* Somebody with a row in every table that can tell of a person: with a word in each text. */
struct subject {
    struct person person;
    const char *address;
    const char *former_address;
    const char *work_address;
    const char *username;
};

static void rename_everything(struct world *world, struct subject *subject)
{
    const struct person *person = &subject->person;
    subject->former_address = person->email;
    subject->address = world_print(world, "%s@example.test", make_name(world, WORD));
    subject->work_address = world_print(world, "work.%s", subject->address);
    subject->username = make_name(world, WORD ".user");
    struct answer *answer = CALL(
        world, .method = "PATCH", .path = world_print(world, "/api/v1/users/%s", person->user_id),
        .session = &person->session, .body = world_print(world, "{\"email\": \"%s\"}", subject->address));
    expect_status(answer, 200);
    answer = CALL(world, .method = "PATCH", .path = "/api/v1/auth", .session = &person->session,
                  .body = world_print(world,
                                      "{\"username\": \"%s\", \"first_name\": \"" WORD
                                      "\", \"last_name\": \"" WORD " the Elder\"}",
                                      subject->username));
    expect_status(answer, 200);
    world_sql(world,
              "UPDATE memberships SET email = $2, first_name = '" WORD "', last_name = '" WORD
              "', job_title = '" WORD " driver', employee_id = '" WORD "-1', description = '" WORD
              " again' WHERE id = $1::uuid",
              person->membership_id, subject->work_address, NULL);
}

/* What is left behind by living: resets, failed attempts under each name, a token. */
static void live(struct world *world, const struct subject *subject)
{
    const char *names[] = {subject->address, subject->former_address, subject->work_address,
                           subject->username};
    make_security_token(world, &(struct person){.email = subject->address, .organization_id = organization});
    expect_status(
        call_post(world, NULL, "/api/v1/auth/password",
                  world_print(world, "{\"email\": \"%s\", \"redirect_url\": \"" WORLD_RESET_URL "\"}",
                              subject->address)),
        200);
    open_session(world, subject->address, subject->person.password);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        try_sign_in(world, names[i], "wrong");
    }
    const char *number = number_of(world, &subject->person);
    expect_status(call_with(world, world_print(world, "%s.1", number), "GET", "/api/v1/user", NULL), 401);
}

/* What was learned, and when the person was away. */
static void learn(struct world *world, const struct person *person)
{
    world_sql(
        world,
        "WITH course AS (INSERT INTO courses (name, versions_count) VALUES ('Course', 1) RETURNING id), "
        "version AS (INSERT INTO course_versions (course_id, number, title) SELECT id, 1, 'First' FROM "
        "course RETURNING id, course_id) "
        "INSERT INTO assignments (organization_id, membership_id, course_id, course_version_id, due_on) "
        "SELECT $1::uuid, $2::uuid, course_id, id, '2019-05-31' FROM version",
        organization, person->membership_id, NULL);
    world_sql(world,
              "INSERT INTO membership_absences (organization_id, membership_id, since, until) "
              "VALUES ($1::uuid, $2::uuid, '2019-05-01', '2019-05-02')",
              organization, person->membership_id, NULL);
    world_sql(world, "INSERT INTO champion_certifications (user_id, date) VALUES ($1::uuid, '2019-05-01')",
              person->user_id, NULL);
}

/* As the import of a list leaves it, so that it can be undone. */
static void come_from_a_list(struct world *world, const struct person *person)
{
    world_sql(world,
              "WITH import AS (INSERT INTO membership_imports (organization_id, status) VALUES ($1::uuid, "
              "'complete') RETURNING id) INSERT INTO membership_import_changes (membership_id, "
              "organization_id, import_id, status, first_name, last_name, email) SELECT $2::uuid, $1::uuid, "
              "id, 'active', '" WORD "', '" WORD "', '" WORD "@example.com' FROM import",
              organization, person->membership_id, NULL);
}

static struct subject make_subject(struct world *world)
{
    const char *team = make_team(world, organization, "Team");
    const char *const options[] = {"--team", team, NULL};
    const char *code = make_invitation(world, organization, WORD, options);
    struct subject subject = {.person = join_with(world, organization, code, WORD)};
    world_sql(world,
              "INSERT INTO team_admins (team_id, membership_id, organization_id) VALUES ($1::uuid, $2::uuid, "
              "$3::uuid)",
              team, subject.person.membership_id, organization, NULL);
    rename_everything(world, &subject);
    live(world, &subject);
    learn(world, &subject.person);
    come_from_a_list(world, &subject.person);
    return subject;
}

/* Every table that refers to people must have a row of this one, or its erasure would not be seen here. */
static void expect_to_be_everywhere(struct world *world, const struct person *person)
{
    world_sql(
        world,
        "CREATE OR REPLACE FUNCTION pg_temp.without_person(the_user uuid, the_membership uuid) RETURNS text "
        "LANGUAGE plpgsql AS $$ DECLARE item record; found bigint; report text := ''; BEGIN "
        "FOR item IN SELECT conrelid::regclass AS name, attname AS column, "
        "CASE WHEN EXISTS (SELECT FROM pg_attribute AS target WHERE target.attrelid = confrelid AND "
        "target.attnum = confkey[1] AND (confrelid = 'users'::regclass OR target.attname = 'user_id')) "
        "THEN the_user ELSE the_membership END AS id "
        "FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1] "
        "WHERE contype = 'f' AND confrelid IN ('users'::regclass, 'memberships'::regclass) LOOP "
        "EXECUTE format('SELECT count(*) FROM %s WHERE %I = $1', item.name, item.column) INTO found USING "
        "item.id; "
        "IF found = 0 THEN report := report || item.name || ' '; END IF; END LOOP; RETURN report; END $$",
        NULL);
    const char *missing = world_sql(world, "SELECT pg_temp.without_person($1::uuid, $2::uuid)",
                                    person->user_id, person->membership_id, NULL);
    if (*missing != '\0') {
        fail_msg("these tables refer to people, and this test makes no row of theirs: %s", missing);
    }
}

/* The audit log tells things by their ids for ever, and scores that have to be told anew by whose they were.
 */
static void expect_nothing_left(struct world *world, const struct subject *subject, const char *failures)
{
    assert_string_equal(tables_with(world, WORD, ""), "");
    assert_string_equal(tables_with(world, subject->person.user_id, "audit_events"), "");
    assert_string_equal(tables_with(world, subject->person.membership_id, "audit_events score_marks"), "");
    assert_string_equal(world_sql(world, "SELECT count(*) FROM sign_in_failures", NULL), failures);
}

/* Neither plain nor as hashes that anybody could make of a known address. */
static void expect_no_plain_hash(struct world *world, const char *address)
{
    const char *held = tables_with(
        world, world_sql(world, "SELECT encode(sha256(lower($1)::bytea), 'hex')", address, NULL), "");
    assert_string_equal(held, "");
}

static void expect_erased(struct world *world, const struct subject *subject, const char *failures)
{
    expect_nothing_left(world, subject, failures);
    expect_no_plain_hash(world, subject->address);
    expect_no_plain_hash(world, subject->former_address);
    expect_no_plain_hash(world, subject->work_address);
    expect_no_plain_hash(world, subject->username);
    expect_ended(world, &subject->person.session);
}

static void nothing_is_left_after_moodwork(void **state)
{
    struct world *world = *state;
    const char *failures = world_sql(world, "SELECT count(*) FROM sign_in_failures", NULL);
    struct subject subject = make_subject(world);
    expect_to_be_everywhere(world, &subject.person);
    assert_string_not_equal(tables_with(world, WORD, ""), "");
    struct answer *answer = call_with(world, key, "POST", "/v3/users/delete",
                                      world_print(world, "{\"emails\": [\"%s\"]}", subject.address));
    expect_body(answer, "{\"status\": \"deleted\"}");
    expect_erased(world, &subject, failures);
}

/* Also where the address is asked for that the person had before, and is found by nobody. */
static void nothing_is_left_after_asking_again(void **state)
{
    struct world *world = *state;
    const char *failures = world_sql(world, "SELECT count(*) FROM sign_in_failures", NULL);
    struct subject subject = make_subject(world);
    const char *body = world_print(world, "{\"emails\": [\"%s\", \"%s\", \"%s\"]}", subject.work_address,
                                   subject.address, subject.former_address);
    for (int i = 0; i < 2; i++) {
        expect_status(call_with(world, key, "POST", "/v3/users/delete", body), 200);
    }
    expect_erased(world, &subject, failures);
}

static void nothing_is_left_after_moab(void **state)
{
    struct world *world = *state;
    const char *failures = world_sql(world, "SELECT count(*) FROM sign_in_failures", NULL);
    struct person creator = make_admin(world, organization, "Cleo");
    const char *token = make_security_token(world, &creator);
    struct subject subject = make_subject(world);
    const char *path = world_print(world, "/api/v1/user/%s", number_of(world, &subject.person));
    struct answer *answer = call_with(world, token, "DELETE", path, NULL);
    expect_text(answer, "message", "user deleted");
    expect_erased(world, &subject, failures);
}

/* Who never joined has no user, but a name and an address. */
static void nothing_is_left_of_who_was_only_invited(void **state)
{
    struct world *world = *state;
    const char *address = world_print(world, "%s@example.test", make_name(world, WORD));
    const char *const options[] = {"--email", address, "--job-title", WORD, NULL};
    make_invitation(world, organization, WORD, options);
    assert_string_not_equal(tables_with(world, WORD, ""), "");
    expect_status(call_with(world, key, "POST", "/v3/users/delete",
                            world_print(world, "{\"emails\": [\"%s\"]}", address)),
                  200);
    assert_string_equal(tables_with(world, WORD, ""), "");
}

/* A reference that holds somebody back would make leaving fail one day. */
static void no_reference_holds_a_person_back(void **state)
{
    assert_string_equal(world_sql(*state,
                                  "SELECT string_agg(conname, ' ') FROM pg_constraint WHERE contype = 'f' "
                                  "AND confrelid IN ('users'::regclass, 'memberships'::regclass) "
                                  "AND confdeltype NOT IN ('c', 'n')",
                                  NULL),
                        "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_left_after_moodwork),
        cmocka_unit_test(nothing_is_left_after_asking_again),
        cmocka_unit_test(nothing_is_left_after_moab),
        cmocka_unit_test(nothing_is_left_of_who_was_only_invited),
        cmocka_unit_test(no_reference_holds_a_person_back),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
