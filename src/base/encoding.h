/* The ways in which bytes are written as text in URLs, headers, mails and markup. */
#ifndef MUSTER_BASE_ENCODING_H
#define MUSTER_BASE_ENCODING_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

/* base64 (RFC 4648 section 4, padded) and base64url (section 5, unpadded). */
struct text encode_base64(struct arena *arena, struct text bytes);
struct text encode_base64url(struct arena *arena, struct text bytes);

/* Strict: only the alphabet, right padding, zero trailing bits; base64 or base64url. */
bool decode_base64(struct arena *arena, struct text encoded, struct text *bytes);

/* Lower-case hexadecimal, two characters a byte. */
struct text encode_hexadecimal(struct arena *arena, struct text bytes);

/* Percent-encoding (RFC 3986 section 2.1): all but unreserved characters are encoded. Decoding refuses a %
 * without two hexadecimal digits; `plus_is_space` is the rule of application/x-www-form-urlencoded. */
struct text encode_percent(struct arena *arena, struct text bytes);
bool decode_percent(struct arena *arena, struct text encoded, bool plus_is_space, struct text *bytes);

/* Adds text so that it stands for itself in XML and in HTML, in content as well as between quotes of either
 * kind. */
void encode_markup(struct builder *out, struct text text);

/* SHA-256 (FIPS 180-4) of the bytes: 32 bytes. */
#define SHA256_SIZE 32
void sha256(struct text bytes, unsigned char digest[static SHA256_SIZE]);
struct text sha256_text(struct arena *arena, struct text bytes);

/* Equal content, in a time that tells only whether the lengths differ. */
bool equal_in_constant_time(struct text left, struct text right);

#endif
