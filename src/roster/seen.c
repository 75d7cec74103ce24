/* A hash table of hashes alone: equal ones are mostly of equal texts, which the database finds out. */
#include "roster/seen.h"

#define FIRST_CAPACITY 1024

void seen_start(struct seen *seen, struct arena *arena)
{
    *seen = (struct seen){
        .arena = arena, .marks = ARENA_ARRAY(arena, uint64_t, FIRST_CAPACITY), .capacity = FIRST_CAPACITY};
}

/* FNV-1a; never 0. */
static uint64_t mark_of(struct text text)
{
    uint64_t mark = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < text.length; i++) {
        mark = (mark ^ (unsigned char)text.data[i]) * UINT64_C(0x100000001b3);
    }
    return mark | 1;
}

/* Where the mark is, or belongs. */
static uint64_t *find(const struct seen *seen, uint64_t mark)
{
    size_t slot = (size_t)(mark >> 1 ^ mark >> 32) & (seen->capacity - 1);

    while (seen->marks[slot] != 0 && seen->marks[slot] != mark) {
        slot = (slot + 1) & (seen->capacity - 1);
    }
    return &seen->marks[slot];
}

static void grow(struct seen *seen)
{
    struct seen larger = *seen;

    larger.capacity = 2 * seen->capacity;
    larger.marks = ARENA_ARRAY(seen->arena, uint64_t, larger.capacity);
    for (size_t i = 0; i < seen->capacity; i++) {
        if (seen->marks[i] != 0) {
            *find(&larger, seen->marks[i]) = seen->marks[i];
        }
    }
    *seen = larger;
}

void seen_add(struct seen *seen, struct text text)
{
    uint64_t *place;

    if (seen->twins) {
        return;
    }
    if (4 * seen->count >= 3 * seen->capacity) {
        grow(seen);
    }
    place = find(seen, mark_of(text));
    seen->twins = *place != 0;
    seen->count += *place == 0;
    *place = mark_of(text);
}
