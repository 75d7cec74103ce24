/* The question with which a sign-on begins here (SAML core 3.4, profiles 4.1.4.1). */
#ifndef MUSTER_SAML_LOGIN_REQUEST_H
#define MUSTER_SAML_LOGIN_REQUEST_H

#include "saml/keys.h"
#include "saml/reading.h"

/* An AuthnRequest with that id for the provider at that address, as it travels in a query: what signs it is
 * beside it. */
struct text saml_login_request(const struct saml_reading *reading, struct text id, struct text location);

/* The same with a signature of the key in it, as it travels in a form (SAML bindings 3.5.4). NO_TEXT where it
 * cannot be signed. */
struct text saml_login_request_signed(const struct saml_reading *reading, struct text id,
                                      struct text location, const struct saml_key *key);

#endif
