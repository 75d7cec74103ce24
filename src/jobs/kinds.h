/* The table of all kinds of jobs. */
#ifndef MUSTER_JOBS_KINDS_H
#define MUSTER_JOBS_KINDS_H

#include "jobs/job.h"

enum job_pool { JOB_POOL_QUICK, JOB_POOL_LONG, JOB_POOL_COUNT };

struct job_kind {
    const char *name; /* NULL behind the last */
    job_function *function;
    int attempts;
    int lease_seconds;
    enum job_pool pool;
};

/* The rows of kinds.def. */
extern const struct job_kind job_kinds[];

/* The kind of that name; NULL: there is none. */
const struct job_kind *job_kind_find(const struct job_kind *kinds, struct text name);

/* The names of a pool's kinds as PostgreSQL writes an array. */
const char *job_kind_names(struct arena *arena, const struct job_kind *kinds, enum job_pool pool);

/* "quick" or "long". */
const char *job_pool_name(enum job_pool pool);

#endif
