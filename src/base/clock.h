/* Time, in microseconds since 1970-01-01T00:00:00Z, and its text forms. */
#ifndef MUSTER_BASE_CLOCK_H
#define MUSTER_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

#define MICROSECONDS_PER_SECOND INT64_C(1000000)

/* Longest form of clock_write(), with its final zero. */
#define CLOCK_TEXT_SIZE 25

/* The wall clock, and one that never jumps (for durations). */
int64_t clock_now(void);
int64_t clock_monotonic(void);

/* Writes "2019-05-01T16:44:18.407Z" (RFC 3339, UTC, milliseconds) and its final zero. Outside of the years
 * 0001–9999 it is the nearest time inside. */
void clock_write(int64_t microseconds, char text[static CLOCK_TEXT_SIZE]);

/* Reads RFC 3339 with any offset and fraction (cut to microseconds); false where it is none, not a real date,
 * or outside of the years 0001–9999 in UTC. A leap second, at the end of a month only, counts as the second
 * after it. */
bool clock_read(struct text text, int64_t *microseconds);

/* A real calendar date "2019-05-01". */
bool clock_is_date(struct text text);

#endif
