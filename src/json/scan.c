/* The strict pass over a JSON text that comes before any parsing, because json-c takes many texts that are
 * not JSON. */
#include "json/json.h"

#include <assert.h>

#include "json/plain.h"

#define MAXIMUM_LEVELS 64

/* Where the pass stands. Bit n of `objects` tells whether the container at level n + 1 is an object. */
struct scanner {
    const unsigned char *at;
    const unsigned char *end;
    const char *fault;
    uint64_t objects;
    size_t level;
    size_t depth;
    size_t keys;
    size_t values;
    size_t nulls;
    size_t bytes;
    size_t containers;
};

static bool refuse(struct scanner *scanner, const char *fault)
{
    scanner->fault = fault;
    return false;
}

/* The byte at hand, or 0 at the end: a byte 0 is no part of any JSON text either. */
static unsigned char here(const struct scanner *scanner)
{
    return scanner->at < scanner->end ? *scanner->at : 0;
}

static bool take(struct scanner *scanner, unsigned char byte)
{
    if (here(scanner) != byte || scanner->at == scanner->end) {
        return false;
    }
    scanner->at++;
    return true;
}

static void skip_space(struct scanner *scanner)
{
    while (scanner->at < scanner->end &&
           (*scanner->at == ' ' || *scanner->at == '\n' || *scanner->at == '\r' || *scanner->at == '\t')) {
        scanner->at++;
    }
}

static bool is_digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool skip_digits(struct scanner *scanner)
{
    if (!is_digit(here(scanner))) {
        return false;
    }
    while (is_digit(here(scanner))) {
        scanner->at++;
    }
    return true;
}

static int hexadecimal_digit(unsigned char byte)
{
    if (is_digit(byte)) {
        return byte - '0';
    }
    if (byte >= 'a' && byte <= 'f') {
        return byte - 'a' + 10;
    }
    return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

/* The four digits of a \u escape; -1 where they are none. */
static int32_t take_unit(struct scanner *scanner)
{
    int32_t unit = 0;

    for (int count = 0; count < 4; count++) {
        int digit = hexadecimal_digit(here(scanner));
        if (digit < 0) {
            return -1;
        }
        unit = unit * 16 + digit;
        scanner->at++;
    }
    return unit;
}

static bool scan_unicode_escape(struct scanner *scanner)
{
    int32_t unit = take_unit(scanner);

    if (unit < 0) {
        return refuse(scanner, "has a \\u escape without four hexadecimal digits");
    }
    if (unit == 0) {
        return refuse(scanner, "has the character U+0000");
    }
    if (unit < 0xd800 || unit > 0xdfff) {
        scanner->bytes -= unit < 0x80 ? 5 : unit < 0x800 ? 4 : 3;
        return true;
    }
    if (unit <= 0xdbff && take(scanner, '\\') && take(scanner, 'u')) {
        int32_t low = take_unit(scanner);
        if (low >= 0xdc00 && low <= 0xdfff) {
            scanner->bytes -= 8;
            return true;
        }
    }
    return refuse(scanner, "has half of a surrogate pair");
}

static bool scan_escape(struct scanner *scanner)
{
    scanner->at++;
    switch (here(scanner)) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        scanner->at++;
        scanner->bytes--;
        return true;
    case 'u':
        scanner->at++;
        return scan_unicode_escape(scanner);
    default:
        return refuse(scanner, "has an unknown escape in a string");
    }
}

/* One character of a string that is not plain ASCII. */
static bool scan_special(struct scanner *scanner)
{
    if (*scanner->at == '\\') {
        return scan_escape(scanner);
    }
    if (*scanner->at < 0x20) {
        return refuse(scanner,
                      *scanner->at == 0 ? "has the character U+0000" : "has a control character in a string");
    }
    const size_t length = text_code_point_length(
        (struct text){(const char *)scanner->at, (size_t)(scanner->end - scanner->at)});
    scanner->at += length;
    return length > 0 || refuse(scanner, "has bytes that are not UTF-8");
}

/* The string after its opening quote. Its escapes have taken from `bytes` what they are longer than what they
 * stand for. */
static bool scan_string(struct scanner *scanner)
{
    const unsigned char *start = scanner->at;

    for (;;) {
        scanner->at += plain_run(scanner->at, (size_t)(scanner->end - scanner->at), true);
        if (scanner->at == scanner->end) {
            return refuse(scanner, "ends inside a string");
        }
        if (take(scanner, '"')) {
            scanner->bytes += (size_t)(scanner->at - start) - 1;
            return true;
        }
        if (!scan_special(scanner)) {
            return false;
        }
    }
}

static bool scan_number(struct scanner *scanner)
{
    (void)take(scanner, '-');
    if (take(scanner, '0')) {
        if (is_digit(here(scanner))) {
            return refuse(scanner, "has a number that begins with 0");
        }
    } else if (!skip_digits(scanner)) {
        return refuse(scanner, "has a minus sign without digits");
    }
    if (take(scanner, '.') && !skip_digits(scanner)) {
        return refuse(scanner, "has a number without digits behind its point");
    }
    if (take(scanner, 'e') || take(scanner, 'E')) {
        if (!take(scanner, '+')) {
            (void)take(scanner, '-');
        }
        if (!skip_digits(scanner)) {
            return refuse(scanner, "has a number without digits in its exponent");
        }
    }
    return true;
}

static bool scan_word(struct scanner *scanner, struct text word)
{
    if ((size_t)(scanner->end - scanner->at) < word.length ||
        memcmp(scanner->at, word.data, word.length) != 0) {
        return refuse(scanner, "has an unknown word");
    }
    scanner->at += word.length;
    return true;
}

static bool scan_scalar(struct scanner *scanner)
{
    if (scanner->at == scanner->end) {
        return refuse(scanner, "ends where a value is missing");
    }
    switch (here(scanner)) {
    case '"':
        scanner->at++;
        return scan_string(scanner);
    case 't':
        return scan_word(scanner, TEXT("true"));
    case 'f':
        return scan_word(scanner, TEXT("false"));
    case 'n':
        return scan_word(scanner, TEXT("null"));
    default:
        if (here(scanner) == '-' || is_digit(here(scanner))) {
            return scan_number(scanner);
        }
        return refuse(scanner, "has something else where a value is expected");
    }
}

static bool in_object(const struct scanner *scanner)
{
    return (scanner->objects >> (scanner->level - 1) & 1) != 0;
}

static bool open_container(struct scanner *scanner, bool object)
{
    if (scanner->level == scanner->depth) {
        return refuse(scanner, "is nested too deep");
    }
    const uint64_t bit = UINT64_C(1) << scanner->level;
    scanner->objects = object ? scanner->objects | bit : scanner->objects & ~bit;
    scanner->level++;
    scanner->containers++;
    scanner->at++;
    skip_space(scanner);
    return true;
}

static bool close_container(struct scanner *scanner)
{
    if (!take(scanner, in_object(scanner) ? '}' : ']')) {
        return false;
    }
    scanner->level--;
    return true;
}

static bool scan_key(struct scanner *scanner)
{
    skip_space(scanner);
    if (!take(scanner, '"')) {
        return refuse(scanner, "has an object without a key in quotes");
    }
    if (!scan_string(scanner)) {
        return false;
    }
    skip_space(scanner);
    scanner->keys++;
    return take(scanner, ':') || refuse(scanner, "has a key without a colon");
}

/* Reads on until a value is complete: a scalar, or a container without elements. */
static bool scan_value(struct scanner *scanner)
{
    for (;;) {
        skip_space(scanner);
        scanner->values++;
        scanner->nulls += here(scanner) == 'n';
        const bool object = here(scanner) == '{';
        if (!object && here(scanner) != '[') {
            return scan_scalar(scanner);
        }
        if (!open_container(scanner, object)) {
            return false;
        }
        if (close_container(scanner)) {
            return true;
        }
        if (object && !scan_key(scanner)) {
            return false;
        }
    }
}

/* Reads from the end of a value to the place of the next; at the end of the outermost value the level is 0.
 */
static bool scan_after_value(struct scanner *scanner)
{
    for (;;) {
        skip_space(scanner);
        if (scanner->level == 0) {
            return scanner->at == scanner->end || refuse(scanner, "has something behind its end");
        }
        if (take(scanner, ',')) {
            return !in_object(scanner) || scan_key(scanner);
        }
        if (!close_container(scanner)) {
            return refuse(scanner, scanner->at == scanner->end ? "ends before it is complete"
                                                               : "lacks a comma or a closing bracket");
        }
    }
}

static bool scan_text(struct scanner *scanner)
{
    if (scanner->end - scanner->at >= 3 && memcmp(scanner->at, "\xef\xbb\xbf", 3) == 0) {
        return refuse(scanner, "begins with a byte order mark");
    }
    do {
        if (!scan_value(scanner) || !scan_after_value(scanner)) {
            return false;
        }
    } while (scanner->level > 0);
    return true;
}

struct json_scan json_scan(struct text text, size_t depth)
{
    assert(depth >= 1 && depth <= MAXIMUM_LEVELS);

    const unsigned char *start = (const unsigned char *)(text.data != NULL ? text.data : "");
    struct scanner scanner = {.at = start, .end = start + text.length, .depth = depth};

    (void)scan_text(&scanner);
    return (struct json_scan){.fault = scanner.fault,
                              .position = (size_t)(scanner.at - start),
                              .keys = scanner.keys,
                              .values = scanner.values,
                              .nulls = scanner.nulls,
                              .bytes = scanner.bytes,
                              .containers = scanner.containers};
}
