/* Unpredictable bytes, and the identifiers and secrets made of them. */
#ifndef MUSTER_BASE_RANDOM_H
#define MUSTER_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

/* Fills the buffer from getrandom(2); aborts where the kernel has none, because nothing safe could follow. */
void random_bytes(void *buffer, size_t length);

/* Uniform in [0, limit); limit > 0. */
uint32_t random_below(uint32_t limit);

/* A version 4 UUID (RFC 9562 section 5.4), lower case: 36 characters and a final zero. */
#define UUID_TEXT_SIZE 37
void random_uuid(char text[static UUID_TEXT_SIZE]);

/* `bytes` random bytes in base64url without padding: a secret that goes into headers and addresses as it is.
 */
struct text random_token(struct arena *arena, size_t bytes);

/* `length` characters drawn uniformly from `alphabet`. */
struct text random_from(struct arena *arena, const char *alphabet, size_t length);

#endif
