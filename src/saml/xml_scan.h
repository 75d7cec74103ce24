/* What is looked for in a document before the parser sees it, because the parser would already pay for it. */
#ifndef MUSTER_SAML_XML_SCAN_H
#define MUSTER_SAML_XML_SCAN_H

#include "base/arena.h"
#include "base/text.h"

/* NULL, or the rest of a sentence about what is wrong: not UTF-8, another encoding or version declared,
 * characters or references that XML does not have, or a limit of saml/xml.h passed (tags, attributes,
 * elements). That the rest is well-formed is for the parser to find out. */
const char *xml_scan(struct arena *arena, struct text text);

#endif
