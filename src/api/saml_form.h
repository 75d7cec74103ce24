/* The page that takes a browser on with a form, to identity providers that take no requests in an address. */
#ifndef MUSTER_API_SAML_FORM_H
#define MUSTER_API_SAML_FORM_H

#include "http/request.h"

/* Makes the answer a page whose form holds the XML and RelayState (NO_TEXT: none), and sends itself to
 * `location`, an http(s) address (SAML bindings 3.5.4). */
void saml_form(struct request *request, struct text location, struct text xml, struct text relay_state);

#endif
