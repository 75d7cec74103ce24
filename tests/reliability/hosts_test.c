/* Two hosts behind one nginx over TCP, with one database and its standby, which commits wait for and reads go
 * to: the one that is lost under load costs what it had in its hands, and nothing more after a second. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "reliability/ledger.h"
#include "reliability/network.h"
#include "reliability/own_cluster.h"
#include "support/figure.h"
#include "support/process.h"
#include "support/world_parts.h"

#define HOSTS        2
#define FAST_PORT    9000
#define SLOW_PORT    9001
#define STOP_SECONDS 10
/* By then nginx has tried the lost host again. */
#define TRIED_AGAIN (5 * MICROSECONDS_PER_SECOND)

struct host {
    struct network network;
    pid_t master;
};

static struct host hosts[HOSTS];
static struct own_cluster primary;
static struct own_cluster standby;

static void skip_unless_possible(void)
{
    if (getenv("MUSTER_TEST_DATABASE_URL") == NULL) {
        puts("skipped: MUSTER_TEST_DATABASE_URL is not set");
        exit(EXIT_SKIP);
    }
}

/* It differs from the world's own server in where it listens, and whom it lets in. */
static void start_host(struct world *world, struct host *host)
{
    const char *log = world_print(world, "%s/host-%d.log", world_folder(world), host->network.number);
    const char *arguments[] = {
        "ip",
        "netns",
        "exec",
        host->network.name,
        "env",
        world_print(world, "MUSTER_SOCKET=10.213.%d.2:%d", host->network.number, FAST_PORT),
        world_print(world, "MUSTER_SLOW_SOCKET=10.213.%d.2:%d", host->network.number, SLOW_PORT),
        world_print(world, "MUSTER_SOCKET_PEERS=10.213.%d.1", host->network.number),
        "MUSTER_WORKERS=3",
        "MUSTER_HEALTH_SOCKET=",
        BUILD_FOLDER "/muster",
        "-c",
        world_configuration_file(world),
        "serve",
        NULL};
    host->master = process_start(arguments, NULL, log, log);
}

static const char *addresses(struct world *world, int port)
{
    return world_print(world, "10.213.%d.2:%d,10.213.%d.2:%d", hosts[0].network.number, port,
                       hosts[1].network.number, port);
}

static void make_hosts(void)
{
    for (int i = 0; i < HOSTS; i++) {
        if (!network_make(&hosts[i].network, i)) {
            while (--i >= 0) {
                (void)network_change(&hosts[i].network, "remove");
            }
            exit(EXIT_SKIP);
        }
    }
}

/* Writes go to whichever takes them, reads to whichever does not. */
static void name_standby(struct world *world)
{
    world->database_url =
        world_print(world, "dbname='%s' user='%s' host='%s/run,%s/run' target_session_attrs=read-write",
                    world->database_name, WORLD_PROGRAM, primary.folder, standby.folder);
    world_restart(world, world_print(world,
                                     "log_level = warning\ndatabase_read_url = dbname='%s' user='%s' "
                                     "host='%s/run,%s/run' target_session_attrs=standby\n",
                                     world->database_name, WORLD_PROGRAM, primary.folder, standby.folder));
}

static int setup(void **state)
{
    skip_unless_possible();
    make_hosts();
    own_cluster_make(&primary, "synchronous_standby_names = ''", "wal_level = replica");
    struct world *world = world_start("log_level = warning\n");
    *state = world;
    own_cluster_follow(&standby, &primary);
    name_standby(world);
    for (size_t i = 0; i < HOSTS; i++) {
        start_host(world, &hosts[i]);
    }
    world_reach(world, addresses(world, FAST_PORT), addresses(world, SLOW_PORT));
    ledger_start(world);
    return 0;
}

static int teardown(void **state)
{
    ledger_end();
    for (size_t i = 0; i < HOSTS; i++) {
        (void)process_stop(hosts[i].master, SIGTERM, STOP_SECONDS);
        (void)network_change(&hosts[i].network, "remove");
    }
    (void)world_teardown(state);
    own_cluster_remove(&primary);
    own_cluster_remove(&standby);
    return 0;
}

/* What a host answers to the beginning of a FastCGI request that came from 10.213.NET.`last`: how many bytes
 * it left the connection open for, at least one, or 0 where it was closed at once. */
static bool stays_open(const struct host *host, int last)
{
    char text[32];
    struct sockaddr_in from = {.sin_family = AF_INET};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(FAST_PORT)};
    struct timeval patience = {.tv_usec = 300000};
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(text, sizeof text, "10.213.%d.%d", host->network.number, last);
    assert_int_equal(inet_pton(AF_INET, text, &from.sin_addr), 1);
    snprintf(text, sizeof text, "10.213.%d.2", host->network.number);
    assert_int_equal(inet_pton(AF_INET, text, &to.sin_addr), 1);
    assert_int_equal(bind(connection, (struct sockaddr *)&from, sizeof from), 0);
    assert_int_equal(connect(connection, (struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    ssize_t length = recv(connection, text, 1, 0);
    close(connection);
    return length < 0;
}

static void only_the_front_end_is_let_in(void **state)
{
    struct world *world = *state;
    assert_true(stays_open(&hosts[0], 1));
    assert_false(stays_open(&hosts[0], 3));
    const char *log = world_read_file(
        world, world_print(world, "%s/host-%d.log", world_folder(world), hosts[0].network.number));
    assert_non_null(
        strstr(log, world_print(world, "10.213.%d.3 is not allowed to connect", hosts[0].network.number)));
}

static void sleep_until(int64_t time)
{
    while (clock_monotonic() < time) {
        usleep(10000);
    }
}

/* How often a read has looked for organizations there, as far as its backends have told. */
static int64_t scans_on_standby(struct world *world)
{
    PGconn *connection = PQconnectdb(
        world_print(world, "dbname='%s' user=postgres host='%s/run'", world->database_name, standby.folder));
    PGresult *rows = PQexec(
        connection,
        "SELECT seq_scan + coalesce(idx_scan, 0) FROM pg_stat_user_tables WHERE relname = 'organizations'");
    assert_int_equal(PQresultStatus(rows), PGRES_TUPLES_OK);
    int64_t count = strtoll(PQgetvalue(rows, 0, 0), NULL, 10);
    PQclear(rows);
    PQfinish(connection);
    return count;
}

static void a_lost_host_costs_what_it_had_in_its_hands(void **state)
{
    struct world *world = *state;
    size_t writes = short_or_long(200, 5000);
    ledger_send(6);
    ledger_await(writes / 2);
    int64_t read_before = scans_on_standby(world);
    size_t before = ledger_count();
    int64_t lost_at = clock_monotonic();
    assert_true(network_change(&hosts[0].network, "lose"));
    int64_t back = ledger_first_success(before, lost_at);
    sleep_until(lost_at + MICROSECONDS_PER_SECOND);
    size_t later = ledger_count();
    sleep_until(lost_at + TRIED_AGAIN);
    ledger_await(writes / 2);
    ledger_pause();
    int64_t read = scans_on_standby(world) - read_before;
    figure("a host lost: %zu of %zu requests failed, %zu of them after a second, the first success after "
           "%.0f ms; meanwhile the standby looked %lld times for what was read",
           ledger_failures(0), ledger_count(), ledger_failures(later), (double)back / 1000, (long long)read);
    assert_true(read > (int64_t)writes / 20);
    assert_int_equal(ledger_failures(later), 0);
    ledger_expect_good();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_front_end_is_let_in),
        cmocka_unit_test(a_lost_host_costs_what_it_had_in_its_hands),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
