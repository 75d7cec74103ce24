/* A pass over the bytes of a document that knows just enough of XML to tell tags from the rest, and refuses
 * what could come a hundred thousand times: libxml2 2.9 goes on after an error, and to word an error costs it
 * microseconds. Where a document is not well-formed this may see other tags than the parser does, but then
 * the parser refuses it. */
#include "saml/xml_scan.h"

#include <stdbool.h>
#include <stdint.h>

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

/* What can be shown on one line. */
static bool is_plain(struct text value)
{
    for (size_t i = 0; i < value.length; i++) {
        if (value.data[i] <= ' ' || value.data[i] >= 0x7F) {
            return false;
        }
    }
    return value.length <= LONGEST_SHOWN;
}

static const char *wrong_declaration(struct arena *arena, const char *what, struct text value,
                                     const char *wanted)
{
    struct text shown = is_plain(value) ? value : TEXT("something else");
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

/* --- Characters and references ------------------------------------------------------------------------- */

/* XML 1.0, production 2. */
static bool is_character(uint32_t code_point)
{
    if (code_point < 0x20) {
        return code_point == '\t' || code_point == '\n' || code_point == '\r';
    }
    bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
    return !surrogate && code_point != 0xFFFE && code_point != 0xFFFF && code_point <= 0x10FFFF;
}

/* Of eight bytes at once, none is below the space: the subtraction borrows into a top bit that was not set
 * only at such a byte. */
static bool has_no_controls(const char *data)
{
    const uint64_t tops = UINT64_C(0x8080808080808080);
    uint64_t word = 0;
    memcpy(&word, data, sizeof word);
    return ((word - UINT64_C(0x2020202020202020)) & ~word & tops) == 0;
}

/* The text is UTF-8, so that only these few can be wrong. */
static const char *check_characters(struct arena *arena, struct text text)
{
    size_t step = 8;
    for (size_t i = 0; i < text.length; i += step) {
        const unsigned char byte = (unsigned char)text.data[i];
        step = text.length - i >= 8 && has_no_controls(text.data + i) ? 8 : 1;
        if (step == 1 && byte < 0x20 && !is_character(byte)) {
            return arena_print(arena, "has the control character U+%04X", (unsigned int)byte);
        }
    }
    bool possible = text.length > 0 && memchr(text.data, 0xEF, text.length) != NULL;
    for (const char *last = "\xBE\xBF"; possible && *last != '\0'; last++) {
        const char forbidden[] = {'\xEF', '\xBF', *last};
        if (memmem(text.data, text.length, forbidden, sizeof forbidden) != NULL) {
            return "has the character U+FFFE or U+FFFF";
        }
    }
    return NULL;
}

static bool is_digit_of(char character, uint32_t base)
{
    return (character >= '0' && character <= '9') ||
           (base == 16 && ((character >= 'a' && character <= 'f') || (character >= 'A' && character <= 'F')));
}

/* What stands between "&#" and ";" (XML 1.0, production 66). */
static bool take_character_number(struct reader *reader)
{
    const uint32_t base = take(reader, TEXT("x")) ? 16 : 10;
    uint32_t code_point = 0;
    const char *start = reader->at;
    while (reader->at < reader->end && is_digit_of(*reader->at, base) && code_point <= 0x10FFFF) {
        const char digit = *reader->at++;
        code_point = code_point * base + (uint32_t)(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
    }
    return reader->at > start && is_character(code_point);
}

/* What stands behind "&": without a document type only these are defined (XML 1.0, section 4.6). */
static bool take_reference(struct reader *reader)
{
    if (take(reader, TEXT("#"))) {
        return take_character_number(reader) && take(reader, TEXT(";"));
    }
    return take(reader, TEXT("amp;")) || take(reader, TEXT("lt;")) || take(reader, TEXT("gt;")) ||
           take(reader, TEXT("quot;")) || take(reader, TEXT("apos;"));
}

static const char *check_references(struct text text)
{
    struct text rest = text;
    while (text_cut(&rest, '&').data != NULL && rest.data != NULL) {
        struct reader reader = {rest.data, rest.data + rest.length};
        if (!take_reference(&reader)) {
            return "has an & that begins neither a character reference nor one of the five entities of XML";
        }
    }
    return NULL;
}

/* --- Markup -------------------------------------------------------------------------------------------- */

/* What is counted over the document. */
struct counts {
    size_t elements;
    size_t attributes;
};

/* Up to the next tag. */
static const char *check_content(struct reader *reader)
{
    struct text content = {reader->at, text_find((struct text){reader->at, left(reader)}, '<')};
    reader->at += content.length;
    if (content.length > 0 && memmem(content.data, content.length, "]]>", 3) != NULL) {
        return "has \"]]>\" outside of a CDATA section";
    }
    return check_references(content);
}

/* XML 1.0, production 15: the first two hyphens end it. */
static const char *check_comment(struct reader *reader)
{
    skip_past(reader, TEXT("--"));
    return take(reader, TEXT(">")) ? NULL : "has a comment with \"--\" inside, or without an end";
}

/* The length of the tag that begins here, its ">" included; what stands in quotes does not end it. More than
 * the maximum where it is too long, or where the document ends in it. */
static size_t tag_length(const struct reader *reader, size_t *attributes)
{
    struct text tag = text_part((struct text){reader->at, left(reader)}, 0, XML_MAXIMUM_TAG);
    for (size_t i = 0; i < tag.length; i++) {
        const char byte = tag.data[i];
        if (byte == '>') {
            return i + 1;
        }
        if (byte == '"' || byte == '\'') {
            ++*attributes;
            i += 1 + text_find(text_part(tag, i + 1, tag.length), byte);
        }
    }
    return XML_MAXIMUM_TAG + 1;
}

static const char *check_tag(struct arena *arena, struct reader *reader, struct counts *counts)
{
    size_t attributes = 0;
    struct text tag = {reader->at, tag_length(reader, &attributes)};
    if (tag.length > XML_MAXIMUM_TAG) {
        return left(reader) > XML_MAXIMUM_TAG
                   ? arena_print(arena, "has a tag of more than %zu KiB", XML_MAXIMUM_TAG / 1024)
                   : "ends inside of a tag";
    }
    reader->at += tag.length;
    counts->attributes += attributes;
    counts->elements += text_starts_with(tag, TEXT("</")) ? 0 : 1;
    if (attributes > XML_MAXIMUM_TAG_ATTRIBUTES) {
        return arena_print(arena, "has a tag with more than %d attributes", XML_MAXIMUM_TAG_ATTRIBUTES);
    }
    if (counts->attributes > XML_MAXIMUM_ATTRIBUTES) {
        return arena_print(arena, "has more than %d attributes", XML_MAXIMUM_ATTRIBUTES);
    }
    if (counts->elements > XML_MAXIMUM_ELEMENTS) {
        return arena_print(arena, "has more than %d elements", XML_MAXIMUM_ELEMENTS);
    }
    return check_references(tag);
}

/* One piece: text, a comment, a CDATA section or a tag. What else begins with "<?" or "<!" is not allowed. */
static const char *check_piece(struct arena *arena, struct reader *reader, struct counts *counts)
{
    if (*reader->at != '<') {
        return check_content(reader);
    }
    if (take(reader, TEXT("<!--"))) {
        return check_comment(reader);
    }
    if (take(reader, TEXT("<![CDATA["))) {
        skip_past(reader, TEXT("]]>"));
        return NULL;
    }
    if (take(reader, TEXT("<?"))) {
        return "has a processing instruction";
    }
    if (take(reader, TEXT("<!"))) {
        return "has a document type declaration (DOCTYPE)";
    }
    return check_tag(arena, reader, counts);
}

const char *xml_scan(struct arena *arena, struct text text)
{
    struct counts counts = {0};
    if (!text_is_utf8(text)) {
        return "is not UTF-8";
    }
    struct reader reader = {text.data, text.data + text.length};
    (void)take(&reader, TEXT("\xEF\xBB\xBF"));
    const char *fault = check_declaration(arena, &reader);
    fault = fault != NULL ? fault : check_characters(arena, text);
    while (fault == NULL && reader.at < reader.end) {
        fault = check_piece(arena, &reader, &counts);
    }
    return fault;
}
