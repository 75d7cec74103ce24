/* Fifty at once for what only one may have, again and again: as many win as may, and what is left agrees. */
#include "support/company.h"
#include "support/expect.h"
#include "support/figure.h"
#include "support/learning.h"

#define PARALLEL 50
#define FEW      2
#define MANY     1000

static const char *organization;
static const char *lesson;
static struct person employee;
static struct session racers[PARALLEL];
static const char *users[PARALLEL];

/* Somebody without a password, straight into the database, since hashing fifty takes its time. */
static void add_racer(struct world *world, size_t number)
{
    const char *name = make_name(world, "racer");
    users[number] = world_sql(world,
                              "INSERT INTO users (provider, username, first_name, last_name) VALUES "
                              "('username', $1, 'A', 'B') RETURNING id",
                              name, NULL);
    world_sql(world,
              "INSERT INTO sessions (token_hash, user_id, client, expires_at) VALUES "
              "(sha256($1::text::bytea), $2::uuid, $1, now() + interval '1 day')",
              name, users[number], NULL);
    racers[number] = (struct session){name, name, name};
    world_sql(world,
              "INSERT INTO memberships (organization_id, user_id, user_created_at, first_name, last_name, "
              "status, joined_at, active_from) SELECT $1::uuid, id, created_at, 'A', 'B', 'active', now(), "
              "now() FROM users WHERE "
              "id = $2::uuid",
              organization, users[number], NULL);
}

static int setup(void **state)
{
    *state = world_start(NULL);
    organization = make_organization(*state, "Races");
    lesson = world_sql(
        *state, "INSERT INTO courses (name, basics, versions_count) VALUES ('C', true, 1) RETURNING id",
        NULL);
    world_sql(*state,
              "WITH version AS (INSERT INTO course_versions (course_id, number, status, title, published_at) "
              "VALUES ($1::uuid, 1, 'published', 'First', now()) RETURNING id, course_id) UPDATE courses SET "
              "published_version_id = version.id FROM version WHERE courses.id = version.course_id",
              lesson, NULL);
    employee = make_employee(*state, "Emma");
    for (size_t i = 0; i < PARALLEL; i++) {
        add_racer(*state, i);
    }
    return 0;
}

/* How many of the answers have the status; all others must have the other one. */
static int winners(struct answer **answers, size_t count, int won, int lost)
{
    int number = 0;
    for (size_t i = 0; i < count; i++) {
        if (answers[i]->status != won && answers[i]->status != lost) {
            fail_msg("%s: %d %s", answers[i]->request, answers[i]->status, answers[i]->body);
        }
        number += answers[i]->status == won;
    }
    return number;
}

/* Runs the race again and again; what it takes of memory is given back each time. */
static void repeat(struct world *world, const char *name, void (*race)(struct world *world))
{
    size_t rounds = short_or_long(FEW, MANY);
    for (size_t round = 0; round < rounds; round++) {
        struct arena_mark mark = arena_mark(world_arena(world));
        race(world);
        arena_rewind(world_arena(world), mark);
    }
    figure("%s: %d at once, %zu times, no violation", name, PARALLEL, rounds);
}

static void race_for_a_username(struct world *world)
{
    const char *body = world_print(world, "{\"username\": \"wanted%s\"}", users[0] + 30);
    struct call calls[PARALLEL];
    struct answer *answers[PARALLEL];
    for (size_t i = 0; i < PARALLEL; i++) {
        calls[i] =
            (struct call){.method = "PATCH", .path = "/api/v1/auth", .session = &racers[i], .body = body};
    }
    call_together(world, calls, PARALLEL, answers);
    assert_int_equal(winners(answers, PARALLEL, 200, 422), 1);
    world_sql(world, "UPDATE users SET username = 'racer-' || id WHERE username = 'wanted' || $1",
              users[0] + 30, NULL);
}

static void of_many_one_gets_the_username(void **state)
{
    repeat(*state, "one username", race_for_a_username);
}

static void race_for_an_invitation(struct world *world)
{
    const char *raced =
        world_sql(world, "INSERT INTO organizations (name) VALUES (gen_random_uuid()) RETURNING id", NULL);
    const char *code = make_invitation(world, raced, "Ivy", NULL);
    struct call calls[PARALLEL];
    struct answer *answers[PARALLEL];
    for (size_t i = 0; i < PARALLEL; i++) {
        calls[i] = (struct call){.method = "POST",
                                 .path = world_print(world, "/api/v1/invitations/%s/accept", code),
                                 .session = &racers[i],
                                 .body = "{}"};
    }
    call_together(world, calls, PARALLEL, answers);
    assert_int_equal(winners(answers, PARALLEL, 200, 404), 1);
    assert_int_equal(count_rows(world,
                                "SELECT count(*) FROM memberships WHERE organization_id = $1::uuid AND "
                                "user_id IS NOT NULL",
                                raced),
                     1);
}

static void of_many_one_takes_the_invitation(void **state)
{
    repeat(*state, "one invitation", race_for_an_invitation);
}

/* Two admins demote each other, 25 times each. */
static void race_of_the_last_admins(struct world *world)
{
    const char *raced =
        world_sql(world, "INSERT INTO organizations (name) VALUES (gen_random_uuid()) RETURNING id", NULL);
    const char *members[2];
    struct call calls[PARALLEL];
    struct answer *answers[PARALLEL];
    for (size_t i = 0; i < 2; i++) {
        members[i] = world_sql(
            world,
            "INSERT INTO memberships (organization_id, user_id, user_created_at, first_name, last_name, "
            "status, joined_at, role) SELECT $1::uuid, id, created_at, 'A', 'B', 'active', now(), 1 FROM "
            "users WHERE id = $2::uuid RETURNING id",
            raced, users[i], NULL);
    }
    for (size_t i = 0; i < PARALLEL; i++) {
        calls[i] = (struct call){
            .method = "PATCH",
            .path = world_print(world, "/api/v1/memberships/%s/admin_permission", members[i % 2]),
            .session = &racers[1 - i % 2],
            .body = "{\"org_admin\": false}"};
    }
    call_together(world, calls, PARALLEL, answers);
    for (size_t i = 0; i < PARALLEL; i++) {
        int status = answers[i]->status;
        if (status != 200 && status != 403 && status != 404 && status != 409) {
            fail_msg("%s: %d %s", answers[i]->request, status, answers[i]->body);
        }
    }
    assert_int_equal(count_rows(world,
                                "SELECT count(*) FROM memberships WHERE organization_id = $1::uuid AND role "
                                "= 1 AND status = 'active'",
                                raced),
                     1);
}

static void the_last_admin_stays(void **state)
{
    repeat(*state, "the last admin", race_of_the_last_admins);
}

static void race_for_a_reset_link(struct world *world)
{
    const char *token =
        world_sql(world, "SELECT encode(sha256(gen_random_uuid()::text::bytea), 'hex')", NULL);
    struct call calls[PARALLEL];
    struct answer *answers[PARALLEL];
    place_reset(world, users[2], token);
    for (size_t i = 0; i < PARALLEL; i++) {
        calls[i] = (struct call){
            .path = world_print(
                world, "/api/v1/auth/password/edit?reset_password_token=%s&redirect_url=" WORLD_RESET_URL,
                token)};
    }
    call_together(world, calls, PARALLEL, answers);
    assert_int_equal(winners(answers, PARALLEL, 302, 404), 1);
}

static void of_many_one_follows_the_link(void **state)
{
    repeat(*state, "one reset link", race_for_a_reset_link);
}

static void race_of_one_event(struct world *world)
{
    const char *id = world_sql(world, "SELECT gen_random_uuid()", NULL);
    struct call calls[PARALLEL];
    struct answer *answers[PARALLEL];
    for (size_t i = 0; i < PARALLEL; i++) {
        calls[i] = (struct call){
            .method = "POST",
            .path = world_print(world, "/api/v1/player/courses/%s/user_course_statuses", lesson),
            .session = &racers[0],
            .body = world_print(world,
                                "{\"event_type\": \"update_progress\", \"player_session_id\": \"%s\", "
                                "\"client_supplied_occured_at_in_ms\": 1000, \"progress\": {\"n\": 1}}",
                                id)};
    }
    call_together(world, calls, PARALLEL, answers);
    assert_int_equal(winners(answers, PARALLEL, 200, 200), PARALLEL);
    assert_int_equal(count_rows(world, "SELECT count(*) FROM player_events WHERE session_id = $1::uuid", id),
                     1);
}

static void of_equal_events_one_is_stored(void **state)
{
    repeat(*state, "one player event", race_of_one_event);
}

static void race_for_numbers(struct world *world)
{
    const char *course = make_course(world, &employee, "Raced", false);
    struct call calls[PARALLEL];
    struct answer *answers[PARALLEL];
    for (size_t i = 0; i < PARALLEL; i++) {
        calls[i] = (struct call){.method = "POST",
                                 .path = versions_path(world, course, NULL),
                                 .session = &employee.session,
                                 .body = version_body(world, "T", "{\"a\": 1}", NULL)};
    }
    call_together(world, calls, PARALLEL, answers);
    assert_int_equal(winners(answers, PARALLEL, 200, 200), PARALLEL);
    assert_string_equal(world_sql(world,
                                  "SELECT concat_ws(' ', min(number), max(number), count(DISTINCT number)) "
                                  "FROM course_versions WHERE course_id = $1::uuid",
                                  course, NULL),
                        world_print(world, "1 %d %d", PARALLEL, PARALLEL));
}

static void each_version_has_its_own_number(void **state)
{
    repeat(*state, "next version number", race_for_numbers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_many_one_gets_the_username), cmocka_unit_test(of_many_one_takes_the_invitation),
        cmocka_unit_test(the_last_admin_stays),          cmocka_unit_test(of_many_one_follows_the_link),
        cmocka_unit_test(of_equal_events_one_is_stored), cmocka_unit_test(each_version_has_its_own_number),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
