/* Workers killed under load: what was acknowledged is there, and a kill costs one request at most, which
 * nginx must not send again because it may have been carried out. */
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "reliability/family.h"
#include "reliability/ledger.h"
#include "support/figure.h"

#define FEW  20
#define MANY 1000

static int64_t kill_times[MANY];
static size_t kill_count;

static int setup(void **state)
{
    *state = world_start("log_level = warning\nworkers = 3\n");
    ledger_start(*state);
    return 0;
}

static int teardown(void **state)
{
    ledger_end();
    return world_teardown(state);
}

/* Until there are as many again, one of them new; how long that took. */
static int64_t await_successor(const struct world *world, const struct family *before)
{
    int64_t start = clock_monotonic();
    for (int round = 0; round < 100000; round++) {
        struct family now = family_of(world);
        if (now.count == before->count && !family_equal(&now, before)) {
            return clock_monotonic() - start;
        }
        usleep(200);
    }
    fail_msg("no worker takes the place of the one that was killed");
    return 0;
}

/* How often a worker was killed while this request was under way. */
static size_t kills_during(const struct entry *entry)
{
    size_t count = 0;
    for (size_t i = 0; i < kill_count; i++) {
        count += kill_times[i] >= entry->began && kill_times[i] <= entry->began + entry->took;
    }
    return count;
}

/* Reads that failed though one kill at most can have met them: nginx sends what a second one meets to nobody
 * else. */
static size_t failed_reads(void)
{
    size_t count = 0;
    for (size_t i = 0; i < ledger_count(); i++) {
        const struct entry *entry = ledger_entry(i);
        bool failed = entry->kind == ENTRY_READ && entry->ended && entry->outcome != ACKNOWLEDGED;
        count += failed && kills_during(entry) < 2;
    }
    return count;
}

static void a_killed_worker_costs_one_write_at_most(void **state)
{
    const struct world *world = *state;
    size_t kills = short_or_long(FEW, MANY);
    int64_t longest = 0;
    int64_t all = 0;
    ledger_send(6);
    for (size_t i = 0; i < kills; i++) {
        ledger_await(10);
        struct family before = family_of(world);
        kill_times[kill_count++] = clock_monotonic();
        assert_int_equal(kill(before.members[i % before.count], SIGKILL), 0);
        int64_t took = await_successor(world, &before);
        longest = larger(longest, took);
        all += took;
    }
    ledger_await(10);
    ledger_pause();
    size_t failures = ledger_failures(0);
    figure("%zu kills, %zu requests, %zu failed, %zu of them reads", kills, ledger_count(), failures,
           failed_reads());
    figure("a new worker after %.1f ms at most", (double)longest / 1000);
    figure_time("on average after", all / (int64_t)kills, 100000);
    assert_int_equal(failed_reads(), 0);
    assert_true(failures <= kills);
    ledger_expect_good();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_worker_costs_one_write_at_most),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
