/* The documents of the configuration, made from the table of options so that they never say anything else
 * than it. */
#ifndef MUSTER_CONFIG_CONFIG_DOCUMENT_H
#define MUSTER_CONFIG_CONFIG_DOCUMENT_H

#include "base/arena.h"
#include "base/text.h"

/* conf/muster.conf: each option with its explanation, and its default behind a comment sign. */
struct text configuration_template(struct arena *arena);

/* doc/muster.conf.5, a manual page for man(7). */
struct text configuration_manual(struct arena *arena);

#endif
