/* A shape resolved against a statement's columns, so that writing a row looks up and escapes no name. */
#ifndef MUSTER_JSON_BINDING_H
#define MUSTER_JSON_BINDING_H

#include "json/encode.h"

#define NO_COLUMN (-1)

struct bound_field {
    char *member; /* `,"name":`; the comma is skipped before the first member */
    size_t member_length;
    const struct field *field;
    struct text constant; /* NO_TEXT where the row decides */
    int column;
    int when; /* NO_COLUMN: always there */
    int key;  /* of FIELD_OBJECT and FIELD_LIST; NO_COLUMN: always there */
    struct binding *nested;
};

struct binding {
    const struct shape *shape;
    int identity;  /* column of the rendering, of the shape's identity or of the first field; NO_COLUMN where
                      that has none */
    int rendering; /* column of the members before those of `fields`; NO_COLUMN: there are none */
    bool lists;    /* whether following rows may belong to the same thing */
    size_t count;
    struct bound_field fields[];
};

#endif
