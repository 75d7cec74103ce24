/* The keys of this service provider: with the present one requests are signed and assertions decrypted; while
 * a change is under way the one before is still published and still decrypts. Each is a file that its owner
 * alone may read. */
#ifndef MUSTER_SAML_KEYS_H
#define MUSTER_SAML_KEYS_H

#include <openssl/types.h>

#include "base/context.h"

#define SAML_MAXIMUM_KEYS 2

struct saml_key {
    EVP_PKEY *private_key;   /* RSA */
    struct text certificate; /* DER */
};

/* The present key is the first. */
struct saml_keys {
    struct saml_key list[SAML_MAXIMUM_KEYS];
    size_t count; /* at least 1 */
};

/* Reads the keys from the folder of the option saml_keys, so that a change is in force at once in every
 * worker. PROBLEM_UNAVAILABLE (the reason is logged) where there is no present key that can be read.
 * Everything belongs to the arena. */
enum problem saml_keys_read(struct context *context, struct saml_keys *keys) MUST_CHECK;

/* What happens to the files. PROBLEM_CONFLICT where it makes no sense now: a key is there already, or none,
 * or a change is under way, or none. PROBLEM_INTERNAL where a file cannot be written. The sentence in the
 * context tells which. */
enum problem saml_keys_create(struct context *context) MUST_CHECK;
enum problem saml_keys_rotate(struct context *context) MUST_CHECK;
enum problem saml_keys_finish(struct context *context) MUST_CHECK;

#endif
