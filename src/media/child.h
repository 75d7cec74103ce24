/* A program that is run on somebody's file: with limits, in a folder of its own, and gone when this process
 * is. */
#ifndef MUSTER_MEDIA_CHILD_H
#define MUSTER_MEDIA_CHILD_H

#include "base/context.h"

struct child_task {
    const char *const *arguments; /* the program's path first; ended by NULL */
    const char *folder;           /* where it runs and writes */
    int input;                    /* a descriptor that it has as number 3; nothing else is open in it */
    int64_t timeout;              /* microseconds */
    int64_t memory;               /* bytes of address space */
    int64_t output;               /* bytes that may come to lie in the folder */
    /* Called for each line of standard output (NO_TEXT: about once a second without one); what it returns
     * but PROBLEM_NONE ends the program. */
    enum problem (*hear)(void *argument, struct text line);
    void *argument;
};

/* Runs the program and waits for its end. It gets no shell, no environment, no network of its own making, and
 * SIGKILL with its whole group when it is to end or when this process dies. PROBLEM_REFUSED where it failed
 * or broke a limit, with a sentence that says which, PROBLEM_UNAVAILABLE where somebody else killed it; what
 * it told on standard error is logged. */
enum problem child_run(struct context *context, const struct child_task *task) MUST_CHECK;

#endif
