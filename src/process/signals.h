/* Signals of the master: handlers only set flags, and run only while the master waits. */
#ifndef MUSTER_PROCESS_SIGNALS_H
#define MUSTER_PROCESS_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/* Blocks and catches SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGUSR2 and SIGCHLD and ignores SIGPIPE. `waiting` is
 * the mask to wait with: that from before. Returns 0, or −1 with errno. */
int signals_catch(sigset_t *waiting);

/* Whether the signal came since this was last asked. */
bool signals_take(int number);

#endif
