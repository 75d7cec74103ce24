/* A place keeps its holder's id: so the next process knows which jobs the one before it had, and nobody waits
 * for their leases to end. */
#include "process/job_processes.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "process/housekeeping.h"
#include "process/privileges.h"

#define LONG_NICENESS 10

/* Where processes die as soon as they are started, the next one is not started at once. */
#define SHORT_LIFE MICROSECONDS_PER_SECOND
#define CRASH_WAIT MICROSECONDS_PER_SECOND

static size_t wanted(const struct configuration *configuration, enum job_pool pool)
{
    return (size_t)(pool == JOB_POOL_LONG ? configuration->long_job_processes : configuration->job_processes);
}

static void name_process(enum job_pool pool, size_t number)
{
    char name[32];

    snprintf(name, sizeof name, "%sjobs %zu", pool == JOB_POOL_LONG ? "long " : "", number);
    log_set_process(name);
    prctl(PR_SET_NAME, pool == JOB_POOL_LONG ? "muster-longjobs" : "muster-jobs", 0, 0, 0);
}

static _Noreturn void do_jobs(const struct job_place *place, const struct configuration *configuration,
                              enum job_pool pool, pid_t master)
{
    struct configuration patient = housekeeping_configuration(configuration);
    const struct runner_task task = {.configuration = &patient,
                                     .kinds = job_kinds,
                                     .pool = pool,
                                     .holder = place->holder,
                                     .reason = place->reason};

    if (!privileges_bind_to_master(master)) {
        exit(1);
    }
    if (pool == JOB_POOL_LONG && setpriority(PRIO_PROCESS, 0, LONG_NICENESS) != 0) {
        LOG_WARNING("the priority cannot be lowered: %s", strerror(errno));
    }
    exit(runner_run(&task));
}

static void start(struct job_place *place, const struct configuration *configuration, enum job_pool pool,
                  size_t number, struct listener *listeners)
{
    pid_t master = getpid();

    if (place->holder[0] == '\0') {
        random_uuid(place->holder);
        snprintf(place->reason, sizeof place->reason, "The process that did it ended before it was done.");
    }
    place->process = fork();
    if (place->process == 0) {
        name_process(pool, number);
        sockets_close(listeners, false);
        do_jobs(place, configuration, pool, master);
    }
    if (place->process < 0) {
        LOG_ERROR("a process for jobs cannot be started: %s", strerror(errno));
        place->process = 0;
    }
}

static void let_go(struct job_place *place)
{
    if (place->process != 0 && !place->leaving) {
        kill(place->process, SIGUSR2);
        place->leaving = true;
    }
}

void job_processes_step(struct job_processes *processes, const struct configuration *configuration,
                        unsigned generation, struct listener *listeners, int64_t now)
{
    for (int pool = 0; pool < JOB_POOL_COUNT; pool++) {
        for (size_t i = 0; i < JOB_PROCESSES_MAXIMUM; i++) {
            struct job_place *place = &processes->places[pool][i];
            bool needed = i < wanted(configuration, (enum job_pool)pool);

            if (place->process != 0 && (!needed || place->generation != generation)) {
                let_go(place);
            } else if (place->process == 0 && needed && now >= place->not_before) {
                place->generation = generation;
                place->started = now;
                place->not_before = now + CRASH_WAIT;
                start(place, configuration, (enum job_pool)pool, i, listeners);
            }
        }
    }
}

/* Whoever died by itself is told of; its successor tells the job's owner. */
static void note_end(struct job_place *place, int status, int64_t now)
{
    bool by_signal = WIFSIGNALED(status);
    int number = by_signal ? WTERMSIG(status) : WEXITSTATUS(status);

    if (status != 0 && place->kill_at == 0) {
        LOG_WARNING("a process for jobs (%ld) died: %s %d", (long)place->process,
                    by_signal ? "signal" : "exit status", number);
    }
    snprintf(place->reason, sizeof place->reason,
             by_signal && number == SIGALRM ? "It was not done in its time."
             : by_signal                    ? "The process that did it was killed (signal %d)."
                                            : "The process that did it ended (exit status %d).",
             number);
    place->not_before = now - place->started >= SHORT_LIFE || status == 0 ? now : now + CRASH_WAIT;
    place->process = 0;
    place->kill_at = 0;
    place->leaving = false;
}

bool job_processes_ended(struct job_processes *processes, pid_t process, int status, int64_t now)
{
    for (int pool = 0; pool < JOB_POOL_COUNT; pool++) {
        for (size_t i = 0; i < JOB_PROCESSES_MAXIMUM; i++) {
            if (processes->places[pool][i].process == process) {
                note_end(&processes->places[pool][i], status, now);
                return true;
            }
        }
    }
    return false;
}

void job_processes_stop(struct job_processes *processes, int64_t kill_at)
{
    for (int pool = 0; pool < JOB_POOL_COUNT; pool++) {
        for (size_t i = 0; i < JOB_PROCESSES_MAXIMUM; i++) {
            struct job_place *place = &processes->places[pool][i];

            if (place->process != 0) {
                kill(place->process, SIGTERM);
                place->leaving = true;
                place->kill_at = kill_at;
            }
        }
    }
}

void job_processes_kill_late(struct job_processes *processes, int64_t now)
{
    for (int pool = 0; pool < JOB_POOL_COUNT; pool++) {
        for (size_t i = 0; i < JOB_PROCESSES_MAXIMUM; i++) {
            struct job_place *place = &processes->places[pool][i];

            if (place->process != 0 && place->kill_at != 0 && now >= place->kill_at) {
                LOG_WARNING("a process for jobs (%ld) did not finish in time and is killed",
                            (long)place->process);
                kill(place->process, SIGKILL);
                place->kill_at = INT64_MAX;
            }
        }
    }
}

size_t job_processes_count(const struct job_processes *processes)
{
    size_t count = 0;

    for (int pool = 0; pool < JOB_POOL_COUNT; pool++) {
        for (size_t i = 0; i < JOB_PROCESSES_MAXIMUM; i++) {
            count += processes->places[pool][i].process != 0;
        }
    }
    return count;
}

int64_t job_processes_next(const struct job_processes *processes, const struct configuration *configuration,
                           bool serving)
{
    int64_t next = INT64_MAX;

    for (int pool = 0; pool < JOB_POOL_COUNT; pool++) {
        for (size_t i = 0; i < JOB_PROCESSES_MAXIMUM; i++) {
            const struct job_place *place = &processes->places[pool][i];
            bool missing = serving && place->process == 0 && i < wanted(configuration, (enum job_pool)pool);
            int64_t due = missing                                      ? place->not_before
                          : place->process != 0 && place->kill_at != 0 ? place->kill_at
                                                                       : INT64_MAX;

            next = due < next ? due : next;
        }
    }
    return next;
}
