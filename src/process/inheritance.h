/* Descriptors handed over by whoever started us: spawn-fcgi, systemd, or the master whose place we take. */
#ifndef MUSTER_PROCESS_INHERITANCE_H
#define MUSTER_PROCESS_INHERITANCE_H

#include "process/sockets.h"

struct inheritance {
    struct listener listeners[POOL_COUNT];
    int ready; /* a former master waits there for one byte that says that we are ready; −1: none */
};

/* Takes what LISTEN_FDS and LISTEN_PID hand over (LISTEN_FDNAMES "muster", "slow" and "health"; by default
 * in that order), else descriptor 0 where that is a listening socket. The variables are removed from the
 * environment. Returns 0, or −1 where something else than listening sockets came (logged). */
int inheritance_take(struct inheritance *inheritance);

/* In a fresh child, before exec: hands the listeners and `ready` over to the program that comes. Returns 0,
 * or −1 with errno. */
int inheritance_give(const struct listener listeners[static POOL_COUNT], int ready);

#endif
