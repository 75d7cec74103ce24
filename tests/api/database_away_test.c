/* PostgreSQL going away and coming back: 503 in the meantime, and no worker is replaced for it. */
#include <unistd.h>

#include "support/expect.h"
#include "support/people.h"
#include "support/world_parts.h"

#define ROUNDS 3000

static struct person member;

static int setup(void **state)
{
    *state = world_start("lock_timeout = 100 ms\nstatement_timeout = 200 ms\n");
    member = make_member(*state, make_organization(*state, "Away"), "Mary");
    return 0;
}

static const char *workers(struct world *world)
{
    return world_read_file(
        world, world_print(world, "/proc/%d/task/%d/children", world_master(world), world_master(world)));
}

static void execute(PGconn *connection, const char *statement)
{
    PGresult *result = PQexec(connection, statement);
    ExecStatusType status = PQresultStatus(result);
    PQclear(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        fail_msg("%s: %s", statement, PQerrorMessage(connection));
    }
}

/* Ends all connections to the world's database but our own. */
static const char *terminate_backends(struct world *world)
{
    return world_sql(world,
                     "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                     "WHERE datname = current_database() AND pid <> pg_backend_pid()",
                     NULL);
}

static void allow_connections(struct world *world, bool allowed)
{
    execute(world->maintenance, world_print(world, "ALTER DATABASE %s ALLOW_CONNECTIONS %s",
                                            world->database_name, allowed ? "true" : "false"));
}

/* All workers answer again: several good answers, one behind the other. */
static void expect_back(struct world *world)
{
    int good = 0;
    for (int round = 0; round < ROUNDS && good < 20; round++) {
        int status = call_get(world, &member.session, "/api/v1/session")->status;
        assert_true(status == 200 || status == 503);
        good = status == 200 ? good + 1 : 0;
        usleep(status == 200 ? 0 : 10000);
    }
    assert_int_equal(good, 20);
}

/* Signing in has workers of its own, who find the database back in their own time. */
static void expect_signed_in(struct world *world, const char *body)
{
    int status = 503;
    for (int round = 0; round < ROUNDS && status == 503; round++) {
        status = call_post(world, NULL, "/api/v1/auth/sign_in", body)->status;
        usleep(status == 503 ? 10000 : 0);
    }
    assert_int_equal(status, 200);
}

static void ended_connections_are_opened_again_by_the_same_workers(void **state)
{
    struct world *world = *state;
    const char *before = workers(world);
    for (int round = 0; round < 5; round++) {
        expect_back(world);
        assert_string_not_equal(terminate_backends(world), "0");
        struct answer *answer = call_get(world, &member.session, "/api/v1/session");
        assert_true(answer->status == 200 || answer->status == 503);
        expect_back(world);
    }
    assert_string_equal(workers(world), before);
}

static void without_a_database_what_needs_it_is_503(void **state)
{
    struct world *world = *state;
    const char *before = workers(world);
    const char *sign_in =
        world_print(world, "{\"username\": \"%s\", \"password\": \"%s\"}", member.email, member.password);
    allow_connections(world, false);
    terminate_backends(world);
    for (int round = 0; round < 5; round++) {
        struct answer *answer = call_get(world, &member.session, "/api/v1/session");
        expect_error(answer, 503, "try again");
        expect_no_header(answer, "access-token");
        expect_error(call_get(world, &member.session, "/api/v1/users"), 503, NULL);
        expect_error(call_get(world, NULL, "/api/v1/invitations/AAAAAA"), 503, NULL);
        expect_error(call_post(world, NULL, "/api/v1/auth/sign_in", sign_in), 503, NULL);
        expect_error(call_get(world, NULL, "/readyz"), 503, NULL);
    }
    allow_connections(world, true);
    expect_back(world);
    expect_signed_in(world, sign_in);
    assert_string_equal(workers(world), before);
}

static void without_a_database_what_does_not_need_it_works(void **state)
{
    struct world *world = *state;
    allow_connections(world, false);
    terminate_backends(world);
    expect_status(call_get(world, NULL, "/api/v1/uuid/new"), 200);
    expect_status(call_get(world, NULL, "/healthz"), 200);
    expect_status(call_get(world, NULL, "/metrics"), 200);
    expect_status(call_get(world, NULL, "/openapi.json"), 200);
    expect_status(call_get(world, NULL, "/api/v1/nothing"), 404);
    expect_status(CALL(world, .method = "PUT", .path = "/api/v1/session"), 405);
    expect_status(CALL(world, .path = "/api/v1/session", .headers = {"Accept: text/html"}), 406);
    expect_status(call_get(world, NULL, "/api/v1/session"), 401);
    expect_status(call_post(world, NULL, "/api/v1/auth/sign_in", "{"), 400);
    allow_connections(world, true);
    expect_back(world);
}

static void a_lock_that_is_held_too_long_is_503_and_changes_nothing(void **state)
{
    struct world *world = *state;
    const char *path = world_print(world, "/api/v1/users/%s", member.user_id);
    const char *body = "{\"email\": \"locked.out@example.test\"}";
    execute(world->database, "BEGIN");
    world_sql(world, "SELECT 1 FROM users WHERE id = $1::uuid FOR UPDATE", member.user_id, NULL);
    expect_error(CALL(world, .method = "PATCH", .path = path, .session = &member.session, .body = body), 503,
                 NULL);
    execute(world->database, "ROLLBACK");
    assert_string_equal(world_sql(world, "SELECT email FROM users WHERE id = $1::uuid", member.user_id, NULL),
                        member.email);
    expect_status(CALL(world, .method = "PATCH", .path = path, .session = &member.session, .body = body),
                  200);
    assert_string_equal(world_sql(world, "SELECT email FROM users WHERE id = $1::uuid", member.user_id, NULL),
                        "locked.out@example.test");
}

static void a_statement_that_takes_too_long_is_503(void **state)
{
    struct world *world = *state;
    execute(world->database, "BEGIN; LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE");
    expect_error(call_get(world, &member.session, "/api/v1/session"), 503, NULL);
    expect_error(call_get(world, &member.session, "/api/v1/organizations"), 503, NULL);
    execute(world->database, "ROLLBACK");
    expect_status(call_get(world, &member.session, "/api/v1/session"), 200);
}

static void a_schema_of_another_version_is_not_ready(void **state)
{
    struct world *world = *state;
    world_sql(world,
              "INSERT INTO schema_migrations SELECT version + 1, 'later', checksum FROM schema_migrations "
              "ORDER BY version DESC LIMIT 1",
              NULL);
    expect_error(call_get(world, NULL, "/readyz"), 503, "schema");
    expect_status(call_get(world, NULL, "/healthz"), 200);
    world_sql(world, "DELETE FROM schema_migrations WHERE name = 'later'", NULL);
    expect_status(call_get(world, NULL, "/readyz"), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ended_connections_are_opened_again_by_the_same_workers),
        cmocka_unit_test(without_a_database_what_needs_it_is_503),
        cmocka_unit_test(without_a_database_what_does_not_need_it_works),
        cmocka_unit_test(a_lock_that_is_held_too_long_is_503_and_changes_nothing),
        cmocka_unit_test(a_statement_that_takes_too_long_is_503),
        cmocka_unit_test(a_schema_of_another_version_is_not_ready),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
