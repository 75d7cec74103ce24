/* The keys that sign OpenID tokens (ES256, RFC 7518 section 3.4). They are in the database, so that every
 * worker on every host signs with the same one and publishes the same ones. */
#ifndef MUSTER_OPENID_KEYS_H
#define MUSTER_OPENID_KEYS_H

#include <openssl/types.h>

#include "base/context.h"
#include "json/write.h"

/* How long a key is published before it signs: at least as long as others may keep the list of keys. */
#define OPENID_KEYS_MAXIMUM_AGE    300 /* seconds */
#define OPENID_KEY_PUBLISHED_FIRST 600

struct openid_key {
    struct text id;
    EVP_PKEY *private_key; /* the arena's */
};

/* The key that signs now; the first one is made where there is none. Run it outside of a transaction. */
enum problem openid_key_current(struct context *context, struct openid_key *key) MUST_CHECK;

/* Makes a key that signs after OPENID_KEY_PUBLISHED_FIRST seconds, and forgets those that nothing needs any
 * more. PROBLEM_CONFLICT where one is waiting already. With `now` it signs at once, and all others are
 * forgotten at once: what they signed is worth nothing any more. Run it inside a transaction. */
enum problem openid_keys_rotate(struct context *context, bool now, struct text *id,
                                int64_t *signs_from) MUST_CHECK;

/* What a check wants to know: whether the key that signs can be opened here. `id` becomes NO_TEXT where there
 * is no key yet; `bare` how many are not sealed. */
enum problem openid_keys_check(struct context *context, struct text *id, int64_t *bare) MUST_CHECK;

/* The public halves as a JSON Web Key Set (RFC 7517 section 5). */
enum problem openid_keys_write(struct context *context, struct json_writer *json) MUST_CHECK;

#endif
