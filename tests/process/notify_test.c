/* What the service manager is told, and that without one nothing happens. */
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "process/notify.h"
#include "support/cmocka_headers.h"

/* Binds a datagram socket and makes it the manager's; an abstract one has a name without a file. */
static int manager(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    size_t length = strlen(path);
    memcpy(address.sun_path, path, length);
    if (path[0] == '@') {
        address.sun_path[0] = '\0';
    } else {
        unlink(path);
    }
    assert_true(descriptor >= 0);
    assert_int_equal(bind(descriptor, (struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)),
                     0);
    assert_int_equal(setenv("NOTIFY_SOCKET", path, 1), 0);
    return descriptor;
}

static void assert_told(int descriptor, const char *expected)
{
    char message[256] = "";
    ssize_t length = recv(descriptor, message, sizeof(message) - 1, MSG_DONTWAIT);
    assert_true(length >= 0);
    assert_string_equal(message, expected);
}

static void without_a_manager_nothing_happens(void **state)
{
    (void)state;
    unsetenv("NOTIFY_SOCKET");
    notify("READY=1");
    setenv("NOTIFY_SOCKET", "relative", 1);
    notify("READY=1");
    setenv("NOTIFY_SOCKET", "", 1);
    notify("READY=1");
}

static void a_message_comes_as_one_datagram(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof(path), "/tmp/muster-notify-%ld", (long)getpid());
    int descriptor = manager(path);
    notify("READY=1\nSTATUS=%d workers", 8);
    assert_told(descriptor, "READY=1\nSTATUS=8 workers");
    close(descriptor);
    unlink(path);
}

static void an_abstract_socket_is_reached(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof(path), "@muster-notify-%ld", (long)getpid());
    int descriptor = manager(path);
    notify("STOPPING=1");
    assert_told(descriptor, "STOPPING=1");
    close(descriptor);
}

static void the_watchdog_is_for_one_process(void **state)
{
    (void)state;
    char number[16];
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    assert_int_equal(notify_watchdog_interval(), 0);
    setenv("WATCHDOG_USEC", "3000000", 1);
    assert_int_equal(notify_watchdog_interval(), 1500000);
    setenv("WATCHDOG_PID", "1", 1);
    assert_int_equal(notify_watchdog_interval(), 0);
    snprintf(number, sizeof(number), "%ld", (long)getpid());
    setenv("WATCHDOG_PID", number, 1);
    assert_int_equal(notify_watchdog_interval(), 1500000);
    setenv("WATCHDOG_USEC", "soon", 1);
    assert_int_equal(notify_watchdog_interval(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_manager_nothing_happens),
        cmocka_unit_test(a_message_comes_as_one_datagram),
        cmocka_unit_test(an_abstract_socket_is_reached),
        cmocka_unit_test(the_watchdog_is_for_one_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
