/* Metadata of one identity provider, written so that a test can change one place of it, and what is expected
 * of reading it. */
#ifndef MUSTER_TESTS_SAML_METADATA_FIXTURE_H
#define MUSTER_TESTS_SAML_METADATA_FIXTURE_H

#include "saml/fixture.h"

#include "base/encoding.h"
#include "saml/metadata.h"

#define PROTOCOL "protocolSupportEnumeration='urn:oasis:names:tc:SAML:2.0:protocol'"
#define KEY(use, certificates)                                        \
    "<md:KeyDescriptor" use "><ds:KeyInfo><ds:X509Data>" certificates \
    "</ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
#define CERTIFICATE(name)     "<ds:X509Certificate>{" name "}</ds:X509Certificate>"
#define SIGNING(certificates) KEY(" use='signing'", certificates)
#define SERVICE(binding, location)                                                                           \
    "<md:SingleSignOnService Binding='urn:oasis:names:tc:SAML:2.0:bindings:" binding "' Location='" location \
    "'/>"
#define SIGN_ON SERVICE("HTTP-Redirect", "https://idp.example.com/sso")
#define ROLE \
    "<md:IDPSSODescriptor " PROTOCOL ">" SIGNING(CERTIFICATE("rsa-2048")) SIGN_ON "</md:IDPSSODescriptor>"
#define NAMESPACES \
    "xmlns:md='urn:oasis:names:tc:SAML:2.0:metadata' xmlns:ds='http://www.w3.org/2000/09/xmldsig#'"
#define ENTITY_ID    "entityID='https://idp.example.com'"
#define ENTITY(role) "<md:EntityDescriptor " NAMESPACES " " ENTITY_ID ">" role "</md:EntityDescriptor>"
#define GROUP(inner) "<md:EntitiesDescriptor " NAMESPACES ">" inner "</md:EntitiesDescriptor>"
#define PLAIN        ENTITY(ROLE)
#define PROVIDER     "<md:EntityDescriptor " ENTITY_ID ">" ROLE "</md:EntityDescriptor>"

#define NO_CERTIFICATE "saml_info has no signing certificate."
#define NO_SERVICE     "saml_info has no SingleSignOnService with the binding HTTP-Redirect or HTTP-POST."
#define BAD_LOCATION(binding)                          \
    "saml_info has a SingleSignOnService for " binding \
    " whose Location is not an address that begins with http:// or https://."
#define WEAK "saml_info has no usable signing certificate: number 1 "

__attribute__((unused)) static const char *all_faults(void)
{
    struct builder builder;
    builder_start(&builder, test_context.arena, 256, ARENA_MAXIMUM);
    for (const struct fault *fault = test_context.faults; fault != NULL; fault = fault->next) {
        assert_string_equal(fault->field, "saml_info");
        builder_add_string(&builder, builder.length == 0 ? "" : "\n");
        builder_add_string(&builder, fault->sentence);
    }
    builder_add_character(&builder, '\0');
    return builder.data;
}

__attribute__((unused)) static struct saml_metadata *read_text(struct text xml)
{
    struct saml_metadata *metadata = ARENA_NEW(test_context.arena, struct saml_metadata);
    enum problem problem = saml_metadata_read(&test_context, xml, metadata);
    if (problem != PROBLEM_NONE) {
        fail_msg("refused: %s", all_faults());
    }
    assert_null(test_context.faults);
    return metadata;
}

__attribute__((unused)) static struct saml_metadata *read_metadata(const char *xml)
{
    return read_text(text_of(with_certificates(xml)));
}

/* All the sentences, a line each. */
__attribute__((unused)) static void refuses_text(struct text xml, const char *sentences)
{
    struct saml_metadata metadata;
    enum problem problem = saml_metadata_read(&test_context, xml, &metadata);
    assert_string_equal(all_faults(), sentences);
    assert_int_equal(problem, PROBLEM_REFUSED);
    assert_int_equal(problem_status(test_context.problem), 422);
    start_again();
}

__attribute__((unused)) static void refuses(const char *xml, const char *sentences)
{
    refuses_text(text_of(with_certificates(xml)), sentences);
}

__attribute__((unused)) static void refuses_changed(const char *from, const char *to, const char *sentences)
{
    refuses(replaced(PLAIN, from, to), sentences);
}

__attribute__((unused)) static struct saml_metadata *read_changed(const char *from, const char *to)
{
    return read_metadata(replaced(PLAIN, from, to));
}

__attribute__((unused)) static struct saml_metadata *read_published(const char *name)
{
    return read_text(data_file(arena_print(test_context.arena, "metadata/%s.xml", name)));
}

__attribute__((unused)) static void has_certificates(const struct saml_metadata *metadata, size_t count,
                                                     const char *const *names)
{
    assert_int_equal(metadata->certificate_count, count);
    for (size_t i = 0; i < count; i++) {
        struct builder lines;
        struct text rest = text_of(certificate_lines(names[i]));
        builder_start(&lines, test_context.arena, 4096, ARENA_MAXIMUM);
        while (rest.data != NULL) {
            builder_add_text(&lines, text_cut(&rest, '\n'));
        }
        expect_text(encode_base64(test_context.arena, metadata->certificates[i]),
                    arena_copy_text(test_context.arena, builder_text(&lines)).data);
    }
}

#define HAS_CERTIFICATES(metadata, ...)                                                        \
    has_certificates((metadata), sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *), \
                     (const char *[]){__VA_ARGS__})

__attribute__((unused)) static void has_locations(const struct saml_metadata *metadata, const char *redirect,
                                                  const char *post)
{
    const char *const expected[SAML_BINDING_COUNT] = {redirect, post};
    for (size_t i = 0; i < SAML_BINDING_COUNT; i++) {
        if (expected[i] == NULL) {
            assert_null(metadata->sso_locations[i].data);
        } else {
            expect_text(metadata->sso_locations[i], expected[i]);
        }
    }
}

#endif
