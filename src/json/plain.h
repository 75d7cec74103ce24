/* Runs of characters that need no attention, found eight bytes at a time: reading and writing long texts
 * spends its time here. */
#ifndef MUSTER_JSON_PLAIN_H
#define MUSTER_JSON_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PLAIN_EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))
#define PLAIN_HIGH_BITS       PLAIN_EACH_BYTE(0x80)

/* The high bit is set in some byte of the answer if and only if some byte of `word` is below 0x20, a quote or
 * a backslash. */
static inline uint64_t plain_special_bytes(uint64_t word)
{
    uint64_t quote = word ^ PLAIN_EACH_BYTE('"');
    uint64_t backslash = word ^ PLAIN_EACH_BYTE('\\');
    uint64_t found = (word - PLAIN_EACH_BYTE(0x20)) & ~word;

    found |= (quote - PLAIN_EACH_BYTE(1)) & ~quote;
    found |= (backslash - PLAIN_EACH_BYTE(1)) & ~backslash;
    return found & PLAIN_HIGH_BITS;
}

static inline bool plain_character(unsigned char character)
{
    return character >= 0x20 && character != '"' && character != '\\';
}

/* Whether none of the eight bytes there is special; `high` has the bits that must not be set either. */
static inline bool plain_word(const unsigned char *bytes, uint64_t high)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof(word));
    return (plain_special_bytes(word) | (word & high)) == 0;
}

/* Number of bytes at the front that stand for themselves inside a JSON string; `ascii_only` stops at the
 * first byte above 0x7f too. The last bytes are looked at as one more word that overlaps the one before. */
static inline size_t plain_run(const unsigned char *bytes, size_t length, bool ascii_only)
{
    const uint64_t high = ascii_only ? PLAIN_HIGH_BITS : 0;
    const unsigned char limit = ascii_only ? 0x7f : 0xff;
    size_t at = 0;

    while (length - at >= sizeof(uint64_t) && plain_word(bytes + at, high)) {
        at += sizeof(uint64_t);
    }
    if (length >= sizeof(uint64_t) && length - at < sizeof(uint64_t) &&
        plain_word(bytes + length - sizeof(uint64_t), high)) {
        return length;
    }
    while (at < length && plain_character(bytes[at]) && bytes[at] <= limit) {
        at++;
    }
    return at;
}

#endif
