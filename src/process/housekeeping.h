/* Work that nobody asks for: assignments for members who do not open their player, scores that wait. A
 * process of its own does it, now and then, so that the master never waits for a database. */
#ifndef MUSTER_PROCESS_HOUSEKEEPING_H
#define MUSTER_PROCESS_HOUSEKEEPING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "database/database.h"

/* What was done. */
struct housekeeping_report {
    bool elsewhere;        /* another host does it just now: nothing was done */
    int64_t assignments;   /* made */
    int64_t organizations; /* whose scores were brought up to date */
};

/* Does what is due. The context's configuration should be one that housekeeping_configuration() made. With
 * `now` the work of the day is done even if it was done today. */
enum problem housekeeping_work(struct context *context, bool now,
                               struct housekeeping_report *report) MUST_CHECK;

/* Copies the configuration with limits of time as they suit work that nobody waits for. */
struct configuration housekeeping_configuration(const struct configuration *configuration);

/* The master's view of it. */
struct housekeeping {
    pid_t process; /* 0: none runs */
    int64_t next;  /* when it is due again; monotonic */
};

/* Starts the process where it is time to. It never returns there. */
void housekeeping_step(struct housekeeping *housekeeping, const struct configuration *configuration,
                       int64_t now);

/* Notes the end of a process; false where it was not this one. */
bool housekeeping_ended(struct housekeeping *housekeeping, const struct configuration *configuration,
                        pid_t process, int64_t now);

/* Ends the process if there is one: whatever it was at is left undone. */
void housekeeping_stop(const struct housekeeping *housekeeping);

/* When housekeeping_step() will have something to do, INT64_MAX: never. */
int64_t housekeeping_next(const struct housekeeping *housekeeping, const struct configuration *configuration);

#endif
