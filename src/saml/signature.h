/* The one way in which an element of a message comes to be trusted. */
#ifndef MUSTER_SAML_SIGNATURE_H
#define MUSTER_SAML_SIGNATURE_H

#include "saml/reading.h"
#include "saml/xml.h"

/* Verifies the signature that stands in the element against the keys of the provider's metadata and parses
 * the bytes that were signed again: *verified is the root of that document, and the only thing that may be
 * read. Without a signature, or with one that does not hold: PROBLEM_UNTRUSTED. */
enum problem saml_verify_element(struct saml_reading *reading, xmlNode *element,
                                 xmlNode **verified) MUST_CHECK;

/* The rules for all XML of a message. */
extern const struct xml_rules saml_message_rules;

#endif
