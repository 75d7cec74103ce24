/* A ledger of writes: each has a key of its own, what was answered is noted, and afterwards everything is
 * read back. What was acknowledged must be there once, what was refused must not, and counts and audit events
 * must agree with it, whatever was done to the server meanwhile.
 *
 * The writes come from client processes that go on until they are told to stop, so that a test has its hands
 * free. There is one ledger in a program. */
#ifndef MUSTER_TESTS_LEDGER_H
#define MUSTER_TESTS_LEDGER_H

#include "support/world.h"

enum outcome {
    UNKNOWN, /* under way, 502, 503, 504, 507, or no answer: it may be there */
    ACKNOWLEDGED,
    REFUSED /* by its form or its content */
};

/* What is sent: reads in between, events of players, new teams, teams renamed, new memberships. */
enum entry_kind { ENTRY_READ, ENTRY_EVENT, ENTRY_TEAM, ENTRY_RENAME, ENTRY_MEMBERSHIP, ENTRY_KINDS };

struct entry {
    enum entry_kind kind;
    enum outcome outcome;
    bool wrong;       /* made so that it is refused */
    bool ended;       /* an answer came, or will not */
    bool retry_after; /* the answer has Retry-After */
    int status;       /* 0: no answer */
    int64_t began;    /* monotonic microseconds */
    int64_t took;
};

/* What was found when it was read back. */
struct verdict {
    size_t acknowledged;
    size_t refused;
    size_t unknown;
    size_t lost;      /* acknowledged, but not there */
    size_t doubled;   /* there more than once */
    size_t phantom;   /* refused, but there */
    size_t unaudited; /* there without its one audit event, or the other way round */
};

/* Makes what is written to: an organization with people, teams and a course. */
void ledger_start(struct world *world);

/* Starts so many more clients. Each pauses between two requests. */
void ledger_send(size_t more);

/* Waits until so many more were acknowledged; fails the test where that takes more than a minute. */
void ledger_await(size_t acknowledged);

/* Stops the clients when they have had their answers. */
void ledger_pause(void);

/* What was sent so far: entries in the order of their numbers. Those that have not ended are still zero. */
size_t ledger_count(void);
const struct entry *ledger_entry(size_t number);

/* How many of the entries from `first` on were answered with neither success nor the refusal they deserve. */
size_t ledger_failures(size_t first);

/* From `since` (monotonic) to the end of the first success among the entries from `first` on. Waits for it.
 */
int64_t ledger_first_success(size_t first, int64_t since);

/* Reads everything back. Also fails the test where counts do not agree with what they count. */
struct verdict ledger_judge(void);

/* Fails the test where the verdict is anything but good, and prints it as a figure. */
void ledger_expect_good(void);

/* Waits for the clients and forgets everything. */
void ledger_end(void);

#endif
