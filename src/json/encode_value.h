/* One value of a row as JSON. */
#ifndef MUSTER_JSON_ENCODE_VALUE_H
#define MUSTER_JSON_ENCODE_VALUE_H

#include "json/shape.h"
#include "json/write.h"

/* `value` is PostgreSQL's text of a column (TimeZone UTC, DateStyle ISO); NO_TEXT is written as null. The
 * type is none that holds fields. */
void encode_value(struct json_writer *writer, enum field_type type, struct text value);

#endif
