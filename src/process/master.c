/* The master waits: for signals, for workers that report, and for points of time. Whatever happens is dealt
 * with in one loop, one step after the other. */
#include "process/master.h"

#include <errno.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/shelf.h"
#include "base/slots.h"
#include "http/endpoint.h"
#include "http/maintenance.h"
#include "http/metrics.h"
#include "process/housekeeping.h"
#include "process/inheritance.h"
#include "process/job_processes.h"
#include "process/notify.h"
#include "process/reload.h"
#include "process/signals.h"
#include "process/upgrade.h"
#include "process/workers.h"

enum state { STATE_STARTING, STATE_SERVING, STATE_STOPPING };

struct master {
    enum state state;
    struct inheritance inheritance;
    struct workers workers;
    struct reload reload;
    struct upgrade upgrade;
    struct housekeeping housekeeping;
    struct job_processes jobs;
    sigset_t waiting; /* signal mask while waiting */
    int64_t watchdog_interval;
    int64_t watchdog_next;
    int64_t born;
    int status; /* exit status */
};

static char program[4096];

static bool open_shared(const struct configuration *configuration)
{
    if (metrics_create(endpoint_count + 1, WORKERS_MAXIMUM) != 0 ||
        slots_create((size_t)configuration->concurrent_hashes) != 0 || maintenance_create() != 0 ||
        shelf_create() != 0) {
        LOG_ERROR("memory to share with workers cannot be had: %s", strerror(errno));
        return false;
    }
    return true;
}

/* The path is asked for now: later the file may be another one, which is the point of an upgrade. */
static void find_program(struct upgrade *upgrade, char *const *arguments)
{
    ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
    program[length > 0 ? length : 0] = '\0';
    upgrade->program = length > 0 ? program : arguments[0];
    upgrade->arguments = arguments;
}

static bool begin(struct master *master, const struct master_start *start)
{
    const struct configuration *configuration = start->configuration;
    master->born = clock_monotonic();
    reload_start(&master->reload, start->configuration, start->file);
    find_program(&master->upgrade, start->arguments);
    if (inheritance_take(&master->inheritance) != 0 ||
        sockets_open(master->inheritance.listeners, configuration) != 0) {
        return false;
    }
    if (privileges_drop(configuration->user) != 0 || !open_shared(configuration)) {
        return false;
    }
    if (signals_catch(&master->waiting) != 0 ||
        workers_create(&master->workers, master->inheritance.listeners,
                       peers_allowed(configuration->web_user)) != 0) {
        LOG_ERROR("the server cannot start: %s", strerror(errno));
        return false;
    }
    master->watchdog_interval = notify_watchdog_interval();
    workers_set_generation(&master->workers, configuration, reload_generation(&master->reload));
    master->housekeeping.next = master->born + configuration->housekeeping_interval;
    return true;
}

/* Stops accepting. After an upgrade the sockets live on in the new master; else whoever waits at them is
 * served before the workers go. */
static void stop(struct master *master, bool handed_over, int status)
{
    const struct configuration *configuration = master->workers.configuration;
    int64_t now = clock_monotonic();
    if (!handed_over) {
        upgrade_give_up(&master->upgrade);
        notify("STOPPING=1\nSTATUS=Stopping");
    }
    LOG_INFO("stopping");
    master->state = STATE_STOPPING;
    master->status = status;
    sockets_close(master->inheritance.listeners, !handed_over);
    housekeeping_stop(&master->housekeeping);
    job_processes_stop(&master->jobs, now + configuration->drain_time);
    workers_dismiss(&master->workers, WORKERS_ALL, handed_over ? SIGTERM : SIGQUIT,
                    now + configuration->drain_time);
}

static void tell_ready(struct master *master)
{
    const struct configuration *configuration = master->workers.configuration;
    notify("READY=1\nSTATUS=Serving with %d workers", (int)workers_count(&master->workers));
    if (master->inheritance.ready >= 0) {
        if (write(master->inheritance.ready, "", 1) != 1) {
            LOG_WARNING("the former master cannot be told that we are ready");
        }
        close(master->inheritance.ready);
        master->inheritance.ready = -1;
    }
    LOG_INFO("ready after %d ms: %d workers, %d slow ones", (int)((clock_monotonic() - master->born) / 1000),
             (int)configuration->workers, (int)master->workers.pools[POOL_SLOW].wanted);
}

static void step_start(struct master *master)
{
    if (master->workers.failed) {
        LOG_ERROR("a worker died before it could begin");
        stop(master, false, 1);
    } else if (workers_ready(&master->workers)) {
        master->state = STATE_SERVING;
        tell_ready(master);
    }
}

static void step_upgrade(struct master *master, int64_t now)
{
    if (signals_take(SIGUSR2) && master->upgrade.process == 0) {
        upgrade_start(&master->upgrade, master->inheritance.listeners, &master->waiting, now);
    }
    if (upgrade_is_ready(&master->upgrade, now)) {
        notify("MAINPID=%ld", (long)master->upgrade.process);
        LOG_INFO("upgrade: process %ld has taken over", (long)master->upgrade.process);
        stop(master, true, 0);
    }
}

static void reap(struct master *master, int64_t now)
{
    int status;
    pid_t process;
    while ((process = waitpid(-1, &status, WNOHANG)) > 0) {
        if (!workers_ended(&master->workers, process, status, now) &&
            !housekeeping_ended(&master->housekeeping, master->workers.configuration, process, now) &&
            !job_processes_ended(&master->jobs, process, status, now)) {
            upgrade_ended(&master->upgrade, process);
        }
    }
}

static void step_watchdog(struct master *master, int64_t now)
{
    if (master->watchdog_interval > 0 && now >= master->watchdog_next) {
        notify("WATCHDOG=1");
        master->watchdog_next = now + master->watchdog_interval;
    }
}

static bool must_stop(void)
{
    bool terminated = signals_take(SIGTERM);
    bool interrupted = signals_take(SIGINT);
    bool quit = signals_take(SIGQUIT);
    return terminated || interrupted || quit;
}

/* A new configuration is not for jobs until workers have shown that it works. */
static bool does_jobs(const struct master *master)
{
    return master->state == STATE_SERVING && reload_deadline(&master->reload) == INT64_MAX;
}

static void step_jobs(struct master *master, int64_t now)
{
    if (does_jobs(master)) {
        job_processes_step(&master->jobs, master->workers.configuration, reload_generation(&master->reload),
                           master->inheritance.listeners, now);
    }
}

static void step(struct master *master)
{
    int64_t now = clock_monotonic();
    workers_hear(&master->workers);
    reap(master, now);
    if (must_stop() && master->state != STATE_STOPPING) {
        stop(master, false, 0);
    }
    workers_kill_late(&master->workers, now);
    job_processes_kill_late(&master->jobs, now);
    step_watchdog(master, now);
    if (master->state == STATE_STOPPING) {
        return;
    }
    if (master->state == STATE_STARTING) {
        step_start(master);
    }
    if (master->state == STATE_SERVING) {
        reload_step(&master->reload, &master->workers, signals_take(SIGHUP), now);
        step_upgrade(master, now);
    }
    if (master->state != STATE_STOPPING) {
        workers_fill(&master->workers, now);
    }
    if (master->state == STATE_SERVING) {
        housekeeping_step(&master->housekeeping, master->workers.configuration, now);
        step_jobs(master, now);
    }
}

static int64_t earliest(int64_t left, int64_t right)
{
    return left < right ? left : right;
}

static void wait_for_something(struct master *master)
{
    bool upgrading = master->upgrade.process > 0;
    int64_t next = workers_next(&master->workers);
    next = earliest(next, reload_deadline(&master->reload));
    next = earliest(next, master->state == STATE_SERVING
                              ? housekeeping_next(&master->housekeeping, master->workers.configuration)
                              : INT64_MAX);
    next =
        earliest(next, job_processes_next(&master->jobs, master->workers.configuration, does_jobs(master)));
    next = earliest(next, upgrading ? master->upgrade.deadline : INT64_MAX);
    next = earliest(next, master->watchdog_interval > 0 ? master->watchdog_next : INT64_MAX);
    int64_t now = clock_monotonic();
    int64_t span = next > now ? next - now : 0;
    struct timespec limit = {.tv_sec = span / MICROSECONDS_PER_SECOND,
                             .tv_nsec = span % MICROSECONDS_PER_SECOND * 1000};
    struct pollfd descriptors[] = {
        {.fd = master->workers.reports[0], .events = POLLIN},
        {.fd = upgrading ? master->upgrade.ready : -1, .events = POLLIN},
    };
    (void)ppoll(descriptors, sizeof(descriptors) / sizeof(descriptors[0]), next == INT64_MAX ? NULL : &limit,
                &master->waiting);
}

int master_run(const struct master_start *start)
{
    static struct master master;
    master = (struct master){.state = STATE_STARTING};
    log_set_process("master");
    prctl(PR_SET_NAME, "muster", 0, 0, 0);
    bool begun = begin(&master, start);
    if (begun) {
        workers_fill(&master.workers, clock_monotonic());
        while (master.state != STATE_STOPPING || workers_count(&master.workers) > 0 ||
               master.housekeeping.process > 0 || job_processes_count(&master.jobs) > 0) {
            wait_for_something(&master);
            step(&master);
        }
        LOG_INFO("stopped");
    } else {
        sockets_close(master.inheritance.listeners, master.inheritance.ready < 0);
    }
    reload_end(&master.reload);
    return begun ? master.status : 1;
}
