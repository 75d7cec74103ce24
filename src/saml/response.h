/* A message of an identity provider from its XML to what it says, if it is to be trusted. */
#ifndef MUSTER_SAML_RESPONSE_H
#define MUSTER_SAML_RESPONSE_H

#include "saml/profile.h"

/* A message in the right form, of which nothing is trusted yet. */
struct saml_message {
    xmlNode *response;
    struct text issuer; /* whom it claims to come from: says whose keys to try, and no more */
};

/* Parses the XML and judges its form. Whom it comes from is in the Response, or, where that does not say, in
 * the Assertion. */
enum problem saml_message_read(struct saml_reading *reading, struct text xml,
                               struct saml_message *message) MUST_CHECK;

/* Verifies the signatures with the keys of reading->provider, decrypts, and makes the checks of the profile.
 * `signed_outside`: the whole message was signed by other means and that was verified. */
enum problem saml_message_trust(struct saml_reading *reading, const struct saml_message *message,
                                bool signed_outside, struct saml_sign_on *sign_on) MUST_CHECK;

#endif
