/* The end of a server, and its change for another program: whoever had reached it is answered. */
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "process/front_end.h"
#include "process/load.h"
#include "process/server.h"
#include "support/cmocka_headers.h"

static int start(void **state)
{
    (void)state;
    /* After an upgrade the new master is a grandchild, which comes to us when its parent has gone. */
    return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

/* Sends a request, but for its last byte. */
static int ask_in_part(const struct server *server, struct message *message)
{
    int connection = front_end_connect(server->socket);
    assert_true(connection >= 0);
    message_get(message, "/healthz");
    assert_true(front_end_send(connection, message, 0, message->length - 1));
    return connection;
}

static int ask_the_rest(int connection, const struct message *message)
{
    struct answer answer;
    assert_true(front_end_send(connection, message, message->length - 1, message->length));
    front_end_receive(connection, &answer);
    return answer.complete ? answer.status : 0;
}

/* Waits until so many workers are busy, the one that is asked among them. */
static void await_busy(const struct server *server, int count)
{
    char line[64];
    snprintf(line, sizeof(line), "muster_workers{state=\"busy\"} %d\n", count);
    for (int i = 0; i < 2000; i++) {
        struct message message;
        struct answer answer;
        int connection = front_end_connect(server->socket);
        message_get(&message, "/metrics");
        assert_true(front_end_send(connection, &message, 0, message.length));
        front_end_receive(connection, &answer);
        if (strstr(answer.body, line) != NULL) {
            return;
        }
        usleep(10000);
    }
    fail_msg("there are never %d busy workers", count);
}

static void await_absence(const char *path)
{
    for (int i = 0; i < 2000 && access(path, F_OK) == 0; i++) {
        usleep(10000);
    }
    assert_int_equal(access(path, F_OK), -1);
}

static void a_stop_lets_requests_finish(void **state)
{
    (void)state;
    static const int signals[] = {SIGTERM, SIGINT, SIGQUIT};
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        struct server server;
        struct message message;
        server_start(&server, "peer_timeout = 20 s\n");
        int running = ask_in_part(&server, &message);
        await_busy(&server, 2);
        assert_int_equal(kill(server.master, signals[i]), 0);
        await_absence(server.socket);
        assert_int_equal(front_end_connect(server.socket), -1);
        assert_int_equal(ask_the_rest(running, &message), 200);
        assert_int_equal(server_await_end(server.master), 0);
        server_remove(&server);
    }
}

static void who_waits_at_a_stop_is_served(void **state)
{
    (void)state;
    struct server server;
    struct message message;
    struct message whole;
    int waiting[5];
    server_start(&server, "workers = 1\nslow_workers = 0\npeer_timeout = 20 s\n");
    int running = ask_in_part(&server, &message);
    message_get(&whole, "/healthz");
    for (size_t i = 0; i < 5; i++) {
        waiting[i] = front_end_connect(server.socket);
        assert_true(front_end_send(waiting[i], &whole, 0, whole.length));
    }
    assert_int_equal(kill(server.master, SIGTERM), 0);
    await_absence(server.socket);
    assert_int_equal(ask_the_rest(running, &message), 200);
    for (size_t i = 0; i < 5; i++) {
        struct answer answer;
        front_end_receive(waiting[i], &answer);
        assert_true(answer.complete);
        assert_int_equal(answer.status, 200);
    }
    assert_int_equal(server_await_end(server.master), 0);
    server_remove(&server);
}

static void who_does_not_finish_is_killed(void **state)
{
    (void)state;
    struct server server;
    struct message message;
    char byte;
    server_start(&server, "peer_timeout = 60 s\ndrain_time = 100 ms\n");
    int running = ask_in_part(&server, &message);
    await_busy(&server, 2);
    assert_int_equal(kill(server.master, SIGTERM), 0);
    assert_int_equal(server_await_end(server.master), 0);
    assert_true(read(running, &byte, 1) <= 0);
    assert_true(server_log_has(&server, "did not finish in time"));
    close(running);
    server_remove(&server);
}

static void workers_do_not_outlive_their_master(void **state)
{
    (void)state;
    struct server server;
    pid_t children[MAXIMUM_CHILDREN];
    server_start(&server, "");
    size_t count = children_of(server.master, children);
    assert_int_equal(count, 3);
    assert_int_equal(kill(server.master, SIGKILL), 0);
    assert_int_equal(server_await_end(server.master), 128 + SIGKILL);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(server_await_end(children[i]), 128 + SIGKILL);
    }
    assert_int_equal(front_end_connect(server.socket), -1);
    assert_int_equal(errno, ECONNREFUSED);
    server_launch(&server, NULL);
    for (int i = 0; i < 2000 && front_end_get(server.socket, "/healthz") != 200; i++) {
        usleep(10000);
    }
    assert_int_equal(front_end_get(server.socket, "/healthz"), 200);
    assert_int_equal(server_stop(&server), 0);
}

static void a_second_server_does_not_take_the_socket(void **state)
{
    (void)state;
    struct server server;
    server_start(&server, "");
    pid_t first = server.master;
    server_launch(&server, NULL);
    assert_int_equal(server_await_end(server.master), 1);
    assert_true(server_log_has(&server, "another server is listening there"));
    server.master = first;
    assert_int_equal(front_end_get(server.socket, "/healthz"), 200);
    assert_int_equal(server_stop(&server), 0);
}

static pid_t find_master(void)
{
    pid_t children[MAXIMUM_CHILDREN];
    size_t count = children_of(getpid(), children);
    for (size_t i = 0; i < count; i++) {
        if (process_is_named(children[i], "muster")) {
            return children[i];
        }
    }
    fail_msg("there is no master");
    return 0;
}

static void upgrades_under_load_lose_nothing(void **state)
{
    (void)state;
    struct server server;
    server_start(&server, "");
    struct load *load = load_start(server.socket, 4);
    for (int i = 0; i < 5; i++) {
        pid_t former = server.master;
        load_await(load, 20);
        assert_int_equal(kill(former, SIGUSR2), 0);
        assert_int_equal(server_await_end(former), 0);
        server.master = find_master();
        assert_int_not_equal(server.master, former);
        await_children(server.master, 3);
    }
    load_await(load, 20);
    assert_int_equal(load_stop(load), 0);
    assert_int_equal(kill(server.master, SIGTERM), 0);
    assert_int_equal(server_await_end(server.master), 0);
    assert_int_equal(access(server.socket, F_OK), -1);
    server_remove(&server);
}

static void a_program_that_does_not_start_changes_nothing(void **state)
{
    (void)state;
    struct server server;
    server_start(&server, "");
    struct load *load = load_start(server.socket, 2);
    server_configure(&server, "workers = many\n");
    assert_int_equal(kill(server.master, SIGUSR2), 0);
    server_await_log(&server, "this one goes on serving");
    load_await(load, 20);
    await_children(server.master, 3);
    server_configure(&server, "");
    pid_t former = server.master;
    assert_int_equal(kill(former, SIGUSR2), 0);
    assert_int_equal(server_await_end(former), 0);
    server.master = find_master();
    load_await(load, 20);
    assert_int_equal(load_stop(load), 0);
    assert_int_equal(server_stop(&server), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stop_lets_requests_finish),
        cmocka_unit_test(who_waits_at_a_stop_is_served),
        cmocka_unit_test(who_does_not_finish_is_killed),
        cmocka_unit_test(workers_do_not_outlive_their_master),
        cmocka_unit_test(a_second_server_does_not_take_the_socket),
        cmocka_unit_test(upgrades_under_load_lose_nothing),
        cmocka_unit_test(a_program_that_does_not_start_changes_nothing),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
