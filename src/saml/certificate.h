/* Certificates of identity providers. Only the key in one matters: the metadata is the trust, so neither its
 * dates nor its issuer are judged (SAML V2.0 Metadata Interoperability Profile 1.0, section 2.6.1). */
#ifndef MUSTER_SAML_CERTIFICATE_H
#define MUSTER_SAML_CERTIFICATE_H

#include <stdbool.h>

#include <openssl/types.h>

#include "base/arena.h"
#include "base/text.h"

#define SMALLEST_RSA_KEY 2048 /* bits */
#define LARGEST_RSA_KEY  8192 /* bits; a larger one makes each check of a signature slow */

struct certificate {
    struct text der;
    X509 *x509; /* NULL until somebody asks */
    bool readable;
};

/* Reads the content of ds:X509Certificate (XML signature, section 4.4.4): base64 in any number of lines, of
 * one X.509 certificate. NULL where its key can check signatures: RSA of the sizes above, or EC on P-256,
 * P-384 or P-521. Else the rest of a sentence about it, and *certificate is not to be used. Its members
 * belong to the arena. */
const char *certificate_read(struct arena *arena, struct text base64, struct certificate *certificate);

/* Whether `issuer` signed `certificate`, which is another one; false where one of them could not be read. */
bool certificate_is_issuer(struct arena *arena, struct certificate *issuer, struct certificate *certificate);

/* The key of a certificate (DER) that certificate_read() took, which the caller frees; NULL where there is no
 * memory. */
EVP_PKEY *certificate_key(struct text der);

#endif
