/* Metadata that is kept: what is found is that of the document asked for, and what expires does so all the
 * same. */
#include "saml/metadata_fixture.h"

#include "base/clock.h"
#include "saml/provider.h"

#define PROVIDERS 1000
#define SECOND    MICROSECONDS_PER_SECOND

static struct text document(size_t number)
{
    return text_of(with_certificates(replaced(
        PLAIN, ENTITY_ID, arena_print(test_context.arena, "entityID='https://idp%zu.example.com'", number))));
}

static void expect_same(const struct saml_metadata *found, const struct saml_metadata *read)
{
    assert_true(text_equal(found->entity_id, read->entity_id));
    for (size_t i = 0; i < SAML_BINDING_COUNT; i++) {
        assert_true(text_equal(found->sso_locations[i], read->sso_locations[i]));
    }
    assert_int_equal(found->name_id_format_count, read->name_id_format_count);
    for (size_t i = 0; i < read->name_id_format_count; i++) {
        assert_true(text_equal(found->name_id_formats[i], read->name_id_formats[i]));
    }
    assert_int_equal(found->certificate_count, read->certificate_count);
    for (size_t i = 0; i < read->certificate_count; i++) {
        assert_true(text_equal(found->certificates[i], read->certificates[i]));
    }
    assert_true(found->wants_signed_requests == read->wants_signed_requests);
    assert_true(found->valid_until == read->valid_until);
}

static void a_document_never_gets_the_metadata_of_another(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < PROVIDERS; i++) {
            struct saml_metadata found[2];
            const struct saml_metadata *read = read_text(document(i));
            assert_int_equal(saml_provider_read(&test_context, document(i), &found[0]), PROBLEM_NONE);
            assert_int_equal(saml_provider_read(&test_context, document(i), &found[1]), PROBLEM_NONE);
            expect_same(&found[0], read);
            expect_same(&found[1], read);
            start_again();
        }
    }
}

static void what_is_kept_expires(void **state)
{
    (void)state;
    struct saml_metadata metadata;
    struct text xml = text_of(with_certificates(
        replaced(PLAIN, "<md:IDPSSODescriptor ", "<md:IDPSSODescriptor validUntil='2090-01-01T00:00:00Z' ")));
    assert_int_equal(saml_provider_read(&test_context, xml, &metadata), PROBLEM_NONE);
    int64_t end = metadata.valid_until;
    test_context.now = end - SECOND;
    assert_int_equal(saml_provider_read(&test_context, xml, &metadata), PROBLEM_NONE);
    test_context.now = end;
    assert_int_equal(saml_provider_read(&test_context, xml, &metadata), PROBLEM_REFUSED);
}

static void what_is_refused_stays_refused(void **state)
{
    (void)state;
    struct saml_metadata metadata;
    struct text xml = text_of(with_certificates(replaced(PLAIN, SIGN_ON, "")));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(saml_provider_read(&test_context, xml, &metadata), PROBLEM_REFUSED);
        assert_string_equal(all_faults(), NO_SERVICE);
        context_forgive(&test_context);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_CONTEXT(a_document_never_gets_the_metadata_of_another),
        IN_CONTEXT(what_is_kept_expires),
        IN_CONTEXT(what_is_refused_stays_refused),
    };
    return cmocka_run_group_tests_name("provider", tests, NULL, NULL);
}
