/* Values of options between the file's notation and the program's. */
#ifndef MUSTER_CONFIG_CONFIG_VALUES_H
#define MUSTER_CONFIG_CONFIG_VALUES_H

#include "config/config.h"
#include "config/options.h"

/* Puts the value that `text` means into the configuration; what it needs is allocated in the arena. Returns
 * NULL, or what is wrong with it: a sentence without its beginning, such as "0 is not between 1 and 256",
 * that never shows a secret. */
const char *option_read(struct arena *arena, const struct option *option, struct text text,
                        struct configuration *configuration);

/* The value in the file's notation; reading that gives the same value again. */
const char *option_write(struct arena *arena, const struct option *option,
                         const struct configuration *configuration);

#endif
