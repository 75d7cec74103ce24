/* Writing JSON by hand into a bounded buffer; the grammar's commas are kept here. */
#ifndef MUSTER_JSON_WRITE_H
#define MUSTER_JSON_WRITE_H

#include "base/text.h"

/* The buffer and whether the next member needs a comma. Whether the buffer overflowed is asked once, at the
 * end. */
struct json_writer {
    struct builder *out;
    bool comma;
};

void json_start(struct json_writer *writer, struct builder *out);
void json_open_object(struct json_writer *writer);
void json_close_object(struct json_writer *writer);
void json_open_array(struct json_writer *writer);
void json_close_array(struct json_writer *writer);
/* A member's name. */
void json_key(struct json_writer *writer, const char *name);
/* Text is escaped as RFC 8259 asks, and nothing more; it must be UTF-8. NO_TEXT is written as null. */
void json_text(struct json_writer *writer, struct text text);
void json_string(struct json_writer *writer, const char *string);
void json_integer(struct json_writer *writer, int64_t integer);
void json_boolean(struct json_writer *writer, bool boolean);
void json_null(struct json_writer *writer);
/* Text between quotes without looking at it: for what is known to need no escapes, such as a UUID. */
void json_plain_text(struct json_writer *writer, struct text text);
/* The inside of a string, escaped, without quotes and commas. */
void json_escape(struct builder *out, struct text text);
/* JSON that is already written. */
void json_raw(struct json_writer *writer, struct text json);

#endif
