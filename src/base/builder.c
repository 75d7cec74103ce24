/* The one growing buffer: answers, addresses and mails are all written through it, so that each has a
 * maximum. */
#include <stdarg.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"

void builder_start(struct builder *builder, struct arena *arena, size_t capacity, size_t maximum)
{
    size_t first = capacity < maximum ? capacity : maximum;
    *builder = (struct builder){.maximum = maximum, .capacity = first, .arena = arena};
    builder->data = arena_reserve(arena, first);
}

void builder_borrow(struct builder *builder, struct text text)
{
    char *data;

    memcpy(&data, &text.data, sizeof data);
    *builder = (struct builder){.data = data,
                                .length = text.length,
                                .capacity = text.length,
                                .maximum = text.length,
                                .arena = builder->arena};
}

/* The capacity stops at the length, so that the check for room alone refuses whatever comes later. */
static char *overflow(struct builder *builder)
{
    builder->overflowed = true;
    builder->capacity = builder->length;
    return NULL;
}

static char *grow(struct builder *builder, size_t length)
{
    if (builder->overflowed || length > builder->maximum - builder->length) {
        return overflow(builder);
    }
    size_t needed = builder->length + length;
    size_t capacity = builder->capacity > builder->maximum / 2 ? builder->maximum : 2 * builder->capacity;
    if (capacity < needed) {
        capacity = needed;
    }
    builder->data = arena_enlarge(builder->arena, builder->data, builder->capacity, capacity);
    builder->capacity = capacity;
    return builder->data + builder->length;
}

char *builder_reserve(struct builder *builder, size_t length)
{
    if (length <= builder->capacity - builder->length) {
        return builder->data + builder->length;
    }
    return grow(builder, length);
}

void builder_add(struct builder *builder, const char *data, size_t length)
{
    char *place = builder_reserve(builder, length);
    if (place != NULL && length > 0) {
        memcpy(place, data, length);
        builder->length += length;
    }
}

void builder_add_text(struct builder *builder, struct text text)
{
    builder_add(builder, text.data, text.length);
}

void builder_add_string(struct builder *builder, const char *string)
{
    builder_add(builder, string, strlen(string));
}

void builder_add_character(struct builder *builder, char character)
{
    char *place = builder_reserve(builder, 1);
    if (place != NULL) {
        *place = character;
        builder->length++;
    }
}

void builder_add_integer(struct builder *builder, int64_t integer)
{
    char digits[INTEGER_DIGITS];
    builder_add_text(builder, text_of_integer(integer, digits));
}

void builder_add_format(struct builder *builder, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    char small[256];
    int length = vsnprintf(small, sizeof small, format, arguments);
    if (length >= 0 && (size_t)length < sizeof small) {
        builder_add(builder, small, (size_t)length);
    } else {
        builder_add_string(builder, arena_print_list(builder->arena, format, again));
    }
    va_end(again);
    va_end(arguments);
}

struct text builder_text(const struct builder *builder)
{
    return (struct text){builder->data, builder->length};
}
