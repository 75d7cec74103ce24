/* The processes of a world's server, and what its log says: for tests that kill and replace them. */
#ifndef MUSTER_TESTS_FAMILY_H
#define MUSTER_TESTS_FAMILY_H

#include "support/world.h"

#define FAMILY_MAXIMUM 32

struct family {
    pid_t members[FAMILY_MAXIMUM]; /* in ascending order of their ids */
    size_t count;
};

/* The workers of both pools. */
struct family family_of(const struct world *world);

bool family_equal(const struct family *left, const struct family *right);
bool family_has(const struct family *family, pid_t process);

/* How often the world's log says `text`. */
size_t log_count(const struct world *world, const char *text);

/* Waits until it says so more often than `before`. Fails the test where that takes more than a minute. */
void log_await(const struct world *world, const char *text, size_t before);

#endif
