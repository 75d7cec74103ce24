/* Two hosts behind one nginx over TCP, with one database: the one that is lost under load costs what it had
 * in its hands, and nothing more after a second. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "reliability/ledger.h"
#include "reliability/network.h"
#include "support/figure.h"
#include "support/process.h"

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

/* The hosts reach the database without the network. */
static void skip_unless_possible(void)
{
    const char *url = getenv("MUSTER_TEST_DATABASE_URL");
    if (url == NULL || (strstr(url, "host=%2F") == NULL && strstr(url, "host=/") == NULL)) {
        puts("skipped: MUSTER_TEST_DATABASE_URL names no database that is reached by a Unix socket");
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

static int setup(void **state)
{
    skip_unless_possible();
    make_hosts();
    struct world *world = world_start("log_level = warning\n");
    *state = world;
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
    return world_teardown(state);
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

static void a_lost_host_costs_what_it_had_in_its_hands(void **state)
{
    size_t writes = short_or_long(200, 5000);
    (void)state;
    ledger_send(6);
    ledger_await(writes / 2);
    size_t before = ledger_count();
    int64_t lost_at = clock_monotonic();
    assert_true(network_change(&hosts[0].network, "lose"));
    int64_t back = ledger_first_success(before, lost_at);
    sleep_until(lost_at + MICROSECONDS_PER_SECOND);
    size_t later = ledger_count();
    sleep_until(lost_at + TRIED_AGAIN);
    ledger_await(writes / 2);
    ledger_pause();
    figure("a host lost: %zu of %zu requests failed, %zu of them after a second, the first success after "
           "%.0f ms",
           ledger_failures(0), ledger_count(), ledger_failures(later), (double)back / 1000);
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
