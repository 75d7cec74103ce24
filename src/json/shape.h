/* Shapes: the fields of each body, query and answer, described once. Decoding, validation, encoding, the
 * OpenAPI document and the tests all come from them. */
#ifndef MUSTER_JSON_SHAPE_H
#define MUSTER_JSON_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_type {
    FIELD_TEXT,     /* UTF-8 text; minimum and maximum count its characters after trimming */
    FIELD_PASSWORD, /* the same, never trimmed, logged or shown */
    FIELD_UUID,     /* lower case */
    FIELD_INTEGER,  /* minimum and maximum are its range */
    FIELD_BOOLEAN,
    FIELD_TIME,      /* RFC 3339, UTC, milliseconds */
    FIELD_DATE,      /* 2019-05-01 */
    FIELD_UNIX_TIME, /* a time, written as whole seconds since 1970 */
    FIELD_ADDRESS,   /* an IP address */
    FIELD_EMAIL,     /* an e-mail address, made lower case */
    FIELD_URL,
    FIELD_JSON,   /* any JSON object, kept as it was written */
    FIELD_OBJECT, /* one nested shape */
    FIELD_LIST,   /* many of a nested shape */
    FIELD_UUIDS,  /* an array of UUIDs */
    FIELD_TEXTS,  /* an array of text */
    FIELD_EMAILS  /* an array of e-mail addresses, as they came; a wrong one is malformed */
};

struct shape;

struct field {
    const char *name;
    enum field_type type;
    const char *about;   /* one sentence for people */
    const char *example; /* as JSON, for OpenAPI; NULL: a usual one of the type */

    /* Reading. A required field that is missing, null or empty is a fault (422); a wrong JSON type is 400. */
    bool required;
    bool nullable;      /* null is a value of its own, not "missing" */
    bool blank_allowed; /* an empty text is a value (of other types than text: null); else it is a fault (422)
                         */
    int64_t minimum, maximum; /* both 0: the limits of the type; of lists and arrays the number of elements */
    const char *const *
        choices; /* NULL-terminated: the only texts allowed (an unknown one: 422 in a body, 400 in a query) */

    /* Writing. */
    const char *column; /* of the result; NULL: the field's name. A FIELD_LIST that names one is written
                           there already, as a JSON array of its shape */
    const char *when;   /* boolean column; where it is false the field is absent. NULL: always there */
    const struct shape *shape; /* of FIELD_OBJECT and FIELD_LIST */
    const char *key;           /* FIELD_LIST, FIELD_OBJECT: column that is null where there is no element */
    const char *constant;      /* JSON written always, whatever the row says, such as "null" or "true" */
    bool not_null;             /* an answer never has null here */
};

struct shape {
    const char *name; /* of the OpenAPI schema: "User" */
    const char *about;
    const struct field *fields;
    size_t count;
    const char *identity; /* Writing: column by which things are told apart; NULL: that of the first field */
    bool any_case;        /* the names of a body's members match in any case */
    bool replaces;        /* a change: null for a field that is not nullable is a fault, not "missing" */

    /* Writing. A column that stands for the first `rendered` fields: their members as they are encoded,
     * without braces; null where there is no such thing. Rows that have it need no columns for these fields,
     * and things are told apart by it. NULL: there is none. */
    const char *rendering;
    size_t rendered;
};

#define FIELD_COUNT(shape_fields) (sizeof(shape_fields) / sizeof((shape_fields)[0]))

#define SHAPE(shape_name, shape_about, shape_fields) \
    RENDERED_SHAPE(shape_name, shape_about, shape_fields, NULL, 0)

#define RENDERED_SHAPE(shape_name, shape_about, shape_fields, rendering_column, rendered_fields)           \
    {                                                                                                      \
        .name = (shape_name), .about = (shape_about), .fields = (shape_fields),                            \
        .count = FIELD_COUNT(shape_fields), .rendering = (rendering_column), .rendered = (rendered_fields) \
    }

/* The same for a body whose members' names match in any case. */
#define SHAPE_IN_ANY_CASE(shape_name, shape_about, shape_fields)                    \
    {                                                                               \
        .name = (shape_name), .about = (shape_about), .fields = (shape_fields),     \
        .count = sizeof(shape_fields) / sizeof((shape_fields)[0]), .any_case = true \
    }

/* The same for the body of a change, whose fields replace what is there: null is told as a fault where it
 * cannot be, since passing over it would tell of a change that was not made. */
#define SHAPE_OF_CHANGE(shape_name, shape_about, shape_fields)                      \
    {                                                                               \
        .name = (shape_name), .about = (shape_about), .fields = (shape_fields),     \
        .count = sizeof(shape_fields) / sizeof((shape_fields)[0]), .replaces = true \
    }

/* Position of a field by name, or shape->count. */
size_t shape_find(const struct shape *shape, const char *name);

/* Position of the field that a body's member of this name is, or shape->count. */
size_t shape_find_member(const struct shape *shape, const char *name);

#endif
