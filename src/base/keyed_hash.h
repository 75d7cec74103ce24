/* Hashes that need a secret to be made, and hashes that take their time. */
#ifndef MUSTER_BASE_KEYED_HASH_H
#define MUSTER_BASE_KEYED_HASH_H

#include "base/encoding.h"

/* HMAC-SHA-256 (RFC 2104) of the bytes: 32 bytes. */
void keyed_hash(struct text key, struct text bytes, unsigned char digest[static SHA256_SIZE]);

/* PBKDF2 with HMAC-SHA-256 (RFC 8018 section 5.2): 32 bytes. Each round costs about half a microsecond. */
void slow_hash(struct text secret, struct text salt, int rounds, unsigned char digest[static SHA256_SIZE]);

#endif
