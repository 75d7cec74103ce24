/* The parser behind saml/xml.h, without the scan before it: alone it is safe, but neither quick nor full of
 * words for what it refuses. */
#ifndef MUSTER_SAML_XML_PARSE_H
#define MUSTER_SAML_XML_PARSE_H

#include <stdbool.h>

#include <libxml/tree.h>

#include "base/arena.h"
#include "base/text.h"

/* The tree of a text of at most INT32_MAX bytes, freed with the arena; NULL with a fault as from xml_read().
 * Document types, instructions and comments that are not allowed stop the parser where they begin. */
xmlDoc *xml_parse(struct arena *arena, struct text text, bool comments_allowed, const char **fault);

#endif
