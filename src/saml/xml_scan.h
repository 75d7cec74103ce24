/* What is looked for in a document before the parser sees it, because the parser would already pay for it. */
#ifndef MUSTER_SAML_XML_SCAN_H
#define MUSTER_SAML_XML_SCAN_H

#include "base/arena.h"
#include "base/text.h"

/* NULL, or the rest of a sentence about what is wrong: not UTF-8, another encoding or version declared, a tag
 * that is too long or has too many attributes, or too many attributes at all (the limits of saml/xml.h). That
 * the text is well-formed is for the parser to find out. */
const char *xml_scan(struct arena *arena, struct text text);

#endif
