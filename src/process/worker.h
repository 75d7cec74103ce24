/* A process that serves one request after the other. */
#ifndef MUSTER_PROCESS_WORKER_H
#define MUSTER_PROCESS_WORKER_H

#include "process/privileges.h"
#include "process/sockets.h"

/* What a worker is told by the master at its birth. */
struct worker_task {
    const struct configuration *configuration;
    const struct listener *listeners[POOL_COUNT]; /* that it serves */
    size_t listener_count;
    struct peers peers;
    enum pool_kind pool;
    size_t slot; /* its number */
    pid_t master;
    int report; /* its number is written there, as a size_t, when it begins to accept */
};

/* Serves until it is told to go (SIGTERM: after the running request; SIGQUIT: after those too that wait
 * already at a socket whose file is gone) or has served its share. Returns the exit status of the process: 0,
 * or 1 where it could not begin. */
int worker_run(const struct worker_task *task);

#endif
