/* Writes the log; the only place that escapes values for it. */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"

#define LINE_SIZE 4096

/* What a cut line ends with; room for it is kept free. The quote closes a value that was being written. */
static const char cut_ending[] = "\" cut=yes\n";
#define LINE_LIMIT (LINE_SIZE - (sizeof cut_ending - 1))

struct line {
    char data[LINE_SIZE];
    size_t length;
    bool cut;
    bool in_quotes;
};

static enum log_level highest = LOG_LEVEL_INFO;
static int descriptor = STDERR_FILENO;
static char process[32] = "muster";

void log_set_level(enum log_level level)
{
    highest = level;
}

void log_set_descriptor(int new_descriptor)
{
    descriptor = new_descriptor;
}

void log_set_process(const char *name)
{
    snprintf(process, sizeof process, "%s", name);
}

/* All of the bytes or none: a piece is one character, escape or key, and never stands there in part. */
static bool add_piece(struct line *line, const char *data, size_t length)
{
    if (line->cut || length > LINE_LIMIT - line->length) {
        line->cut = true;
        return false;
    }
    memcpy(line->data + line->length, data, length);
    line->length += length;
    return true;
}

/* Line ends in the wide sense: C1 controls (U+0080–U+009F) and U+2028, U+2029, which some viewers break lines
 * at. */
static bool is_hidden_control(const char *data, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)data;
    if (length == 2) {
        return bytes[0] == 0xC2 && bytes[1] < 0xA0;
    }
    return length == 3 && bytes[0] == 0xE2 && bytes[1] == 0x80 && (bytes[2] == 0xA8 || bytes[2] == 0xA9);
}

static bool add_escaped_byte(struct line *line, char character)
{
    unsigned char byte = (unsigned char)character;
    char escape[4] = {'\\', 'x', "0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 0x0F]};
    size_t length = 2;
    if (character == '"' || character == '\\') {
        escape[1] = character;
    } else if (character == '\n') {
        escape[1] = 'n';
    } else if (character == '\r') {
        escape[1] = 'r';
    } else if (character == '\t') {
        escape[1] = 't';
    } else {
        length = 4;
    }
    return add_piece(line, escape, length);
}

/* Adds the first character of `value` and returns how many bytes of it that was; 0 when the line is full. */
static size_t add_character(struct line *line, struct text value)
{
    size_t length = text_code_point_length(value);
    char first = value.data[0];
    bool plain = length > 1 ? !is_hidden_control(value.data, length)
                            : length == 1 && first >= ' ' && first != 0x7F && first != '"' && first != '\\';
    if (plain) {
        return add_piece(line, value.data, length) ? length : 0;
    }
    return add_escaped_byte(line, first) ? 1 : 0;
}

/* Values of these characters alone are written without quotes, as logfmt readers expect. */
static bool is_bare(struct text value)
{
    for (size_t i = 0; i < value.length; i++) {
        char character = value.data[i];
        if (character <= ' ' || character >= 0x7F || character == '"' || character == '\\' ||
            character == '=') {
            return false;
        }
    }
    return value.length > 0;
}

static void add_quoted(struct line *line, struct text value)
{
    add_piece(line, "\"", 1);
    line->in_quotes = true;
    if (is_bare(value) && value.length <= LINE_LIMIT - line->length) {
        add_piece(line, value.data, value.length);
        value.length = 0;
    }
    while (value.length > 0) {
        size_t length = add_character(line, value);
        if (length == 0) {
            return;
        }
        value = text_part(value, length, value.length);
    }
    line->in_quotes = !add_piece(line, "\"", 1);
}

/* ` name=value`. A value that does not fit is cut, and quoted for it; a name never stands there without one.
 */
static void add_field(struct line *line, const char *name, struct text value, bool quote)
{
    size_t name_length = strlen(name);
    size_t room = LINE_LIMIT - line->length;
    if (line->cut || name_length + 3 > room) {
        line->cut = true;
        return;
    }
    char *place = line->data + line->length;
    place[0] = ' ';
    memcpy(place + 1, name, name_length);
    place[name_length + 1] = '=';
    line->length += name_length + 2;
    if (!quote && value.length <= LINE_LIMIT - line->length && is_bare(value)) {
        add_piece(line, value.data, value.length);
    } else {
        add_quoted(line, value);
    }
}

static void line_start(struct line *line, enum log_level level, struct text event)
{
    static const char *const levels[] = {"error", "warning", "info", "debug"};
    char time[CLOCK_TEXT_SIZE];
    clock_write(clock_now(), time);
    line->length = 0;
    line->cut = false;
    line->in_quotes = false;
    add_piece(line, "time=", 5);
    add_piece(line, time, CLOCK_TEXT_SIZE - 1);
    add_field(line, "level", text_of(levels[level]), false);
    add_field(line, "process", text_of(process), false);
    add_field(line, "event", event, true);
}

/* A line that cannot be written is dropped: nobody is left to tell, and no request may wait for its log. On a
 * full disk a part of one may stand there, so that the next one begins with a line of its own. */
static void line_write(struct line *line)
{
    static bool broken;
    char line_end[] = "\n";
    const char *ending = !line->cut ? "\n" : line->in_quotes ? cut_ending : cut_ending + 1;
    size_t length = strlen(ending);
    memcpy(line->data + line->length, ending, length);
    line->length += length;
    const struct iovec parts[] = {{line_end, broken ? 1 : 0}, {line->data, line->length}};
    const ssize_t whole = (ssize_t)(parts[0].iov_len + parts[1].iov_len);
    ssize_t written = 0;
    do {
        written = writev(descriptor, parts, 2);
    } while (written < 0 && errno == EINTR);
    if (written >= 0 || errno == ENOSPC) {
        broken = written < whole;
    }
}

void log_event(enum log_level level, const char *format, ...)
{
    if (level > highest) {
        return;
    }
    int saved = errno;
    char event[LINE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(event, sizeof event, format, arguments);
    va_end(arguments);
    if (length >= 0) {
        struct line line;
        line_start(&line, level, text_of(event));
        line_write(&line);
    }
    errno = saved;
}

void log_fields(enum log_level level, const char *event, const struct log_field *fields, size_t count)
{
    if (level > highest) {
        return;
    }
    int saved = errno;
    struct line line;
    line_start(&line, level, text_of(event));
    for (size_t i = 0; i < count; i++) {
        if (fields[i].value.data != NULL) {
            add_field(&line, fields[i].name, fields[i].value, false);
        }
    }
    line_write(&line);
    errno = saved;
}
