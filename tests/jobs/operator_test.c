/* muster jobs: what an operator sees of the queue and may do with it. */
#include "support/company.h"

static int setup(void **state)
{
    *state = world_start("job_processes = 0\nlong_job_processes = 0\n");
    return 0;
}

static const char *add(struct world *world, const char *state)
{
    return world_sql(
        world,
        "INSERT INTO jobs (kind, pool, attempts, lease_time, state, finished_at) VALUES "
        "('example', 'quick', 5, '1 minute', $1, CASE $1 WHEN 'failed' THEN now() END) RETURNING id",
        state, NULL);
}

static const char *column(struct world *world, const char *id, const char *name)
{
    return world_sql(world, world_print(world, "SELECT %s FROM jobs WHERE id = $1::uuid", name), id, NULL);
}

static bool is_state(struct world *world, const char *id, const char *state)
{
    return strcmp(column(world, id, "state"), state) == 0;
}

static void expect_column(struct world *world, const char *id, const char *name, const char *expected)
{
    assert_string_equal(column(world, id, name), expected);
}

static struct output run_jobs(struct world *world, const char *what, const char *id)
{
    const char *arguments[] = {"jobs", what, id, NULL};

    return world_run(world, NULL, arguments);
}

static void an_operator_lists_retries_and_cancels(void **state)
{
    struct world *world = *state;
    const char *id = add(world, "failed");
    world_sql(world, "UPDATE jobs SET attempt = 1, problem = 'It makes no sense.' WHERE id = $1::uuid", id,
              NULL);
    const char *lines = world_command(world, NULL, "jobs", "list", "--state", "failed", NULL);
    assert_non_null(strstr(lines, id));
    assert_non_null(strstr(lines, "It makes no sense."));
    assert_null(strstr(world_command(world, NULL, "jobs", "list", "--state", "waiting", NULL), id));
    const char *json = world_command(world, NULL, "jobs", "list", "--json", "--limit", "1", NULL);
    assert_non_null(
        strstr(json, world_print(world,
                                 "[{\"id\":\"%s\",\"kind\":\"example\",\"organization_id\":null,\"state\":"
                                 "\"failed\",\"attempt\":1,\"attempts\":5,\"progress\":0,\"problem\":\"It "
                                 "makes no sense.\",\"request_id\":null,\"due_at\":\"",
                                 id)));
    assert_int_equal(run_jobs(world, "retry", id).status, 0);
    assert_true(is_state(world, id, "waiting"));
    expect_column(world, id, "attempt", "0");
    assert_int_equal(run_jobs(world, "cancel", id).status, 0);
    assert_int_equal(run_jobs(world, "cancel", id).status, 0);
    assert_true(is_state(world, id, "cancelled"));
    assert_string_equal(
        world_sql(world,
                  "SELECT string_agg(action || ' ' || operation, ', ' ORDER BY position) FROM audit_events "
                  "WHERE thing_type = 'job' AND thing_id = $1",
                  id, NULL),
        "job.retry jobs retry, job.cancel jobs cancel");
    const char *done = add(world, "waiting");
    world_sql(world, "UPDATE jobs SET state = 'done', finished_at = now() WHERE id = $1::uuid", done, NULL);
    assert_int_equal(run_jobs(world, "retry", done).status, 1);
    assert_int_equal(run_jobs(world, "cancel", done).status, 1);
    assert_int_equal(run_jobs(world, "retry", NOBODY).status, 1);
    assert_int_equal(run_jobs(world, "cancel", NOBODY).status, 1);
    assert_int_equal(run_jobs(world, "retry", "nonsense").status, 2);
    assert_int_equal(run_jobs(world, "cancel", "nonsense").status, 2);
    const char *const state_[] = {"jobs", "list", "--state", "odd", NULL};
    assert_int_equal(world_run(world, NULL, state_).status, 2);
    const char *const limit[] = {"jobs", "list", "--limit", "0", NULL};
    assert_int_equal(world_run(world, NULL, limit).status, 2);
}

static void what_is_over_is_forgotten_in_time(void **state)
{
    struct world *world = *state;
    world_sql(world,
              "UPDATE jobs SET payload = '{\"a\": 1}', finished_at = now() - interval '8 days' WHERE "
              "finished_at IS NOT NULL",
              NULL);
    const char *failed = add(world, "failed");
    const char *old = add(world, "failed");
    const char *waiting = add(world, "waiting");
    world_sql(
        world,
        "UPDATE jobs SET state = 'failed', finished_at = now() - interval '89 days' WHERE id = $1::uuid",
        failed, NULL);
    world_sql(
        world,
        "UPDATE jobs SET state = 'failed', finished_at = now() - interval '91 days' WHERE id = $1::uuid", old,
        NULL);
    world_command(world, NULL, "housekeeping", NULL);
    assert_int_equal(count_rows(world, "SELECT count(*) FROM jobs WHERE state IN ('cancelled', $1)", "done"),
                     0);
    assert_true(is_state(world, failed, "failed"));
    assert_int_equal(count_rows(world, "SELECT count(*) FROM jobs WHERE id = $1::uuid", old), 0);
    assert_true(is_state(world, waiting, "waiting"));
}

static void a_check_tells_of_jobs_that_nobody_does(void **state)
{
    struct world *world = *state;
    const char *const arguments[] = {"check", NULL};
    world_sql(world, "DELETE FROM jobs", NULL);
    assert_non_null(strstr(world_run(world, NULL, arguments).out, "0 waiting, 0 failed"));
    const char *id = add(world, "waiting");
    assert_int_equal(world_run(world, NULL, arguments).status, 0);
    world_sql(world, "UPDATE jobs SET due_at = now() - interval '6 minutes' WHERE id = $1::uuid", id, NULL);
    struct output output = world_run(world, NULL, arguments);
    assert_int_equal(output.status, 1);
    assert_non_null(strstr(output.out, "1 waiting (for minutes"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_operator_lists_retries_and_cancels),
        cmocka_unit_test(what_is_over_is_forgotten_in_time),
        cmocka_unit_test(a_check_tells_of_jobs_that_nobody_does),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
