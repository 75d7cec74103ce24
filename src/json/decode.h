/* From a JSON body, a form or a query string to checked values, by a shape. All faults are noted at once. */
#ifndef MUSTER_JSON_DECODE_H
#define MUSTER_JSON_DECODE_H

#include "base/context.h"
#include "json/shape.h"

struct json_object;

/* The value of one field. */
struct field_value {
    bool given;       /* the field was there; null counts only where the field is nullable */
    bool null;        /* it was null, or not there */
    struct text text; /* canonical text, as PostgreSQL reads it, zero-terminated (arrays as array literals
                       * "{…}", JSON as it was written); NO_TEXT for null */
    int64_t
        integer;  /* FIELD_INTEGER, FIELD_UNIX_TIME; FIELD_TIME in microseconds, cut to whole milliseconds */
    bool boolean; /* FIELD_BOOLEAN */
    struct values *elements; /* FIELD_LIST: one for each object; FIELD_OBJECT: one */
    struct text *texts;      /* FIELD_EMAILS: each as it came */
    size_t element_count;
};

/* The decoded fields, in the order of the shape. */
struct values {
    const struct shape *shape;
    struct field_value *fields;
};

/* A list of names and values as they came in a query string or a form; already percent-decoded, checked
 * UTF-8. */
struct parameter {
    struct text name;
    struct text value;
};
struct parameters {
    const struct parameter *list;
    size_t count;
};

#define MAXIMUM_PARAMETERS 1000

/* Splits application/x-www-form-urlencoded text. A bad escape, invalid UTF-8 or U+0000: PROBLEM_MALFORMED.
 * One name twice: PROBLEM_MALFORMED where `unique`; names that end in "[]" may repeat. More than
 * MAXIMUM_PARAMETERS: PROBLEM_MALFORMED. */
enum problem parameters_read(struct context *context, struct text encoded, bool unique,
                             struct parameters *parameters) MUST_CHECK;

/* The first value of that name, or NO_TEXT. */
struct text parameters_find(struct parameters parameters, const char *name);

/* Reads an object by the shape. Unknown fields are ignored. Wrong JSON type of a known field:
 * PROBLEM_MALFORMED (400) with all such faults, and so are a UUID and a time that are none; else missing,
 * empty, too long, not one of the choices, …: PROBLEM_REFUSED (422) with all faults. `object` is what
 * json_parse() gave, or NULL: an empty object. */
enum problem decode_object(struct context *context, const struct shape *shape, struct json_object *object,
                           struct values *values) MUST_CHECK;

/* Reads names and values by the shape. Missing, empty and of a wrong length: PROBLEM_REFUSED. What would be a
 * wrong type in JSON is PROBLEM_MALFORMED; text of a wrong content (not one of the choices, out of range, not
 * an e-mail address) is `malformed`: PROBLEM_MALFORMED for queries, PROBLEM_REFUSED for forms. Arrays come as
 * the names "name" or "name[]", repeated. FIELD_JSON, FIELD_OBJECT and FIELD_LIST cannot come this way. */
enum problem decode_parameters(struct context *context, const struct shape *shape,
                               struct parameters parameters, enum problem malformed,
                               struct values *values) MUST_CHECK;

/* Reads an object whose fields may come as parameters too; the object's own ones win. Faults as in
 * decode_object(). */
enum problem decode_object_or_parameters(struct context *context, const struct shape *shape,
                                         struct json_object *object, struct parameters parameters,
                                         struct values *values) MUST_CHECK;

/* The value of a field; aborts where the shape has no such field, since that is a mistake in the program. */
const struct field_value *value_of(const struct values *values, const char *name);
struct text text_value(const struct values *values, const char *name);

/* Whether a text is an e-mail address that muster takes: at most 254 bytes, one @, a plain local part (RFC
 * 5321 dot-string) and a domain of letters, digits, hyphens and dots (at least one dot); no spaces, quotes or
 * control characters. */
bool is_email_address(struct text text);

#endif
