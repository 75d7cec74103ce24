/* The people of an organization, imported from a file that another system writes: a full snapshot, taken over
 * in one transaction. */
#ifndef MUSTER_ROSTER_ROSTER_H
#define MUSTER_ROSTER_ROSTER_H

#include <stdio.h>

#include "base/context.h"
#include "jobs/job.h"
#include "roster/report.h"

/* Shares of people are told in hundredths of a per cent. */
#define ROSTER_WHOLE            10000
#define ROSTER_DEFAULT_REMOVALS 1000

/* More lines than that are no roster. */
#define ROSTER_MAXIMUM_LINES 2000000

struct roster_import {
    FILE *file;               /* that can be read twice; the caller's */
    const char *organization; /* its id */
    const char *key;          /* of an uploaded file; NULL: it was not uploaded */
    const char *operation;    /* whose events these are, for the audit log; not looked at with a job */
    int64_t max_removals;     /* at most this share of the people may be absent */
    bool dry_run;             /* only tell what would be done */
    const struct job *job;    /* that this is, and that is done when it commits; NULL: none */
    /* Told now and then how far it is; NULL: nobody asks. */
    void (*progress)(void *argument, const char *step, int percent);
    void *argument;
};

/* Imports the file, or finds out what an import would do. Lines that are refused stand in the report; the
 * others are imported. PROBLEM_REFUSED: the file as a whole is refused, nothing was changed, and the reason
 * is the context's sentence; PROBLEM_NOT_FOUND: there is no such organization; PROBLEM_CONFLICT: another
 * import of it is under way. What was imported or refused as a whole is noted for the organization. The
 * report lives in the context's arena. The database should be given time: an import may take minutes. */
enum problem roster_import(struct context *context, const struct roster_import *import,
                           struct roster_report *report) MUST_CHECK;

/* Undoes the last import of an organization, if no other came after it: people get back what it changed, and
 * those whom it made are gone, or inactive where they have joined. `people` becomes how many that were.
 * PROBLEM_NOT_FOUND: there is nothing to undo. */
enum problem roster_undo(struct context *context, const char *organization, const char *operation,
                         int64_t *people) MUST_CHECK;

#endif
