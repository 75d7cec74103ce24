/* The queue of jobs, by kinds of this test's own: each job is done once or fails with a reason, whatever
 * happens to the process that does it. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/random.h"
#include "config/config.h"
#include "jobs/runner.h"
#include "sql/statements.h"
#include "support/company.h"
#include "support/expect.h"
#include "support/world_parts.h"

#define PATIENCE 600 /* twentieths of a second */

static struct configuration *configuration;

/* --- Kinds --- */

/* Leaves a mark within the transaction that ends the job. */
static enum problem write_mark(struct context *context, const struct job *job)
{
    struct result *rows;

    job_begin(context, job);
    TRY(sql_organization_create(context, (struct sql_organization_create){.name = value_text(job->id)},
                                &rows));
    return job_commit(context, job);
}

static enum problem mark_and_die(struct context *context, const struct job *job)
{
    struct result *rows;

    job_begin(context, job);
    TRY(sql_organization_create(context, (struct sql_organization_create){.name = value_text(job->id)},
                                &rows));
    if (job->attempt == 1) {
        raise(SIGKILL);
    }
    return job_commit(context, job);
}

static enum problem always_die(struct context *context, const struct job *job)
{
    (void)context;
    (void)job;
    raise(SIGKILL);
    return PROBLEM_NONE;
}

static enum problem fail_twice(struct context *context, const struct job *job)
{
    return job->attempt < 3 ? FAIL(context, PROBLEM_UNAVAILABLE, "Attempt %d.", (int)job->attempt)
                            : write_mark(context, job);
}

static enum problem always_fail(struct context *context, const struct job *job)
{
    return FAIL(context, PROBLEM_UNAVAILABLE, "Attempt %d.", (int)job->attempt);
}

static enum problem refuse_it(struct context *context, const struct job *job)
{
    (void)job;
    return FAIL(context, PROBLEM_REFUSED, "It makes no sense.");
}

static enum problem exhaust(struct context *context, const struct job *job)
{
    (void)job;
    while (arena_allocate(context->arena, (size_t)64 << 20) != NULL) {
    }
    return PROBLEM_NONE;
}

/* Goes on until it is broken off. */
static enum problem keep_going(struct context *context, const struct job *job)
{
    for (int percent = 0; percent < 100; percent += percent < 50) {
        TRY(job_progress(context, job, percent));
        usleep(20000);
    }
    return PROBLEM_NONE;
}

/* Says nothing and writes in the end. */
static enum problem sit_still(struct context *context, const struct job *job)
{
    usleep(1500000);
    return write_mark(context, job);
}

static enum problem hang(struct context *context, const struct job *job)
{
    (void)context;
    (void)job;
    while (pause() != 0) {
    }
    return PROBLEM_NONE;
}

static const struct job_kind kinds[] = {
    {"write_mark", write_mark, 5, 60, JOB_POOL_QUICK},
    {"mark_and_die", mark_and_die, 5, 60, JOB_POOL_QUICK},
    {"always_die", always_die, 3, 60, JOB_POOL_QUICK},
    {"fail_twice", fail_twice, 5, 60, JOB_POOL_QUICK},
    {"always_fail", always_fail, 3, 60, JOB_POOL_QUICK},
    {"refuse_it", refuse_it, 5, 60, JOB_POOL_QUICK},
    {"exhaust", exhaust, 1, 60, JOB_POOL_QUICK},
    {"keep_going", keep_going, 2, 60, JOB_POOL_QUICK},
    {"sit_still", sit_still, 5, 60, JOB_POOL_QUICK},
    {"hang", hang, 2, 1, JOB_POOL_QUICK},
    {"at_length", write_mark, 5, 60, JOB_POOL_LONG},
    {NULL, NULL, 0, 0, JOB_POOL_QUICK},
};

/* --- Jobs and processes --- */

static const char *add_to(struct world *world, const char *kind, const char *pool, int attempts, int lease)
{
    return world_sql(world,
                     "WITH added AS (INSERT INTO jobs (kind, pool, attempts, lease_time) VALUES ($1, $2, "
                     "$3::integer, make_interval(secs => $4::integer)) RETURNING id) SELECT id FROM added, "
                     "pg_notify('muster_jobs', '')",
                     kind, pool, world_print(world, "%d", attempts), world_print(world, "%d", lease), NULL);
}

static const char *add(struct world *world, const char *name)
{
    const struct job_kind *kind = job_kind_find(kinds, text_of(name));

    assert_non_null(kind);
    return add_to(world, kind->name, job_pool_name(kind->pool), kind->attempts, kind->lease_seconds);
}

static pid_t start_as(const char *holder, enum job_pool pool)
{
    pid_t process = fork();

    assert_true(process >= 0);
    if (process == 0) {
        const struct runner_task task = {.configuration = configuration,
                                         .kinds = kinds,
                                         .pool = pool,
                                         .holder = holder,
                                         .reason = "It was killed."};
        _exit(runner_run(&task));
    }
    return process;
}

static const char *new_holder(struct world *world)
{
    char id[UUID_TEXT_SIZE];

    random_uuid(id);
    return world_print(world, "%s", id);
}

static pid_t start(struct world *world)
{
    return start_as(new_holder(world), JOB_POOL_QUICK);
}

static int end_of(pid_t process)
{
    int status;

    assert_int_equal(waitpid(process, &status, 0), process);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void stop(pid_t process)
{
    kill(process, SIGTERM);
    assert_int_equal(end_of(process), 0);
}

static const char *column(struct world *world, const char *id, const char *name)
{
    return world_sql(world, world_print(world, "SELECT %s FROM jobs WHERE id = $1::uuid", name), id, NULL);
}

static bool is_state(struct world *world, const char *id, const char *state)
{
    return strcmp(column(world, id, "state"), state) == 0;
}

static void await_state(struct world *world, const char *id, const char *state)
{
    for (int i = 0; !is_state(world, id, state); i++) {
        if (i == PATIENCE) {
            fail_msg("the job stays %s, not %s: %s", column(world, id, "state"), state,
                     column(world, id, "problem"));
        }
        usleep(50000);
    }
}

static void expect_column(struct world *world, const char *id, const char *name, const char *expected)
{
    assert_string_equal(column(world, id, name), expected);
}

static int64_t marks(struct world *world, const char *id)
{
    return count_rows(world, "SELECT count(*) FROM organizations WHERE name = $1", id);
}

static struct output run_jobs(struct world *world, const char *what, const char *id)
{
    const char *arguments[] = {"jobs", what, id, NULL};

    return world_run(world, NULL, arguments);
}

static int setup(void **state)
{
    char fault[512];

    *state = world_start("job_processes = 0\nlong_job_processes = 0\njob_retry_pause = 10 ms\n");
    configuration = configuration_load(world_configuration_file(*state), fault, sizeof fault);
    assert_non_null(configuration);
    configuration->request_timeout = 3600 * MICROSECONDS_PER_SECOND;
    return 0;
}

static int teardown(void **state)
{
    configuration_free(configuration);
    return world_teardown(state);
}

/* --- Tests --- */

static void a_job_is_done_by_a_process_that_waits(void **state)
{
    struct world *world = *state;
    pid_t process = start(world);
    const char *first = add(world, "write_mark");
    await_state(world, first, "done");
    const char *second = add(world, "write_mark");
    await_state(world, second, "done");
    stop(process);
    assert_int_equal(marks(world, first), 1);
    assert_int_equal(marks(world, second), 1);
    expect_column(world, second, "attempt", "1");
    expect_column(world, second, "progress", "100");
    expect_column(world, second, "problem", "");
    expect_column(world, second, "finished_at IS NOT NULL", "t");
    assert_string_equal(
        world_sql(world,
                  "SELECT operation FROM audit_events WHERE action = 'organization.create' AND "
                  "after ->> 'name' = $1",
                  second, NULL),
        "write_mark");
}

static void many_processes_do_each_job_once(void **state)
{
    struct world *world = *state;
    pid_t processes[4];
    world_sql(
        world,
        "INSERT INTO jobs (kind, pool, attempts, lease_time) SELECT 'write_mark', 'quick', 1, '1 minute' "
        "FROM generate_series(1, 200)",
        NULL);
    for (int i = 0; i < 4; i++) {
        processes[i] = start(world);
    }
    for (int i = 0;
         count_rows(world, "SELECT count(*) FROM jobs WHERE state IN ('waiting', $1)", "running") > 0; i++) {
        assert_true(i < PATIENCE);
        usleep(50000);
    }
    for (int i = 0; i < 4; i++) {
        stop(processes[i]);
    }
    assert_int_equal(count_rows(world, "SELECT count(*) FROM jobs WHERE state <> $1", "done"), 0);
    assert_int_equal(
        count_rows(world, "SELECT count(*) FROM jobs WHERE attempt <> 1 AND kind = $1", "write_mark"), 0);
}

static void a_job_whose_process_was_killed_is_done_once_by_the_next(void **state)
{
    struct world *world = *state;
    const char *holder = new_holder(world);
    pid_t process = start_as(holder, JOB_POOL_QUICK);
    const char *id = add(world, "mark_and_die");
    assert_int_equal(end_of(process), 128 + SIGKILL);
    assert_true(is_state(world, id, "running"));
    assert_int_equal(marks(world, id), 0);
    process = start_as(holder, JOB_POOL_QUICK);
    await_state(world, id, "done");
    stop(process);
    assert_int_equal(marks(world, id), 1);
    expect_column(world, id, "attempt", "2");
}

static void a_job_that_kills_its_processes_fails(void **state)
{
    struct world *world = *state;
    const char *holder = new_holder(world);
    const char *id = add(world, "always_die");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(end_of(start_as(holder, JOB_POOL_QUICK)), 128 + SIGKILL);
    }
    pid_t process = start_as(holder, JOB_POOL_QUICK);
    await_state(world, id, "failed");
    stop(process);
    expect_column(world, id, "attempt", "3");
    expect_column(world, id, "problem", "It was killed.");
}

/* Nobody else took the dead one's place. */
static void a_lease_ends(void **state)
{
    struct world *world = *state;
    pid_t process = start(world);
    const char *id = add(world, "mark_and_die");
    assert_int_equal(end_of(process), 128 + SIGKILL);
    process = start(world);
    usleep(300000);
    assert_true(is_state(world, id, "running"));
    world_sql(world, "UPDATE jobs SET due_at = now() WHERE id = $1::uuid", id, NULL);
    world_sql(world, "SELECT pg_notify('muster_jobs', '')", NULL);
    await_state(world, id, "done");
    stop(process);
    assert_int_equal(marks(world, id), 1);
}

static void who_lost_a_job_writes_nothing(void **state)
{
    struct world *world = *state;
    pid_t process = start(world);
    const char *id = add(world, "sit_still");
    await_state(world, id, "running");
    world_sql(world, "UPDATE jobs SET lease = gen_random_uuid(), holder = $2::uuid WHERE id = $1::uuid", id,
              NOBODY, NULL);
    const char *next = add(world, "write_mark");
    await_state(world, next, "done");
    stop(process);
    assert_true(is_state(world, id, "running"));
    assert_int_equal(marks(world, id), 0);
    world_sql(world, "DELETE FROM jobs WHERE id = $1::uuid", id, NULL);
}

static void a_job_that_hangs_is_ended_with_its_process(void **state)
{
    struct world *world = *state;
    const char *holder = new_holder(world);
    const char *id = add(world, "hang");
    assert_int_equal(end_of(start_as(holder, JOB_POOL_QUICK)), 128 + SIGALRM);
    world_sql(world, "UPDATE jobs SET attempt = attempts WHERE id = $1::uuid", id, NULL);
    pid_t process = start_as(holder, JOB_POOL_QUICK);
    await_state(world, id, "failed");
    stop(process);
}

static void failures_are_tried_again_after_a_pause(void **state)
{
    struct world *world = *state;
    pid_t process = start(world);
    const char *good = add(world, "fail_twice");
    const char *bad = add(world, "always_fail");
    const char *wrong = add(world, "refuse_it");
    const char *large = add(world, "exhaust");
    await_state(world, good, "done");
    await_state(world, bad, "failed");
    await_state(world, wrong, "failed");
    await_state(world, large, "failed");
    stop(process);
    expect_column(world, good, "attempt", "3");
    assert_int_equal(marks(world, good), 1);
    expect_column(world, bad, "attempt", "3");
    expect_column(world, bad, "problem", "Attempt 3.");
    expect_column(world, wrong, "attempt", "1");
    expect_column(world, wrong, "problem", "It makes no sense.");
}

static void the_pause_doubles(void **state)
{
    struct world *world = *state;
    configuration->job_retry_pause = 1000 * MICROSECONDS_PER_SECOND;
    pid_t process = start(world);
    const char *id = add(world, "always_fail");
    for (int attempt = 1; attempt <= 2; attempt++) {
        await_state(world, id, "waiting");
        for (int i = 0; strcmp(column(world, id, "attempt"), world_print(world, "%d", attempt)) != 0 ||
                        !is_state(world, id, "waiting");
             i++) {
            assert_true(i < PATIENCE);
            usleep(50000);
        }
        expect_column(world, id, "round(extract(epoch FROM due_at - started_at) / 1000)",
                      attempt == 1 ? "1" : "2");
        assert_int_equal(run_jobs(world, "retry", id).status, 0);
    }
    await_state(world, id, "failed");
    stop(process);
    configuration->job_retry_pause = MICROSECONDS_PER_SECOND / 100;
}

static void a_stop_gives_the_job_back(void **state)
{
    struct world *world = *state;
    pid_t process = start(world);
    const char *id = add(world, "keep_going");
    await_state(world, id, "running");
    stop(process);
    assert_true(is_state(world, id, "waiting"));
    expect_column(world, id, "attempt", "0");
    process = start(world);
    await_state(world, id, "running");
    for (int i = 0; strcmp(column(world, id, "progress"), "50") != 0; i++) {
        assert_true(i < PATIENCE);
        usleep(50000);
    }
    assert_int_equal(run_jobs(world, "cancel", id).status, 0);
    const char *next = add(world, "write_mark");
    await_state(world, next, "done");
    stop(process);
    assert_true(is_state(world, id, "cancelled"));
}

/* SIGUSR2 is what a new configuration means to a process. */
static void a_process_that_is_replaced_finishes_its_job(void **state)
{
    struct world *world = *state;
    pid_t process = start(world);
    const char *id = add(world, "sit_still");
    await_state(world, id, "running");
    const char *next = add(world, "write_mark");
    kill(process, SIGUSR2);
    assert_int_equal(end_of(process), 0);
    assert_true(is_state(world, id, "done"));
    assert_true(is_state(world, next, "waiting"));
    assert_int_equal(run_jobs(world, "cancel", next).status, 0);
}

static void long_jobs_have_processes_of_their_own(void **state)
{
    struct world *world = *state;
    const char *at_length = add(world, "at_length");
    const char *unknown = add_to(world, "of_a_later_version", "quick", 1, 60);
    pid_t process = start(world);
    const char *quick = add(world, "write_mark");
    await_state(world, quick, "done");
    assert_true(is_state(world, at_length, "waiting"));
    pid_t other = start_as(new_holder(world), JOB_POOL_LONG);
    await_state(world, at_length, "done");
    stop(process);
    stop(other);
    assert_true(is_state(world, unknown, "waiting"));
    assert_int_equal(run_jobs(world, "cancel", unknown).status, 0);
}

static void a_process_outlives_a_lost_connection(void **state)
{
    struct world *world = *state;
    pid_t process = start(world);
    const char *first = add(world, "write_mark");
    await_state(world, first, "done");
    world_sql(
        world,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'muster jobs' AND "
        "datname = current_database()",
        NULL);
    const char *second = add(world, "write_mark");
    await_state(world, second, "done");
    const char *third = add(world, "write_mark");
    await_state(world, third, "done");
    stop(process);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_is_done_by_a_process_that_waits),
        cmocka_unit_test(many_processes_do_each_job_once),
        cmocka_unit_test(a_job_whose_process_was_killed_is_done_once_by_the_next),
        cmocka_unit_test(a_job_that_kills_its_processes_fails),
        cmocka_unit_test(a_lease_ends),
        cmocka_unit_test(who_lost_a_job_writes_nothing),
        cmocka_unit_test(a_job_that_hangs_is_ended_with_its_process),
        cmocka_unit_test(failures_are_tried_again_after_a_pause),
        cmocka_unit_test(the_pause_doubles),
        cmocka_unit_test(a_stop_gives_the_job_back),
        cmocka_unit_test(a_process_that_is_replaced_finishes_its_job),
        cmocka_unit_test(long_jobs_have_processes_of_their_own),
        cmocka_unit_test(a_process_outlives_a_lost_connection),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
