/* Rows to JSON: the hot path of every answer, so all names, columns and nested shapes have been resolved in
 * the binding before. */
#include "json/binding.h"

#include "base/arena.h"
#include "base/clock.h"
#include "json/encode_value.h"

/* From so many rows on, the keys that were seen are kept in a table instead of being compared one by one. */
#define ROWS_FOR_TABLE 32

/* The keys of one list that have been written. */
struct seen {
    struct text *slots;
    size_t mask;
};

static struct text value_at(const struct row_source *source, size_t row, int column)
{
    return source->value(source->owner, row, column);
}

static bool is_true(struct text value)
{
    return value.length > 0 && value.data[0] == 't';
}

static size_t next_with_other(const struct row_source *source, size_t row, size_t end, int column)
{
    const struct text identity = value_at(source, row, column);

    do {
        row++;
    } while (row < end && text_equal(value_at(source, row, column), identity));
    return row;
}

size_t encode_group_end(const struct binding *binding, const struct row_source *source, size_t row)
{
    if (!binding->lists || binding->identity == NO_COLUMN) {
        return row + 1;
    }
    return next_with_other(source, row, source->rows, binding->identity);
}

static void seen_start(struct seen *seen, struct arena *arena, size_t rows)
{
    size_t size = 2 * ROWS_FOR_TABLE;

    *seen = (struct seen){NULL, 0};
    if (rows >= ROWS_FOR_TABLE) {
        while (size < 2 * rows) {
            size *= 2;
        }
        *seen = (struct seen){ARENA_ARRAY(arena, struct text, size), size - 1};
    }
}

/* FNV-1a. */
static size_t hash(struct text key)
{
    uint64_t value = UINT64_C(0xcbf29ce484222325);

    for (size_t index = 0; index < key.length; index++) {
        value = (value ^ (unsigned char)key.data[index]) * UINT64_C(0x100000001b3);
    }
    return (size_t)(value ^ (value >> 32));
}

static bool seen_before_in_table(struct seen *seen, struct text key)
{
    size_t slot = hash(key) & seen->mask;

    while (seen->slots[slot].data != NULL) {
        if (text_equal(seen->slots[slot], key)) {
            return true;
        }
        slot = (slot + 1) & seen->mask;
    }
    seen->slots[slot] = key;
    return false;
}

/* Whether a row between `first` and `row` has the key already. */
static bool seen_before(struct seen *seen, const struct row_source *source, int column, size_t first,
                        size_t row, struct text key)
{
    if (seen->slots != NULL) {
        return seen_before_in_table(seen, key);
    }
    while (row > first) {
        row--;
        if (text_equal(value_at(source, row, column), key)) {
            return true;
        }
    }
    return false;
}

static void encode_rows(struct json_writer *writer, const struct binding *binding,
                        const struct row_source *source, size_t row, size_t end);

static void encode_list(struct json_writer *writer, const struct bound_field *bound,
                        const struct row_source *source, size_t first, size_t end)
{
    struct seen seen;

    json_open_array(writer);
    seen_start(&seen, writer->out->arena, end - first);
    for (size_t row = first; row < end; row++) {
        const struct text key = value_at(source, row, bound->key);
        if (key.data == NULL || seen_before(&seen, source, bound->key, first, row, key)) {
            continue;
        }
        json_open_object(writer);
        encode_rows(writer, bound->nested, source, row,
                    bound->nested->lists ? next_with_other(source, row, end, bound->key) : row + 1);
        json_close_object(writer);
    }
    json_close_array(writer);
}

static void encode_nested(struct json_writer *writer, const struct bound_field *bound,
                          const struct row_source *source, size_t row, size_t end)
{
    if (bound->field->type == FIELD_LIST) {
        encode_list(writer, bound, source, row, end);
    } else if (bound->key != NO_COLUMN && value_at(source, row, bound->key).data == NULL) {
        json_null(writer);
    } else {
        json_open_object(writer);
        encode_rows(writer, bound->nested, source, row, end);
        json_close_object(writer);
    }
}

static void encode_member_name(struct json_writer *writer, const struct bound_field *bound)
{
    const size_t skipped = writer->comma ? 0 : 1;
    const size_t length = bound->member_length - skipped;
    char *place = builder_reserve(writer->out, length);

    writer->comma = false;
    if (place != NULL) {
        memcpy(place, bound->member + skipped, length);
        writer->out->length += length;
    }
}

/* The members of the thing whose rows are [row, end). */
static void encode_rows(struct json_writer *writer, const struct binding *binding,
                        const struct row_source *source, size_t row, size_t end)
{
    if (binding->rendering != NO_COLUMN) {
        json_raw(writer, value_at(source, row, binding->rendering));
    }
    for (size_t index = 0; index < binding->count; index++) {
        const struct bound_field *bound = &binding->fields[index];
        if (bound->when != NO_COLUMN && !is_true(value_at(source, row, bound->when))) {
            continue;
        }
        encode_member_name(writer, bound);
        if (bound->constant.data != NULL) {
            json_raw(writer, bound->constant);
        } else if (bound->nested != NULL) {
            encode_nested(writer, bound, source, row, end);
        } else {
            encode_value(writer, bound->field->type, value_at(source, row, bound->column));
        }
    }
}

void encode_members(struct json_writer *writer, const struct binding *binding,
                    const struct row_source *source, size_t row)
{
    encode_rows(writer, binding, source, row, encode_group_end(binding, source, row));
}

void encode_object(struct json_writer *writer, const struct binding *binding, const struct row_source *source,
                   size_t row)
{
    json_open_object(writer);
    encode_members(writer, binding, source, row);
    json_close_object(writer);
}

void encode_array(struct json_writer *writer, const struct binding *binding, const struct row_source *source)
{
    size_t row = 0;

    json_open_array(writer);
    while (row < source->rows) {
        const size_t end = encode_group_end(binding, source, row);
        if (binding->identity == NO_COLUMN || value_at(source, row, binding->identity).data != NULL) {
            json_open_object(writer);
            encode_rows(writer, binding, source, row, end);
            json_close_object(writer);
        }
        row = end;
    }
    json_close_array(writer);
}
