/* One walk over all elements. Names are compared without their namespace where an element is looked for, and
 * with it where one is found, so that no element is overlooked by one reader and taken by another. */
#include "saml/structure.h"

#include "saml/names.h"

#define MAXIMUM_IDS 100
#define LONGEST_ID  256

struct walk {
    struct saml_reading *reading;
    const xmlNode *root;
    struct text ids[MAXIMUM_IDS];
    size_t id_count;
    size_t assertions; /* encrypted or not */
};

static bool is_named(const xmlNode *node, const char *name)
{
    return xmlStrEqual(node->name, (const xmlChar *)name);
}

static bool is_letter(char character)
{
    return (character >= 'A' && character <= 'Z') || (character >= 'a' && character <= 'z') ||
           character == '_';
}

bool saml_is_id(struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        bool inner =
            (text.data[i] >= '0' && text.data[i] <= '9') || text.data[i] == '-' || text.data[i] == '.';
        if (!is_letter(text.data[i]) && (i == 0 || !inner)) {
            return false;
        }
    }
    return text.length > 0 && text.length <= LONGEST_ID;
}

xmlNode *saml_signature_of(const xmlNode *element)
{
    return xml_first(element, SAML_NAMESPACE_XML_SIGNATURE, "Signature");
}

/* SAML core 1.3.4 and XML signature 4.4.3.2: an identifier names one element, whatever the attribute that
 * holds it is called. */
static enum problem check_id(struct walk *walk, const xmlAttr *attribute)
{
    struct saml_reading *reading = walk->reading;
    xmlChar *value = xmlNodeListGetString(attribute->doc, attribute->children, 1);
    struct text id = arena_copy_text(reading->arena, text_of(value == NULL ? "" : (const char *)value));
    xmlFree(value);
    if (!saml_is_id(id)) {
        return SAML_MALFORMED(reading, "An ID is malformed.");
    }
    for (size_t i = 0; i < walk->id_count; i++) {
        if (text_equal(walk->ids[i], id)) {
            return SAML_MALFORMED(reading, "Two elements have the same ID.");
        }
    }
    if (walk->id_count == MAXIMUM_IDS) {
        return SAML_MALFORMED(reading, "There are more than %d IDs.", MAXIMUM_IDS);
    }
    walk->ids[walk->id_count++] = id;
    return PROBLEM_NONE;
}

static enum problem check_ids(struct walk *walk, const xmlNode *element)
{
    for (const xmlAttr *attribute = element->properties; attribute != NULL; attribute = attribute->next) {
        if (xmlStrcasecmp(attribute->name, (const xmlChar *)"id") == 0) {
            TRY(check_id(walk, attribute));
        }
    }
    return PROBLEM_NONE;
}

/* SAML core 3.3.3: the assertion is a child of the Response, and there is no other anywhere. */
static enum problem check_assertion(struct walk *walk, const xmlNode *element)
{
    bool encrypted = is_named(element, "EncryptedAssertion");
    if (!encrypted && !is_named(element, "Assertion")) {
        return PROBLEM_NONE;
    }
    if (!xml_is(element, SAML_NAMESPACE_ASSERTION, encrypted ? "EncryptedAssertion" : "Assertion")) {
        return SAML_MALFORMED(walk->reading, "There is an assertion of another namespace.");
    }
    if (element != walk->root && element->parent != walk->root) {
        return SAML_MALFORMED(walk->reading, "There is an assertion inside of another element.");
    }
    if (++walk->assertions > 1) {
        return SAML_MALFORMED(walk->reading, "There is more than one assertion.");
    }
    return PROBLEM_NONE;
}

/* SAML core 3.2.2: a Response is never part of anything. */
static enum problem check_response(struct walk *walk, const xmlNode *element)
{
    return is_named(element, "Response") && element != walk->root
               ? SAML_MALFORMED(walk->reading, "There is a Response inside of another element.")
               : PROBLEM_NONE;
}

/* SAML core 5.4.1 and 5.4.2: a Response and an Assertion each have at most one signature, their child. */
static enum problem check_signature(struct walk *walk, const xmlNode *element)
{
    if (!is_named(element, "Signature")) {
        return PROBLEM_NONE;
    }
    const xmlNode *parent = element->parent;
    bool placed = parent == walk->root ||
                  (parent->parent == walk->root && xml_is(parent, SAML_NAMESPACE_ASSERTION, "Assertion"));
    if (!xml_is(element, SAML_NAMESPACE_XML_SIGNATURE, "Signature") || !placed) {
        return SAML_MALFORMED(walk->reading, "There is a signature in a place where none may be.");
    }
    if (xml_count(parent, SAML_NAMESPACE_XML_SIGNATURE, "Signature") > 1) {
        return SAML_MALFORMED(walk->reading, "An element has more than one signature.");
    }
    return PROBLEM_NONE;
}

/* The parser bounds the depth, and with it the recursion. */
static enum problem check_element(struct walk *walk, const xmlNode *element)
{
    TRY(check_ids(walk, element));
    TRY(check_response(walk, element));
    TRY(check_assertion(walk, element));
    TRY(check_signature(walk, element));
    for (const xmlNode *child = element->children; child != NULL; child = child->next) {
        if (child->type == XML_ELEMENT_NODE) {
            TRY(check_element(walk, child));
        }
    }
    return PROBLEM_NONE;
}

static enum problem check_all(struct saml_reading *reading, const xmlNode *root)
{
    struct walk *walk = ARENA_NEW(reading->arena, struct walk);
    *walk = (struct walk){.reading = reading, .root = root};
    TRY(check_element(walk, root));
    return walk->assertions == 1 ? PROBLEM_NONE : SAML_MALFORMED(reading, "There is no assertion.");
}

enum problem saml_check_response_form(struct saml_reading *reading, const xmlNode *root)
{
    if (!xml_is(root, SAML_NAMESPACE_PROTOCOL, "Response")) {
        return SAML_MALFORMED(reading, "The message is no SAML 2.0 Response.");
    }
    return check_all(reading, root);
}

enum problem saml_check_assertion_form(struct saml_reading *reading, const xmlNode *root)
{
    if (!xml_is(root, SAML_NAMESPACE_ASSERTION, "Assertion")) {
        return SAML_MALFORMED(reading, "What was encrypted or signed is no Assertion.");
    }
    return check_all(reading, root);
}
