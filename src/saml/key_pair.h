/* Making a key and a certificate for it. */
#ifndef MUSTER_SAML_KEY_PAIR_H
#define MUSTER_SAML_KEY_PAIR_H

#include <stdbool.h>

#include "base/context.h"

/* A new RSA key of 3072 bits and a certificate, self-signed, named after the host of public_url and valid for
 * ten years, both as PEM in the arena. False where OpenSSL fails. */
bool key_pair_make(struct context *context, struct text *pem);

#endif
