/* The writer of answers: most text needs no escapes, so it is looked at once and copied as a whole. */
#include "json/write.h"

#include "json/plain.h"

void json_start(struct json_writer *writer, struct builder *out)
{
    *writer = (struct json_writer){.out = out, .comma = false};
}

/* Before each value: the comma that the one before it is waiting for. */
static void separate(struct json_writer *writer)
{
    if (writer->comma) {
        builder_add_character(writer->out, ',');
    }
    writer->comma = true;
}

static void open_container(struct json_writer *writer, char bracket)
{
    separate(writer);
    builder_add_character(writer->out, bracket);
    writer->comma = false;
}

static void close_container(struct json_writer *writer, char bracket)
{
    builder_add_character(writer->out, bracket);
    writer->comma = true;
}

void json_open_object(struct json_writer *writer)
{
    open_container(writer, '{');
}

void json_close_object(struct json_writer *writer)
{
    close_container(writer, '}');
}

void json_open_array(struct json_writer *writer)
{
    open_container(writer, '[');
}

void json_close_array(struct json_writer *writer)
{
    close_container(writer, ']');
}

/* A byte that may not stand for itself in a string. */
static void escape_byte(struct builder *out, unsigned char byte)
{
    static const char digits[] = "0123456789abcdef";
    static const char names[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};

    if (byte == '"' || byte == '\\') {
        builder_add(out, (const char[]){'\\', (char)byte}, 2);
    } else if (byte < sizeof(names) && names[byte] != '\0') {
        builder_add(out, (const char[]){'\\', names[byte]}, 2);
    } else {
        builder_add(out, (const char[]){'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]}, 6);
    }
}

void json_escape(struct builder *out, struct text text)
{
    const unsigned char *bytes = (const unsigned char *)text.data;
    size_t at = 0;

    while (at < text.length) {
        const size_t run = plain_run(bytes + at, text.length - at, false);
        builder_add(out, text.data + at, run);
        at += run;
        if (at < text.length) {
            escape_byte(out, bytes[at]);
            at++;
        }
    }
}

void json_plain_text(struct json_writer *writer, struct text text)
{
    separate(writer);
    char *place = builder_reserve(writer->out, text.length + 2);
    if (place == NULL) {
        return;
    }
    *place = '"';
    if (text.length > 0) {
        memcpy(place + 1, text.data, text.length);
    }
    place[text.length + 1] = '"';
    writer->out->length += text.length + 2;
}

void json_text(struct json_writer *writer, struct text text)
{
    if (text.data == NULL) {
        json_null(writer);
        return;
    }
    if (plain_run((const unsigned char *)text.data, text.length, false) == text.length) {
        json_plain_text(writer, text);
        return;
    }
    separate(writer);
    builder_add_character(writer->out, '"');
    json_escape(writer->out, text);
    builder_add_character(writer->out, '"');
}

void json_key(struct json_writer *writer, const char *name)
{
    json_text(writer, text_of(name));
    builder_add_character(writer->out, ':');
    writer->comma = false;
}

void json_string(struct json_writer *writer, const char *string)
{
    json_text(writer, text_of(string));
}

void json_integer(struct json_writer *writer, int64_t integer)
{
    separate(writer);
    builder_add_integer(writer->out, integer);
}

void json_boolean(struct json_writer *writer, bool boolean)
{
    json_raw(writer, boolean ? TEXT("true") : TEXT("false"));
}

void json_null(struct json_writer *writer)
{
    json_raw(writer, TEXT("null"));
}

void json_raw(struct json_writer *writer, struct text json)
{
    separate(writer);
    builder_add_text(writer->out, json);
}
