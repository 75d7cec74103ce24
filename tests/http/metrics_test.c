/* The counters of several processes, and the text that a Prometheus server reads. */
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "http/metrics.h"
#include "support/cmocka_headers.h"

#define OPERATIONS 3
#define WORKERS    4

static struct arena *arena;

static int start(void **state)
{
    (void)state;
    arena = arena_create((size_t)1 << 20);
    return arena == NULL;
}

static int finish(void **state)
{
    (void)state;
    arena_destroy(arena);
    return 0;
}

static const char *operation_name(size_t operation)
{
    static const char *const names[OPERATIONS] = {"first", "second", "none"};
    return names[operation];
}

static const char *text(void)
{
    struct builder out;
    builder_start(&out, arena, 4096, (size_t)1 << 18);
    metrics_write(&out, operation_name);
    assert_false(out.overflowed);
    return arena_copy_text(arena, builder_text(&out)).data;
}

#define assert_line(line) assert_non_null(strstr(text(), "\n" line "\n"))

static void without_counters_there_is_nothing(void **state)
{
    (void)state;
    metrics_set_worker(0);
    metrics_worker_busy(true);
    metrics_worker_connected(true);
    metrics_worker_started(true);
    metrics_worker_ended(0, true);
    metrics_request(0, 200, 1, 1);
    metrics_standby_read(STANDBY_ANSWERED);
    assert_true(text() == NULL || text()[0] == '\0');
}

static void reads_from_a_standby_are_counted_by_what_became_of_them(void **state)
{
    (void)state;
    assert_int_equal(metrics_create(OPERATIONS, WORKERS), 0);
    metrics_standby_read(STANDBY_ANSWERED);
    metrics_standby_read(STANDBY_ANSWERED);
    metrics_standby_read(STANDBY_BEHIND);
    metrics_standby_read(STANDBY_FAILED);
    assert_line("muster_standby_reads_total{outcome=\"answered\"} 2");
    assert_line("muster_standby_reads_total{outcome=\"away\"} 0");
    assert_line("muster_standby_reads_total{outcome=\"behind\"} 1");
    assert_line("muster_standby_reads_total{outcome=\"failed\"} 1");
}

static void requests_are_counted_by_operation_and_status(void **state)
{
    (void)state;
    assert_int_equal(metrics_create(OPERATIONS, WORKERS), 0);
    metrics_request(0, 200, 400, 100);
    metrics_request(0, 200, 400, 100);
    metrics_request(0, 404, 400, 100);
    metrics_request(2, 418, 400, 100);
    metrics_request(OPERATIONS, 200, 400, 100);
    assert_line("muster_requests_total{operation=\"first\",status=\"200\"} 2");
    assert_line("muster_requests_total{operation=\"first\",status=\"404\"} 1");
    assert_line("muster_requests_total{operation=\"none\",status=\"other\"} 1");
    assert_null(strstr(text(), "\"second\""));
    assert_line("muster_database_seconds_total 0.000400");
}

static void durations_fall_into_cumulative_buckets(void **state)
{
    (void)state;
    static const int64_t durations[] = {0, 500, 501, 1000000, 5000000, 5000001};
    assert_int_equal(metrics_create(OPERATIONS, WORKERS), 0);
    for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
        metrics_request(1, 200, durations[i], 0);
    }
    assert_line("muster_request_duration_seconds_bucket{operation=\"second\",le=\"0.0005\"} 2");
    assert_line("muster_request_duration_seconds_bucket{operation=\"second\",le=\"0.001\"} 3");
    assert_line("muster_request_duration_seconds_bucket{operation=\"second\",le=\"0.5\"} 3");
    assert_line("muster_request_duration_seconds_bucket{operation=\"second\",le=\"1\"} 4");
    assert_line("muster_request_duration_seconds_bucket{operation=\"second\",le=\"5\"} 5");
    assert_line("muster_request_duration_seconds_bucket{operation=\"second\",le=\"+Inf\"} 6");
    assert_line("muster_request_duration_seconds_sum{operation=\"second\"} 11.001002");
    assert_line("muster_request_duration_seconds_count{operation=\"second\"} 6");
}

static void in_a_child(size_t slot, bool busy, bool connected)
{
    pid_t process = fork();
    if (process == 0) {
        metrics_set_worker(slot);
        metrics_worker_busy(busy);
        metrics_worker_connected(connected);
        metrics_request(0, 200, 1, 1);
        _exit(0);
    }
    assert_int_equal(waitpid(process, NULL, 0), process);
}

static void workers_are_seen_by_each_other(void **state)
{
    (void)state;
    assert_int_equal(metrics_create(OPERATIONS, WORKERS), 0);
    in_a_child(0, true, true);
    in_a_child(1, false, true);
    in_a_child(2, true, false);
    assert_line("muster_workers{state=\"busy\"} 2");
    assert_line("muster_workers{state=\"idle\"} 1");
    assert_line("muster_database_connections 2");
    assert_line("muster_requests_total{operation=\"first\",status=\"200\"} 3");
    metrics_worker_ended(0, true);
    metrics_worker_ended(1, false);
    metrics_worker_started(false);
    metrics_worker_started(true);
    assert_line("muster_workers{state=\"busy\"} 1");
    assert_line("muster_workers{state=\"idle\"} 0");
    assert_line("muster_database_connections 0");
    assert_line("muster_worker_deaths_total 1");
    assert_line("muster_worker_restarts_total 1");
    in_a_child(0, false, false);
    assert_line("muster_workers{state=\"idle\"} 1");
}

/* Every sample belongs to a metric whose type was told before, as the format asks. */
static void each_sample_follows_its_type(void **state)
{
    (void)state;
    assert_int_equal(metrics_create(OPERATIONS, WORKERS), 0);
    metrics_request(0, 200, 1, 1);
    metrics_request(1, 503, 1, 1);
    struct text rest = text_of(text());
    struct text name = NO_TEXT;
    size_t samples = 0;
    while (rest.length > 0) {
        struct text line = text_cut(&rest, '\n');
        if (text_starts_with(line, TEXT("# TYPE "))) {
            struct text type = text_part(line, 7, line.length);
            name = text_cut(&type, ' ');
        } else if (!text_starts_with(line, TEXT("#"))) {
            assert_true(text_starts_with(line, name));
            samples++;
        }
    }
    assert_true(samples > 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_counters_there_is_nothing),
        cmocka_unit_test(reads_from_a_standby_are_counted_by_what_became_of_them),
        cmocka_unit_test(requests_are_counted_by_operation_and_status),
        cmocka_unit_test(durations_fall_into_cumulative_buckets),
        cmocka_unit_test(workers_are_seen_by_each_other),
        cmocka_unit_test(each_sample_follows_its_type),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
