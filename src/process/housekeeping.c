/* Everything here can be broken off at any point and done again: each step is a transaction of its own, and
 * finds what is left to do. */
#include "process/housekeeping.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "process/privileges.h"
#include "sql/statements.h"
#include "storage/storage.h"

/* The whole of it, and one statement of it. */
#define WORK_TIME      (6 * 3600 * MICROSECONDS_PER_SECOND)
#define STATEMENT_TIME (600 * MICROSECONDS_PER_SECOND)
#define LOCK_TIME      (10 * MICROSECONDS_PER_SECOND)
#define MEMORY         ((size_t)64 << 20)

#define MEMBERS_AT_ONCE 1000
#define MARKS_AT_ONCE   5000
#define FIRST_ID        "00000000-0000-0000-0000-000000000000"

#define ASSIGNMENTS "assignments"

struct configuration housekeeping_configuration(const struct configuration *configuration)
{
    struct configuration patient = *configuration;

    patient.request_timeout = WORK_TIME;
    patient.statement_timeout = STATEMENT_TIME;
    patient.lock_timeout = LOCK_TIME;
    return patient;
}

/* --- Assignments of the day --- */

/* `after` becomes the last member that was looked at, NO_TEXT behind the last of all. */
static enum problem make_next(struct context *context, char after[static 37], int64_t *made)
{
    const struct sql_transaction_context origin = {.everything = value_boolean(true),
                                                   .operation = value_string("housekeeping")};
    const struct queued prelude = {.statement = &statement_transaction_context,
                                   .values = (const struct value *)&origin};
    struct result *rows;
    struct text last;

    database_begin_with(context->database, &prelude);
    TRY(sql_assignments_make_next(
        context,
        (struct sql_assignments_make_next){.after = value_string(after),
                                           .limit = value_integer(context->arena, MEMBERS_AT_ONCE)},
        &rows));
    TRY(database_commit(context));
    *made += result_integer(rows, 0, "made");
    last = result_text(rows, 0, "last");
    snprintf(after, 37, "%.*s", TEXT_ARGUMENTS(last));
    return PROBLEM_NONE;
}

static enum problem make_assignments(struct context *context, int64_t *made)
{
    char after[37] = FIRST_ID;

    while (after[0] != '\0') {
        struct arena_mark mark = arena_mark(context->arena);

        TRY(make_next(context, after, made));
        arena_rewind(context->arena, mark);
    }
    return PROBLEM_NONE;
}

static enum problem do_work_of_the_day(struct context *context, bool now, int64_t *made)
{
    struct result *rows;

    TRY(sql_daily_work_due(context, (struct sql_daily_work_due){.name = value_string(ASSIGNMENTS)}, &rows));
    if (!now && !result_true(rows, 0, "due")) {
        return PROBLEM_NONE;
    }
    TRY(make_assignments(context, made));
    storage_sweep(context->configuration);
    return sql_daily_work_done(context,
                               (struct sql_daily_work_done){.name = value_string(ASSIGNMENTS),
                                                            .day = value_text(result_text(rows, 0, "day"))},
                               &rows);
}

/* --- Scores --- */

static enum problem refresh(struct context *context, struct text organization)
{
    struct result *rows;

    do {
        TRY(sql_scores_refresh(
            context,
            (struct sql_scores_refresh){.organization = value_text(organization),
                                        .at_most = value_integer(context->arena, MARKS_AT_ONCE)},
            &rows));
    } while (result_true(rows, 0, "more"));
    return PROBLEM_NONE;
}

static enum problem refresh_scores(struct context *context, int64_t *organizations)
{
    struct result *waiting;

    TRY(sql_scores_waiting(context, (struct sql_scores_waiting){0}, &waiting));
    for (size_t row = 0; row < result_rows(waiting); row++) {
        struct arena_mark mark = arena_mark(context->arena);

        TRY(refresh(context, result_text(waiting, row, "organization_id")));
        arena_rewind(context->arena, mark);
        *organizations += 1;
    }
    return PROBLEM_NONE;
}

enum problem housekeeping_work(struct context *context, bool now, struct housekeeping_report *report)
{
    struct result *rows;

    *report = (struct housekeeping_report){0};
    TRY(sql_housekeeping_lock(context, (struct sql_housekeeping_lock){0}, &rows));
    if (!result_true(rows, 0, "taken")) {
        report->elsewhere = true;
        return PROBLEM_NONE;
    }
    TRY(do_work_of_the_day(context, now, &report->assignments));
    TRY(refresh_scores(context, &report->organizations));
    return sql_jobs_purge(context, (struct sql_jobs_purge){0}, &rows);
}

/* --- The process --- */

/* The master's handlers mean nothing here. */
static void forget_signals(void)
{
    static const int caught[] = {SIGTERM, SIGQUIT, SIGCHLD};
    static const int ignored[] = {SIGHUP, SIGINT, SIGUSR1, SIGUSR2, SIGPIPE};
    sigset_t none;

    for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
        signal(caught[i], SIG_DFL);
    }
    for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
        signal(ignored[i], SIG_IGN);
    }
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void tell(const struct housekeeping_report *report)
{
    if (report->assignments > 0) {
        LOG_INFO("housekeeping: %lld assignments made", (long long)report->assignments);
    }
}

/* A database that is away is nothing new: the workers tell of it. */
static int run(const struct configuration *configuration)
{
    struct configuration patient = housekeeping_configuration(configuration);
    struct housekeeping_report report = {0};
    struct context context = {.arena = arena_create(MEMORY),
                              .database = database_create(&patient, "muster housekeeping")};
    enum problem problem;

    if (context.arena == NULL || context.database == NULL) {
        return 1;
    }
    database_reach_everything(context.database);
    context_start(&context, context.arena, &patient, context.database);
    problem = housekeeping_work(&context, false, &report);
    tell(&report);
    database_destroy(context.database);
    arena_destroy(context.arena);
    return problem == PROBLEM_NONE ? 0 : 1;
}

static _Noreturn void be_housekeeper(const struct configuration *configuration, pid_t master)
{
    log_set_process("housekeeping");
    prctl(PR_SET_NAME, "muster-keeper", 0, 0, 0);
    forget_signals();
    exit(privileges_bind_to_master(master) ? run(configuration) : 1);
}

void housekeeping_step(struct housekeeping *housekeeping, const struct configuration *configuration,
                       int64_t now)
{
    if (now < housekeeping_next(housekeeping, configuration)) {
        return;
    }
    pid_t master = getpid();
    pid_t process = fork();
    if (process == 0) {
        be_housekeeper(configuration, master);
    }
    housekeeping->process = process > 0 ? process : 0;
    housekeeping->next = now + configuration->housekeeping_interval;
}

bool housekeeping_ended(struct housekeeping *housekeeping, const struct configuration *configuration,
                        pid_t process, int64_t now)
{
    if (process != housekeeping->process) {
        return false;
    }
    housekeeping->process = 0;
    housekeeping->next = now + configuration->housekeeping_interval;
    return true;
}

void housekeeping_stop(const struct housekeeping *housekeeping)
{
    if (housekeeping->process > 0) {
        kill(housekeeping->process, SIGTERM);
    }
}

int64_t housekeeping_next(const struct housekeeping *housekeeping, const struct configuration *configuration)
{
    bool idle = housekeeping->process == 0 && configuration->housekeeping_interval > 0;

    return idle ? housekeeping->next : INT64_MAX;
}
