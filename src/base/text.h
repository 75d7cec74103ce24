/* Views of text with a known length, and the one growing buffer that everything is written with. */
#ifndef MUSTER_BASE_TEXT_H
#define MUSTER_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* Bytes that belong to somebody else; not necessarily zero-terminated. data is NULL for "no value". */
struct text {
    const char *data;
    size_t length;
};

#define TEXT(literal) ((struct text){"" literal, sizeof(literal) - 1})
#define NO_TEXT       ((struct text){NULL, 0})

/* For printf: printf("%.*s", TEXT_ARGUMENTS(name)). */
#define TEXT_ARGUMENTS(text) (int)(text).length, (text).data ? (text).data : ""

/* The view of a zero-terminated string; NULL gives NO_TEXT. */
struct text text_of(const char *string);

/* The part from `start`, at most `length` long; what lies outside of the text is left out. */
struct text text_part(struct text text, size_t start, size_t length);

bool text_is_empty(struct text text);

/* Equal bytes; "no value" equals the empty text here. */
bool text_equal(struct text left, struct text right);
bool text_equal_string(struct text left, const char *right);

/* Letters A–Z count as a–z; other bytes must be equal. */
bool text_equal_ignoring_case(struct text left, struct text right);
bool text_starts_with(struct text text, struct text prefix);

/* Without the spaces, tabs and line ends at both ends. */
struct text text_trim(struct text text);

/* Takes the part before the first `separator` off the front of `rest` and returns it; rest->data is NULL
 * after the last part, and then so is what is returned. */
struct text text_cut(struct text *rest, char separator);

/* Position of the first `character`, or text.length. */
size_t text_find(struct text text, char character);

/* A decimal integer without sign (but '-' for negatives), spaces or leading zeros, inside [minimum, maximum].
 */
bool text_to_integer(struct text text, int64_t minimum, int64_t maximum, int64_t *integer);

/* Writes the integer in decimal into `digits` and returns the view of it. */
#define INTEGER_DIGITS 20
struct text text_of_integer(int64_t integer, char digits[static INTEGER_DIGITS]);

/* Bytes of the well-formed UTF-8 code point that the text starts with (1–4); 0 where there is none or it is
 * U+0000. */
size_t text_code_point_length(struct text text);

/* Well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates) without U+0000. */
bool text_is_utf8(struct text text);

/* Number of code points of well-formed UTF-8. */
size_t text_characters(struct text text);

/* A UUID in the form of RFC 9562 section 4, lower case only. */
bool text_is_uuid(struct text text);

/* A copy with the letters A–Z made small. */
struct text text_lower(struct arena *arena, struct text text);

/* A buffer that grows in an arena up to a maximum set when it is made. Past it `overflowed` is set, nothing
 * more is added and what was written stays as it is; the writer checks once, at the end. */
struct builder {
    char *data;
    size_t length;
    size_t capacity;
    size_t maximum;
    bool overflowed;
    struct arena *arena;
};

/* Makes the builder hold bytes that belong to somebody else; nothing can be added to them. */
void builder_borrow(struct builder *builder, struct text text);

void builder_start(struct builder *builder, struct arena *arena, size_t capacity, size_t maximum);

/* Makes room for `length` more bytes and returns where they go, or NULL past the maximum; the caller adds to
 * length. */
char *builder_reserve(struct builder *builder, size_t length);
void builder_add(struct builder *builder, const char *data, size_t length);
void builder_add_text(struct builder *builder, struct text text);
void builder_add_string(struct builder *builder, const char *string);
void builder_add_character(struct builder *builder, char character);
void builder_add_integer(struct builder *builder, int64_t integer);
void builder_add_format(struct builder *builder, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct text builder_text(const struct builder *builder);

#define BUILDER_ADD_LITERAL(builder, literal) builder_add((builder), "" literal, sizeof(literal) - 1)

#endif
