/* JSON texts read strictly (RFC 8259), and the only door to json-c. */
#ifndef MUSTER_JSON_JSON_H
#define MUSTER_JSON_JSON_H

#include "base/context.h"

/* A parsed value; lives in the context's arena. */
struct json_object;
struct shape;

#define JSON_MAXIMUM_DEPTH 32
#define JSON_DUPLICATE_KEY "The JSON text has a duplicate key."

/* A small text can become a large tree ("[[],[],…" grows three hundredfold), so the number of values has a
 * bound of its own. */
#define JSON_MAXIMUM_VALUES     500000
#define JSON_MAXIMUM_CONTAINERS 50000

/* What one strict pass over a text found. */
struct json_scan {
    const char *fault; /* NULL: well formed; else half a sentence, such as "has a duplicate key" */
    size_t position;   /* of the fault, in bytes */
    size_t keys;       /* of all objects together */
    size_t values;     /* objects and arrays included */
    size_t nulls;      /* of the values */
    size_t bytes;      /* of all strings and keys, escapes read */
    size_t containers; /* objects and arrays */
};

/* One strict pass: grammar, UTF-8, no byte order mark, no U+0000, no lone surrogates, nothing behind the
 * value, at most `depth` (1 to 64) objects and arrays inside each other, the outermost being the first.
 * Duplicate keys are found by json_parse(). */
struct json_scan json_scan(struct text text, size_t depth);

/* Scans, parses with json-c, refuses duplicate keys. Any fault: PROBLEM_MALFORMED with a sentence. The text
 * must live as long as the value. The value of the text "null" is NULL. */
enum problem json_parse(struct context *context, struct text text, struct json_object **value) MUST_CHECK;

/* The same for bodies, which are objects: anything else is PROBLEM_MALFORMED. */
enum problem json_parse_object(struct context *context, struct text text,
                               struct json_object **object) MUST_CHECK;

/* The same, without making a tree of what fields of the shape keep as it was written (FIELD_JSON): the bounds
 * on the number of values do not count it, and in the tree it is {}. `wrapper` names the member whose fields
 * may be the shape's too, or is NULL. decode_object() with this shape finds what was written. */
enum problem json_parse_body(struct context *context, struct text text, const struct shape *shape,
                             const char *wrapper, struct json_object **object) MUST_CHECK;

/* The same for a file of ours, in which what is kept stands a few levels deeper than in a body. */
enum problem json_parse_file(struct context *context, struct text text, const struct shape *shape,
                             struct json_object **object) MUST_CHECK;

/* The object that stands inside `object` under `name`; `object` itself where there is none of that name. A
 * member of that name that is no object: PROBLEM_MALFORMED. */
enum problem json_inner_object(struct context *context, struct json_object *object, const char *name,
                               struct json_object **inner) MUST_CHECK;

#endif
