/* A small identity provider for tests: it says what it is told to, signs and encrypts it, and leaves every
 * step open, so that a message can be spoiled before and after its signature. */
#ifndef MUSTER_TESTS_PROVIDER_H
#define MUSTER_TESTS_PROVIDER_H

#include "support/call.h"

#define CONSUME "/api/v1/saml/consume"

/* Where signatures come, in a message that is not signed yet. */
#define RESPONSE_SIGNATURE  "[response-signature]"
#define ASSERTION_SIGNATURE "[assertion-signature]"

#define RSA_SHA256   "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
#define ECDSA_SHA256 "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
#define EXCLUSIVE    "http://www.w3.org/2001/10/xml-exc-c14n#"
#define ENVELOPED    "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
#define SHA256_NAME  "http://www.w3.org/2001/04/xmlenc#sha256"

struct provider {
    const char *entity;
    const char *key; /* of tests/data/saml/keys */
};

/* Metadata as XML, with a certificate for signatures of each key, which are separated by spaces. */
const char *provider_metadata(struct world *world, const char *entity, const char *keys);

/* Makes it the organization's, straight into the database. */
void provider_connect(struct world *world, const char *organization, const char *entity, const char *keys);

/* A Response about somebody, unsigned, with the places of two signatures marked, and ids of its own. */
const char *provider_says(struct world *world, const struct provider *provider, const char *name_id);

/* The text with the only place where `from` stands changed; a failure where it is not there exactly once. */
const char *changed(struct world *world, const char *text, const char *from, const char *to);

/* A ds:Signature to be filled in, about the element of that id. */
const char *signature_for(struct world *world, const char *id, const char *method);

/* The value of the ID of the first element of that name. */
const char *id_of(struct world *world, const char *xml, const char *element);

/* Puts signatures in the marked places, or nothing, and fills in all that are there, innermost first.
 * `signing` names "assertion", "response" or both. */
const char *provider_signs(struct world *world, const struct provider *provider, const char *xml,
                           const char *signing);

/* Fills in the signatures that stand in the XML without a value, whatever they say of themselves. */
const char *fill_signatures(struct world *world, const char *xml, const char *key);

/* The Assertion encrypted with the certificate in a file of tests/data/saml/keys. `algorithm` is "aes256-gcm"
 * and so on. */
const char *provider_encrypts(struct world *world, const char *xml, const char *key, const char *algorithm);

/* The same with the key encrypted by RSA-OAEP in a way of its own: the XML of its xenc:EncryptionMethod, and
 * what that says in OpenSSL's names. */
struct provider_transport {
    const char *method;
    const char *digest;
    const char *mask;
    const char *label;
};
const char *provider_encrypts_by(struct world *world, const char *xml, const char *key, const char *algorithm,
                                 const struct provider_transport *transport);

/* Sends it as a browser would, with a cookie (NULL: none) and a RelayState (NULL: none). */
struct answer *provider_sends(struct world *world, const char *xml);
struct answer *provider_sends_with(struct world *world, const char *xml, const char *relay_state,
                                   const char *cookie);

/* The query of the redirect binding without "?", signed with the key, or not (NULL). */
const char *provider_query(struct world *world, const char *xml, const char *relay_state, const char *key);

/* The message was taken, and the browser goes on with a session. */
void expect_signed_in(struct world *world, struct answer *answer, const char *uid);

/* The message was refused with that status and the one body that tells nothing; the newest event says why. */
void expect_untaken(struct world *world, const struct answer *answer, int status, const char *reason);

#endif
