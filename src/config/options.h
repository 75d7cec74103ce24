/* The table of options as data, for the reader of the file, for what is written back, and for the documents.
 */
#ifndef MUSTER_CONFIG_OPTIONS_H
#define MUSTER_CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/text.h"

enum option_kind {
    OPTION_IS_SECTION,
    OPTION_IS_TEXT,
    OPTION_IS_INTEGER,
    OPTION_IS_SIZE,
    OPTION_IS_DURATION,
    OPTION_IS_BOOLEAN,
    OPTION_IS_CHOICE,
    OPTION_IS_LIST
};

/* What the flags of options.def say; these names are for the table alone. */
enum option_flags { RESTART = 0, RELOAD = 1, SECRET = 2, PATH = 4, URL = 8, NEEDED = 16 };

/* A row. A section has only its title, in `about`. Values are in the file's notation; ranges are NULL where
 * there are none. `offset` is where the value lies in struct configuration. */
struct option {
    enum option_kind kind;
    const char *name;
    const char *initial;
    const char *minimum;
    const char *maximum;
    const char *choices;
    int flags;
    const char *about;
    size_t offset;
};

extern const struct option options[];
extern const size_t option_count;

/* The option of that name, in which dots count as underscores; NULL where there is none. */
const struct option *option_find(struct text name);

/* "MUSTER_WORKERS" */
const char *option_environment(struct arena *arena, const struct option *option);

/* "integer", "one of: array object", … */
const char *option_type(struct arena *arena, const struct option *option);

/* "1 to 256", or "" */
const char *option_range(struct arena *arena, const struct option *option);

#endif
