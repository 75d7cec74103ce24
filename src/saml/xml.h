/* The one way in which XML from outside becomes a tree. Whoever reads SAML comes through here, so that what
 * an XML parser can be made to do (open files and addresses, expand entities, burn time) is shut off in one
 * place.
 */
#ifndef MUSTER_SAML_XML_H
#define MUSTER_SAML_XML_H

#include <stdbool.h>
#include <stddef.h>

#include <libxml/tree.h>

#include "base/arena.h"
#include "base/text.h"

/* What every document is held to. libxml2's time is quadratic in the attributes of one tag and in the
 * namespaces in scope, so both are bounded besides the size. */
#define XML_MAXIMUM_TAG            ((size_t)16 * 1024) /* bytes from "<" to ">" */
#define XML_MAXIMUM_TAG_ATTRIBUTES 64
#define XML_MAXIMUM_ATTRIBUTES     10000
#define XML_MAXIMUM_ELEMENTS       5000
#define XML_MAXIMUM_NAMESPACES     256 /* in scope of one element */
#define XML_MAXIMUM_DEPTH          64

/* What differs between documents. */
struct xml_rules {
    size_t maximum_size;   /* bytes */
    bool comments_allowed; /* then they are dropped: the tree never has any */
};

/* Reads a document of XML 1.0 in UTF-8. The tree holds elements, attributes and text only, belongs to the
 * arena and is freed by its reset. NULL where the text is refused: *fault is then the rest of a sentence
 * about it, such as "has a document type declaration (DOCTYPE)", for administrators. Nothing is printed, no
 * file or address is opened, no entity expanded but the five of XML itself. */
xmlDoc *xml_read(struct arena *arena, struct text text, const struct xml_rules *rules, const char **fault);

/* Whether the node is an element of this name in exactly this namespace (Namespaces in XML 1.0, section 6).
 */
bool xml_is(const xmlNode *node, const char *namespace_name, const char *name);

/* The first child element of this name and namespace, and the next sibling after `element` that has them too;
 * NULL where there is none. */
xmlNode *xml_first(const xmlNode *parent, const char *namespace_name, const char *name);
xmlNode *xml_next(const xmlNode *element, const char *namespace_name, const char *name);

/* How many children xml_first() and xml_next() walk over. */
size_t xml_count(const xmlNode *parent, const char *namespace_name, const char *name);

/* The value of an attribute without namespace, copied into the arena; NO_TEXT where it is absent. */
struct text xml_attribute(struct arena *arena, const xmlNode *element, const char *name);

/* The text of an element that holds nothing but text, copied into the arena; NO_TEXT where it has child
 * elements. */
struct text xml_text(struct arena *arena, const xmlNode *element);

/* The text without the white space that XML allows inside of base64 (XML Schema part 2, section 3.2.16). */
struct text xml_without_space(struct arena *arena, struct text text);

#endif
