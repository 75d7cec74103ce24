/* Decoding is strict, so that nobody in front of us can have read another message than we do. */
#include "saml/transport.h"

#include <zlib.h>

#include "base/encoding.h"

/* zlib's sign for a raw stream, without header and checksum. */
#define RAW_WINDOW (-MAX_WBITS)

static bool has_any(struct text text, const char *characters)
{
    for (; *characters != '\0'; characters++) {
        if (text_find(text, *characters) < text.length) {
            return true;
        }
    }
    return false;
}

static struct text without_lines(struct arena *arena, struct text text)
{
    char *kept = arena_reserve(arena, text.length + 1);
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] != '\r' && text.data[i] != '\n') {
            kept[length++] = text.data[i];
        }
    }
    return (struct text){kept, length};
}

/* Line ends are dropped (RFC 2045 6.8); all else must be base64 of RFC 4648 section 4. */
static bool decode(struct arena *arena, struct text encoded, bool lines, struct text *bytes)
{
    struct text kept = lines && has_any(encoded, "\r\n") ? without_lines(arena, encoded) : encoded;
    return kept.length > 0 && kept.length % 4 == 0 && !has_any(kept, "-_") &&
           decode_base64(arena, kept, bytes);
}

enum problem saml_decode_form(struct saml_reading *reading, struct text encoded, struct text *xml)
{
    if (!decode(reading->arena, encoded, true, xml)) {
        return SAML_MALFORMED(reading, "SAMLResponse is not base64.");
    }
    return xml->length <= SAML_MAXIMUM_MESSAGE
               ? PROBLEM_NONE
               : SAML_MALFORMED(reading, "The message is larger than %zu KiB.", SAML_MAXIMUM_MESSAGE / 1024);
}

/* False where the stream is damaged, too long, or not the whole of the data. */
static bool inflate_whole(struct text compressed, char *out, size_t maximum, size_t *length)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)compressed.data,
                       .avail_in = (uInt)compressed.length,
                       .next_out = (Bytef *)out,
                       .avail_out = (uInt)maximum};
    if (inflateInit2(&stream, RAW_WINDOW) != Z_OK) {
        return false;
    }
    bool ended = inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in == 0;
    *length = maximum - stream.avail_out;
    inflateEnd(&stream);
    return ended;
}

enum problem saml_decode_query(struct saml_reading *reading, struct text encoded, struct text *xml)
{
    struct text compressed;
    size_t length = 0;
    if (!decode(reading->arena, encoded, false, &compressed)) {
        return SAML_MALFORMED(reading, "SAMLResponse is not base64.");
    }
    char *out = arena_reserve(reading->arena, SAML_MAXIMUM_MESSAGE);
    if (compressed.length > SAML_MAXIMUM_MESSAGE ||
        !inflate_whole(compressed, out, SAML_MAXIMUM_MESSAGE, &length)) {
        return SAML_MALFORMED(reading, "SAMLResponse is no complete DEFLATE stream of at most %zu KiB.",
                              SAML_MAXIMUM_MESSAGE / 1024);
    }
    *xml = (struct text){out, length};
    return PROBLEM_NONE;
}

struct text saml_encode_query(struct arena *arena, struct text xml)
{
    size_t maximum = xml.length + 64;
    char *out = arena_reserve(arena, maximum);
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)xml.data,
                       .avail_in = (uInt)xml.length,
                       .next_out = (Bytef *)out,
                       .avail_out = (uInt)maximum};
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, RAW_WINDOW, MAX_MEM_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        abort();
    }
    int ended = deflate(&stream, Z_FINISH);
    size_t length = maximum - stream.avail_out;
    deflateEnd(&stream);
    if (ended != Z_STREAM_END) {
        abort();
    }
    return encode_base64(arena, (struct text){out, length});
}
