/* A pass over the bytes of a document that knows just enough of XML to tell tags from the rest. Where a
 * document is not well-formed it may see other tags than the parser does, but then the parser refuses it. */
#include "saml/xml_scan.h"

#include <stdbool.h>

#include "saml/xml.h"

#define LONGEST_SHOWN 40

/* The part of the text that is not yet read; no byte of it is 0. */
struct reader {
    const char *at;
    const char *end;
};

static size_t left(const struct reader *reader)
{
    return (size_t)(reader->end - reader->at);
}

static bool take(struct reader *reader, struct text expected)
{
    if (!text_starts_with((struct text){reader->at, left(reader)}, expected)) {
        return false;
    }
    reader->at += expected.length;
    return true;
}

static bool take_space(struct reader *reader)
{
    const char *start = reader->at;
    while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) != NULL) {
        reader->at++;
    }
    return reader->at > start;
}

/* Moves behind the next `mark`, or to the end where there is none. */
static void skip_past(struct reader *reader, struct text mark)
{
    const char *found = memmem(reader->at, left(reader), mark.data, mark.length);
    reader->at = found == NULL ? reader->end : found + mark.length;
}

/* S name Eq "value", as the declaration has them (XML 1.0, productions 24, 32 and 80). The reader stays where
 * it is when something else follows. */
static bool take_declared(struct reader *reader, struct text name, struct text *value)
{
    struct reader trial = *reader;
    if (!take_space(&trial) || !take(&trial, name)) {
        return false;
    }
    take_space(&trial);
    if (!take(&trial, TEXT("="))) {
        return false;
    }
    take_space(&trial);
    if (trial.at == trial.end || (*trial.at != '"' && *trial.at != '\'')) {
        return false;
    }
    const char quote = *trial.at++;
    *value = (struct text){trial.at, text_find((struct text){trial.at, left(&trial)}, quote)};
    if (value->length == left(&trial)) {
        return false;
    }
    trial.at += value->length + 1;
    *reader = trial;
    return true;
}

static const char *wrong_declaration(struct arena *arena, const char *what, struct text value,
                                     const char *wanted)
{
    struct text shown = value.length > LONGEST_SHOWN ? TEXT("something else") : value;
    return arena_print(arena, "declares %s %.*s; only %s is read", what, TEXT_ARGUMENTS(shown), wanted);
}

/* The XML declaration (XML 1.0, section 2.8): the parser would switch to whatever encoding it names. */
static const char *check_declaration(struct arena *arena, struct reader *reader)
{
    struct text value = NO_TEXT;
    struct reader name = *reader;
    if (!take(&name, TEXT("<?xml")) || (left(&name) > 0 && strchr(" \t\r\n?", *name.at) == NULL)) {
        return NULL;
    }
    *reader = name;
    if (!take_declared(reader, TEXT("version"), &value)) {
        return "has an XML declaration without a version";
    }
    if (!text_equal(value, TEXT("1.0"))) {
        return wrong_declaration(arena, "XML version", value, "1.0");
    }
    if (take_declared(reader, TEXT("encoding"), &value) && !text_equal_ignoring_case(value, TEXT("UTF-8"))) {
        return wrong_declaration(arena, "the encoding", value, "UTF-8");
    }
    (void)take_declared(reader, TEXT("standalone"), &value);
    take_space(reader);
    return take(reader, TEXT("?>")) ? NULL : "has a malformed XML declaration";
}

/* Moves behind the ">" that ends the tag; what stands in quotes does not count. False where the tag is longer
 * than is allowed. */
static bool skip_tag(struct reader *reader, size_t *attributes)
{
    const char *start = reader->at;
    char quote = '\0';
    for (; reader->at < reader->end; reader->at++) {
        if ((size_t)(reader->at - start) >= XML_MAXIMUM_TAG) {
            return false;
        }
        const char byte = *reader->at;
        if (quote != '\0') {
            quote = byte == quote ? '\0' : quote;
        } else if (byte == '"' || byte == '\'') {
            quote = byte;
            ++*attributes;
        } else if (byte == '>') {
            reader->at++;
            return true;
        }
    }
    return true;
}

static const char *check_tags(struct arena *arena, struct reader *reader)
{
    size_t attributes = 0;
    while (reader->at < reader->end) {
        size_t before = attributes;
        reader->at += text_find((struct text){reader->at, left(reader)}, '<');
        if (take(reader, TEXT("<!--"))) {
            skip_past(reader, TEXT("-->"));
        } else if (take(reader, TEXT("<![CDATA["))) {
            skip_past(reader, TEXT("]]>"));
        } else if (!skip_tag(reader, &attributes)) {
            return arena_print(arena, "has a tag of more than %zu KiB", XML_MAXIMUM_TAG / 1024);
        }
        if (attributes - before > XML_MAXIMUM_TAG_ATTRIBUTES) {
            return arena_print(arena, "has a tag with more than %d attributes", XML_MAXIMUM_TAG_ATTRIBUTES);
        }
    }
    return attributes <= XML_MAXIMUM_ATTRIBUTES
               ? NULL
               : arena_print(arena, "has more than %d attributes", XML_MAXIMUM_ATTRIBUTES);
}

const char *xml_scan(struct arena *arena, struct text text)
{
    if (!text_is_utf8(text)) {
        return "is not UTF-8";
    }
    struct reader reader = {text.data, text.data + text.length};
    (void)take(&reader, TEXT("\xEF\xBB\xBF"));
    const char *fault = check_declaration(arena, &reader);
    return fault != NULL ? fault : check_tags(arena, &reader);
}
