/* Workers come and go, one configuration follows another, and nobody who asks properly goes without an
 * answer. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "process/front_end.h"
#include "process/load.h"
#include "process/server.h"
#include "support/cmocka_headers.h"

#define WORKERS 3 /* that server_prepare() asks for, the slow one with them */

static void it_serves_and_stops(void **state)
{
    (void)state;
    struct server server;
    struct stat status;
    server_start(&server, "");
    assert_int_equal(front_end_get(server.socket, "/healthz"), 200);
    assert_int_equal(front_end_get(server.socket, "/nowhere"), 404);
    assert_int_equal(stat(server.socket, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0660);
    await_children(server.master, WORKERS);
    assert_int_equal(kill(server.master, SIGTERM), 0);
    assert_int_equal(server_await_end(server.master), 0);
    assert_int_equal(access(server.socket, F_OK), -1);
    server_remove(&server);
}

static void without_slow_workers_the_others_serve_their_socket(void **state)
{
    (void)state;
    struct server server;
    char slow[96];
    server_start(&server, "slow_workers = 0\n");
    snprintf(slow, sizeof(slow), "%s/slow.sock", server.folder);
    await_children(server.master, WORKERS - 1);
    assert_int_equal(front_end_get(slow, "/healthz"), 200);
    assert_int_equal(front_end_get(server.socket, "/healthz"), 200);
    assert_int_equal(server_stop(&server), 0);
}

static void slow_workers_are_less_urgent(void **state)
{
    (void)state;
    struct server server;
    pid_t children[MAXIMUM_CHILDREN];
    server_start(&server, "");
    size_t count = children_of(server.master, children);
    size_t slow = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_slow = process_is_named(children[i], "muster-slow");
        assert_int_equal(getpriority(PRIO_PROCESS, (id_t)children[i]),
                         is_slow ? 15 : getpriority(PRIO_PROCESS, 0));
        slow += is_slow;
    }
    assert_int_equal(slow, 1);
    assert_int_equal(server_stop(&server), 0);
}

static void dead_workers_are_replaced(void **state)
{
    (void)state;
    static const int signals[] = {SIGKILL, SIGSEGV, SIGABRT};
    struct server server;
    server_start(&server, "");
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        pid_t children[MAXIMUM_CHILDREN];
        size_t count = children_of(server.master, children);
        assert_int_equal(count, WORKERS);
        for (size_t j = 0; j < count; j++) {
            assert_int_equal(kill(children[j], signals[i]), 0);
        }
        for (size_t j = 0; j < count; j++) {
            while (process_lives(children[j])) {
                usleep(1000);
            }
        }
        assert_int_equal(front_end_get(server.socket, "/healthz"), 200);
        await_children(server.master, WORKERS);
    }
    assert_int_equal(server_stop(&server), 0);
}

/* A killed worker costs its own request at most. */
static void kills_under_load_cost_one_request_each(void **state)
{
    (void)state;
    struct server server;
    server_start(&server, "workers = 3\n");
    struct load *load = load_start(server.socket, 4);
    size_t kills = 0;
    for (int i = 0; i < 20; i++) {
        pid_t children[MAXIMUM_CHILDREN];
        size_t count = children_of(server.master, children);
        if (count > 0) {
            kills += kill(children[(size_t)i % count], SIGKILL) == 0;
        }
        load_await(load, 10);
    }
    assert_true(load_stop(load) <= kills);
    await_children(server.master, 4);
    assert_int_equal(server_stop(&server), 0);
}

/* libfcgi aborts where it finds no memory for what a peer announces. */
static void a_worker_that_aborts_costs_one_request(void **state)
{
    (void)state;
    static const unsigned char parameters[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 'A'};
    struct server server;
    struct message message;
    struct answer answer;
    server_start(&server, "");
    message_begin(&message);
    message_add_record(&message, RECORD_PARAMETERS, parameters, sizeof(parameters));
    int connection = front_end_connect(server.socket);
    assert_true(front_end_send(connection, &message, 0, message.length));
    assert_int_equal(shutdown(connection, SHUT_WR), 0);
    front_end_receive(connection, &answer);
    assert_false(answer.complete);
    assert_int_equal(front_end_get(server.socket, "/healthz"), 200);
    await_children(server.master, WORKERS);
    assert_int_equal(server_stop(&server), 0);
}

static void a_stuck_peer_does_not_keep_a_worker(void **state)
{
    (void)state;
    struct server server;
    struct message message;
    char byte;
    server_start(&server, "workers = 1\nslow_workers = 0\npeer_timeout = 100 ms\n");
    int stuck = front_end_connect(server.socket);
    message_get(&message, "/healthz");
    assert_true(front_end_send(stuck, &message, 0, 5));
    int silent = front_end_connect(server.socket);
    assert_int_equal(front_end_get(server.socket, "/healthz"), 200);
    assert_int_equal(read(stuck, &byte, 1), 0);
    assert_int_equal(read(silent, &byte, 1), 0);
    close(stuck);
    close(silent);
    assert_int_equal(server_stop(&server), 0);
}

/* Each byte would come in time; all together do not. */
static void a_peer_that_drips_does_not_keep_a_worker(void **state)
{
    (void)state;
    struct server server;
    struct message message;
    size_t sent = 0;
    server_start(&server, "workers = 1\nslow_workers = 0\npeer_timeout = 100 ms\n");
    int connection = front_end_connect(server.socket);
    message_get(&message, "/healthz");
    while (sent < message.length && front_end_send(connection, &message, sent, sent + 1)) {
        sent++;
        usleep(20000);
    }
    assert_true(sent < message.length);
    close(connection);
    assert_int_equal(front_end_get(server.socket, "/healthz"), 200);
    assert_int_equal(server_stop(&server), 0);
}

/* The answer is larger than what the kernel keeps for a peer. */
static void a_peer_that_does_not_read_does_not_keep_a_worker(void **state)
{
    (void)state;
    struct server server;
    struct message message;
    struct answer answer;
    server_start(&server, "workers = 1\nslow_workers = 0\npeer_timeout = 100 ms\n");
    int connection = front_end_connect(server.socket);
    message_get(&message, "/openapi.json");
    assert_true(front_end_send(connection, &message, 0, message.length));
    assert_int_equal(front_end_get(server.socket, "/healthz"), 200);
    front_end_receive(connection, &answer);
    assert_int_equal(answer.status, 200);
    assert_false(answer.complete);
    assert_int_equal(server_stop(&server), 0);
}

/* Its alarm rings for nothing then. */
static void a_worker_that_was_idle_for_longer_than_it_waits_serves_on(void **state)
{
    (void)state;
    struct server server;
    pid_t before[MAXIMUM_CHILDREN];
    pid_t after[MAXIMUM_CHILDREN];
    server_start(&server, "workers = 1\nslow_workers = 0\npeer_timeout = 100 ms\n");
    assert_int_equal(children_of(server.master, before), 1);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(front_end_get(server.socket, "/healthz"), 200);
        usleep(250000);
    }
    assert_int_equal(children_of(server.master, after), 1);
    assert_int_equal(before[0], after[0]);
    assert_int_equal(server_stop(&server), 0);
}

static void workers_retire(void **state)
{
    (void)state;
    struct server server;
    pid_t before[MAXIMUM_CHILDREN];
    server_start(&server, "workers = 1\nslow_workers = 0\nworker_requests = 5\n");
    assert_int_equal(children_of(server.master, before), 1);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(front_end_get(server.socket, "/healthz"), 200);
    }
    while (process_lives(before[0])) {
        usleep(1000);
    }
    await_children(server.master, 1);
    assert_false(server_log_has(&server, "died"));
    assert_int_equal(server_stop(&server), 0);
}

static void a_faulty_configuration_changes_nothing(void **state)
{
    (void)state;
    struct server server;
    pid_t before[MAXIMUM_CHILDREN];
    server_start(&server, "");
    await_children(server.master, WORKERS);
    size_t count = children_of(server.master, before);
    server_configure(&server, "workers = many\n");
    assert_int_equal(kill(server.master, SIGHUP), 0);
    server_await_log(&server, "the configuration stays as it was");
    assert_true(server_log_has(&server, "muster.conf:"));
    assert_int_equal(front_end_get(server.socket, "/healthz"), 200);
    for (size_t i = 0; i < count; i++) {
        assert_true(process_lives(before[i]));
    }
    assert_int_equal(unlink(server.configuration), 0);
    assert_int_equal(kill(server.master, SIGHUP), 0);
    server_await_log(&server, "No such file");
    assert_int_equal(front_end_get(server.socket, "/healthz"), 200);
    assert_int_equal(server_stop(&server), 0);
}

static void reloads_under_load_lose_nothing(void **state)
{
    (void)state;
    struct server server;
    server_start(&server, "");
    struct load *load = load_start(server.socket, 4);
    for (int i = 0; i < 10; i++) {
        server_configure(&server, i % 2 == 0 ? "workers = 4\n" : "workers = 1\n");
        load_await(load, 20);
        assert_int_equal(kill(server.master, SIGHUP), 0);
        await_children(server.master, i % 2 == 0 ? 5 : 2);
    }
    assert_int_equal(load_stop(load), 0);
    assert_int_equal(server_stop(&server), 0);
}

static void what_needs_a_restart_is_told(void **state)
{
    (void)state;
    struct server server;
    server_start(&server, "");
    server_configure(&server, "socket = /tmp/elsewhere.sock\n");
    assert_int_equal(kill(server.master, SIGHUP), 0);
    server_await_log(&server, "in force");
    assert_true(server_log_has(&server, "socket: the new value is used only after a restart"));
    assert_false(server_log_has(&server, "workers: the new value"));
    assert_int_equal(front_end_get(server.socket, "/healthz"), 200);
    assert_int_equal(server_stop(&server), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_serves_and_stops),
        cmocka_unit_test(without_slow_workers_the_others_serve_their_socket),
        cmocka_unit_test(slow_workers_are_less_urgent),
        cmocka_unit_test(dead_workers_are_replaced),
        cmocka_unit_test(kills_under_load_cost_one_request_each),
        cmocka_unit_test(a_worker_that_aborts_costs_one_request),
        cmocka_unit_test(a_stuck_peer_does_not_keep_a_worker),
        cmocka_unit_test(a_peer_that_drips_does_not_keep_a_worker),
        cmocka_unit_test(a_peer_that_does_not_read_does_not_keep_a_worker),
        cmocka_unit_test(a_worker_that_was_idle_for_longer_than_it_waits_serves_on),
        cmocka_unit_test(workers_retire),
        cmocka_unit_test(a_faulty_configuration_changes_nothing),
        cmocka_unit_test(reloads_under_load_lose_nothing),
        cmocka_unit_test(what_needs_a_restart_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
