/* PostgreSQL restarted, its connections ended and its processes killed under load: what was acknowledged
 * stays, whoever asks meanwhile is told to come back, and the same workers serve afterwards. */
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "reliability/family.h"
#include "reliability/ledger.h"
#include "reliability/own_cluster.h"
#include "support/figure.h"
#include "support/world_parts.h"

static struct own_cluster cluster;
static struct family family;

static int setup(void **state)
{
    own_cluster_make(&cluster, NULL, NULL);
    *state = world_start("log_level = warning\n");
    ledger_start(*state);
    ledger_send(6);
    family = family_of(*state);
    return 0;
}

static int teardown(void **state)
{
    ledger_end();
    world_teardown(state);
    own_cluster_remove(&cluster);
    return 0;
}

/* The crash that a killed backend brings about may not have begun yet, or not be over. */
static void connect_again(struct world *world)
{
    bool connected = false;
    for (int round = 0; round < 500 && !connected; round++) {
        PQreset(world->database);
        PQreset(world->maintenance);
        connected =
            PQstatus(world->database) == CONNECTION_OK && PQstatus(world->maintenance) == CONNECTION_OK;
        usleep(connected ? 0 : 20000);
    }
    assert_true(connected);
}

static void expect_the_same_workers(const struct world *world)
{
    struct family now = family_of(world);
    assert_true(family_equal(&now, &family));
}

/* Requests of `first` up to `end`, begun while PostgreSQL was away: 503 with Retry-After, unless they were
 * refused by their form. Returns the longest time that one took. */
static int64_t expect_away(size_t first, size_t end)
{
    int64_t longest = 0;
    for (size_t i = first; i < end; i++) {
        const struct entry *entry = ledger_entry(i);
        if (!entry->ended || entry->outcome == REFUSED) {
            continue;
        }
        assert_int_equal(entry->status, 503);
        assert_true(entry->retry_after);
        longest = larger(longest, entry->took);
    }
    return longest;
}

static void without_postgresql_it_is_503_at_once(void **state)
{
    struct world *world = *state;
    int64_t longest = 0;
    int64_t back = 0;
    size_t rounds = short_or_long(2, 100);
    for (size_t i = 0; i < rounds; i++) {
        ledger_await(20);
        own_cluster_do(&cluster, "kill");
        size_t first = ledger_count();
        usleep(300000);
        size_t end = ledger_count();
        usleep(100000);
        longest = larger(longest, expect_away(first, end));
        own_cluster_do(&cluster, "start");
        back = larger(back, ledger_first_success(end, clock_monotonic()));
        connect_again(world);
        expect_the_same_workers(world);
    }
    figure("PostgreSQL killed %zu times", rounds);
    figure_time("503 within", longest, 250000);
    figure_time("first success after the return within", back, 1000000);
}

static void a_restart_loses_nothing(void **state)
{
    struct world *world = *state;
    int64_t back = 0;
    size_t rounds = short_or_long(1, 20);
    for (size_t i = 0; i < rounds; i++) {
        ledger_await(20);
        size_t first = ledger_count();
        own_cluster_do(&cluster, "restart");
        back = larger(back, ledger_first_success(first, clock_monotonic()));
        connect_again(world);
        expect_the_same_workers(world);
    }
    figure("PostgreSQL restarted %zu times", rounds);
    figure_time("first success after the return within", back, 1000000);
}

/* A backend that is killed takes all others with it: PostgreSQL recovers as from a crash. */
static void ended_backends_are_followed_by_others(void **state)
{
    struct world *world = *state;
    size_t rounds = short_or_long(5, 1000);
    for (size_t i = 0; i < rounds; i++) {
        ledger_await(10);
        const char *backend =
            world_sql(world,
                      "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'muster%' AND "
                      "backend_type = 'client backend' ORDER BY random() LIMIT 1",
                      NULL);
        if (i % 50 == 4) {
            kill((pid_t)strtol(backend, NULL, 10), SIGKILL);
            usleep(100000);
            ledger_await(1);
            connect_again(world);
        } else if (*backend != '\0') {
            world_sql(world, "SELECT pg_terminate_backend($1::integer)", backend, NULL);
        }
    }
    ledger_await(10);
    expect_the_same_workers(world);
    figure("%zu backends ended", rounds);
    ledger_pause();
    ledger_expect_good();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_postgresql_it_is_503_at_once),
        cmocka_unit_test(a_restart_loses_nothing),
        cmocka_unit_test(ended_backends_are_followed_by_others),
    };
    own_cluster_need();
    return cmocka_run_group_tests(tests, setup, teardown);
}
