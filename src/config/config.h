/* The configuration: one file of `name = value` lines, each name also settable as MUSTER_NAME in the
 * environment. */
#ifndef MUSTER_CONFIG_CONFIG_H
#define MUSTER_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* The effective values; everything lives until configuration_free(). Durations are microseconds, sizes bytes,
 * lists are NULL-terminated. */
struct configuration {
#define OPTION_SECTION(title)
#define OPTION_TEXT(name, value, flags, about)                       const char *name;
#define OPTION_INTEGER(name, value, minimum, maximum, flags, about)  int64_t name;
#define OPTION_SIZE(name, value, minimum, maximum, flags, about)     int64_t name;
#define OPTION_DURATION(name, value, minimum, maximum, flags, about) int64_t name;
#define OPTION_BOOLEAN(name, value, flags, about)                    bool name;
#define OPTION_CHOICE(name, value, choices, flags, about)            const char *name;
#define OPTION_LIST(name, value, flags, about)                       const char *const *name;
#include "config/options.def"
#undef OPTION_SECTION
#undef OPTION_TEXT
#undef OPTION_INTEGER
#undef OPTION_SIZE
#undef OPTION_DURATION
#undef OPTION_BOOLEAN
#undef OPTION_CHOICE
#undef OPTION_LIST
    const char *file; /* where it was read from; NULL: defaults and environment only */
    void *memory;     /* owns all of the above */
};

/* Reads `file` (NULL: none), then the environment over it. On a fault NULL is returned and one line, such as
 * "muster.conf:12: workers: 0 is not between 1 and 256", stands in `fault`. */
struct configuration *configuration_load(const char *file, char *fault, size_t fault_size);

/* The same for a text that was read already, without the environment; `file` only names it in faults. */
struct configuration *configuration_parse(struct text text, const char *file, char *fault, size_t fault_size);

/* Frees the configuration with all its values. NULL is allowed. */
void configuration_free(struct configuration *configuration);

/* The file that is read when the command line names none: $MUSTER_CONF, else the one of the system
 * (/etc/muster/muster.conf unless built otherwise) where it exists, else NULL. */
const char *configuration_default_file(void);

/* Calls `visit` for each option in the order of the table. `value` is the effective one in the file's
 * notation, "********" for a secret that is not the default; `initial` the default in the file's notation.
 * Both live for that call only. Without a configuration the value is the default. */
struct option_view {
    const char *section;
    const char *name;
    const char *value;
    const char *initial;
    const char *type;  /* "text", "path", "address", "addresses", "list", "integer", "size", "duration",
                        * "on or off", "one of: array object" */
    const char *range; /* "1 to 256", or "" */
    const char *about;
    const char *environment; /* MUSTER_WORKERS */
    bool reloadable;
    bool secret;
};
void configuration_visit(const struct configuration *configuration,
                         void (*visit)(const struct option_view *option, void *argument), void *argument);

#endif
