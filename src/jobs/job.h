/* Work that is done apart from any request, by processes of its own: what it is told, and how it is added,
 * kept and ended. A job may be begun several times, but what it writes within job_commit() lasts once. */
#ifndef MUSTER_JOBS_JOB_H
#define MUSTER_JOBS_JOB_H

#include "base/context.h"
#include "json/decode.h"

/* One attempt at a job. */
struct job {
    struct text id;
    struct text kind;
    struct text organization_id; /* NO_TEXT: nobody's in particular */
    struct text payload;         /* a JSON object, as the one who added it wrote it */
    int64_t attempt;             /* from 1 */
    int64_t attempts;            /* how many there may be */
    int64_t lease_seconds;
    struct text lease; /* the proof that this attempt still counts */
};

/* Does a job. Without a problem the job is done. A problem with a status below 500, which no later attempt
 * could mend, makes it a failed one; with any other it is tried again after a pause, as often as its kind
 * says. The sentence (FAIL, or the faults) is shown by `muster jobs list`: no person's data in it.
 *
 * The process has SIGTERM and SIGUSR2 blocked: a program that it starts must unblock them. It may be killed
 * at any moment. Files that it makes are to be found and removed by the next attempt. */
typedef enum problem job_function(struct context *context, const struct job *job);

#define JOB_KIND(name, function, attempts, lease_seconds, pool) \
    enum problem function(struct context *context, const struct job *job);
#include "jobs/kinds.def"
#undef JOB_KIND

/* Removes what broken-off attempts at films have left and nobody will finish. Asked for when a process finds
 * that the one before it left a job undone, which may have been its last attempt. */
void transcode_tidy(struct context *context);

struct job_request {
    const char *kind;            /* the name of a row of kinds.def */
    struct text organization_id; /* NO_TEXT: nobody's in particular */
    struct text payload;         /* a JSON object; NO_TEXT: {}. Secrets do not belong there */
    int64_t delay;               /* microseconds before which nobody takes it; 0: at once */
};

/* Adds a job within the caller's transaction (or one of its own where none is open); job processes learn of
 * it when that commits. `id`, where it is not NULL, becomes the job's id. */
enum problem job_add(struct context *context, const struct job_request *request, struct text *id) MUST_CHECK;

/* Reads the payload by a shape; what is wrong with it is a problem of status 4xx. */
enum problem job_payload(struct context *context, const struct job *job, const struct shape *shape,
                         struct values *values) MUST_CHECK;

/* Tells how far the job is and begins its lease anew. PROBLEM_CONFLICT: the job was cancelled or is somebody
 * else's by now; PROBLEM_UNAVAILABLE: the server stops. Either way whatever is under way is to be broken off
 * and the problem returned. Inside a transaction the figure is seen by others only when that commits, but the
 * job is nobody else's as long as it lasts. `job` may be NULL, for work that is done without one: nothing
 * happens. */
enum problem job_progress(struct context *context, const struct job *job, int percent) MUST_CHECK;

/* Puts the job off for so many microseconds, since what it waits for is not there yet: this was no attempt.
 * `reason` is a sentence for `muster jobs list`; NULL: none. The function has only to return then. */
enum problem job_postpone(struct context *context, const struct job *job, int64_t pause,
                          const char *reason) MUST_CHECK;

/* Ends the job as cancelled, for this reason: there is nothing to do any more. The function has only to
 * return then. */
enum problem job_drop(struct context *context, const struct job *job, const char *reason) MUST_CHECK;

/* Begins the transaction in which a job writes; it reaches every row, and its events tell the kind. */
void job_begin(struct context *context, const struct job *job);

/* Marks the job as done and commits, in one: either both last or nothing does. PROBLEM_CONFLICT: it was
 * cancelled or is somebody else's by now, and nothing was written. The function has only to return then. */
enum problem job_commit(struct context *context, const struct job *job) MUST_CHECK;

#endif
