/* How PostgreSQL's text forms of values become JSON. */
#include "json/encode_value.h"

#include "base/clock.h"

/* "2019-05-01 16:44:18", then an optional fraction, then the offset. */
#define SECONDS_LENGTH 19
#define TIME_SIZE      (sizeof("2019-05-01T16:44:18.407Z") - 1)

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

/* Whether the text has the form of a time in UTC between the years 1 and 9999; what PostgreSQL writes else
 * ("infinity", "… BC") has no form in RFC 3339. */
static bool is_time(struct text value)
{
    static const char form[] = "0000-00-00 00:00:00";

    if (value.length < SECONDS_LENGTH + 3 || memcmp(value.data + value.length - 3, "+00", 3) != 0) {
        return false;
    }
    for (size_t index = 0; index < SECONDS_LENGTH; index++) {
        if (form[index] == '0' ? !is_digit(value.data[index]) : value.data[index] != form[index]) {
            return false;
        }
    }
    return true;
}

static void make_time(struct text value, char time[static TIME_SIZE])
{
    const size_t end = value.length - 3;

    memcpy(time, value.data, SECONDS_LENGTH);
    time[sizeof("2019-05-01") - 1] = 'T';
    time[SECONDS_LENGTH] = '.';
    for (size_t digit = 1; digit <= 3; digit++) {
        const size_t from = SECONDS_LENGTH + digit;
        time[from] = from < end ? value.data[from] : '0';
    }
    time[TIME_SIZE - 1] = 'Z';
}

static void encode_time(struct json_writer *writer, struct text value)
{
    char time[TIME_SIZE];

    if (!is_time(value)) {
        json_text(writer, value);
        return;
    }
    make_time(value, time);
    json_plain_text(writer, (struct text){time, TIME_SIZE});
}

static void encode_unix_time(struct json_writer *writer, struct text value)
{
    char time[TIME_SIZE];
    int64_t microseconds;

    if (is_time(value)) {
        make_time(value, time);
        memcpy(time + SECONDS_LENGTH, ".000", 4);
        if (clock_read((struct text){time, TIME_SIZE}, &microseconds)) {
            json_integer(writer, microseconds / MICROSECONDS_PER_SECOND);
            return;
        }
    }
    json_text(writer, value);
}

/* PostgreSQL writes the mask of an inet only where it is not that of a single host; one that was cast to text
 * always has it. */
static void encode_address(struct json_writer *writer, struct text value)
{
    const size_t slash = text_find(value, '/');
    const struct text mask = text_part(value, slash, value.length);
    const bool version6 = text_find(value, ':') < value.length;

    if (text_equal(mask, version6 ? TEXT("/128") : TEXT("/32"))) {
        value.length = slash;
    }
    json_text(writer, value);
}

/* The end of the array's element that starts at `at`: its comma or the final brace. */
static size_t element_end(struct text array, size_t at)
{
    bool quoted = false;

    for (; at + 1 < array.length; at++) {
        if (array.data[at] == '\\') {
            at++;
        } else if (array.data[at] == '"') {
            quoted = !quoted;
        } else if (array.data[at] == ',' && !quoted) {
            break;
        }
    }
    return at < array.length ? at : array.length;
}

/* An element in quotes: a backslash stands before each quote and backslash. */
static void encode_quoted_element(struct json_writer *writer, struct text element)
{
    struct builder *out = writer->out;

    json_raw(writer, TEXT("\""));
    while (element.length > 0) {
        const size_t backslash = text_find(element, '\\');
        json_escape(out, text_part(element, 0, backslash));
        json_escape(out, text_part(element, backslash + 1, 1));
        element = text_part(element, backslash + 2, element.length);
    }
    builder_add_character(out, '"');
}

static void encode_element(struct json_writer *writer, struct text element)
{
    if (element.length >= 2 && element.data[0] == '"') {
        encode_quoted_element(writer, text_part(element, 1, element.length - 2));
    } else if (text_equal(element, TEXT("NULL"))) {
        json_null(writer);
    } else {
        json_text(writer, element);
    }
}

/* An array of one dimension, such as {a,"b c",NULL}. */
static void encode_array_text(struct json_writer *writer, struct text array)
{
    size_t at = 1;

    json_open_array(writer);
    while (at + 1 < array.length) {
        const size_t end = element_end(array, at);
        encode_element(writer, text_part(array, at, end - at));
        at = end + 1;
    }
    json_close_array(writer);
}

void encode_value(struct json_writer *writer, enum field_type type, struct text value)
{
    if (value.data == NULL) {
        json_null(writer);
        return;
    }
    switch (type) {
    case FIELD_UUID:
    case FIELD_DATE:
        json_plain_text(writer, value);
        break;
    case FIELD_INTEGER:
    case FIELD_JSON:
    case FIELD_LIST:
        json_raw(writer, value);
        break;
    case FIELD_BOOLEAN:
        json_boolean(writer, value.length > 0 && value.data[0] == 't');
        break;
    case FIELD_TIME:
        encode_time(writer, value);
        break;
    case FIELD_UNIX_TIME:
        encode_unix_time(writer, value);
        break;
    case FIELD_ADDRESS:
        encode_address(writer, value);
        break;
    case FIELD_UUIDS:
    case FIELD_TEXTS:
    case FIELD_EMAILS:
        encode_array_text(writer, value);
        break;
    default:
        json_text(writer, value);
        break;
    }
}
