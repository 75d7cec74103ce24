/* A standby that takes over: nothing that was acknowledged is lost, and a former primary that comes back
 * acknowledges nothing. */
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "reliability/family.h"
#include "reliability/ledger.h"
#include "reliability/own_cluster.h"
#include "support/figure.h"
#include "support/world_parts.h"

static struct own_cluster primary;
static struct own_cluster standby;

/* Both are named; whoever lets nobody write is passed over. */
static void name_both(struct world *world)
{
    char hosts[256];
    snprintf(hosts, sizeof hosts, "%s/run,%s/run", primary.folder, standby.folder);
    world->database_url =
        world_print(world, "dbname='%s' user='%s' host='%s' target_session_attrs=read-write",
                    world->database_name, WORLD_PROGRAM, hosts);
    world->migration_database_url =
        world_print(world, "dbname='%s' user='%s' host='%s' target_session_attrs=read-write",
                    world->database_name, WORLD_OWNER, hosts);
    world_restart(world, "log_level = warning\nrequest_timeout = 2 s\n");
}

static int setup(void **state)
{
    own_cluster_make(&primary, "synchronous_standby_names = ''", "wal_level = replica");
    *state = world_start("log_level = warning\n");
    ledger_start(*state);
    own_cluster_follow(&standby, &primary);
    name_both(*state);
    ledger_send(6);
    return 0;
}

static int teardown(void **state)
{
    ledger_end();
    world_teardown(state);
    own_cluster_remove(&primary);
    own_cluster_remove(&standby);
    return 0;
}

/* The test's own connections, to whoever is the primary. */
static void connect_to_primary(struct world *world)
{
    PQfinish(world->database);
    PQfinish(world->maintenance);
    char url[256];
    snprintf(url, sizeof url, "dbname='%s' user=postgres host='%s/run'", world->database_name,
             primary.folder);
    world->database = PQconnectdb(url);
    snprintf(url, sizeof url, "dbname=postgres user=postgres host='%s/run'", primary.folder);
    world->maintenance = PQconnectdb(url);
    assert_int_equal(PQstatus(world->database), CONNECTION_OK);
    assert_int_equal(PQstatus(world->maintenance), CONNECTION_OK);
}

/* How many of our writes a server has, of those that nobody else can have. */
static const char *last_write(struct world *world, const struct own_cluster *cluster)
{
    char url[256];
    snprintf(url, sizeof url, "dbname='%s' user=postgres host='%s/run'", world->database_name,
             cluster->folder);
    PGconn *connection = PQconnectdb(url);
    assert_int_equal(PQstatus(connection), CONNECTION_OK);
    PGresult *rows = PQexec(connection, "SELECT coalesce(max(position), 0) FROM audit_events");
    assert_int_equal(PQresultStatus(rows), PGRES_TUPLES_OK);
    const char *last = world_print(world, "%s", PQgetvalue(rows, 0, 0));
    PQclear(rows);
    PQfinish(connection);
    return last;
}

static size_t count_writes(size_t first)
{
    size_t count = 0;
    for (size_t i = first; i < ledger_count(); i++) {
        const struct entry *entry = ledger_entry(i);
        count += entry->ended && entry->outcome == ACKNOWLEDGED && entry->kind != ENTRY_READ;
    }
    return count;
}

/* Reads are answered by a former primary too. */
static void await_writes(size_t first, size_t count)
{
    for (int round = 0; round < 600 && count_writes(first) < count; round++) {
        usleep(50000);
    }
    assert_true(count_writes(first) >= count);
}

/* The primary is killed, the standby takes over, and the killed one comes back as if nothing had been: alone,
 * without its standby, it must wait with each commit for ever. */
static int64_t fail_over(struct world *world)
{
    ledger_await(40);
    own_cluster_do(&primary, "kill");
    usleep(200000);
    size_t first = ledger_count();
    own_cluster_do(&standby, "promote");
    int64_t back = ledger_first_success(first, clock_monotonic());
    own_cluster_do(&primary, "start");
    const char *before = last_write(world, &primary);
    /* New workers try the first host first, which may be that one. */
    struct family family = family_of(world);
    for (size_t j = 0; j < family.count; j++) {
        assert_int_equal(kill(family.members[j], SIGKILL), 0);
    }
    await_writes(ledger_count(), 40);
    assert_string_equal(last_write(world, &primary), before);
    own_cluster_do(&primary, "kill");
    ledger_await(20);
    return back;
}

/* What was the standby is the primary now, and the other one follows it, made anew. */
static void change_places(struct world *world)
{
    struct own_cluster former = primary;
    primary = standby;
    connect_to_primary(world);
    own_cluster_do(&former, "empty");
    standby = former;
    own_cluster_follow_again(&standby, &primary);
}

static void nothing_acknowledged_is_lost_when_the_standby_takes_over(void **state)
{
    struct world *world = *state;
    int64_t longest = 0;
    size_t rounds = short_or_long(1, 50);
    for (size_t i = 0; i < rounds; i++) {
        int64_t back = fail_over(world);
        longest = larger(longest, back);
        change_places(world);
    }
    ledger_await(20);
    ledger_pause();
    figure("%zu failovers", rounds);
    figure_time("first success after the promotion within", longest, 3000000);
    ledger_expect_good();
}

/* Where the primary does not wait for its standby, the ledger must find a loss. */
static void without_waiting_for_the_standby_a_loss_is_found(void **state)
{
    struct world *world = *state;
    own_cluster_do(&primary, "asynchronous");
    own_cluster_do(&standby, "freeze");
    ledger_send(6);
    ledger_await(100);
    own_cluster_do(&primary, "kill");
    ledger_pause();
    own_cluster_do(&standby, "thaw");
    own_cluster_do(&standby, "promote");
    struct own_cluster former = primary;
    primary = standby;
    standby = former;
    connect_to_primary(world);
    struct verdict verdict = ledger_judge();
    figure("without waiting for the standby, %zu are found lost", verdict.lost);
    assert_true(verdict.lost > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_acknowledged_is_lost_when_the_standby_takes_over),
        cmocka_unit_test(without_waiting_for_the_standby_a_loss_is_found),
    };
    own_cluster_need();
    return cmocka_run_group_tests(tests, setup, teardown);
}
