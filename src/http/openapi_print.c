/* The document is committed and read by people, so it is laid out with a line for each member, as
 * JSON.stringify(…, 2) does. */
#include "http/openapi_parts.h"

#define PRINTED_MAXIMUM ((size_t)32 * 1024 * 1024)

static void new_line(struct builder *out, size_t depth)
{
    builder_add_character(out, '\n');
    for (size_t level = 0; level < depth; level++) {
        BUILDER_ADD_LITERAL(out, "  ");
    }
}

/* Position behind the string that starts at `start` with its quote. */
static size_t string_end(struct text json, size_t start)
{
    size_t position = start + 1;
    while (position < json.length && json.data[position] != '"') {
        position += json.data[position] == '\\' ? 2 : 1;
    }
    return position + 1 < json.length ? position + 1 : json.length;
}

static bool is_empty_container(struct text json, size_t position)
{
    return position + 1 < json.length && (json.data[position + 1] == '}' || json.data[position + 1] == ']');
}

/* Writes one character that is not part of a string. */
static void print_mark(struct builder *out, char mark, size_t *depth)
{
    switch (mark) {
    case '{':
    case '[':
        builder_add_character(out, mark);
        new_line(out, ++*depth);
        break;
    case '}':
    case ']':
        new_line(out, --*depth);
        builder_add_character(out, mark);
        break;
    case ',':
        builder_add_character(out, mark);
        new_line(out, *depth);
        break;
    case ':':
        BUILDER_ADD_LITERAL(out, ": ");
        break;
    case ' ':
    case '\n':
    case '\r':
    case '\t':
        break;
    default:
        builder_add_character(out, mark);
    }
}

struct text openapi_print(struct arena *arena, struct text json)
{
    struct builder out;
    builder_start(&out, arena, json.length * 2 + 2, PRINTED_MAXIMUM);
    size_t depth = 0;
    for (size_t position = 0; position < json.length;) {
        char mark = json.data[position];
        if (mark == '"') {
            size_t end = string_end(json, position);
            builder_add_text(&out, text_part(json, position, end - position));
            position = end;
        } else if ((mark == '{' || mark == '[') && is_empty_container(json, position)) {
            builder_add_text(&out, text_part(json, position, 2));
            position += 2;
        } else {
            print_mark(&out, mark, &depth);
            position++;
        }
    }
    builder_add_character(&out, '\n');
    return builder_text(&out);
}
