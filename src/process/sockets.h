/* The listening sockets that we make ourselves. */
#ifndef MUSTER_PROCESS_SOCKETS_H
#define MUSTER_PROCESS_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "config/config.h"

/* Each pool of workers has a socket of its own. */
enum pool_kind { POOL_FAST, POOL_SLOW, POOL_HEALTH, POOL_COUNT };

struct listener {
    int descriptor; /* −1: none */
    bool local;     /* a Unix socket, whose peers have a uid */
    char path[108]; /* of the socket's file, where it was made by us and goes with us; else empty */
};

/* Opens what was not handed over, as the configuration says. Returns 0, or −1 (logged). A socket file that
 * nobody listens on is replaced; anything else at that path is left alone. */
int sockets_open(struct listener listeners[static POOL_COUNT], const struct configuration *configuration);

/* Opens one socket at `address`, a path or HOST:PORT. `owner` and `group` of a path's file; (uid_t)−1,
 * (gid_t)−1: as they come. Returns 0, or −1 (logged). */
int socket_listen(struct listener *listener, const char *address, uid_t owner, gid_t group);

/* Whether somebody accepts connections at the address, a path or HOST:PORT; errno tells why not. */
bool socket_answers(const char *address);

/* Closes them; with `remove` the files that are ours go too. */
void sockets_close(struct listener listeners[static POOL_COUNT], bool remove);

#endif
