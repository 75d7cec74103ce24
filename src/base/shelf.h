/* A few texts that are dear to make, kept in memory that all workers share. Each has a name and a version;
 * one whose version is another than what is asked for is not found. */
#ifndef MUSTER_BASE_SHELF_H
#define MUSTER_BASE_SHELF_H

#include "base/arena.h"

/* How many things are kept, how large one of them can be with both of its texts, and how long a name or a
 * version. */
#define SHELF_PLACES       4
#define SHELF_PLACE_SIZE   ((size_t)24 << 20)
#define SHELF_LONGEST_NAME 40

/* A text, and the same in another form. */
struct shelved {
    struct text text;
    struct text compressed;
};

/* Makes an empty shelf, before the processes that share it are forked. Without one nothing is found. Returns
 * 0, or −1 with errno. */
int shelf_create(void);

/* The thing of that name and version. Its bytes stay as they are until the arena is reset. */
bool shelf_find(struct arena *arena, struct text name, struct text version, struct shelved *found);

/* Keeps a copy in the place of another version, or of what was asked for the longest time ago; nothing
 * happens where it is too large, or all places are being read. */
void shelf_put(struct text name, struct text version, const struct shelved *thing);

#endif
