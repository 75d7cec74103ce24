/* Locks that are held, deadlocks and serialization failures: whoever asks gets a clear answer in time, and
 * never hears of PostgreSQL's. */
#include <unistd.h>

#include "base/clock.h"
#include "support/company.h"
#include "support/expect.h"
#include "support/figure.h"
#include "support/process.h"
#include "support/world_parts.h"

#define LOCK_TIMEOUT 500000

static struct company company;

static int setup(void **state)
{
    *state = world_start("lock_timeout = 500 ms\n");
    company = make_company(*state);
    return 0;
}

static void execute(struct world *world, const char *statement)
{
    PGresult *result = PQexec(world->database, statement);
    ExecStatusType status = PQresultStatus(result);
    PQclear(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        fail_msg("%s: %s", statement, PQerrorMessage(world->database));
    }
}

static struct answer *rename_team(struct world *world, const char *name)
{
    return call_as(world, &company.admin, "PATCH", world_print(world, "/api/v1/teams/%s", company.team),
                   text_body(world, "name", name));
}

static void expect_no_state(const struct answer *answer)
{
    assert_null(strstr(answer->body, "40001"));
    assert_null(strstr(answer->body, "40P01"));
    assert_null(strstr(answer->body, "deadlock"));
    assert_null(strstr(answer->body, "serialize"));
}

static void a_lock_that_is_held_is_told_in_time(void **state)
{
    struct world *world = *state;
    int64_t longest = 0;
    size_t rounds = short_or_long(3, 100);
    execute(world, world_print(world, "BEGIN; SELECT FROM teams WHERE id = '%s' FOR UPDATE", company.team));
    for (size_t i = 0; i < rounds; i++) {
        int64_t start = clock_monotonic();
        struct answer *answer = rename_team(world, "Waits");
        int64_t took = clock_monotonic() - start;
        expect_error(answer, 503, NULL);
        assert_non_null(answer_header(answer, "Retry-After"));
        longest = larger(longest, took);
    }
    execute(world, "ROLLBACK");
    expect_status(rename_team(world, "Waited"), 200);
    figure_time("a lock that is held 500 ms too long is told within", longest, LOCK_TIMEOUT + 100000);
}

/* Each change of a team fails with the state until the sequence is past the number. */
static void fail_changes(struct world *world, const char *state, int times)
{
    execute(
        world,
        world_print(world,
                    "DROP SEQUENCE IF EXISTS failures; CREATE SEQUENCE failures; GRANT USAGE ON failures TO "
                    "PUBLIC; CREATE OR REPLACE FUNCTION fail_change() RETURNS trigger LANGUAGE plpgsql AS "
                    "$$ BEGIN IF nextval('failures') <= %d THEN RAISE EXCEPTION 'not now' USING ERRCODE = "
                    "'%s'; END IF; RETURN NULL; END $$; CREATE OR REPLACE TRIGGER fail_change AFTER UPDATE "
                    "ON teams FOR EACH ROW EXECUTE FUNCTION fail_change()",
                    times, state));
}

static void what_fails_for_others_sake_is_tried_again(void **state)
{
    struct world *world = *state;
    static const char *const states[] = {"40001", "40P01"};
    for (size_t i = 0; i < COUNT(states); i++) {
        fail_changes(world, states[i], 2);
        const char *name = world_print(world, "Again %zu", i);
        expect_status(rename_team(world, name), 200);
        assert_string_equal(world_sql(world, "SELECT last_value FROM failures", NULL), "3");
        assert_int_equal(
            count_rows(world, "SELECT count(*) FROM audit_events WHERE after ->> 'name' = $1", name), 1);
        fail_changes(world, states[i], 1000);
        struct answer *answer = rename_team(world, "Never");
        expect_error(answer, 503, NULL);
        expect_no_state(answer);
        assert_non_null(answer_header(answer, "Retry-After"));
    }
    execute(world, "DROP TRIGGER fail_change ON teams");
    assert_int_equal(count_rows(world, "SELECT count(*) FROM teams WHERE name = $1", "Never"), 0);
    figure("serialization failures and deadlocks: done at the third attempt, else 503");
}

/* Waits until somebody waits for this transaction. */
static void await_wait(struct world *world)
{
    for (int round = 0; round < 5000; round++) {
        if (*world_sql(world,
                       "SELECT pid FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY "
                       "(pg_blocking_pids(pid))",
                       NULL) != '\0') {
            return;
        }
        usleep(2000);
    }
    fail_msg("nobody waits for a lock");
}

static pid_t rename_beside(struct world *world, const char *name)
{
    pid_t process = fork();
    assert_true(process >= 0);
    if (process == 0) {
        struct answer *answer = rename_team(world, name);
        if (answer->status != 200) {
            print_error("%d %s\n%s", answer->status, answer->body, world_log(world));
        }
        fflush(NULL);
        _exit(answer->status == 200 ? 0 : 1);
    }
    return process;
}

/* The request has the team and waits for the organization, which this transaction has before it waits for the
 * team: PostgreSQL ends whoever notices first, here the request, whose patience is the shorter. */
static void who_is_broken_off_by_a_deadlock_gets_through(void **state)
{
    struct world *world = *state;
    execute(world,
            world_print(world, "ALTER DATABASE %s SET deadlock_timeout = '200 ms'", world->database_name));
    execute(world,
            "SET deadlock_timeout = '60 s'; CREATE FUNCTION lock_more() RETURNS trigger LANGUAGE "
            "plpgsql AS $$ BEGIN PERFORM FROM organizations WHERE id = NEW.organization_id FOR UPDATE; "
            "RETURN NULL; END $$; CREATE TRIGGER lock_more AFTER UPDATE OF name ON teams FOR EACH ROW "
            "EXECUTE FUNCTION lock_more()");
    execute(world, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
                   "current_database() AND pid <> pg_backend_pid()");
    size_t rounds = short_or_long(2, 50);
    for (size_t i = 0; i < rounds; i++) {
        const char *name = world_print(world, "Met %zu", i);
        execute(world, world_print(world, "BEGIN; SELECT FROM organizations WHERE id = '%s' FOR UPDATE",
                                   company.organization));
        pid_t process = rename_beside(world, name);
        await_wait(world);
        execute(world, world_print(world, "SELECT FROM teams WHERE id = '%s' FOR UPDATE", company.team));
        execute(world, "COMMIT");
        assert_int_equal(process_wait(process), 0);
        assert_string_equal(
            world_sql(world, "SELECT name FROM teams WHERE id = $1::uuid", company.team, NULL), name);
    }
    execute(world, "DROP TRIGGER lock_more ON teams");
    assert_non_null(strstr(world_log(world), "sqlstate=40P01"));
    figure("%zu deadlocks, all requests were answered with 200", rounds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lock_that_is_held_is_told_in_time),
        cmocka_unit_test(what_fails_for_others_sake_is_tried_again),
        cmocka_unit_test(who_is_broken_off_by_a_deadlock_gets_through),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
