/* What a peer may send that no front end would, and what is to come of it. */
#ifndef MUSTER_TESTS_RECORD_CASES_H
#define MUSTER_TESTS_RECORD_CASES_H

#include <stdbool.h>
#include <stddef.h>

#define RECORDS_LARGEST ((size_t)2 << 20)

struct bytes {
    unsigned char *data; /* with room for RECORDS_LARGEST */
    size_t length;
};

extern struct bytes sent; /* what the case at hand sends */

enum expectation {
    REFUSED,  /* no answer, and nothing is run */
    ANSWERED, /* 200, since it is a whole request after all */
    TOLD,     /* an error of HTTP */
};

struct record_case {
    const char *name;
    void (*fill)(void);
    enum expectation expectation;
    bool waits; /* for more, when the peer stays silent */
};

#define RECORD_CASES 46
extern const struct record_case record_cases[RECORD_CASES];

/* Adds a whole request. */
void record_add_whole(void);

#endif
