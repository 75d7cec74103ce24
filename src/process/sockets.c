/* Listening sockets are made here and not by libfcgi, because that one exits on any error and makes files
 * that everybody may connect to. */
#include "process/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "process/network_peers.h"

/* A full backlog of a Unix socket is an instant 502 in nginx. */
#define BACKLOG 1024

static int fail(const char *address, const char *step)
{
    LOG_ERROR("socket %s: %s: %s", address, step, strerror(errno));
    return -1;
}

static bool is_path(const char *address)
{
    return strchr(address, '/') != NULL;
}

static bool make_local_address(const char *path, struct sockaddr_un *address)
{
    size_t length = strlen(path);
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (length >= sizeof(address->sun_path)) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(address->sun_path, path, length);
    return true;
}

static bool local_answers(const char *path)
{
    struct sockaddr_un address;
    if (!make_local_address(path, &address)) {
        return false;
    }
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return false;
    }
    int result = connect(descriptor, (struct sockaddr *)&address, sizeof(address));
    int cause = errno;
    close(descriptor);
    errno = cause;
    /* EAGAIN: the backlog is full, so somebody listens. */
    return result == 0 || cause == EAGAIN;
}

/* Finds the addresses of HOST:PORT or [HOST]:PORT; the caller frees them. */
static struct addrinfo *find_addresses(const char *address)
{
    const char *colon = strrchr(address, ':');
    if (colon == NULL || colon == address || strlen(address) >= NI_MAXHOST) {
        errno = EINVAL;
        return NULL;
    }
    const char *host = address;
    size_t length = (size_t)(colon - address);
    if (host[0] == '[' && colon[-1] == ']') {
        host++;
        length -= 2;
    }
    char name[NI_MAXHOST];
    memcpy(name, host, length);
    name[length] = '\0';
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *addresses = NULL;
    if (getaddrinfo(name, colon + 1, &hints, &addresses) != 0) {
        errno = EADDRNOTAVAIL;
        return NULL;
    }
    return addresses;
}

static bool remote_answers(const char *address)
{
    struct addrinfo *addresses = find_addresses(address);
    if (addresses == NULL) {
        return false;
    }
    int descriptor = socket(addresses->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool answers = descriptor >= 0 && connect(descriptor, addresses->ai_addr, addresses->ai_addrlen) == 0;
    int cause = errno;
    freeaddrinfo(addresses);
    if (descriptor >= 0) {
        close(descriptor);
    }
    errno = cause;
    return answers;
}

bool socket_answers(const char *address)
{
    return is_path(address) ? local_answers(address) : remote_answers(address);
}

/* Removes a socket file that nobody listens on. */
static int clear_path(const char *path)
{
    struct stat status;
    if (lstat(path, &status) != 0) {
        return errno == ENOENT ? 0 : fail(path, "cannot look at it");
    }
    if (!S_ISSOCK(status.st_mode)) {
        LOG_ERROR("socket %s: there is something else of that name", path);
        return -1;
    }
    if (local_answers(path)) {
        LOG_ERROR("socket %s: another server is listening there", path);
        return -1;
    }
    if (errno != ECONNREFUSED) {
        return fail(path, "cannot tell whether it is in use");
    }
    return unlink(path) == 0 || errno == ENOENT ? 0 : fail(path, "cannot remove the stale one");
}

static int bind_path(int descriptor, const char *path, uid_t owner, gid_t group)
{
    struct sockaddr_un address;
    if (!make_local_address(path, &address)) {
        return fail(path, "cannot be used");
    }
    mode_t mask = umask(0117);
    int result = bind(descriptor, (struct sockaddr *)&address, sizeof(address));
    umask(mask);
    if (result != 0) {
        return fail(path, "cannot be made");
    }
    if (chown(path, owner, group) != 0) {
        LOG_WARNING("socket %s: its group stays as it is, so that nginx may be refused: %s", path,
                    strerror(errno));
    }
    return listen(descriptor, BACKLOG) == 0 ? 0 : fail(path, "cannot listen");
}

/* The folder of a path, locked, so that of two masters that start together only one finds the old socket
 * stale. */
static int lock_folder(const char *path)
{
    char copy[sizeof(((struct listener *)NULL)->path)];
    snprintf(copy, sizeof(copy), "%s", path);
    int folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0 && flock(folder, LOCK_EX) != 0) {
        close(folder);
        return -1;
    }
    return folder;
}

static int listen_at_path(struct listener *listener, const char *path, uid_t owner, gid_t group)
{
    if (strlen(path) >= sizeof(listener->path)) {
        errno = ENAMETOOLONG;
        return fail(path, "cannot be used");
    }
    int folder = lock_folder(path);
    if (folder < 0) {
        return fail(path, "cannot open its folder");
    }
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool made = descriptor >= 0 && clear_path(path) == 0 && bind_path(descriptor, path, owner, group) == 0;
    close(folder);
    if (!made) {
        if (descriptor >= 0) {
            close(descriptor);
        }
        return -1;
    }
    *listener = (struct listener){.descriptor = descriptor, .local = true};
    memcpy(listener->path, path, strlen(path));
    return 0;
}

static int listen_at_port(struct listener *listener, const char *address)
{
    struct addrinfo *addresses = find_addresses(address);
    if (addresses == NULL) {
        return fail(address, "is neither a path (with a slash) nor HOST:PORT of this machine");
    }
    int on = 1;
    int descriptor = socket(addresses->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool made = descriptor >= 0 && setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
                setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 &&
                bind(descriptor, addresses->ai_addr, addresses->ai_addrlen) == 0 &&
                listen(descriptor, BACKLOG) == 0;
    freeaddrinfo(addresses);
    if (!made) {
        fail(address, "cannot listen");
        if (descriptor >= 0) {
            close(descriptor);
        }
        return -1;
    }
    *listener = (struct listener){.descriptor = descriptor};
    return 0;
}

int socket_listen(struct listener *listener, const char *address, uid_t owner, gid_t group)
{
    return is_path(address) ? listen_at_path(listener, address, owner, group)
                            : listen_at_port(listener, address);
}

int sockets_open(struct listener listeners[static POOL_COUNT], const struct configuration *configuration)
{
    const struct passwd *entry = configuration->user[0] != '\0' ? getpwnam(configuration->user) : NULL;
    uid_t owner = entry != NULL && geteuid() == 0 ? entry->pw_uid : (uid_t)-1;
    entry = getpwnam(configuration->web_user);
    gid_t group = entry != NULL ? entry->pw_gid : (gid_t)-1;
    const char *addresses[POOL_COUNT] = {configuration->socket, configuration->slow_socket,
                                         configuration->health_socket};
    for (size_t i = 0; i < POOL_COUNT; i++) {
        if (listeners[i].descriptor >= 0 || addresses[i][0] == '\0') {
            continue;
        }
        if (socket_listen(&listeners[i], addresses[i], owner, group) != 0) {
            return -1;
        }
    }
    const char *wrong = network_peers_wrong(configuration->socket_peers);
    if (wrong != NULL) {
        LOG_ERROR("socket_peers: %s is not an address of IPv4 or IPv6", wrong);
        return -1;
    }
    if (listeners[POOL_FAST].descriptor < 0) {
        LOG_ERROR("socket: there is no address to listen at");
        return -1;
    }
    return 0;
}

void sockets_close(struct listener listeners[static POOL_COUNT], bool remove)
{
    for (size_t i = 0; i < POOL_COUNT; i++) {
        if (listeners[i].descriptor < 0) {
            continue;
        }
        if (remove && listeners[i].path[0] != '\0' && unlink(listeners[i].path) != 0) {
            LOG_WARNING("socket %s: cannot be removed: %s", listeners[i].path, strerror(errno));
        }
        close(listeners[i].descriptor);
        listeners[i] = (struct listener){.descriptor = -1};
    }
}
