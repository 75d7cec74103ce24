/* A new program takes over the sockets of the running one; until it is ready, and if it never is, the running
 * one serves. */
#ifndef MUSTER_PROCESS_UPGRADE_H
#define MUSTER_PROCESS_UPGRADE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "process/sockets.h"

struct upgrade {
    const char *program;    /* file to run */
    char *const *arguments; /* its argv */
    pid_t process;          /* the new master; 0: no upgrade is going on */
    bool ended;             /* it is gone */
    int ready;              /* it writes one byte there */
    int64_t deadline;       /* monotonic; afterwards it is given up */
};

/* Starts the program with the listeners handed over, and with `mask` as its signal mask. Failures are logged.
 */
void upgrade_start(struct upgrade *upgrade, const struct listener listeners[static POOL_COUNT],
                   const sigset_t *mask, int64_t now);

/* Whether the new master has become ready. One that failed, or let the deadline pass, is ended and forgotten
 * (logged). */
bool upgrade_is_ready(struct upgrade *upgrade, int64_t now);

/* Notes the end of a process, which may be the new master. */
void upgrade_ended(struct upgrade *upgrade, pid_t process);

/* Ends a new master that is not ready yet. */
void upgrade_give_up(struct upgrade *upgrade);

#endif
