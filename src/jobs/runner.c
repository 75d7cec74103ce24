/* Take a job, do it, say what became of it; where there is none, wait to be told of one. Stop signals are
 * blocked and read from a descriptor, so that none is lost between two waits. */
#include "jobs/runner.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "database/database.h"
#include "sql/statements.h"

#define CHANNEL "muster_jobs"
#define MEMORY  ((size_t)1 << 30)

/* Without a word from the database it is asked all the same: so often, and after failures so much later. */
#define LONGEST_WAIT    (5 * MICROSECONDS_PER_SECOND)
#define FIRST_PAUSE     (MICROSECONDS_PER_SECOND / 10)
#define LONGEST_PAUSE   (5 * MICROSECONDS_PER_SECOND)
#define LEASE_TOLERANCE 5

struct runner {
    const struct runner_task *task;
    struct context context;
    int signals;     /* the signalfd */
    bool leaving;    /* no more jobs */
    bool hurry;      /* nor the rest of this one */
    bool unfinished; /* the job at hand was put off or dropped */
    int64_t pause;
};

/* There is one a process. */
static struct runner runner = {.signals = -1};

static void read_signals(void)
{
    struct signalfd_siginfo information;

    while (runner.signals >= 0 &&
           read(runner.signals, &information, sizeof information) == (ssize_t)sizeof information) {
        runner.leaving = true;
        runner.hurry = runner.hurry || information.ssi_signo == SIGTERM;
    }
}

bool runner_must_leave(void)
{
    read_signals();
    return runner.hurry;
}

/* The process dies a little after the lease, so that the answer of a last statement is not lost with it. */
void runner_prolong(const struct job *job)
{
    if (runner.task != NULL) {
        alarm((unsigned)job->lease_seconds + LEASE_TOLERANCE);
    }
}

void runner_note_unfinished(void)
{
    runner.unfinished = true;
}

static int open_signals(void)
{
    static const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGPIPE};
    static const int usual[] = {SIGCHLD, SIGALRM};
    sigset_t stops;

    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++) {
        signal(ignored[i], SIG_IGN);
    }
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        signal(usual[i], SIG_DFL);
    }
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGUSR2);
    if (sigprocmask(SIG_SETMASK, &stops, NULL) != 0) {
        return -1;
    }
    return signalfd(-1, &stops, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void renew(void)
{
    struct context *context = &runner.context;

    arena_reset(context->arena);
    context_start(context, context->arena, runner.task->configuration, context->database);
}

static struct text keep(const struct result *rows, const char *column)
{
    return arena_copy_text(runner.context.arena, result_text(rows, 0, column));
}

static void read_job(const struct result *rows, struct job *job)
{
    *job = (struct job){.id = keep(rows, "id"),
                        .kind = keep(rows, "kind"),
                        .organization_id =
                            result_null(rows, 0, "organization_id") ? NO_TEXT : keep(rows, "organization_id"),
                        .payload = keep(rows, "payload"),
                        .attempt = result_integer(rows, 0, "attempt"),
                        .attempts = result_integer(rows, 0, "attempts"),
                        .lease_seconds = result_integer(rows, 0, "lease_seconds"),
                        .lease = keep(rows, "lease")};
    if (!result_null(rows, 0, "request_id")) {
        runner.context.request_id = keep(rows, "request_id");
    }
}

static void tell_of_lost(const struct result *rows)
{
    for (size_t row = 0; row < result_rows(rows); row++) {
        LOG_WARNING(
            "job %.*s (%.*s) was left undone; it is %.*s", TEXT_ARGUMENTS(result_text(rows, row, "id")),
            TEXT_ARGUMENTS(result_text(rows, row, "kind")), TEXT_ARGUMENTS(result_text(rows, row, "state")));
    }
}

/* One round trip. `wait` is how long there will be nothing to take, where there is nothing now. */
static enum problem take(struct job *job, bool *taken, int64_t *wait)
{
    const struct runner_task *task = runner.task;
    struct context *context = &runner.context;
    struct value pool = value_string(job_pool_name(task->pool));
    struct value kinds = value_string(job_kind_names(context->arena, task->kinds, task->pool));
    struct value holder = value_string(task->holder);
    const struct sql_jobs_take_back take_back = {.holder = holder, .reason = value_string(task->reason)};
    const struct sql_job_take next = {.holder = holder, .pool = pool, .kinds = kinds};
    const struct sql_jobs_next later = {.pool = pool, .kinds = kinds};
    const struct sql_transaction_context origin = {.everything = value_boolean(true),
                                                   .operation = value_string("jobs")};
    const struct queued queue[] = {
        {.statement = &statement_transaction_context, .values = (const struct value *)&origin},
        {.statement = &statement_jobs_take_back, .values = (const struct value *)&take_back},
        {.statement = &statement_job_take, .values = (const struct value *)&next},
        {.statement = &statement_jobs_next, .values = (const struct value *)&later},
    };
    struct result *results[4];

    TRY(database_listen(context, CHANNEL));
    TRY(statements_run(context, queue, 4, results));
    tell_of_lost(results[1]);
    *taken = result_rows(results[2]) > 0;
    if (*taken) {
        read_job(results[2], job);
    }
    if (result_rows(results[1]) > 0) {
        transcode_tidy(context);
    }
    *wait = result_null(results[3], 0, "wait") ? LONGEST_WAIT : result_integer(results[3], 0, "wait");
    /* A connection that was reopened meanwhile has not been told to listen: we look again at once. */
    if (!database_listens(context->database)) {
        *wait = 0;
    }
    return PROBLEM_NONE;
}

/* Memory that runs out in the middle of it is a failure like others. */
static enum problem call(const struct job_kind *kind, const struct job *job)
{
    struct context *context = &runner.context;
    jmp_buf escape;
    enum problem problem;

    if (setjmp(escape) != 0) {
        arena_set_escape(context->arena, NULL);
        database_reset(context->database);
        return PROBLEM_INTERNAL;
    }
    arena_set_escape(context->arena, &escape);
    problem = kind->function(context, job);
    arena_set_escape(context->arena, NULL);
    database_rollback(context->database);
    return problem;
}

static const char *reason(const struct context *context, enum problem problem)
{
    if (context->faults != NULL) {
        return context->faults->sentence;
    }
    return context->detail != NULL ? context->detail : problem_detail(problem);
}

static enum problem note_failure(const struct job *job, enum problem problem)
{
    struct context *context = &runner.context;
    const char *sentence = reason(context, problem);
    struct value pause = value_integer(context->arena, context->configuration->job_retry_pause);
    struct result *rows;

    LOG_WARNING("job %.*s (%.*s), attempt %lld of %lld: %s", TEXT_ARGUMENTS(job->id),
                TEXT_ARGUMENTS(job->kind), (long long)job->attempt, (long long)job->attempts, sentence);
    context_forgive(context);
    return sql_job_failed(context,
                          (struct sql_job_failed){.id = value_text(job->id),
                                                  .lease = value_text(job->lease),
                                                  .problem = value_string(sentence),
                                                  .pause = pause,
                                                  .final = value_boolean(problem_status(problem) < 500)},
                          &rows);
}

/* Where the function ended the job itself, in a transaction of its own, there is nothing left to note. */
static enum problem conclude(const struct job *job, enum problem problem)
{
    struct context *context = &runner.context;
    struct result *rows;

    context->now = clock_now();
    if (problem == PROBLEM_NONE) {
        return sql_job_done(context,
                            (struct sql_job_done){.id = value_text(job->id), .lease = value_text(job->lease)},
                            &rows);
    }
    if (runner_must_leave()) {
        context_forgive(context);
        return sql_job_give_back(
            context, (struct sql_job_give_back){.id = value_text(job->id), .lease = value_text(job->lease)},
            &rows);
    }
    return note_failure(job, problem);
}

static enum problem work(const struct job *job)
{
    const struct job_kind *kind = job_kind_find(runner.task->kinds, job->kind);
    int64_t started = clock_monotonic();
    enum problem problem;

    runner.unfinished = false;
    runner_prolong(job);
    problem = kind == NULL ? FAIL_PLAINLY(&runner.context, PROBLEM_INTERNAL) : call(kind, job);
    alarm(0);
    if (problem == PROBLEM_NONE && runner.unfinished) {
        return PROBLEM_NONE;
    }
    if (problem == PROBLEM_NONE) {
        LOG_INFO("job %.*s (%.*s) took %lld ms", TEXT_ARGUMENTS(job->id), TEXT_ARGUMENTS(job->kind),
                 (long long)((clock_monotonic() - started) / 1000));
    }
    return conclude(job, problem);
}

/* A database that is away is nothing new: the workers tell of it. */
static int64_t pause_longer(void)
{
    runner.pause = runner.pause == 0 ? FIRST_PAUSE : 2 * runner.pause;
    if (runner.pause > LONGEST_PAUSE) {
        runner.pause = LONGEST_PAUSE;
    }
    return runner.pause;
}

static void step(void)
{
    struct job job;
    bool taken = false;
    int64_t wait = 0;
    enum problem problem;

    renew();
    problem = take(&job, &taken, &wait);
    if (problem == PROBLEM_NONE && taken) {
        problem = work(&job);
    }
    if (problem != PROBLEM_NONE) {
        wait = pause_longer();
    } else {
        runner.pause = 0;
    }
    if (problem != PROBLEM_NONE || !taken) {
        database_wait(runner.context.database, runner.signals, wait < LONGEST_WAIT ? wait : LONGEST_WAIT);
    }
    read_signals();
}

int runner_run(const struct runner_task *task)
{
    runner = (struct runner){.task = task, .signals = open_signals()};
    runner.context.arena = arena_create(MEMORY);
    runner.context.database = database_create(task->configuration, "muster jobs");
    if (runner.signals < 0 || runner.context.arena == NULL || runner.context.database == NULL) {
        LOG_ERROR("jobs cannot be done here: %s", strerror(errno));
        return 1;
    }
    database_reach_everything(runner.context.database);
    while (!runner.leaving) {
        step();
    }
    database_destroy(runner.context.database);
    arena_destroy(runner.context.arena);
    close(runner.signals);
    runner = (struct runner){.signals = -1};
    return 0;
}
