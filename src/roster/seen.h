/* Whether a text may have come twice, at a few bytes a text: most files have nothing twice, and need not be
 * asked for it a second time. */
#ifndef MUSTER_ROSTER_SEEN_H
#define MUSTER_ROSTER_SEEN_H

#include "base/arena.h"

struct seen {
    struct arena *arena;
    uint64_t *marks; /* 0: free */
    size_t capacity; /* a power of two */
    size_t count;
    bool twins; /* a text may have come twice; false: certainly none has */
};

/* Two million texts take up to 64 MB of the arena. */
void seen_start(struct seen *seen, struct arena *arena);
void seen_add(struct seen *seen, struct text text);

#endif
