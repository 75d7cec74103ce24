/* PostgreSQL frozen under load: nobody waits for ever, and whoever watches the server sees that it lives. */
#include <unistd.h>

#include "base/clock.h"
#include "reliability/family.h"
#include "reliability/ledger.h"
#include "reliability/own_cluster.h"
#include "support/call.h"
#include "support/figure.h"
#include "support/world_parts.h"

static struct own_cluster cluster;

static int setup(void **state)
{
    own_cluster_make(&cluster, NULL, NULL);
    *state = world_start("log_level = warning\n");
    ledger_start(*state);
    return 0;
}

static int teardown(void **state)
{
    ledger_end();
    world_teardown(state);
    own_cluster_remove(&cluster);
    return 0;
}

static int64_t larger(int64_t left, int64_t right)
{
    return left > right ? left : right;
}

static void a_frozen_postgresql_holds_nobody_for_long(void **state)
{
    struct world *world = *state;
    int64_t longest = 0;
    int64_t health = 0;
    struct family before = family_of(world);
    ledger_send(8);
    ledger_await(20);
    size_t first = ledger_count();
    own_cluster_do(&cluster, "freeze");
    int64_t end = clock_monotonic() + (int64_t)short_or_long(8000000, 20000000);
    while (clock_monotonic() < end) {
        int64_t start = clock_monotonic();
        assert_int_equal(call_get(world, NULL, "/healthz")->status, 200);
        health = larger(health, clock_monotonic() - start);
        usleep(50000);
    }
    own_cluster_do(&cluster, "thaw");
    int64_t back = ledger_first_success(first, clock_monotonic());
    ledger_pause();
    for (size_t i = first; i < ledger_count(); i++) {
        const struct entry *entry = ledger_entry(i);
        if (entry->outcome == UNKNOWN) {
            assert_int_equal(entry->status, 503);
            assert_true(entry->retry_after);
        }
        longest = larger(longest, entry->took);
    }
    figure_time("every answer within", longest, 5500000);
    /* Who waited for a worker first would have taken seconds more. */
    assert_true(longest < 6500000);
    figure_time("/healthz within", health, 100000);
    figure_time("first success after the return within", back, 1000000);
    struct family after = family_of(world);
    assert_true(family_equal(&before, &after));
    ledger_expect_good();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frozen_postgresql_holds_nobody_for_long),
    };
    if (getenv("MUSTER_TEST_DATABASE_URL") == NULL) {
        puts("skipped: MUSTER_TEST_DATABASE_URL is not set");
        return EXIT_SKIP;
    }
    return cmocka_run_group_tests(tests, setup, teardown);
}
