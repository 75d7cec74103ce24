/* Encoders and strict decoders: what is not exactly the form is refused, so that no two texts mean one
 * secret. */
#include "base/encoding.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

static const char alphabet_base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char alphabet_base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static struct text encode_with(struct arena *arena, struct text bytes, const char *alphabet, bool padded)
{
    char *encoded = arena_reserve(arena, bytes.length / 3 * 4 + 5);
    size_t length = 0;
    for (size_t i = 0; i < bytes.length; i += 3) {
        size_t count = bytes.length - i < 3 ? bytes.length - i : 3;
        uint32_t group = 0;
        for (size_t j = 0; j < 3; j++) {
            group = group << 8 | (j < count ? (unsigned char)bytes.data[i + j] : 0U);
        }
        for (size_t j = 0; j < 4; j++) {
            if (j <= count) {
                encoded[length++] = alphabet[group >> (18 - 6 * j) & 0x3F];
            } else if (padded) {
                encoded[length++] = '=';
            }
        }
    }
    encoded[length] = '\0';
    return (struct text){encoded, length};
}

struct text encode_base64(struct arena *arena, struct text bytes)
{
    return encode_with(arena, bytes, alphabet_base64, true);
}

struct text encode_base64url(struct arena *arena, struct text bytes)
{
    return encode_with(arena, bytes, alphabet_base64url, false);
}

/* The six bits of a character of either alphabet, or -1. */
static int sextet(char character)
{
    if (character >= 'A' && character <= 'Z') {
        return character - 'A';
    }
    if (character >= 'a' && character <= 'z') {
        return character - 'a' + 26;
    }
    if (character >= '0' && character <= '9') {
        return character - '0' + 52;
    }
    if (character == '+' || character == '-') {
        return 62;
    }
    return character == '/' || character == '_' ? 63 : -1;
}

/* The same for all bytes, made on first use; what is no letter of the alphabet is more than a sextet can be.
 */
static const unsigned char *sextets(void)
{
    static unsigned char table[256];
    static bool made;
    for (size_t byte = 0; !made && byte < sizeof table; byte++) {
        table[byte] = (unsigned char)sextet((char)byte);
    }
    made = true;
    return table;
}

static size_t count_at_end(struct text text, char character)
{
    size_t count = 0;
    while (count < text.length && text.data[text.length - 1 - count] == character) {
        count++;
    }
    return count;
}

/* Takes the padding off. False where it is wrong for the alphabet: base64 fills up to four, base64url has
 * none. */
static bool unpad(struct text *encoded)
{
    bool standard = text_find(*encoded, '+') < encoded->length || text_find(*encoded, '/') < encoded->length;
    bool url = text_find(*encoded, '-') < encoded->length || text_find(*encoded, '_') < encoded->length;
    size_t padding = count_at_end(*encoded, '=');
    if ((standard && url) || (url && padding > 0)) {
        return false;
    }
    if (padding > 2 || ((padding > 0 || standard) && encoded->length % 4 != 0)) {
        return false;
    }
    encoded->length -= padding;
    return encoded->length % 4 != 1;
}

/* Groups of four characters, three bytes each. What is no letter shows in the two top bits of its value; they
 * are gathered, so that no group needs a branch. */
static bool decode_groups(const char *encoded, size_t length, char *decoded)
{
    const unsigned char *values = sextets();
    unsigned int seen = 0;
    for (size_t i = 0; i < length; i += 4, decoded += 3) {
        unsigned int first = values[(unsigned char)encoded[i]];
        unsigned int second = values[(unsigned char)encoded[i + 1]];
        unsigned int third = values[(unsigned char)encoded[i + 2]];
        unsigned int fourth = values[(unsigned char)encoded[i + 3]];
        seen |= first | second | third | fourth;
        decoded[0] = (char)(first << 2 | second >> 4);
        decoded[1] = (char)((second << 4 & 0xF0) | third >> 2);
        decoded[2] = (char)((third << 6 & 0xC0) | fourth);
    }
    return seen <= 63;
}

/* Two or three characters, for one or two bytes; the bits that are left over must be none. */
static bool decode_rest(struct text encoded, char *decoded)
{
    const unsigned char *values = sextets();
    uint32_t bits = 0;
    unsigned int count = 0;
    for (size_t i = 0; i < encoded.length; i++) {
        uint32_t value = values[(unsigned char)encoded.data[i]];
        if (value > 63) {
            return false;
        }
        bits = bits << 6 | value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            *decoded++ = (char)(bits >> count & 0xFF);
        }
    }
    return (bits & ((1U << count) - 1)) == 0;
}

bool decode_base64(struct arena *arena, struct text encoded, struct text *bytes)
{
    if (!unpad(&encoded)) {
        return false;
    }
    char *decoded = arena_reserve(arena, encoded.length / 4 * 3 + 3);
    size_t whole = encoded.length / 4 * 4;
    size_t length = whole / 4 * 3;
    if (!decode_groups(encoded.data, whole, decoded) ||
        !decode_rest(text_part(encoded, whole, encoded.length - whole), decoded + length)) {
        return false;
    }
    length += (encoded.length - whole) * 3 / 4;
    decoded[length] = '\0';
    *bytes = (struct text){decoded, length};
    return true;
}

/* Room for `factor` characters a byte and the final zero; a length that overflows exhausts the arena. */
static char *room_for(struct arena *arena, struct text bytes, size_t factor)
{
    if (bytes.length >= SIZE_MAX / factor) {
        return arena_allocate_array(arena, SIZE_MAX, 2);
    }
    return arena_reserve(arena, bytes.length * factor + 1);
}

struct text encode_hexadecimal(struct arena *arena, struct text bytes)
{
    char *encoded = room_for(arena, bytes, 2);
    for (size_t i = 0; i < bytes.length; i++) {
        unsigned char byte = (unsigned char)bytes.data[i];
        encoded[2 * i] = "0123456789abcdef"[byte >> 4];
        encoded[2 * i + 1] = "0123456789abcdef"[byte & 0x0F];
    }
    encoded[2 * bytes.length] = '\0';
    return (struct text){encoded, 2 * bytes.length};
}

static bool is_unreserved(char character)
{
    return (character >= 'A' && character <= 'Z') || (character >= 'a' && character <= 'z') ||
           (character >= '0' && character <= '9') || character == '-' || character == '.' ||
           character == '_' || character == '~';
}

struct text encode_percent(struct arena *arena, struct text bytes)
{
    char *encoded = room_for(arena, bytes, 3);
    size_t length = 0;
    for (size_t i = 0; i < bytes.length; i++) {
        unsigned char byte = (unsigned char)bytes.data[i];
        if (is_unreserved(bytes.data[i])) {
            encoded[length++] = bytes.data[i];
        } else {
            encoded[length++] = '%';
            encoded[length++] = "0123456789ABCDEF"[byte >> 4];
            encoded[length++] = "0123456789ABCDEF"[byte & 0x0F];
        }
    }
    encoded[length] = '\0';
    return (struct text){encoded, length};
}

static int hexadecimal_digit(char character)
{
    if (character >= '0' && character <= '9') {
        return character - '0';
    }
    if (character >= 'a' && character <= 'f') {
        return character - 'a' + 10;
    }
    return character >= 'A' && character <= 'F' ? character - 'A' + 10 : -1;
}

bool decode_percent(struct arena *arena, struct text encoded, bool plus_is_space, struct text *bytes)
{
    char *decoded = room_for(arena, encoded, 1);
    size_t length = 0;
    for (size_t i = 0; i < encoded.length; i++) {
        char character = encoded.data[i];
        if (character == '%') {
            int high = i + 2 < encoded.length ? hexadecimal_digit(encoded.data[i + 1]) : -1;
            int low = i + 2 < encoded.length ? hexadecimal_digit(encoded.data[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return false;
            }
            character = (char)(high << 4 | low);
            i += 2;
        } else if (character == '+' && plus_is_space) {
            character = ' ';
        }
        decoded[length++] = character;
    }
    decoded[length] = '\0';
    *bytes = (struct text){decoded, length};
    return true;
}

void encode_markup(struct builder *out, struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        switch (text.data[i]) {
        case '&':
            BUILDER_ADD_LITERAL(out, "&amp;");
            break;
        case '<':
            BUILDER_ADD_LITERAL(out, "&lt;");
            break;
        case '>':
            BUILDER_ADD_LITERAL(out, "&gt;");
            break;
        case '"':
            BUILDER_ADD_LITERAL(out, "&quot;");
            break;
        case '\'':
            BUILDER_ADD_LITERAL(out, "&#39;");
            break;
        default:
            builder_add_character(out, text.data[i]);
        }
    }
}

/* Both are made once: looking the algorithm up costs more than the digest of a short text. */
void sha256(struct text bytes, unsigned char digest[static SHA256_SIZE])
{
    static EVP_MD *algorithm;
    static EVP_MD_CTX *state;
    if (state == NULL) {
        algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
        state = EVP_MD_CTX_new();
    }
    unsigned int length = 0;
    bool done = algorithm != NULL && state != NULL && EVP_DigestInit_ex2(state, algorithm, NULL) == 1 &&
                EVP_DigestUpdate(state, bytes.data, bytes.length) == 1 &&
                EVP_DigestFinal_ex(state, digest, &length) == 1 && length == SHA256_SIZE;
    if (!done) {
        fputs("muster: OpenSSL cannot compute SHA-256\n", stderr);
        abort();
    }
}

struct text sha256_text(struct arena *arena, struct text bytes)
{
    char *digest = arena_reserve(arena, SHA256_SIZE);
    sha256(bytes, (unsigned char *)digest);
    return (struct text){digest, SHA256_SIZE};
}

bool equal_in_constant_time(struct text left, struct text right)
{
    return left.length == right.length &&
           (left.length == 0 || CRYPTO_memcmp(left.data, right.data, left.length) == 0);
}
