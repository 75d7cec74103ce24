/* From rows of a result to JSON, by a shape. */
#ifndef MUSTER_JSON_ENCODE_H
#define MUSTER_JSON_ENCODE_H

#include "base/arena.h"
#include "json/shape.h"
#include "json/write.h"

/* Rows as text, whoever has them. A row's value is NO_TEXT where it is null. */
struct row_source {
    const void *owner;
    size_t rows;
    struct text (*value)(const void *owner, size_t row, int column);
    int (*column)(const void *owner, const char *name); /* -1: none */
};

/* Which column each field of a shape is read from; made once for a statement and a shape. */
struct binding;

/* Aborts where a field has neither column nor constant (the statement does not cover its answer), and where a
 * password would be written. NULL when memory is short. The shape must outlive the binding. */
struct binding *binding_create(const struct shape *shape, const struct row_source *source);
void binding_destroy(struct binding *binding);
const struct shape *binding_shape(const struct binding *binding);

/* The first row that is not part of the thing that starts at `row`: where the shape has lists, the following
 * rows with the same `id` (the shape's identity or first field) belong to it and carry the elements of its
 * lists. An element is written once, however many of these rows repeat its key; rows of one element of a list
 * that has lists itself must follow each other. */
size_t encode_group_end(const struct binding *binding, const struct row_source *source, size_t row);

/* Writes the thing that starts at `row`: one object. */
void encode_object(struct json_writer *writer, const struct binding *binding, const struct row_source *source,
                   size_t row);

/* Writes its members only, so that others can be added beside them. */
void encode_members(struct json_writer *writer, const struct binding *binding,
                    const struct row_source *source, size_t row);

/* Writes all things as an array; rows whose identity is null are left out. */
void encode_array(struct json_writer *writer, const struct binding *binding, const struct row_source *source);

#endif
