/* Texts that were met, each with a number: which of them comes a second time. */
#ifndef MUSTER_BASE_KEYS_H
#define MUSTER_BASE_KEYS_H

#include "base/arena.h"

struct keys {
    struct arena *arena;
    struct key *slots;
    size_t capacity; /* a power of two */
    size_t count;
};

void keys_start(struct keys *keys, struct arena *arena);

/* Adds a copy of the text with its number, which is not 0. Where the text is there already: its number of
 * then, and nothing is changed; else 0. */
size_t keys_add(struct keys *keys, struct text text, size_t number);

#endif
