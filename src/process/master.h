/* The process that keeps the others: it opens the sockets, starts workers, replaces those that die, and
 * parses nothing. */
#ifndef MUSTER_PROCESS_MASTER_H
#define MUSTER_PROCESS_MASTER_H

#include "config/config.h"

struct master_start {
    struct configuration *configuration; /* taken over and freed */
    const char *file;                    /* read again at a SIGHUP; NULL: none */
    char *const *arguments;              /* of the program, for a binary upgrade */
};

/* Serves until it is told to stop. SIGHUP: takes a new configuration over; SIGTERM, SIGINT, SIGQUIT: stops
 * when the running requests are answered; SIGUSR2: gives place to the program file as it is now. Returns the
 * exit status. */
int master_run(const struct master_start *start);

#endif
