/* Objects that have one key twice, found without making a tree. */
#ifndef MUSTER_JSON_DUPLICATES_H
#define MUSTER_JSON_DUPLICATES_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

/* Whether an object anywhere in the text has two equal keys, escapes read. The text is well formed, and
 * `keys` and its depth are what json_scan() found in it. */
bool json_has_duplicate_keys(struct arena *arena, struct text text, size_t keys);

#endif
