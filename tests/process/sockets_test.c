/* Opening, replacing and handing over listening sockets. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process/front_end.h"
#include "process/inheritance.h"
#include "support/cmocka_headers.h"

static char folder[] = "/tmp/muster-sockets-XXXXXX";
static char path[64];

static int start(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(path, sizeof(path), "%s/one.sock", folder);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    return rmdir(folder);
}

static struct listener open_one(void)
{
    struct listener listener = {.descriptor = -1};
    assert_int_equal(socket_listen(&listener, path, (uid_t)-1, (gid_t)-1), 0);
    return listener;
}

static void close_one(struct listener listener)
{
    struct listener listeners[POOL_COUNT] = {listener, {.descriptor = -1}, {.descriptor = -1}};
    sockets_close(listeners, true);
    assert_int_equal(listeners[0].descriptor, -1);
    assert_int_equal(access(path, F_OK), -1);
}

static void a_path_becomes_a_socket_for_few(void **state)
{
    (void)state;
    struct stat status;
    struct listener listener = open_one();
    assert_true(listener.local);
    assert_string_equal(listener.path, path);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0660);
    assert_true(fcntl(listener.descriptor, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(listener.descriptor, F_GETFD) & FD_CLOEXEC);
    assert_true(socket_answers(path));
    close_one(listener);
    assert_false(socket_answers(path));
    assert_int_equal(errno, ENOENT);
}

static void a_stale_socket_is_replaced(void **state)
{
    (void)state;
    struct listener first = open_one();
    close(first.descriptor);
    assert_int_equal(access(path, F_OK), 0);
    close_one(open_one());
}

static void a_socket_in_use_is_left_alone(void **state)
{
    (void)state;
    struct listener first = open_one();
    struct listener second = {.descriptor = -1};
    assert_int_equal(socket_listen(&second, path, (uid_t)-1, (gid_t)-1), -1);
    assert_true(socket_answers(path));
    close_one(first);
}

static void another_file_is_left_alone(void **state)
{
    (void)state;
    struct listener listener = {.descriptor = -1};
    int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    assert_int_equal(socket_listen(&listener, path, (uid_t)-1, (gid_t)-1), -1);
    assert_int_equal(access(path, F_OK), 0);
    close(file);
    assert_int_equal(unlink(path), 0);
}

static void a_link_is_left_alone(void **state)
{
    (void)state;
    struct listener listener = {.descriptor = -1};
    assert_int_equal(symlink("/nowhere", path), 0);
    assert_int_equal(socket_listen(&listener, path, (uid_t)-1, (gid_t)-1), -1);
    assert_int_equal(unlink(path), 0);
}

static void bad_addresses_are_refused(void **state)
{
    (void)state;
    static const char *const addresses[] = {
        "/nonexistent-folder/one.sock",
        "9000",
        ":9000",
        "127.0.0.1",
        "127.0.0.1:notaport",
        "/a/path/that/is/longer/than/the/address/of/a/unix/socket/may/be/which/is/one/hundred/and/seven/"
        "characters/long",
    };
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        struct listener listener = {.descriptor = -1};
        assert_int_equal(socket_listen(&listener, addresses[i], (uid_t)-1, (gid_t)-1), -1);
        assert_int_equal(listener.descriptor, -1);
        assert_false(socket_answers(addresses[i]));
    }
}

static void a_port_can_be_listened_at(void **state)
{
    (void)state;
    struct listener listener = {.descriptor = -1};
    assert_int_equal(socket_listen(&listener, "127.0.0.1:0", (uid_t)-1, (gid_t)-1), 0);
    assert_false(listener.local);
    assert_string_equal(listener.path, "");
    close(listener.descriptor);
    assert_int_equal(socket_listen(&listener, "[::1]:0", (uid_t)-1, (gid_t)-1) == 0 ||
                         errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT,
                     1);
    if (listener.descriptor >= 0) {
        close(listener.descriptor);
    }
}

/* Runs `check` in a child that was started with these descriptors from 3 on, and 0. */
static void in_a_child(bool (*check)(const int *descriptors), const int *descriptors)
{
    int status = -1;
    pid_t process = fork();
    if (process == 0) {
        alarm(20);
        _exit(check(descriptors) ? 0 : 1);
    }
    assert_int_equal(waitpid(process, &status, 0), process);
    assert_int_equal(status, 0);
}

static void announce(int count, const char *names)
{
    char number[16];
    snprintf(number, sizeof(number), "%ld", (long)getpid());
    setenv("LISTEN_PID", number, 1);
    snprintf(number, sizeof(number), "%d", count);
    setenv("LISTEN_FDS", number, 1);
    if (names != NULL) {
        setenv("LISTEN_FDNAMES", names, 1);
    } else {
        unsetenv("LISTEN_FDNAMES");
    }
}

/* Both sockets and a pipe lie high, so that 3, 4 and 5 are free. */
static bool place(const int *descriptors, int count)
{
    bool done = true;
    for (int i = 0; i < count; i++) {
        done = done && dup2(descriptors[i], 3 + i) == 3 + i;
    }
    return done;
}

static bool take_by_name(const int *descriptors)
{
    struct inheritance inheritance;
    announce(2, "slow:muster");
    return place(descriptors, 2) && inheritance_take(&inheritance) == 0 &&
           inheritance.listeners[POOL_SLOW].descriptor == 3 &&
           inheritance.listeners[POOL_FAST].descriptor == 4 && inheritance.listeners[POOL_SLOW].local &&
           !inheritance.listeners[POOL_FAST].local && inheritance.listeners[POOL_SLOW].path[0] == '\0' &&
           inheritance.listeners[POOL_FAST].path[0] == '\0' && (fcntl(3, F_GETFL) & O_NONBLOCK) != 0 &&
           (fcntl(3, F_GETFD) & FD_CLOEXEC) != 0 && inheritance.ready == -1 && getenv("LISTEN_FDS") == NULL &&
           getenv("LISTEN_PID") == NULL && getenv("LISTEN_FDNAMES") == NULL;
}

static bool take_in_order(const int *descriptors)
{
    struct inheritance inheritance;
    announce(2, NULL);
    return place(descriptors, 2) && inheritance_take(&inheritance) == 0 &&
           inheritance.listeners[POOL_FAST].descriptor == 3 &&
           inheritance.listeners[POOL_SLOW].descriptor == 4;
}

static bool ignore_what_is_for_others(const int *descriptors)
{
    struct inheritance inheritance;
    announce(2, NULL);
    setenv("LISTEN_PID", "1", 1);
    return place(descriptors, 2) && inheritance_take(&inheritance) == 0 &&
           inheritance.listeners[POOL_FAST].descriptor == -1 &&
           inheritance.listeners[POOL_SLOW].descriptor == -1;
}

static bool take_the_first(const int *descriptors)
{
    struct inheritance inheritance;
    struct stat zero;
    unsetenv("LISTEN_FDS");
    return dup2(descriptors[0], STDIN_FILENO) == 0 && inheritance_take(&inheritance) == 0 &&
           inheritance.listeners[POOL_FAST].descriptor > 2 &&
           inheritance.listeners[POOL_SLOW].descriptor == -1 && fstat(STDIN_FILENO, &zero) == 0 &&
           S_ISCHR(zero.st_mode);
}

static bool refuse_what_does_not_listen(const int *descriptors)
{
    struct inheritance inheritance;
    const int wrong[] = {descriptors[2], descriptors[0]};
    announce(2, NULL);
    return place(wrong, 2) && inheritance_take(&inheritance) == -1;
}

static bool refuse_the_same_twice(const int *descriptors)
{
    struct inheritance inheritance;
    announce(2, "muster:muster");
    return place(descriptors, 2) && inheritance_take(&inheritance) == -1;
}

static bool give_and_take(const int *descriptors)
{
    struct listener listeners[POOL_COUNT] = {{.descriptor = descriptors[0], .local = true, .path = "ours"},
                                             {.descriptor = descriptors[1], .local = true},
                                             {.descriptor = -1}};
    struct inheritance inheritance;
    return inheritance_give(listeners, descriptors[2]) == 0 && inheritance_take(&inheritance) == 0 &&
           inheritance.listeners[POOL_FAST].descriptor == 3 &&
           inheritance.listeners[POOL_SLOW].descriptor == 4 && inheritance.ready == 5 &&
           strcmp(inheritance.listeners[POOL_FAST].path, path) == 0 &&
           inheritance.listeners[POOL_SLOW].path[0] == '\0' && write(5, "x", 1) == 1;
}

static bool give_one_and_take(const int *descriptors)
{
    struct listener listeners[POOL_COUNT] = {
        {.descriptor = -1}, {.descriptor = descriptors[1]}, {.descriptor = -1}};
    struct inheritance inheritance;
    return inheritance_give(listeners, descriptors[2]) == 0 && inheritance_take(&inheritance) == 0 &&
           inheritance.listeners[POOL_FAST].descriptor == -1 &&
           inheritance.listeners[POOL_SLOW].descriptor == 3 && inheritance.ready == 4;
}

/* In the parent: the two listeners, and a pipe, which is none. */
static void with_listeners(bool (*check)(const int *descriptors))
{
    struct listener first = open_one();
    struct listener second = {.descriptor = -1};
    int ends[2];
    assert_int_equal(socket_listen(&second, "127.0.0.1:0", (uid_t)-1, (gid_t)-1), 0);
    assert_int_equal(pipe(ends), 0);
    const int descriptors[] = {fcntl(first.descriptor, F_DUPFD, 20), fcntl(second.descriptor, F_DUPFD, 20),
                               fcntl(ends[1], F_DUPFD, 20)};
    in_a_child(check, descriptors);
    for (size_t i = 0; i < 3; i++) {
        close(descriptors[i]);
    }
    close(ends[0]);
    close(ends[1]);
    close(second.descriptor);
    close_one(first);
}

#define HAND_OVER_TEST(name, check) \
    static void name(void **state)  \
    {                               \
        (void)state;                \
        with_listeners(check);      \
    }

HAND_OVER_TEST(systemd_names_what_it_hands_over, take_by_name)
HAND_OVER_TEST(without_names_the_order_counts, take_in_order)
HAND_OVER_TEST(what_is_for_another_process_is_ignored, ignore_what_is_for_others)
HAND_OVER_TEST(descriptor_0_is_taken_from_spawn_fcgi, take_the_first)
HAND_OVER_TEST(what_does_not_listen_is_refused, refuse_what_does_not_listen)
HAND_OVER_TEST(the_same_name_twice_is_refused, refuse_the_same_twice)
HAND_OVER_TEST(a_master_hands_all_over, give_and_take)
HAND_OVER_TEST(a_master_hands_over_what_it_has, give_one_and_take)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_becomes_a_socket_for_few),
        cmocka_unit_test(a_stale_socket_is_replaced),
        cmocka_unit_test(a_socket_in_use_is_left_alone),
        cmocka_unit_test(another_file_is_left_alone),
        cmocka_unit_test(a_link_is_left_alone),
        cmocka_unit_test(bad_addresses_are_refused),
        cmocka_unit_test(a_port_can_be_listened_at),
        cmocka_unit_test(systemd_names_what_it_hands_over),
        cmocka_unit_test(without_names_the_order_counts),
        cmocka_unit_test(what_is_for_another_process_is_ignored),
        cmocka_unit_test(descriptor_0_is_taken_from_spawn_fcgi),
        cmocka_unit_test(what_does_not_listen_is_refused),
        cmocka_unit_test(the_same_name_twice_is_refused),
        cmocka_unit_test(a_master_hands_all_over),
        cmocka_unit_test(a_master_hands_over_what_it_has),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
