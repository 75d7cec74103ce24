/* The order of the steps from text to tree, and the few questions that are asked of a tree. */
#include "saml/xml.h"

#include <inttypes.h>

#include "saml/xml_parse.h"
#include "saml/xml_scan.h"

static const char *check_size(struct arena *arena, struct text text, const struct xml_rules *rules)
{
    if (text.length == 0) {
        return "is empty";
    }
    if (text.length > rules->maximum_size || text.length > INT32_MAX) {
        return arena_print(arena, "is larger than %zu KiB", rules->maximum_size / 1024);
    }
    return NULL;
}

xmlDoc *xml_read(struct arena *arena, struct text text, const struct xml_rules *rules, const char **fault)
{
    *fault = check_size(arena, text, rules);
    if (*fault == NULL) {
        *fault = xml_scan(arena, text);
    }
    return *fault == NULL ? xml_parse(arena, text, rules->comments_allowed, fault) : NULL;
}

/* --- Looking at the tree ------------------------------------------------------------------------------- */

bool xml_is(const xmlNode *node, const char *namespace_name, const char *name)
{
    return node != NULL && node->type == XML_ELEMENT_NODE && node->ns != NULL &&
           xmlStrEqual(node->ns->href, (const xmlChar *)namespace_name) &&
           xmlStrEqual(node->name, (const xmlChar *)name);
}

static xmlNode *find_from(xmlNode *node, const char *namespace_name, const char *name)
{
    while (node != NULL && !xml_is(node, namespace_name, name)) {
        node = node->next;
    }
    return node;
}

xmlNode *xml_first(const xmlNode *parent, const char *namespace_name, const char *name)
{
    return find_from(parent->children, namespace_name, name);
}

xmlNode *xml_next(const xmlNode *element, const char *namespace_name, const char *name)
{
    return find_from(element->next, namespace_name, name);
}

size_t xml_count(const xmlNode *parent, const char *namespace_name, const char *name)
{
    size_t count = 0;
    for (const xmlNode *child = xml_first(parent, namespace_name, name); child != NULL;
         child = xml_next(child, namespace_name, name)) {
        count++;
    }
    return count;
}

/* The contents of text nodes put together; NO_TEXT where there is a node of another kind. */
static struct text join(struct arena *arena, const xmlNode *first)
{
    struct builder builder;
    builder_start(&builder, arena, 64, SIZE_MAX / 2);
    for (const xmlNode *node = first; node != NULL; node = node->next) {
        if (node->type != XML_TEXT_NODE) {
            return NO_TEXT;
        }
        builder_add_string(&builder, (const char *)node->content);
    }
    return arena_copy_text(arena, builder_text(&builder));
}

struct text xml_attribute(struct arena *arena, const xmlNode *element, const char *name)
{
    for (const xmlAttr *attribute = element->properties; attribute != NULL; attribute = attribute->next) {
        if (attribute->ns == NULL && xmlStrEqual(attribute->name, (const xmlChar *)name)) {
            return join(arena, attribute->children);
        }
    }
    return NO_TEXT;
}

struct text xml_text(struct arena *arena, const xmlNode *element)
{
    return join(arena, element->children);
}

struct text xml_without_space(struct arena *arena, struct text text)
{
    char *kept = arena_reserve(arena, text.length + 1);
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (memchr(" \t\r\n", text.data[i], 4) == NULL) {
            kept[length++] = text.data[i];
        }
    }
    return (struct text){kept, length};
}
