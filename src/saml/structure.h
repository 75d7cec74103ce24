/* The form of a message, judged before any signature is: in a message of this form there is only one thing
 * that a signature can be about, so that nothing can be wrapped around it or put beside it. */
#ifndef MUSTER_SAML_STRUCTURE_H
#define MUSTER_SAML_STRUCTURE_H

#include "saml/reading.h"
#include "saml/xml.h"

/* The root is a Response with one Assertion or EncryptedAssertion, or an Assertion. Else PROBLEM_MALFORMED.
 */
enum problem saml_check_response_form(struct saml_reading *reading, const xmlNode *root) MUST_CHECK;
enum problem saml_check_assertion_form(struct saml_reading *reading, const xmlNode *root) MUST_CHECK;

/* Whether an identifier can stand in a same-document reference: an NCName of ASCII characters. */
bool saml_is_id(struct text text);

/* The element's ds:Signature, or NULL. */
xmlNode *saml_signature_of(const xmlNode *element);

#endif
