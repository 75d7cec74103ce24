/* A worker that dies is replaced at once; only where workers die as soon as they are started is there a
 * pause, which doubles. */
#include "process/workers.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/metrics.h"

#define SHORT_LIFE    MICROSECONDS_PER_SECOND
#define FIRST_DELAY   (100 * MICROSECONDS_PER_SECOND / 1000)
#define LONGEST_DELAY (5 * MICROSECONDS_PER_SECOND)

/* A pool without such a death for so long is in no crash loop any more. */
#define CALM (2 * LONGEST_DELAY)

int workers_create(struct workers *workers, struct listener *listeners, struct peers peers)
{
    *workers = (struct workers){.listeners = listeners, .peers = peers};
    return pipe2(workers->reports, O_CLOEXEC | O_NONBLOCK);
}

void workers_set_generation(struct workers *workers, const struct configuration *configuration,
                            unsigned generation)
{
    workers->configuration = configuration;
    workers->generation = generation;
    workers->failed = false;
    workers->pools[POOL_FAST] = (struct pool){.wanted = (size_t)configuration->workers};
    workers->pools[POOL_SLOW] = (struct pool){.wanted = (size_t)configuration->slow_workers};
    workers->pools[POOL_HEALTH] = (struct pool){.wanted = 1};
    for (size_t i = POOL_SLOW; i < POOL_COUNT; i++) {
        if (workers->listeners[i].descriptor < 0) {
            workers->pools[i].wanted = 0;
        }
    }
}

static bool is_current(const struct workers *workers, const struct worker_entry *entry)
{
    return entry->process != 0 && entry->generation == workers->generation && entry->kill_at == 0;
}

static size_t count_current(const struct workers *workers, enum pool_kind pool, bool ready)
{
    size_t count = 0;
    for (size_t i = 0; i < WORKERS_MAXIMUM; i++) {
        const struct worker_entry *entry = &workers->entries[i];
        count += is_current(workers, entry) && entry->pool == pool && (!ready || entry->ready);
    }
    return count;
}

static struct worker_entry *find_free(struct workers *workers)
{
    for (size_t i = 0; i < WORKERS_MAXIMUM; i++) {
        if (workers->entries[i].process == 0) {
            return &workers->entries[i];
        }
    }
    return NULL;
}

/* Without workers of its own the slow socket is served by those of the fast one. */
static void choose_listeners(const struct workers *workers, struct worker_task *task)
{
    for (size_t i = 0; i < POOL_COUNT; i++) {
        const struct listener *listener = &workers->listeners[i];
        bool orphan = task->pool == POOL_FAST && workers->pools[i].wanted == 0;
        if (listener->descriptor >= 0 && (i == task->pool || orphan)) {
            task->listeners[task->listener_count++] = listener;
        }
    }
}

static _Noreturn void be_worker(const struct workers *workers, size_t slot, enum pool_kind pool, pid_t master)
{
    close(workers->reports[0]);
    struct worker_task task = {.configuration = workers->configuration,
                               .peers = workers->peers,
                               .pool = pool,
                               .slot = slot,
                               .master = master,
                               .report = workers->reports[1]};
    choose_listeners(workers, &task);
    exit(worker_run(&task));
}

static void start(struct workers *workers, enum pool_kind pool, int64_t now)
{
    struct worker_entry *entry = find_free(workers);
    if (entry == NULL) {
        workers->pools[pool].not_before = now + FIRST_DELAY;
        return;
    }
    pid_t master = getpid();
    pid_t process = fork();
    if (process == 0) {
        be_worker(workers, (size_t)(entry - workers->entries), pool, master);
    }
    if (process < 0) {
        LOG_ERROR("a worker cannot be started: %s", strerror(errno));
        workers->pools[pool].not_before = now + MICROSECONDS_PER_SECOND;
        return;
    }
    *entry = (struct worker_entry){
        .process = process, .pool = pool, .generation = workers->generation, .started = now};
    metrics_worker_started(workers->pools[pool].filled);
}

void workers_fill(struct workers *workers, int64_t now)
{
    for (int kind = POOL_FAST; kind < POOL_COUNT; kind++) {
        struct pool *pool = &workers->pools[kind];
        size_t present = count_current(workers, (enum pool_kind)kind, false);
        for (; present < pool->wanted && now >= pool->not_before; present++) {
            start(workers, (enum pool_kind)kind, now);
        }
        pool->filled = pool->filled || present == pool->wanted;
    }
}

void workers_hear(struct workers *workers)
{
    size_t slot;
    while (read(workers->reports[0], &slot, sizeof(slot)) == (ssize_t)sizeof(slot)) {
        if (slot < WORKERS_MAXIMUM) {
            workers->entries[slot].ready = true;
        }
    }
}

static void log_death(const struct worker_entry *entry, size_t slot, int status)
{
    bool by_signal = WIFSIGNALED(status);
    int number = by_signal ? WTERMSIG(status) : WEXITSTATUS(status);
    LOG_WARNING("worker %zu (process %ld) died: %s %d", slot, (long)entry->process,
                by_signal ? "signal" : "exit status", number);
}

/* SIGKILL comes from outside, so that a successor is not to be expected to die of the same cause. */
static void note_death(struct pool *pool, const struct worker_entry *entry, int status, int64_t now)
{
    bool by_program = !(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    if (!by_program || now - entry->started >= SHORT_LIFE) {
        pool->delay = 0;
        return;
    }
    if (now - pool->not_before > CALM) {
        pool->delay = 0;
    }
    pool->not_before = now + pool->delay;
    int64_t next = pool->delay == 0 ? FIRST_DELAY : 2 * pool->delay;
    pool->delay = next < LONGEST_DELAY ? next : LONGEST_DELAY;
}

bool workers_ended(struct workers *workers, pid_t process, int status, int64_t now)
{
    for (size_t i = 0; i < WORKERS_MAXIMUM; i++) {
        struct worker_entry *entry = &workers->entries[i];
        if (entry->process != process) {
            continue;
        }
        bool died = status != 0 && entry->kill_at == 0;
        if (died) {
            log_death(entry, i, status);
        }
        if (died && entry->generation == workers->generation) {
            note_death(&workers->pools[entry->pool], entry, status, now);
            workers->failed = workers->failed || !entry->ready;
        }
        metrics_worker_ended(i, died);
        *entry = (struct worker_entry){0};
        return true;
    }
    return false;
}

bool workers_ready(const struct workers *workers)
{
    for (int kind = POOL_FAST; kind < POOL_COUNT; kind++) {
        if (count_current(workers, (enum pool_kind)kind, true) < workers->pools[kind].wanted) {
            return false;
        }
    }
    return true;
}

static bool is_chosen(const struct workers *workers, const struct worker_entry *entry,
                      enum worker_choice choice)
{
    bool current = entry->generation == workers->generation;
    return choice == WORKERS_ALL || current == (choice == WORKERS_CURRENT);
}

void workers_dismiss(struct workers *workers, enum worker_choice choice, int signal, int64_t kill_at)
{
    for (size_t i = 0; i < POOL_COUNT && choice == WORKERS_ALL; i++) {
        workers->pools[i].wanted = 0;
    }
    for (size_t i = 0; i < WORKERS_MAXIMUM; i++) {
        struct worker_entry *entry = &workers->entries[i];
        if (entry->process != 0 && is_chosen(workers, entry, choice)) {
            kill(entry->process, signal);
            entry->kill_at = kill_at;
        }
    }
}

void workers_kill_late(struct workers *workers, int64_t now)
{
    for (size_t i = 0; i < WORKERS_MAXIMUM; i++) {
        struct worker_entry *entry = &workers->entries[i];
        if (entry->process != 0 && entry->kill_at != 0 && now >= entry->kill_at) {
            LOG_WARNING("worker %zu (process %ld) did not finish in time and is killed", i,
                        (long)entry->process);
            kill(entry->process, SIGKILL);
            entry->kill_at = INT64_MAX;
        }
    }
}

size_t workers_count(const struct workers *workers)
{
    size_t count = 0;
    for (size_t i = 0; i < WORKERS_MAXIMUM; i++) {
        count += workers->entries[i].process != 0;
    }
    return count;
}

int64_t workers_next(const struct workers *workers)
{
    int64_t next = INT64_MAX;
    for (int kind = POOL_FAST; kind < POOL_COUNT; kind++) {
        const struct pool *pool = &workers->pools[kind];
        if (count_current(workers, (enum pool_kind)kind, false) < pool->wanted && pool->not_before < next) {
            next = pool->not_before;
        }
    }
    for (size_t i = 0; i < WORKERS_MAXIMUM; i++) {
        const struct worker_entry *entry = &workers->entries[i];
        if (entry->process != 0 && entry->kill_at != 0 && entry->kill_at < next) {
            next = entry->kill_at;
        }
    }
    return next;
}
