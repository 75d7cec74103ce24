/* One value by its field: the half of decoding that knows the types. */
#ifndef MUSTER_JSON_DECODE_VALUE_H
#define MUSTER_JSON_DECODE_VALUE_H

#include "json/decode.h"
#include "json/faults.h"

/* What came for a field: nothing, null, JSON with the text it was made of, the values of parameters of that
 * name, or two members whose names differ by case only. */
struct input {
    enum { INPUT_NONE, INPUT_NULL, INPUT_JSON, INPUT_PARAMETER, INPUT_TWICE } kind;
    struct json_object *json;
    struct text source;
    const struct text *parameters;
    size_t parameter_count;
};

/* Reads what came, checks it, and notes what is wrong. */
void decode_input(struct faults *faults, const struct field *field, const struct input *input,
                  struct field_value *value);

/* The text that came; false where it is none, which is noted. */
bool decode_take_text(struct faults *faults, const struct field *field, const struct input *input,
                      struct text *text);

/* Whether a text that is not empty is one of the choices and of the right length; what is wrong is noted. */
bool decode_check_text(struct faults *faults, const struct field *field, struct text text, int64_t minimum,
                       int64_t maximum);

/* Sets the value to a copy of the text. */
void decode_set_text(struct faults *faults, struct field_value *value, struct text text);

/* Characters of a text whose field sets no maximum. */
#define DEFAULT_MAXIMUM_CHARACTERS 10000

/* Reads one type of field; what is wrong is noted. */
typedef void decode_function(struct faults *faults, const struct field *field, const struct input *input,
                             struct field_value *value);

/* FIELD_JSON, FIELD_OBJECT, FIELD_LIST, FIELD_UUIDS with FIELD_TEXTS, and FIELD_EMAILS. */
decode_function decode_json;
decode_function decode_nested;
decode_function decode_list;
decode_function decode_array;
decode_function decode_emails;

/* Reads an object whose text is `source` by the shape; `object` may be NULL for an empty one. */
struct values decode_members(struct faults *faults, const struct shape *shape, struct json_object *object,
                             struct text source);

#endif
