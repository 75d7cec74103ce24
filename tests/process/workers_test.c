/* When a dead worker's successor may start, told without any process: the table is filled by hand. */
#include <signal.h>

#include "base/clock.h"
#include "base/log.h"
#include "process/workers.h"
#include "support/cmocka_headers.h"

#define SECOND MICROSECONDS_PER_SECOND

/* Statuses as wait(2) gives them. */
#define DIED_OF(signal) (signal)
#define EXITED(status)  ((status) << 8)

static struct workers workers;
static struct listener listeners[POOL_COUNT];
static struct configuration configuration = {.workers = 2, .slow_workers = 1};

static int start(void **state)
{
    (void)state;
    listeners[POOL_SLOW].descriptor = 100;
    listeners[POOL_HEALTH].descriptor = -1;
    log_set_level(LOG_LEVEL_ERROR);
    memset(&workers, 0, sizeof(workers));
    workers.listeners = listeners;
    workers_set_generation(&workers, &configuration, 1);
    return 0;
}

static void add(size_t slot, pid_t process, int64_t started)
{
    workers.entries[slot] = (struct worker_entry){.process = process,
                                                  .pool = POOL_FAST,
                                                  .generation = workers.generation,
                                                  .started = started,
                                                  .ready = true};
}

/* A worker that lived for `life` dies at `now`. */
static void die(int64_t now, int64_t life, int status)
{
    add(0, 1000, now - life);
    assert_true(workers_ended(&workers, 1000, status, now));
}

static void a_missing_worker_is_due_at_once(void **state)
{
    (void)state;
    assert_int_equal(workers_next(&workers), 0);
    assert_false(workers_ready(&workers));
}

static void a_first_early_death_costs_no_time(void **state)
{
    (void)state;
    die(100 * SECOND, SECOND / 2, DIED_OF(SIGSEGV));
    assert_int_equal(workers.pools[POOL_FAST].not_before, 100 * SECOND);
}

static void early_deaths_double_the_pause_up_to_five_seconds(void **state)
{
    (void)state;
    static const int64_t pauses[] = {0, 100000, 200000, 400000, 800000, 1600000, 3200000, 5000000, 5000000};
    int64_t now = 100 * SECOND;
    for (size_t i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
        die(now, SECOND / 2, EXITED(1));
        assert_int_equal(workers.pools[POOL_FAST].not_before, now + pauses[i]);
        now += pauses[i];
    }
    assert_int_equal(workers.pools[POOL_SLOW].not_before, 0);
}

static void a_worker_that_lived_ends_the_pause(void **state)
{
    (void)state;
    int64_t now = 100 * SECOND;
    for (int i = 0; i < 5; i++) {
        die(now, 1, DIED_OF(SIGABRT));
    }
    assert_true(workers.pools[POOL_FAST].delay > 0);
    die(now + 2 * SECOND, SECOND, DIED_OF(SIGABRT));
    assert_int_equal(workers.pools[POOL_FAST].delay, 0);
}

static void an_old_crash_loop_is_forgotten(void **state)
{
    (void)state;
    int64_t now = 100 * SECOND;
    for (int i = 0; i < 5; i++) {
        die(now, 1, DIED_OF(SIGABRT));
    }
    now += 60 * SECOND;
    die(now, 1, DIED_OF(SIGABRT));
    assert_int_equal(workers.pools[POOL_FAST].not_before, now);
}

static void a_kill_from_outside_is_no_crash(void **state)
{
    (void)state;
    int64_t now = 100 * SECOND;
    for (int i = 0; i < 100; i++) {
        die(now, 1, DIED_OF(SIGKILL));
        assert_true(workers.pools[POOL_FAST].not_before <= now);
    }
}

static void a_retirement_is_no_death(void **state)
{
    (void)state;
    int64_t now = 100 * SECOND;
    for (int i = 0; i < 100; i++) {
        die(now, 1, EXITED(0));
        assert_true(workers.pools[POOL_FAST].not_before <= now);
    }
    assert_false(workers.failed);
}

static void a_death_before_the_beginning_is_noted(void **state)
{
    (void)state;
    add(0, 1000, 0);
    workers.entries[0].ready = false;
    assert_true(workers_ended(&workers, 1000, EXITED(1), 1));
    assert_true(workers.failed);
    workers_set_generation(&workers, &configuration, 2);
    assert_false(workers.failed);
}

static void strangers_are_not_counted(void **state)
{
    (void)state;
    add(0, 1000, 0);
    assert_false(workers_ended(&workers, 1001, EXITED(1), 1));
    assert_int_equal(workers_count(&workers), 1);
}

static void all_of_the_generation_must_be_ready(void **state)
{
    (void)state;
    add(0, 1000, 0);
    add(1, 1001, 0);
    assert_false(workers_ready(&workers));
    add(2, 1002, 0);
    workers.entries[2].pool = POOL_SLOW;
    assert_true(workers_ready(&workers));
    assert_int_equal(workers_next(&workers), INT64_MAX);
    workers.entries[1].ready = false;
    assert_false(workers_ready(&workers));
    workers.entries[1].ready = true;
    workers_set_generation(&workers, &configuration, 2);
    assert_false(workers_ready(&workers));
}

static void without_a_slow_socket_there_is_no_slow_pool(void **state)
{
    (void)state;
    listeners[POOL_SLOW].descriptor = -1;
    workers_set_generation(&workers, &configuration, 2);
    assert_int_equal(workers.pools[POOL_SLOW].wanted, 0);
    assert_int_equal(workers.pools[POOL_FAST].wanted, 2);
}

static void a_socket_for_health_has_one_worker(void **state)
{
    (void)state;
    assert_int_equal(workers.pools[POOL_HEALTH].wanted, 0);
    listeners[POOL_HEALTH].descriptor = 101;
    workers_set_generation(&workers, &configuration, 2);
    assert_int_equal(workers.pools[POOL_HEALTH].wanted, 1);
}

#define TEST(name) cmocka_unit_test_setup(name, start)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_missing_worker_is_due_at_once),
        TEST(a_first_early_death_costs_no_time),
        TEST(early_deaths_double_the_pause_up_to_five_seconds),
        TEST(a_worker_that_lived_ends_the_pause),
        TEST(an_old_crash_loop_is_forgotten),
        TEST(a_kill_from_outside_is_no_crash),
        TEST(a_retirement_is_no_death),
        TEST(a_death_before_the_beginning_is_noted),
        TEST(strangers_are_not_counted),
        TEST(all_of_the_generation_must_be_ready),
        TEST(without_a_slow_socket_there_is_no_slow_pool),
        TEST(a_socket_for_health_has_one_worker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
