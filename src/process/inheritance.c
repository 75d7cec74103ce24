/* One convention, that of systemd, serves socket activation and binary upgrades alike; spawn-fcgi's is older
 * than it. */
#include "process/inheritance.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"

#define FIRST_DESCRIPTOR    3
#define MAXIMUM_DESCRIPTORS (POOL_COUNT + 1)

static const char *const pool_names[POOL_COUNT] = {"muster", "slow", "health"};

/* The file of such a socket was made by a former master, and goes with the last one. */
#define OWN   "-own"
#define READY "ready"

static bool is_listening(int descriptor)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0 || !S_ISSOCK(status.st_mode)) {
        return false;
    }
    int listening = 0;
    socklen_t size = sizeof(listening);
    return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening != 0;
}

/* Several processes wait for the same connection, so that an accept of those who come too late must not
 * block. */
static bool make_fit(int descriptor)
{
    int flags = fcntl(descriptor, F_GETFL);
    return flags >= 0 && fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0 &&
           fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0;
}

static int adopt(struct listener *listener, int descriptor, bool own)
{
    if (!is_listening(descriptor) || !make_fit(descriptor)) {
        LOG_ERROR("descriptor %d was handed over but is no listening socket", descriptor);
        return -1;
    }
    struct sockaddr_un address = {.sun_family = AF_UNSPEC};
    socklen_t size = sizeof(address);
    if (getsockname(descriptor, (struct sockaddr *)&address, &size) != 0) {
        return -1;
    }
    *listener = (struct listener){.descriptor = descriptor, .local = address.sun_family == AF_UNIX};
    if (own && listener->local) {
        memcpy(listener->path, address.sun_path, sizeof(listener->path) - 1);
    }
    return 0;
}

static int adopt_named(struct inheritance *inheritance, struct text name, size_t position)
{
    int descriptor = FIRST_DESCRIPTOR + (int)position;
    if (text_equal_string(name, READY)) {
        inheritance->ready = descriptor;
        return fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    }
    size_t pool = position;
    bool own = false;
    for (size_t i = 0; i < POOL_COUNT; i++) {
        if (!text_starts_with(name, text_of(pool_names[i]))) {
            continue;
        }
        struct text rest = text_part(name, strlen(pool_names[i]), name.length);
        own = text_equal_string(rest, OWN);
        if (own || rest.length == 0) {
            pool = i;
        }
    }
    if (pool >= POOL_COUNT || inheritance->listeners[pool].descriptor >= 0) {
        LOG_ERROR("descriptor %d was handed over, but there is no use for it", descriptor);
        return -1;
    }
    return adopt(&inheritance->listeners[pool], descriptor, own);
}

static int take_named(struct inheritance *inheritance, size_t count)
{
    struct text names = text_of(getenv("LISTEN_FDNAMES"));
    for (size_t i = 0; i < count; i++) {
        struct text name = names.data != NULL ? text_cut(&names, ':') : NO_TEXT;
        if (adopt_named(inheritance, name, i) != 0) {
            return -1;
        }
    }
    return 0;
}

static int take_first(struct inheritance *inheritance)
{
    int descriptor = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, FIRST_DESCRIPTOR);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 || nothing < 0 || dup2(nothing, STDIN_FILENO) < 0) {
        LOG_ERROR("descriptor 0 cannot be taken over: %s", strerror(errno));
        return -1;
    }
    close(nothing);
    return adopt(&inheritance->listeners[POOL_FAST], descriptor, false);
}

int inheritance_take(struct inheritance *inheritance)
{
    *inheritance = (struct inheritance){.ready = -1};
    for (size_t i = 0; i < POOL_COUNT; i++) {
        inheritance->listeners[i].descriptor = -1;
    }
    int64_t process = 0;
    int64_t count = 0;
    int result = 0;
    if (text_to_integer(text_of(getenv("LISTEN_PID")), 1, INT32_MAX, &process) && process == getpid() &&
        text_to_integer(text_of(getenv("LISTEN_FDS")), 1, MAXIMUM_DESCRIPTORS, &count)) {
        result = take_named(inheritance, (size_t)count);
    } else if (is_listening(STDIN_FILENO)) {
        result = take_first(inheritance);
    }
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    return result;
}

/* Lifts a descriptor above those that will be handed over, so that none of them overwrites another. */
static int lift(int descriptor)
{
    return fcntl(descriptor, F_DUPFD_CLOEXEC, FIRST_DESCRIPTOR + MAXIMUM_DESCRIPTORS);
}

static int announce(const char *names, int count)
{
    char number[16];
    snprintf(number, sizeof(number), "%d", count);
    if (setenv("LISTEN_FDS", number, 1) != 0 || setenv("LISTEN_FDNAMES", names, 1) != 0) {
        return -1;
    }
    snprintf(number, sizeof(number), "%ld", (long)getpid());
    return setenv("LISTEN_PID", number, 1);
}

int inheritance_give(const struct listener listeners[static POOL_COUNT], int ready)
{
    int lifted[MAXIMUM_DESCRIPTORS];
    char names[64] = "";
    int count = 0;
    size_t length = 0;
    for (size_t i = 0; i < POOL_COUNT; i++) {
        if (listeners[i].descriptor >= 0) {
            lifted[count++] = lift(listeners[i].descriptor);
            length += (size_t)snprintf(names + length, sizeof(names) - length, "%s%s:", pool_names[i],
                                       listeners[i].path[0] != '\0' ? OWN : "");
        }
    }
    lifted[count++] = lift(ready);
    snprintf(names + length, sizeof(names) - length, READY);
    for (int i = 0; i < count; i++) {
        if (lifted[i] < 0 || dup2(lifted[i], FIRST_DESCRIPTOR + i) < 0) {
            return -1;
        }
    }
    return announce(names, count);
}
