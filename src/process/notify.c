/* The service manager is told by a datagram; that needs no library. */
#include "process/notify.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"

static void send_message(const char *path, const char *message, size_t length)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t path_length = strlen(path);
    if (path_length < 2 || path_length >= sizeof(address.sun_path) || (path[0] != '/' && path[0] != '@')) {
        return;
    }
    memcpy(address.sun_path, path, path_length);
    if (path[0] == '@') {
        address.sun_path[0] = '\0';
    }
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return;
    }
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path_length);
    if (sendto(descriptor, message, length, MSG_NOSIGNAL, (struct sockaddr *)&address, size) < 0) {
        LOG_WARNING("the service manager cannot be told: %s", strerror(errno));
    }
    close(descriptor);
}

void notify(const char *format, ...)
{
    const char *path = getenv("NOTIFY_SOCKET");
    if (path == NULL) {
        return;
    }
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    if (length > 0 && (size_t)length < sizeof(message)) {
        send_message(path, message, (size_t)length);
    }
}

int64_t notify_watchdog_interval(void)
{
    int64_t process = 0;
    int64_t limit = 0;
    struct text for_process = text_of(getenv("WATCHDOG_PID"));
    if (for_process.data != NULL &&
        (!text_to_integer(for_process, 1, INT32_MAX, &process) || process != getpid())) {
        return 0;
    }
    return text_to_integer(text_of(getenv("WATCHDOG_USEC")), 1, INT64_MAX, &limit) ? limit / 2 : 0;
}
