/* Reading XML and what is expected of it. */
#ifndef MUSTER_TESTS_SAML_XML_FIXTURE_H
#define MUSTER_TESTS_SAML_XML_FIXTURE_H

#include "saml/fixture.h"

#include "saml/xml.h"

#define MAXIMUM_SIZE ((size_t)256 * 1024)

__attribute__((unused)) static const struct xml_rules strict = {.maximum_size = MAXIMUM_SIZE};
__attribute__((unused)) static const struct xml_rules with_comments = {.maximum_size = MAXIMUM_SIZE,
                                                                       .comments_allowed = true};

__attribute__((unused)) static xmlNode *root_of(const char *xml, const struct xml_rules *rules)
{
    const char *fault = NULL;
    xmlDoc *document = xml_read(test_context.arena, text_of(xml), rules, &fault);
    if (document == NULL) {
        fail_msg("refused: it %s", fault);
    }
    assert_null(fault);
    return xmlDocGetRootElement(document);
}

__attribute__((unused)) static void refuses_text(struct text xml, const struct xml_rules *rules,
                                                 const char *expected)
{
    const char *fault = NULL;
    assert_null(xml_read(test_context.arena, xml, rules, &fault));
    assert_non_null(fault);
    assert_string_equal(fault, expected);
}

__attribute__((unused)) static void refuses(const char *xml, const char *expected)
{
    refuses_text(text_of(xml), &strict, expected);
}

#endif
