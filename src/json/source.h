/* The places of values inside a JSON text, for what a parsed tree no longer tells: the exact digits of a
 * number and an object as it was written. */
#ifndef MUSTER_JSON_SOURCE_H
#define MUSTER_JSON_SOURCE_H

#include <stdbool.h>

#include "base/text.h"

/* A walk over the elements of one array, or over the values of one object, in the order of the text. */
struct json_source {
    const char *at;
    const char *end;
    bool object;
    struct text
        key; /* of the latest value of an object: what stands between its quotes, escapes as they are */
};

/* `container` is an object or array that json_scan() found well formed, without spaces around it. */
struct json_source json_source_open(struct text container);

/* The next value as it is written, without spaces around it; NO_TEXT after the last. */
struct text json_source_next(struct json_source *source);

#endif
