/* Questions about text that are asked everywhere, answered without copying and without a terminating zero. */
#include "base/text.h"

#include "base/arena.h"

struct text text_of(const char *string)
{
    return (struct text){string, string == NULL ? 0 : strlen(string)};
}

struct text text_part(struct text text, size_t start, size_t length)
{
    if (text.data == NULL) {
        return NO_TEXT;
    }
    size_t first = start < text.length ? start : text.length;
    size_t left = text.length - first;
    return (struct text){text.data + first, length < left ? length : left};
}

bool text_is_empty(struct text text)
{
    return text.length == 0;
}

bool text_equal(struct text left, struct text right)
{
    return left.length == right.length &&
           (left.length == 0 || memcmp(left.data, right.data, left.length) == 0);
}

bool text_equal_string(struct text left, const char *right)
{
    return text_equal(left, text_of(right));
}

static char lower(char character)
{
    return character >= 'A' && character <= 'Z' ? (char)(character | 0x20) : character;
}

bool text_equal_ignoring_case(struct text left, struct text right)
{
    if (left.length != right.length) {
        return false;
    }
    for (size_t i = 0; i < left.length; i++) {
        if (lower(left.data[i]) != lower(right.data[i])) {
            return false;
        }
    }
    return true;
}

bool text_starts_with(struct text text, struct text prefix)
{
    return text.length >= prefix.length && text_equal((struct text){text.data, prefix.length}, prefix);
}

static bool is_blank(char character)
{
    return character == ' ' || character == '\t' || character == '\r' || character == '\n';
}

struct text text_trim(struct text text)
{
    while (text.length > 0 && is_blank(text.data[text.length - 1])) {
        text.length--;
    }
    while (text.length > 0 && is_blank(text.data[0])) {
        text.data++;
        text.length--;
    }
    return text;
}

struct text text_cut(struct text *rest, char separator)
{
    if (rest->data == NULL) {
        return NO_TEXT;
    }
    size_t length = text_find(*rest, separator);
    struct text part = {rest->data, length};
    if (length == rest->length) {
        *rest = NO_TEXT;
    } else {
        *rest = (struct text){rest->data + length + 1, rest->length - length - 1};
    }
    return part;
}

size_t text_find(struct text text, char character)
{
    const char *found = text.length == 0 ? NULL : memchr(text.data, character, text.length);
    return found == NULL ? text.length : (size_t)(found - text.data);
}

/* A plain decimal magnitude of at most 19 digits, which always fits 64 bits without sign. */
static bool read_magnitude(struct text digits, uint64_t *magnitude)
{
    if (digits.length == 0 || digits.length > 19 || (digits.data[0] == '0' && digits.length > 1)) {
        return false;
    }
    *magnitude = 0;
    for (size_t i = 0; i < digits.length; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9') {
            return false;
        }
        *magnitude = *magnitude * 10 + (uint64_t)(digits.data[i] - '0');
    }
    return true;
}

bool text_to_integer(struct text text, int64_t minimum, int64_t maximum, int64_t *integer)
{
    bool negative = text.length > 0 && text.data[0] == '-';
    uint64_t magnitude = 0;
    if (!read_magnitude(negative ? text_part(text, 1, text.length) : text, &magnitude)) {
        return false;
    }
    int64_t value = 0;
    if (negative) {
        if (magnitude == 0 || magnitude > (uint64_t)INT64_MAX + 1) {
            return false;
        }
        value = -(int64_t)(magnitude - 1) - 1;
    } else {
        if (magnitude > INT64_MAX) {
            return false;
        }
        value = (int64_t)magnitude;
    }
    if (value < minimum || value > maximum) {
        return false;
    }
    *integer = value;
    return true;
}

struct text text_of_integer(int64_t integer, char digits[static INTEGER_DIGITS])
{
    size_t start = INTEGER_DIGITS;
    uint64_t magnitude = integer < 0 ? UINT64_C(0) - (uint64_t)integer : (uint64_t)integer;
    do {
        digits[--start] = (char)('0' + magnitude % 10);
        magnitude /= 10;
    } while (magnitude > 0);
    if (integer < 0) {
        digits[--start] = '-';
    }
    return (struct text){digits + start, INTEGER_DIGITS - start};
}

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* How many bytes follow a lead byte, and inside which bounds the first of them must lie: these bounds alone
 * shut out overlong forms, surrogates and what is above U+10FFFF. */
static size_t continuation_rule(unsigned char lead, unsigned char *low, unsigned char *high)
{
    *low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    *high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) {
        return 1;
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
        return 2;
    }
    return lead >= 0xF0 && lead <= 0xF4 ? 3 : 0;
}

size_t text_code_point_length(struct text text)
{
    if (text.length == 0) {
        return 0;
    }
    const unsigned char *bytes = (const unsigned char *)text.data;
    if (bytes[0] < 0x80) {
        return bytes[0] == 0 ? 0 : 1;
    }
    unsigned char low = 0;
    unsigned char high = 0;
    size_t following = continuation_rule(bytes[0], &low, &high);
    if (following == 0 || following >= text.length || bytes[1] < low || bytes[1] > high) {
        return 0;
    }
    for (size_t i = 2; i <= following; i++) {
        if (!is_continuation(bytes[i])) {
            return 0;
        }
    }
    return following + 1;
}

/* Eight bytes at once: all of them ASCII and none zero. The subtraction borrows into a top bit only at a zero
 * byte. */
static bool is_plain_word(const char *data)
{
    const uint64_t tops = UINT64_C(0x8080808080808080);
    uint64_t word = 0;
    memcpy(&word, data, sizeof word);
    return ((word | (word - UINT64_C(0x0101010101010101))) & tops) == 0;
}

bool text_is_utf8(struct text text)
{
    while (text.length > 0) {
        size_t step = 8;
        if (text.length < 8 || !is_plain_word(text.data)) {
            step = text_code_point_length(text);
            if (step == 0) {
                return false;
            }
        }
        text.data += step;
        text.length -= step;
    }
    return true;
}

size_t text_characters(struct text text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.length; i++) {
        count += !is_continuation((unsigned char)text.data[i]);
    }
    return count;
}

static bool is_small_hexadecimal(char character)
{
    return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'f');
}

bool text_is_uuid(struct text text)
{
    if (text.length != 36) {
        return false;
    }
    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text.data[i] != '-' : !is_small_hexadecimal(text.data[i])) {
            return false;
        }
    }
    return true;
}

struct text text_lower(struct arena *arena, struct text text)
{
    if (text.data == NULL) {
        return NO_TEXT;
    }
    char *copy = arena_copy(arena, text.data, text.length);
    for (size_t i = 0; i < text.length; i++) {
        copy[i] = lower(copy[i]);
    }
    return (struct text){copy, text.length};
}
