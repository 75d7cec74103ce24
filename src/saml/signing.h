/* Signing what this service provider says in XML. */
#ifndef MUSTER_SAML_SIGNING_H
#define MUSTER_SAML_SIGNING_H

#include "saml/keys.h"

/* The ds:Signature (XML signature 4.1, SAML core 5.4) to be put into an element of that id: with exclusive
 * canonicalization, RSA and SHA-256, and still without values. */
const char *saml_signature_template(struct arena *arena, struct text id);

/* The document, whose root has an ID and such a template as a child, with the values filled in. NO_TEXT where
 * the library fails. */
struct text saml_sign(struct arena *arena, struct text xml, const struct saml_key *key);

#endif
