/* Signatures over bytes: of the redirect binding, and of ds:SignedInfo where it only has to be found which
 * key made one. */
#ifndef MUSTER_SAML_VERIFYING_H
#define MUSTER_SAML_VERIFYING_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

/* One of the methods that saml/signed_info.h allows. */
struct saml_method {
    const char *name;   /* its identifier */
    const char *digest; /* as OpenSSL knows it */
    bool elliptic;
};

/* The method of that identifier; NULL where it is not allowed. */
const struct saml_method *saml_method_find(struct text name);

/* Whether the key of a certificate (DER) made the signature; one by ECDSA is in DER (RFC 3279 section 2.2.3).
 */
bool saml_signature_holds(struct text certificate, const struct saml_method *method, struct text signed_bytes,
                          struct text signature);

/* The signature as saml_signature_holds() takes it, of a ds:SignatureValue: base64 with white space, and for
 * ECDSA the two numbers side by side (XML signature 6.4.3). NO_TEXT where it is none. */
struct text saml_signature_decode(struct arena *arena, const struct saml_method *method, struct text value);

#endif
