/* What was acknowledged is there, once, whatever was killed meanwhile; and a ledger that finds nothing
 * missing can be trusted only if it finds what is missing where commits are not made to last. */
#include <signal.h>
#include <unistd.h>

#include "reliability/ledger.h"
#include "reliability/own_cluster.h"
#include "support/figure.h"
#include "support/world_parts.h"

static struct own_cluster cluster;
static struct world *world;

static void start(const char *line, const char *other)
{
    own_cluster_make(&cluster, line, other);
    world = world_start("log_level = warning\n");
    ledger_start(world);
    ledger_send(6);
}

static void end(void)
{
    ledger_end();
    world_stop(world);
    own_cluster_remove(&cluster);
}

/* The test's own connections went too. */
static void bring_back(void)
{
    own_cluster_do(&cluster, "start");
    PQreset(world->database);
    PQreset(world->maintenance);
    assert_int_equal(PQstatus(world->database), CONNECTION_OK);
}

static void acknowledged_writes_survive_the_crash_of_postgresql(void **state)
{
    (void)state;
    start(NULL, NULL);
    for (useconds_t round = 0; round < short_or_long(3, 100); round++) {
        ledger_await(40);
        usleep(7000 * (round % 10));
        own_cluster_do(&cluster, "kill");
        bring_back();
    }
    ledger_await(40);
    ledger_pause();
    ledger_expect_good();
    end();
}

/* Without commits that last, the ledger must find a loss. */
static void the_ledger_finds_what_is_lost(void **state)
{
    (void)state;
    start("synchronous_commit = off", "wal_writer_delay = 10s");
    own_cluster_do(&cluster, "withhold");
    ledger_await(40);
    own_cluster_do(&cluster, "kill");
    ledger_pause();
    bring_back();
    struct verdict verdict = ledger_judge();
    figure("without commits that last, %zu of %zu are found lost", verdict.lost, verdict.acknowledged);
    assert_true(verdict.lost > 0);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acknowledged_writes_survive_the_crash_of_postgresql),
        cmocka_unit_test(the_ledger_finds_what_is_lost),
    };
    own_cluster_need();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
