/* The processes that do jobs, as the master keeps them: whoever dies is followed by another, which takes back
 * at once what was left undone. */
#ifndef MUSTER_PROCESS_JOB_PROCESSES_H
#define MUSTER_PROCESS_JOB_PROCESSES_H

#include <stdint.h>
#include <sys/types.h>

#include "base/random.h"
#include "config/config.h"
#include "jobs/runner.h"
#include "process/sockets.h"

#define JOB_PROCESSES_MAXIMUM 64

/* A place for one process after the other. */
struct job_place {
    pid_t process; /* 0: none */
    unsigned generation;
    char holder[UUID_TEXT_SIZE]; /* under which its processes hold jobs; "" before the first */
    char reason[96];             /* why the last one left a job undone, if it did */
    int64_t started;             /* monotonic microseconds */
    int64_t not_before;          /* when the next one may be started */
    int64_t kill_at;             /* when its time to finish is over; 0: it was not told to hurry */
    bool leaving;                /* it was told to go */
};

struct job_processes {
    struct job_place places[JOB_POOL_COUNT][JOB_PROCESSES_MAXIMUM];
};

/* Starts what is missing, and lets those of another generation or beyond the configured number finish their
 * jobs and go. A new process does its work inside, without the listeners, and never returns. */
void job_processes_step(struct job_processes *processes, const struct configuration *configuration,
                        unsigned generation, struct listener *listeners, int64_t now);

/* Notes the end of a process; false where it was none of ours. */
bool job_processes_ended(struct job_processes *processes, pid_t process, int status, int64_t now);

/* Tells all to break off their jobs and go, and kills them at `kill_at` if they are still there. */
void job_processes_stop(struct job_processes *processes, int64_t kill_at);

/* Kills those whose time is over. */
void job_processes_kill_late(struct job_processes *processes, int64_t now);

/* How many there are. */
size_t job_processes_count(const struct job_processes *processes);

/* When job_processes_step() or job_processes_kill_late() will have something to do, INT64_MAX: never. */
int64_t job_processes_next(const struct job_processes *processes, const struct configuration *configuration,
                           bool serving);

#endif
