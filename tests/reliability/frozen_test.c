/* PostgreSQL frozen, or the network to it gone, under load: nobody waits for ever, and whoever watches the
 * server sees that it lives. */
#include <unistd.h>

#include "base/clock.h"
#include "reliability/family.h"
#include "reliability/ledger.h"
#include "reliability/network.h"
#include "reliability/own_cluster.h"
#include "support/call.h"
#include "support/figure.h"
#include "support/world_parts.h"

static struct own_cluster cluster;
static struct network network;
static bool far;

/* The database is on a host of its own where that can be made, else beside the server. */
static int setup(void **state)
{
    far = network_make(&network, 0);
    if (far) {
        network_enter(&network);
    }
    own_cluster_make(&cluster, far ? "listen_addresses = '*'" : NULL, NULL);
    if (far) {
        network_leave();
        own_cluster_let_in(&cluster, "10.213.0.0/16");
    }
    *state = world_start("log_level = warning\n");
    ledger_start(*state);
    return 0;
}

static int teardown(void **state)
{
    ledger_end();
    world_teardown(state);
    own_cluster_remove(&cluster);
    if (far) {
        (void)network_change(&network, "remove");
    }
    return 0;
}

/* While it is away, the longest time that the health page takes. */
static int64_t watch_health(struct world *world)
{
    int64_t longest = 0;
    int64_t end = clock_monotonic() + (int64_t)short_or_long(8000000, 20000000);
    while (clock_monotonic() < end) {
        int64_t start = clock_monotonic();
        assert_int_equal(call_get(world, NULL, "/healthz")->status, 200);
        longest = larger(longest, clock_monotonic() - start);
        usleep(50000);
    }
    return longest;
}

/* The longest time that one took of those that were sent while it was away. */
static int64_t expect_503_in_between(size_t first)
{
    int64_t longest = 0;
    size_t away = 0;
    for (size_t i = first; i < ledger_count(); i++) {
        const struct entry *entry = ledger_entry(i);
        if (entry->outcome == UNKNOWN) {
            assert_int_equal(entry->status, 503);
            assert_true(entry->retry_after);
            away++;
        }
        longest = larger(longest, entry->took);
    }
    assert_true(away > 0);
    return longest;
}

static void lose_and_find_again(struct world *world, void (*lose)(void), void (*find)(void))
{
    struct family before = family_of(world);
    ledger_send(8);
    ledger_await(20);
    size_t first = ledger_count();
    lose();
    int64_t health = watch_health(world);
    find();
    int64_t back = ledger_first_success(first, clock_monotonic());
    ledger_pause();
    int64_t longest = expect_503_in_between(first);
    figure_time("every answer within", longest, 5500000);
    /* Who waited for a worker first would have taken seconds more. */
    assert_true(longest < 6500000);
    figure_time("/healthz within", health, 100000);
    figure_time("first success after the return within", back, 1000000);
    struct family after = family_of(world);
    assert_true(family_equal(&before, &after));
    ledger_expect_good();
}

static void freeze(void)
{
    own_cluster_do(&cluster, "freeze");
}

static void thaw(void)
{
    own_cluster_do(&cluster, "thaw");
}

static void a_frozen_postgresql_holds_nobody_for_long(void **state)
{
    figure("PostgreSQL frozen");
    lose_and_find_again(*state, freeze, thaw);
}

static void cut(void)
{
    assert_true(network_change(&network, "cut"));
}

static void join(void)
{
    assert_true(network_change(&network, "join"));
}

static void a_network_that_is_gone_holds_nobody_for_long(void **state)
{
    struct world *world = *state;
    if (!far) {
        skip();
    }
    world->database_url = world_print(world, "dbname='%s' user='%s' host='10.213.%d.2'", world->database_name,
                                      WORLD_PROGRAM, network.number);
    world_restart(world, "log_level = warning\n");
    figure("the network to PostgreSQL gone");
    lose_and_find_again(world, cut, join);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frozen_postgresql_holds_nobody_for_long),
        cmocka_unit_test(a_network_that_is_gone_holds_nobody_for_long),
    };
    own_cluster_need();
    return cmocka_run_group_tests(tests, setup, teardown);
}
