/* Private keys are in the database only as a secret of this installation has sealed them: whoever reads the
 * database, or a copy of it, can sign nothing. */
#ifndef MUSTER_OPENID_SECRET_H
#define MUSTER_OPENID_SECRET_H

#include "base/context.h"

/* Whether bytes are sealed; those of releases before this are the key itself (DER, which begins otherwise).
 */
bool secret_is_sealed(struct text bytes);

/* Seals a key (AES-256-GCM, NIST SP 800-38D; the key of that by HKDF-SHA-256, RFC 5869) for the row of this
 * id: it opens for no other. `make`: the secret's file may be made, as nothing was sealed so far.
 * PROBLEM_UNAVAILABLE with a sentence: there is no secret, or it cannot be read. */
enum problem secret_seal(struct context *context, struct text id, struct text key, bool make,
                         struct text *sealed) MUST_CHECK;

/* Opens it. PROBLEM_UNAVAILABLE with a sentence, which is logged: there is no secret, or another one sealed
 * it. */
enum problem secret_open(struct context *context, struct text id, struct text sealed,
                         struct text *key) MUST_CHECK;

#endif
