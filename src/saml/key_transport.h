/* How the key of an encrypted assertion travels. */
#ifndef MUSTER_SAML_KEY_TRANSPORT_H
#define MUSTER_SAML_KEY_TRANSPORT_H

#include <openssl/types.h>

#include "saml/reading.h"
#include "saml/xml.h"

/* An encrypted key, and the parameters of RSA-OAEP. */
struct saml_transport {
    const char *digest; /* as OpenSSL knows them */
    const char *mask;
    struct text label;      /* mostly empty */
    struct text ciphertext; /* not empty */
};

/* Reads an xenc:EncryptedKey; its CipherValue is there. PROBLEM_UNTRUSTED where it is encrypted in another
 * way than RSA-OAEP: RSA 1.5 can be made an oracle (XML encryption 1.1, section 5.5.1). */
enum problem saml_transport_read(struct saml_reading *reading, const xmlNode *key,
                                 struct saml_transport *transport) MUST_CHECK;

/* The key in it, or NO_TEXT: it was encrypted for somebody else, or has been changed. */
struct text saml_transport_decrypt(struct arena *arena, const struct saml_transport *transport,
                                   EVP_PKEY *key);

#endif
