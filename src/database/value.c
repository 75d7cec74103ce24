/* Parameters in the form that PostgreSQL reads them. */
#include "base/clock.h"
#include "base/log.h"
#include "database/database.h"

/* A text with a zero byte inside would be cut there: it is sent in binary, which the server refuses. */
struct value value_text(struct text text)
{
    if (text.data == NULL) {
        return NULL_VALUE;
    }
    if (text.data[text.length] != '\0') {
        LOG_ERROR("a text that is not zero-terminated was given to a statement");
        abort();
    }
    return (struct value){text.data, text.length, memchr(text.data, '\0', text.length) != NULL};
}

struct value value_string(const char *string)
{
    return value_text(text_of(string));
}

struct value value_bytes(struct text bytes)
{
    return (struct value){bytes.data, bytes.length, true};
}

struct value value_boolean(bool boolean)
{
    return value_string(boolean ? "true" : "false");
}

struct value value_integer(struct arena *arena, int64_t integer)
{
    return value_string(arena_print(arena, "%lld", (long long)integer));
}

struct value value_time(struct arena *arena, int64_t microseconds)
{
    char text[CLOCK_TEXT_SIZE];
    clock_write(microseconds, text);
    /* Only the milliseconds are replaced: the clock's text has three digits, PostgreSQL keeps six. */
    int64_t fraction = microseconds % MICROSECONDS_PER_SECOND;
    fraction += fraction < 0 ? MICROSECONDS_PER_SECOND : 0;
    return value_string(arena_print(arena, "%.19s.%06dZ", text, (int)fraction));
}
