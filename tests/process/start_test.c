/* The ways in which a server is started: by spawn-fcgi, by systemd, as root; and what its manager is told. */
#include <fcntl.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process/front_end.h"
#include "process/server.h"
#include "support/cmocka_headers.h"

#define SPAWN_FCGI "/usr/bin/spawn-fcgi"

static int start(void **state)
{
    (void)state;
    return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

static void handed_path(const struct server *server, const char *name, char path[static 96])
{
    snprintf(path, 96, "%s/%s.sock", server->folder, name);
}

/* Makes a socket as somebody else would: blocking, and open to all. */
static int listen_at(const struct server *server, const char *name)
{
    char path[96];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    handed_path(server, name, path);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (descriptor < 0 || bind(descriptor, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(descriptor, 128) != 0) {
        _exit(126);
    }
    return descriptor;
}

static void hand_over_as_0(const struct server *server)
{
    if (dup2(listen_at(server, "handed"), STDIN_FILENO) != STDIN_FILENO) {
        _exit(126);
    }
}

static void start_spawn_fcgi(const struct server *server)
{
    char path[96];
    handed_path(server, "handed", path);
    execl(SPAWN_FCGI, "spawn-fcgi", "-n", "-s", path, "--", BUILD_FOLDER "/muster", "-c",
          server->configuration, "serve", (char *)NULL);
}

static void hand_over_as_systemd(const struct server *server)
{
    char number[16];
    int slow = fcntl(listen_at(server, "handed-slow"), F_DUPFD, 10);
    int fast = fcntl(listen_at(server, "handed"), F_DUPFD, 10);
    snprintf(number, sizeof(number), "%ld", (long)getpid());
    if (dup2(slow, 3) != 3 || dup2(fast, 4) != 4 || setenv("LISTEN_FDS", "2", 1) != 0 ||
        setenv("LISTEN_PID", number, 1) != 0 || setenv("LISTEN_FDNAMES", "slow:muster", 1) != 0) {
        _exit(126);
    }
}

/* The socket that was handed over serves, that of the configuration is not made, and the file stays when the
 * server goes. */
static void serve_handed_over(server_preparation preparation)
{
    struct server server;
    char path[96];
    server_prepare(&server, "");
    handed_path(&server, "handed", path);
    server_launch(&server, preparation);
    server_await_log(&server, "ready after");
    assert_int_equal(front_end_get(path, "/healthz"), 200);
    assert_int_equal(access(server.socket, F_OK), -1);
    assert_int_equal(kill(server.master, SIGTERM), 0);
    assert_int_equal(server_await_end(server.master), 0);
    assert_int_equal(access(path, F_OK), 0);
    server_remove(&server);
}

static void descriptor_0_may_be_the_socket(void **state)
{
    (void)state;
    serve_handed_over(hand_over_as_0);
}

static void spawn_fcgi_may_start_it(void **state)
{
    (void)state;
    if (access(SPAWN_FCGI, X_OK) != 0) {
        print_message("skipped: there is no " SPAWN_FCGI "\n");
        skip();
    }
    serve_handed_over(start_spawn_fcgi);
}

static void systemd_may_hand_sockets_over(void **state)
{
    (void)state;
    serve_handed_over(hand_over_as_systemd);
}

static void both_sockets_of_systemd_serve_after_an_upgrade(void **state)
{
    (void)state;
    struct server server;
    char path[96];
    char slow[96];
    server_prepare(&server, "");
    handed_path(&server, "handed", path);
    handed_path(&server, "handed-slow", slow);
    server_launch(&server, hand_over_as_systemd);
    server_await_log(&server, "ready after");
    pid_t former = server.master;
    assert_int_equal(kill(former, SIGUSR2), 0);
    assert_int_equal(server_await_end(former), 0);
    assert_int_equal(front_end_get(path, "/healthz"), 200);
    assert_int_equal(front_end_get(slow, "/healthz"), 200);
    pid_t children[MAXIMUM_CHILDREN];
    assert_int_equal(children_of(getpid(), children), 1);
    server.master = children[0];
    assert_int_equal(kill(server.master, SIGTERM), 0);
    assert_int_equal(server_await_end(server.master), 0);
    assert_int_equal(access(path, F_OK), 0);
    server_remove(&server);
}

static void what_is_no_socket_is_refused(void **state)
{
    (void)state;
    struct server server;
    server_prepare(&server, "slow_socket = /nonexistent-folder/slow.sock\n");
    server_launch(&server, NULL);
    assert_int_equal(server_await_end(server.master), 1);
    assert_true(server_log_has(&server, "/nonexistent-folder/slow.sock: cannot open its folder"));
    assert_int_equal(access(server.socket, F_OK), -1);
    server_remove(&server);
}

static void a_port_serves_too(void **state)
{
    (void)state;
    struct server server;
    char line[64];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    struct message message;
    struct answer answer;
    /* A port that was free a moment ago. */
    int probe = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(probe, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(probe, (struct sockaddr *)&address, &size), 0);
    close(probe);
    snprintf(line, sizeof(line), "socket = 127.0.0.1:%d\n", ntohs(address.sin_port));
    server_start(&server, line);
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(connection, (struct sockaddr *)&address, size), 0);
    message_get(&message, "/healthz");
    assert_true(front_end_send(connection, &message, 0, message.length));
    front_end_receive(connection, &answer);
    assert_int_equal(answer.status, 200);
    assert_int_equal(server_stop(&server), 0);
}

static int manager;

static void tell_manager(const struct server *server)
{
    char path[96];
    handed_path(server, "manager", path);
    setenv("NOTIFY_SOCKET", path, 1);
}

/* Waits for a message that starts so. */
static void await_message(const char *start_of_message)
{
    char message[512];
    for (;;) {
        ssize_t length = recv(manager, message, sizeof(message) - 1, 0);
        assert_true(length > 0);
        message[length] = '\0';
        if (strncmp(message, start_of_message, strlen(start_of_message)) == 0) {
            return;
        }
    }
}

static void bind_manager(const struct server *server)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval patience = {.tv_sec = 20};
    char path[96];
    handed_path(server, "manager", path);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(manager, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(setsockopt(manager, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
}

static void the_manager_is_told(void **state)
{
    (void)state;
    struct server server;
    server_prepare(&server, "");
    bind_manager(&server);
    server_launch(&server, tell_manager);
    await_message("READY=1");
    assert_int_equal(front_end_get(server.socket, "/healthz"), 200);
    assert_int_equal(kill(server.master, SIGHUP), 0);
    await_message("RELOADING=1\nMONOTONIC_USEC=");
    await_message("READY=1");
    pid_t former = server.master;
    assert_int_equal(kill(former, SIGUSR2), 0);
    await_message("MAINPID=");
    assert_int_equal(server_await_end(former), 0);
    pid_t children[MAXIMUM_CHILDREN];
    assert_int_equal(children_of(getpid(), children), 1);
    server.master = children[0];
    assert_int_equal(kill(server.master, SIGTERM), 0);
    await_message("STOPPING=1");
    assert_int_equal(server_await_end(server.master), 0);
    close(manager);
    server_remove(&server);
}

static void need_root(void)
{
    if (geteuid() != 0) {
        print_message("skipped: only root can be somebody else\n");
        skip();
    }
}

/* The status of /healthz for a process of that user. */
static int get_as(const char *user, const char *path)
{
    const struct passwd *entry = getpwnam(user);
    assert_non_null(entry);
    int status = 0;
    pid_t process = fork();
    if (process == 0) {
        bool changed = setgid(entry->pw_gid) == 0 && setuid(entry->pw_uid) == 0;
        _exit(changed && front_end_get(path, "/healthz") == 200 ? 0 : 1);
    }
    assert_int_equal(waitpid(process, &status, 0), process);
    return status == 0 ? 200 : 0;
}

static void only_the_front_end_may_connect(void **state)
{
    (void)state;
    need_root();
    struct server server;
    server_start(&server, "web_user = daemon\n");
    assert_int_equal(chmod(server.folder, 0755), 0);
    assert_int_equal(get_as("daemon", server.socket), 200);
    assert_int_equal(get_as("nobody", server.socket), 0);
    assert_false(server_log_has(&server, "is not allowed to connect"));
    assert_int_equal(chmod(server.socket, 0666), 0);
    assert_int_equal(get_as("daemon", server.socket), 200);
    assert_int_equal(get_as("nobody", server.socket), 0);
    server_await_log(&server, "is not allowed to connect");
    assert_int_equal(server_stop(&server), 0);
}

static bool runs_as(pid_t process, uid_t uid)
{
    char path[64];
    char line[256];
    char expected[64];
    bool found = false;
    snprintf(path, sizeof(path), "/proc/%ld/status", (long)process);
    snprintf(expected, sizeof(expected), "Uid:\t%u\t%u\t%u\t%u\n", uid, uid, uid, uid);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    while (!found && fgets(line, sizeof(line), file) != NULL) {
        found = strcmp(line, expected) == 0;
    }
    fclose(file);
    return found;
}

static void root_becomes_somebody_else(void **state)
{
    (void)state;
    need_root();
    struct server server;
    pid_t children[MAXIMUM_CHILDREN];
    const struct passwd *entry = getpwnam("nobody");
    assert_non_null(entry);
    server_prepare(&server, "user = nobody\n");
    assert_int_equal(chown(server.folder, entry->pw_uid, (gid_t)-1), 0);
    server_launch(&server, NULL);
    server_await_log(&server, "ready after");
    size_t count = children_of(server.master, children);
    assert_int_equal(count, 3);
    assert_true(runs_as(server.master, entry->pw_uid));
    for (size_t i = 0; i < count; i++) {
        assert_true(runs_as(children[i], entry->pw_uid));
    }
    assert_int_equal(front_end_get(server.socket, "/healthz"), 200);
    assert_int_equal(kill(server.master, SIGTERM), 0);
    assert_int_equal(server_await_end(server.master), 0);
    assert_int_equal(access(server.socket, F_OK), -1);
    server_remove(&server);
}

static void an_unknown_user_is_refused(void **state)
{
    (void)state;
    struct server server;
    server_prepare(&server, "user = no-such-user\n");
    server_launch(&server, NULL);
    assert_int_equal(server_await_end(server.master), 1);
    assert_true(server_log_has(&server, "there is no user no-such-user"));
    server_remove(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(descriptor_0_may_be_the_socket),
        cmocka_unit_test(spawn_fcgi_may_start_it),
        cmocka_unit_test(systemd_may_hand_sockets_over),
        cmocka_unit_test(both_sockets_of_systemd_serve_after_an_upgrade),
        cmocka_unit_test(what_is_no_socket_is_refused),
        cmocka_unit_test(a_port_serves_too),
        cmocka_unit_test(the_manager_is_told),
        cmocka_unit_test(only_the_front_end_may_connect),
        cmocka_unit_test(root_becomes_somebody_else),
        cmocka_unit_test(an_unknown_user_is_refused),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
