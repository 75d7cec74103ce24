/* Calls that fail on purpose in a worker: what tests and the object that is loaded before it tell each other.
 */
#ifndef MUSTER_TESTS_FAILING_H
#define MUSTER_TESTS_FAILING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The path of the file that holds a struct failing. */
#define FAILING_VARIABLE "TEST_FAILING_FILE"

enum failing_kind {
    FAILING_NOTHING,
    FAILING_ALLOCATION, /* malloc and its kin return NULL */
    FAILING_STATEMENT,  /* another statement is sent in the place of the one that was meant */
    FAILING_CALL,       /* libpq says at once that it cannot send */
    FAILING_RESULT,     /* libpq has an error in the place of a result, as when its memory runs out */
};

/* Shared by the test and the worker. A request begins when the worker has accepted a connection and ends when
 * it waits for the next one. */
struct failing {
    volatile pid_t process; /* whose calls fail */
    volatile enum failing_kind kind;
    volatile bool onwards;    /* all calls from the chosen one on */
    volatile long chosen;     /* the number of the call that fails, from 1; 0: none, calls are counted only */
    volatile long calls;      /* so far, in this request or the last one */
    volatile long requests;   /* that ended */
    volatile long blocks;     /* of memory that the process held at the end of the last request */
    volatile bool committing; /* the call that failed was a COMMIT */
    char statement[256];      /* for FAILING_STATEMENT */
    char died_in[128];        /* the program or library in which the process ended itself; "": it did not */
};

#endif
