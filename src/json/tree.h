/* What the decoder needs to know of a tree beyond what json-c tells. */
#ifndef MUSTER_JSON_TREE_H
#define MUSTER_JSON_TREE_H

#include "base/text.h"

struct json_object;

/* The text that json_parse() made this object of, without spaces around it; NO_TEXT for one that is not a
 * root. */
struct text json_source_of(struct json_object *root);

#endif
