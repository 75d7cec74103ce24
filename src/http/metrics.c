/* What monitoring asks: how many requests, how long, how many workers. Counting costs a request a few
 * additions in shared memory. */
#include "http/metrics.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <sys/mman.h>

/* Statuses that have a counter of their own; all others share the last one. */
static const int statuses[] = {200, 201, 202, 204, 206, 302, 303, 304, 400, 401, 403, 404, 405,
                               406, 409, 413, 415, 422, 429, 500, 501, 502, 503, 504, 507, 0};
#define STATUS_COUNT (sizeof(statuses) / sizeof(statuses[0]))

/* Upper ends of the histogram's buckets, in microseconds. */
static const int64_t bounds[] = {500,    1000,   2500,   5000,    10000,   25000,  50000,
                                 100000, 250000, 500000, 1000000, 2500000, 5000000};
#define BOUND_COUNT (sizeof(bounds) / sizeof(bounds[0]))

typedef _Atomic uint64_t counter;

struct operation_counters {
    counter answers[STATUS_COUNT];
    counter buckets[BOUND_COUNT + 1]; /* not cumulative; the last one is for all that is longer */
    counter duration;                 /* microseconds */
};

struct common_counters {
    counter database_wait; /* microseconds */
    counter restarts;
    counter deaths;
    counter standby_reads[STANDBY_OUTCOME_COUNT];
};

/* A line of the cache each, so that workers do not slow each other down. */
struct worker_state {
    _Alignas(64) atomic_bool present;
    atomic_bool busy;
    atomic_bool connected;
};

static struct common_counters *common;
static struct operation_counters *operations;
static size_t operation_count;
static struct worker_state *workers;
static size_t worker_count;
static struct worker_state *self;

static void *map_shared(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static void unmap_all(void)
{
    if (common != NULL) {
        munmap(common, sizeof(*common));
    }
    if (operations != NULL) {
        munmap(operations, operation_count * sizeof(*operations));
    }
    if (workers != NULL) {
        munmap(workers, worker_count * sizeof(*workers));
    }
    common = NULL;
    operations = NULL;
    workers = NULL;
    self = NULL;
}

int metrics_create(size_t operation_limit, size_t worker_limit)
{
    unmap_all();
    operation_count = operation_limit;
    worker_count = worker_limit;
    common = map_shared(sizeof(*common));
    operations = map_shared(operation_count * sizeof(*operations));
    workers = map_shared(worker_count * sizeof(*workers));
    if (common == NULL || operations == NULL || workers == NULL) {
        unmap_all();
        return -1;
    }
    return 0;
}

static void add(counter *target, int64_t amount)
{
    atomic_fetch_add_explicit(target, (uint64_t)amount, memory_order_relaxed);
}

static uint64_t value(const counter *source)
{
    return atomic_load_explicit(source, memory_order_relaxed);
}

static void set(atomic_bool *target, bool truth)
{
    atomic_store_explicit(target, truth, memory_order_relaxed);
}

static bool holds(const atomic_bool *source)
{
    return atomic_load_explicit(source, memory_order_relaxed);
}

void metrics_set_worker(size_t slot)
{
    if (workers == NULL || slot >= worker_count) {
        return;
    }
    self = &workers[slot];
    set(&self->busy, false);
    set(&self->connected, false);
    set(&self->present, true);
}

void metrics_worker_busy(bool busy)
{
    if (self != NULL) {
        set(&self->busy, busy);
    }
}

void metrics_worker_connected(bool connected)
{
    if (self != NULL) {
        set(&self->connected, connected);
    }
}

void metrics_worker_started(bool successor)
{
    if (common != NULL && successor) {
        add(&common->restarts, 1);
    }
}

void metrics_worker_ended(size_t slot, bool died)
{
    if (common == NULL || slot >= worker_count) {
        return;
    }
    set(&workers[slot].present, false);
    if (died) {
        add(&common->deaths, 1);
    }
}

static size_t status_position(int status)
{
    size_t position = 0;
    while (position < STATUS_COUNT - 1 && statuses[position] != status) {
        position++;
    }
    return position;
}

static size_t bucket_position(int64_t duration)
{
    size_t position = 0;
    while (position < BOUND_COUNT && duration > bounds[position]) {
        position++;
    }
    return position;
}

void metrics_request(size_t operation, int status, int64_t duration, int64_t database)
{
    if (operations == NULL || operation >= operation_count) {
        return;
    }
    struct operation_counters *counters = &operations[operation];
    add(&counters->answers[status_position(status)], 1);
    add(&counters->buckets[bucket_position(duration)], 1);
    add(&counters->duration, duration);
    add(&common->database_wait, database);
}

void metrics_standby_read(enum standby_outcome outcome)
{
    if (common != NULL) {
        add(&common->standby_reads[outcome], 1);
    }
}

static void write_head(struct builder *out, const char *name, const char *type, const char *about)
{
    builder_add_format(out, "# HELP muster_%s %s\n# TYPE muster_%s %s\n", name, about, name, type);
}

/* Microseconds as seconds. */
static void write_seconds(struct builder *out, uint64_t microseconds)
{
    builder_add_format(out, "%" PRIu64 ".%06" PRIu64 "\n", microseconds / 1000000, microseconds % 1000000);
}

static void write_answers(struct builder *out, const char *(*operation_name)(size_t operation))
{
    write_head(out, "requests_total", "counter", "Answered requests by operation and status.");
    for (size_t i = 0; i < operation_count; i++) {
        for (size_t j = 0; j < STATUS_COUNT; j++) {
            uint64_t answers = value(&operations[i].answers[j]);
            if (answers == 0) {
                continue;
            }
            builder_add_format(out, "muster_requests_total{operation=\"%s\",status=\"", operation_name(i));
            if (statuses[j] == 0) {
                BUILDER_ADD_LITERAL(out, "other");
            } else {
                builder_add_integer(out, statuses[j]);
            }
            builder_add_format(out, "\"} %" PRIu64 "\n", answers);
        }
    }
}

static void write_histogram(struct builder *out, const struct operation_counters *counters, const char *name)
{
    uint64_t total = 0;
    for (size_t i = 0; i <= BOUND_COUNT; i++) {
        total += value(&counters->buckets[i]);
        builder_add_format(out, "muster_request_duration_seconds_bucket{operation=\"%s\",le=\"", name);
        if (i < BOUND_COUNT) {
            builder_add_format(out, "%g", (double)bounds[i] / 1e6);
        } else {
            BUILDER_ADD_LITERAL(out, "+Inf");
        }
        builder_add_format(out, "\"} %" PRIu64 "\n", total);
    }
    builder_add_format(out, "muster_request_duration_seconds_sum{operation=\"%s\"} ", name);
    write_seconds(out, value(&counters->duration));
    builder_add_format(out, "muster_request_duration_seconds_count{operation=\"%s\"} %" PRIu64 "\n", name,
                       total);
}

static bool was_called(const struct operation_counters *counters)
{
    for (size_t i = 0; i <= BOUND_COUNT; i++) {
        if (value(&counters->buckets[i]) > 0) {
            return true;
        }
    }
    return false;
}

static void write_durations(struct builder *out, const char *(*operation_name)(size_t operation))
{
    write_head(out, "request_duration_seconds", "histogram",
               "Time from taking a connection to the finished answer, by operation.");
    for (size_t i = 0; i < operation_count; i++) {
        if (was_called(&operations[i])) {
            write_histogram(out, &operations[i], operation_name(i));
        }
    }
}

static void write_workers(struct builder *out)
{
    uint64_t busy = 0;
    uint64_t idle = 0;
    uint64_t connected = 0;
    for (size_t i = 0; i < worker_count; i++) {
        bool present = holds(&workers[i].present);
        bool working = holds(&workers[i].busy);
        busy += present && working;
        idle += present && !working;
        connected += present && holds(&workers[i].connected);
    }
    write_head(out, "workers", "gauge", "Worker processes by state.");
    builder_add_format(out, "muster_workers{state=\"busy\"} %" PRIu64 "\n", busy);
    builder_add_format(out, "muster_workers{state=\"idle\"} %" PRIu64 "\n", idle);
    write_head(out, "database_connections", "gauge", "Open connections to PostgreSQL.");
    builder_add_format(out, "muster_database_connections %" PRIu64 "\n", connected);
}

static void write_standby_reads(struct builder *out)
{
    static const char *const names[STANDBY_OUTCOME_COUNT] = {
        [STANDBY_ANSWERED] = "answered",
        [STANDBY_AWAY] = "away",
        [STANDBY_BEHIND] = "behind",
        [STANDBY_FAILED] = "failed",
    };
    write_head(out, "standby_reads_total", "counter",
               "Reads that the standby answered, or the primary because the standby was away, was behind or "
               "failed.");
    for (size_t i = 0; i < STANDBY_OUTCOME_COUNT; i++) {
        builder_add_format(out, "muster_standby_reads_total{outcome=\"%s\"} %" PRIu64 "\n", names[i],
                           value(&common->standby_reads[i]));
    }
}

void metrics_write(struct builder *out, const char *(*operation_name)(size_t operation))
{
    if (common == NULL) {
        return;
    }
    write_answers(out, operation_name);
    write_durations(out, operation_name);
    write_head(out, "database_seconds_total", "counter", "Time spent waiting for PostgreSQL.");
    BUILDER_ADD_LITERAL(out, "muster_database_seconds_total ");
    write_seconds(out, value(&common->database_wait));
    write_standby_reads(out);
    write_workers(out);
    write_head(out, "worker_restarts_total", "counter", "Workers started in the place of another one.");
    builder_add_format(out, "muster_worker_restarts_total %" PRIu64 "\n", value(&common->restarts));
    write_head(out, "worker_deaths_total", "counter", "Workers that ended without being told to.");
    builder_add_format(out, "muster_worker_deaths_total %" PRIu64 "\n", value(&common->deaths));
}
