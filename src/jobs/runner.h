/* One process that does jobs, one after the other, until it is told to go. */
#ifndef MUSTER_JOBS_RUNNER_H
#define MUSTER_JOBS_RUNNER_H

#include <stdbool.h>

#include "jobs/kinds.h"

struct runner_task {
    const struct configuration *configuration; /* with limits of time that suit long work */
    const struct job_kind *kinds;
    enum job_pool pool;
    const char *holder; /* a UUID under which nobody else works now; whatever it holds is taken back first */
    const char *reason; /* why whoever had that id before left a job undone: a sentence */
};

/* Works until SIGTERM, which also breaks off the job at hand at its next job_progress(), or SIGUSR2, which
 * lets it be finished. A job that outlives its lease is killed with this process, by SIGALRM. Returns the
 * exit status. */
int runner_run(const struct runner_task *task);

/* Whether SIGTERM came. */
bool runner_must_leave(void);

/* Says that the job at hand is not done, though nothing is wrong with it. */
void runner_note_unfinished(void);

/* Lets the process live for one more lease of the job. */
void runner_prolong(const struct job *job);

#endif
