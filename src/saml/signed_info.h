/* What a signature says of itself, judged before the library that checks it gets to see it: xmlsec follows
 * references and runs transforms first, and looks at the signature's value last. */
#ifndef MUSTER_SAML_SIGNED_INFO_H
#define MUSTER_SAML_SIGNED_INFO_H

#include "saml/reading.h"
#include "saml/xml.h"

/* PROBLEM_NONE where the signature is about `element`, its parent, and nothing else, by algorithms that are
 * good enough; else PROBLEM_UNTRUSTED. `elliptic` tells which kind of key its method takes. */
enum problem saml_check_signed_info(struct saml_reading *reading, const xmlNode *signature,
                                    const xmlNode *element, bool *elliptic) MUST_CHECK;

#endif
