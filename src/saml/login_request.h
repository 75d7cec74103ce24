/* The question with which a sign-on begins here (SAML core 3.4, profiles 4.1.4.1). */
#ifndef MUSTER_SAML_LOGIN_REQUEST_H
#define MUSTER_SAML_LOGIN_REQUEST_H

#include "saml/reading.h"

/* An AuthnRequest with that id for the provider at that address. */
struct text saml_login_request(const struct saml_reading *reading, struct text id, struct text location);

#endif
