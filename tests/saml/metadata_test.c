/* Metadata of identity providers: what each make publishes is read, and whatever cannot be trusted is refused
 * with a sentence that says why. */
#include "saml/metadata_fixture.h"

#include "base/clock.h"

/* --- What identity providers publish ------------------------------------------------------------------- */

static void entra_id(void **state)
{
    (void)state;
    const char *location = "https://login.entra.example/00000000-1111-4222-8333-444444444444/saml2";
    const struct saml_metadata *metadata = read_published("entra-id");
    expect_text(metadata->entity_id, "https://sts.entra.example/00000000-1111-4222-8333-444444444444/");
    has_locations(metadata, location, location);
    HAS_CERTIFICATES(metadata, "rsa-2048", "rsa-2048-next");
    assert_int_equal(metadata->name_id_format_count, 0);
    assert_true(metadata->valid_until == INT64_MAX);
}

static void okta(void **state)
{
    (void)state;
    const char *location = "https://company.okta.example/app/worklete/exk1fcia6d6EMsf331d8/sso/saml";
    const struct saml_metadata *metadata = read_published("okta");
    expect_text(metadata->entity_id, "http://www.okta.example/exk1fcia6d6EMsf331d8");
    has_locations(metadata, location, location);
    HAS_CERTIFICATES(metadata, "rsa-2048");
    assert_int_equal(metadata->name_id_format_count, 2);
    expect_text(metadata->name_id_formats[0], "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified");
    expect_text(metadata->name_id_formats[1], "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress");
    assert_false(metadata->wants_signed_requests);
}

static void keycloak(void **state)
{
    (void)state;
    const char *location = "https://keycloak.example.com/realms/company/protocol/saml";
    const struct saml_metadata *metadata = read_published("keycloak");
    expect_text(metadata->entity_id, "https://keycloak.example.com/realms/company");
    has_locations(metadata, location, location);
    HAS_CERTIFICATES(metadata, "p-256");
    assert_int_equal(metadata->name_id_format_count, 4);
    assert_true(metadata->wants_signed_requests);
}

static void adfs(void **state)
{
    (void)state;
    const struct saml_metadata *metadata = read_published("adfs");
    expect_text(metadata->entity_id, "http://adfs.example.com/adfs/services/trust");
    has_locations(metadata, "https://adfs.example.com/adfs/ls/", "https://adfs.example.com/adfs/ls/");
    HAS_CERTIFICATES(metadata, "rsa-2048");
    assert_int_equal(metadata->name_id_format_count, 2);
}

static void google(void **state)
{
    (void)state;
    int64_t until = 0;
    const char *location = "https://accounts.google.example/o/saml2/idp?idpid=C01234567";
    const struct saml_metadata *metadata = read_published("google");
    expect_text(metadata->entity_id, "https://accounts.google.example/o/saml2?idpid=C01234567");
    has_locations(metadata, location, location);
    HAS_CERTIFICATES(metadata, "rsa-2048");
    assert_true(clock_read(TEXT("2099-04-30T10:45:21.000Z"), &until));
    assert_true(metadata->valid_until == until);
}

static void simplesamlphp(void **state)
{
    (void)state;
    const struct saml_metadata *metadata = read_published("simplesamlphp");
    expect_text(metadata->entity_id, "https://idp.example.com/simplesaml/saml2/idp/metadata.php");
    has_locations(metadata, "https://idp.example.com/simplesaml/saml2/idp/SSOService.php", NULL);
    HAS_CERTIFICATES(metadata, "rsa-2048");
    assert_int_equal(metadata->name_id_format_count, 1);
    expect_text(metadata->name_id_formats[0], "urn:oasis:names:tc:SAML:2.0:nameid-format:transient");
}

/* --- Which entity -------------------------------------------------------------------------------------- */

static void the_one_provider_of_a_group_is_found(void **state)
{
    (void)state;
    static const char service[] =
        "<md:EntityDescriptor entityID='urn:sp'><md:SPSSODescriptor/></md:EntityDescriptor>";
    const char *inner =
        arena_print(test_context.arena, "%s<md:EntitiesDescriptor>%s%s</md:EntitiesDescriptor>", service,
                    service, PROVIDER);
    expect_text(read_metadata(replaced(GROUP("INNER"), "INNER", inner))->entity_id,
                "https://idp.example.com");
}

static void a_group_with_none_or_several_providers_is_refused(void **state)
{
    (void)state;
    refuses(GROUP(""), "saml_info must describe exactly one identity provider, not 0.");
    refuses(GROUP(PROVIDER "<md:EntitiesDescriptor>" PROVIDER "</md:EntitiesDescriptor>"),
            "saml_info must describe exactly one identity provider, not 2.");
    refuses(GROUP("<md:Extensions>" PROVIDER "</md:Extensions>"),
            "saml_info must describe exactly one identity provider, not 0.");
}

static void another_root_is_refused(void **state)
{
    (void)state;
    static const char sentence[] =
        "saml_info is not SAML 2.0 metadata: its root element must be EntityDescriptor or EntitiesDescriptor "
        "of the namespace urn:oasis:names:tc:SAML:2.0:metadata.";
    refuses("<html/>", sentence);
    refuses("<EntityDescriptor/>", sentence);
    refuses(replaced(ROLE, "<md:IDPSSODescriptor ", "<md:IDPSSODescriptor " NAMESPACES " "), sentence);
    refuses_changed("tc:SAML:2.0:metadata'", "tc:SAML:2.0:metadata/'", sentence);
    refuses_changed("tc:SAML:2.0:metadata'", "tc:SAML:1.1:metadata'", sentence);
}

static void no_role_or_two_of_them_are_refused(void **state)
{
    (void)state;
    static const char none[] = "saml_info describes no identity provider: it has no IDPSSODescriptor.";
    refuses(ENTITY(""), none);
    refuses(ENTITY("<md:Extensions>" ROLE "</md:Extensions>"), none);
    refuses(ENTITY("<IDPSSODescriptor " PROTOCOL "/>"), none);
    refuses(ENTITY("<ds:IDPSSODescriptor " PROTOCOL "/>"), none);
    refuses(ENTITY(ROLE ROLE), "saml_info must have exactly one IDPSSODescriptor, not 2.");
}

/* --- The entity ---------------------------------------------------------------------------------------- */

static void the_entity_id_is_kept_exactly(void **state)
{
    (void)state;
    expect_text(read_changed(ENTITY_ID, "entityID='URN:x:Straße &amp; a  b'")->entity_id,
                "URN:x:Straße & a  b");
    const char *longest = repeated("x", SAML_MAXIMUM_ENTITY_ID);
    expect_text(read_changed(ENTITY_ID, arena_print(test_context.arena, "entityID='%s'", longest))->entity_id,
                longest);
}

static void a_bad_entity_id_is_refused(void **state)
{
    (void)state;
    refuses_changed(ENTITY_ID, "", "saml_info has no entityID.");
    refuses_changed(ENTITY_ID, "entityID=''", "saml_info has no entityID.");
    refuses_changed(ENTITY_ID, "entityID=' &#10;&#9; '", "saml_info has no entityID.");
    refuses_changed(ENTITY_ID, "md:entityID='https://idp.example.com'", "saml_info has no entityID.");
    refuses_changed(ENTITY_ID, "entityID='urn:x '", "saml_info has an entityID with white space around it.");
    refuses_changed(
        ENTITY_ID,
        arena_print(test_context.arena, "entityID='%s'", repeated("x", SAML_MAXIMUM_ENTITY_ID + 1)),
        "saml_info has an entityID of more than 1024 bytes.");
}

static const char *until(int64_t microseconds)
{
    char text[CLOCK_TEXT_SIZE];
    clock_write(microseconds, text);
    return arena_print(test_context.arena, ENTITY_ID " validUntil='%s'", text);
}

static void the_earliest_valid_until_counts(void **state)
{
    (void)state;
    test_context.now = 1700000000 * MICROSECONDS_PER_SECOND;
    int64_t next = test_context.now + MICROSECONDS_PER_SECOND;
    const char *role = replaced(replaced(PLAIN, ENTITY_ID, until(next)), "<md:IDPSSODescriptor ",
                                "<md:IDPSSODescriptor validUntil=' 2090-01-01T00:00:00+01:00 ' ");
    assert_true(read_metadata(role)->valid_until == next);
    assert_true(
        read_changed("<md:IDPSSODescriptor ", "<md:IDPSSODescriptor validUntil='2023-11-14T22:13:21Z' ")
            ->valid_until == next);
}

static void metadata_that_expired_is_refused(void **state)
{
    (void)state;
    test_context.now = 1700000000 * MICROSECONDS_PER_SECOND;
    refuses(replaced(PLAIN, ENTITY_ID, until(test_context.now)),
            "saml_info has expired: the validUntil of EntityDescriptor was 2023-11-14T22:13:20.000Z.");
    refuses_changed(
        "<md:IDPSSODescriptor ", "<md:IDPSSODescriptor validUntil='1999-12-31T23:59:59Z' ",
        "saml_info has expired: the validUntil of IDPSSODescriptor was 1999-12-31T23:59:59.000Z.");
    refuses(replaced(GROUP(PROVIDER), "<md:EntitiesDescriptor ",
                     "<md:EntitiesDescriptor validUntil='2001-01-01T00:00:00Z' "),
            "saml_info has expired: the validUntil of EntitiesDescriptor was 2001-01-01T00:00:00.000Z.");
}

static void a_valid_until_that_is_no_time_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "never", "2090-01-01", "2090-02-30T00:00:00Z",
                                      "2090-01-01T00:00:00"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        refuses_changed(ENTITY_ID, arena_print(test_context.arena, ENTITY_ID " validUntil='%s'", bad[i]),
                        "saml_info has a validUntil of EntityDescriptor that is not a time such as "
                        "2019-05-01T16:44:18Z.");
    }
}

/* --- The role ------------------------------------------------------------------------------------------ */

static void the_protocol_must_be_named(void **state)
{
    (void)state;
    static const char sentence[] =
        "saml_info has an IDPSSODescriptor whose protocolSupportEnumeration does not name "
        "urn:oasis:names:tc:SAML:2.0:protocol.";
    (void)read_changed(PROTOCOL, "protocolSupportEnumeration=' urn:oasis:names:tc:SAML:1.1:protocol\n"
                                 "urn:oasis:names:tc:SAML:2.0:protocol'");
    refuses_changed(PROTOCOL, "", sentence);
    refuses_changed(PROTOCOL, "protocolSupportEnumeration='urn:oasis:names:tc:SAML:1.1:protocol'", sentence);
    refuses_changed(PROTOCOL, "protocolSupportEnumeration='urn:oasis:names:tc:SAML:2.0:protocols'", sentence);
}

static void name_id_formats_are_bounded_and_never_blank(void **state)
{
    (void)state;
    const char *formats = repeated("<md:NameIDFormat>urn:x</md:NameIDFormat>", SAML_MAXIMUM_FORMATS + 1);
    const char *all =
        arena_print(test_context.arena, "%s<md:NameIDFormat> </md:NameIDFormat>%s", SIGN_ON, formats);
    const struct saml_metadata *metadata = read_changed(SIGN_ON, all);
    assert_int_equal(metadata->name_id_format_count, SAML_MAXIMUM_FORMATS);
    expect_text(metadata->name_id_formats[0], "urn:x");
}

static void signed_requests_are_wanted_by_true_or_1(void **state)
{
    (void)state;
    assert_true(read_changed(PROTOCOL, PROTOCOL " WantAuthnRequestsSigned='1'")->wants_signed_requests);
    assert_true(read_changed(PROTOCOL, PROTOCOL " WantAuthnRequestsSigned='true'")->wants_signed_requests);
    assert_false(read_changed(PROTOCOL, PROTOCOL " WantAuthnRequestsSigned='0'")->wants_signed_requests);
}

/* --- Single sign-on services
 * ------------------------------------------------------------------------------------ */

static void the_first_location_of_a_binding_counts(void **state)
{
    (void)state;
    has_locations(read_changed(SIGN_ON, SERVICE("SOAP", "javascript:alert(1)") SERVICE(
                                            "HTTP-POST", "http://a/1") SERVICE("HTTP-POST", "http://a/2")),
                  NULL, "http://a/1");
    has_locations(read_changed(SIGN_ON, SERVICE("HTTP-Redirect", "HTTPS://[::1]:8443/sso?a=b&amp;c=%20d")),
                  "HTTPS://[::1]:8443/sso?a=b&c=%20d", NULL);
}

static void no_service_that_can_be_used_is_refused(void **state)
{
    (void)state;
    refuses_changed(SIGN_ON, "", NO_SERVICE);
    refuses_changed(SIGN_ON, SERVICE("SOAP", "https://idp.example.com/sso"), NO_SERVICE);
    refuses_changed(SIGN_ON, SERVICE("HTTP-Redirects", "https://idp.example.com/sso"), NO_SERVICE);
    refuses_changed(SIGN_ON, "<md:SingleSignOnService Location='https://idp.example.com/sso'/>", NO_SERVICE);
    refuses_changed(SIGN_ON, "<md:Extensions>" SIGN_ON "</md:Extensions>", NO_SERVICE);
    refuses_changed("<md:SingleSignOnService", "<ds:SingleSignOnService", NO_SERVICE);
}

static void a_location_that_is_no_web_address_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "javascript:alert(1)",
        "",
        "/sso",
        "//idp.example.com/",
        "https:/idp.example.com/",
        "https://",
        "https:///sso",
        "https://?x",
        "https://:443/",
        "https://@idp.example.com/",
        "ftp://idp.example.com/",
        "data:text/html,x",
        "file:///etc/passwd",
        "https//idp.example.com",
        "https://idp.example.com/&#13;&#10;Set-Cookie:a=b",
        "https://idp.example.com/a b",
        "https://idp.example.com/&quot;",
        "https://idp.example.com/&lt;script>",
        "https://idp.example.com\\@other.example",
        "https://idp.example.com/#fragment",
        "https://idp.example.com/\xC3\xA9",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *service = arena_print(test_context.arena, SERVICE("HTTP-POST", "%s"), bad[i]);
        refuses_changed(SIGN_ON, service, BAD_LOCATION("HTTP-POST"));
    }
}

static void a_location_is_limited(void **state)
{
    (void)state;
    const char *host = repeated("x", SAML_MAXIMUM_LOCATION - strlen("https://"));
    const char *service = arena_print(test_context.arena, SERVICE("HTTP-POST", "https://%s"), host);
    assert_int_equal(read_changed(SIGN_ON, service)->sso_locations[SAML_BINDING_POST].length,
                     SAML_MAXIMUM_LOCATION);
    refuses_changed(SIGN_ON, replaced(service, "https://", "https://x"), BAD_LOCATION("HTTP-POST"));
}

static void a_bad_location_beside_a_good_one_is_refused(void **state)
{
    (void)state;
    refuses_changed(SIGN_ON, SIGN_ON SERVICE("HTTP-Redirect", "JavaScript:alert(1)"),
                    BAD_LOCATION("HTTP-Redirect"));
}

/* --- The document -------------------------------------------------------------------------------------- */

static void everything_wrong_is_told_at_once(void **state)
{
    (void)state;
    refuses(
        "<md:EntityDescriptor xmlns:md='urn:oasis:names:tc:SAML:2.0:metadata' "
        "validUntil='2001-01-01T00:00:00Z'>"
        "<md:IDPSSODescriptor>" SERVICE("HTTP-POST",
                                        "javascript:x") "</md:IDPSSODescriptor></md:EntityDescriptor>",
        "saml_info has no entityID.\n"
        "saml_info has expired: the validUntil of EntityDescriptor was 2001-01-01T00:00:00.000Z.\n"
        "saml_info has an IDPSSODescriptor whose protocolSupportEnumeration does not name "
        "urn:oasis:names:tc:SAML:2.0:protocol.\n" NO_CERTIFICATE "\n"
        "saml_info has a SingleSignOnService for HTTP-POST whose Location is not an address that begins with "
        "http:// or https://.");
    refuses("<md:EntityDescriptor xmlns:md='urn:oasis:names:tc:SAML:2.0:metadata'/>",
            "saml_info has no entityID.\n"
            "saml_info describes no identity provider: it has no IDPSSODescriptor.");
}

static void hostile_documents_are_refused(void **state)
{
    (void)state;
    static const char document_type[] = "saml_info has a document type declaration (DOCTYPE).";
    refuses("<!DOCTYPE x [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>" PLAIN, document_type);
    refuses("<!DOCTYPE x SYSTEM 'http://127.0.0.1:9/x.dtd'>" PLAIN, document_type);
    refuses("<!DOCTYPE x [<!ENTITY a 'aaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]><x>&b;</x>",
            document_type);
    refuses("<?x?>" PLAIN, "saml_info has a processing instruction.");
    refuses("", "saml_info is empty.");
    refuses_text(TEXT("\xFF\xFE<\0r\0/\0>\0"), "saml_info is not UTF-8.");
    refuses_changed(ENTITY_ID,
                    arena_print(test_context.arena, "entityID='%s'", repeated("x", (size_t)16 * 1024)),
                    "saml_info has a tag of more than 16 KiB.");
    refuses(replaced(GROUP("INNER"), "INNER", repeated("<md:e/>", 5000)),
            "saml_info has more than 5000 elements.");
    refuses(replaced(GROUP("INNER"), "INNER", repeated("<md:EntitiesDescriptor>", 100)),
            "saml_info has more than 64 levels of elements.");
}

static void metadata_is_limited_to_512_kibibytes(void **state)
{
    (void)state;
    const char *plain = with_certificates(PLAIN);
    const char *largest = arena_print(test_context.arena, "%s%s", plain,
                                      repeated(" ", SAML_METADATA_MAXIMUM_SIZE - strlen(plain)));
    (void)read_text(text_of(largest));
    refuses_text(text_of(arena_print(test_context.arena, "%s ", largest)),
                 "saml_info is larger than 512 KiB.");
}

static void comments_are_allowed(void **state)
{
    (void)state;
    HAS_CERTIFICATES(read_metadata("<!-- ' -->" ENTITY("<!-- < -->" ROLE "<!-- " ROLE " -->") "<!-- -->"),
                     "rsa-2048");
}

/* Whether an arena of this size suffices. */
static bool suffices(size_t maximum, struct text xml)
{
    jmp_buf escape;
    struct context context;
    struct saml_metadata metadata;
    struct arena *arena = arena_create(maximum);
    assert_non_null(arena);
    arena_set_escape(arena, &escape);
    if (setjmp(escape) != 0) {
        arena_destroy(arena);
        return false;
    }
    context_start(&context, arena, NULL, NULL);
    assert_int_equal(saml_metadata_read(&context, xml, &metadata), PROBLEM_NONE);
    arena_destroy(arena);
    return true;
}

/* It leaves by a jump; the sanitizer sees whether a tree or a certificate is lost by it. */
static void an_exhausted_arena_loses_nothing(void **state)
{
    (void)state;
    struct text xml = text_of(with_certificates(PLAIN));
    size_t maximum = 0;
    while (!suffices(maximum, xml)) {
        maximum += 16;
    }
    assert_in_range(maximum, 1024, 64 * 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_CONTEXT(entra_id),
        IN_CONTEXT(okta),
        IN_CONTEXT(keycloak),
        IN_CONTEXT(adfs),
        IN_CONTEXT(google),
        IN_CONTEXT(simplesamlphp),
        IN_CONTEXT(the_one_provider_of_a_group_is_found),
        IN_CONTEXT(a_group_with_none_or_several_providers_is_refused),
        IN_CONTEXT(another_root_is_refused),
        IN_CONTEXT(no_role_or_two_of_them_are_refused),
        IN_CONTEXT(the_entity_id_is_kept_exactly),
        IN_CONTEXT(a_bad_entity_id_is_refused),
        IN_CONTEXT(the_earliest_valid_until_counts),
        IN_CONTEXT(metadata_that_expired_is_refused),
        IN_CONTEXT(a_valid_until_that_is_no_time_is_refused),
        IN_CONTEXT(the_protocol_must_be_named),
        IN_CONTEXT(name_id_formats_are_bounded_and_never_blank),
        IN_CONTEXT(signed_requests_are_wanted_by_true_or_1),
        IN_CONTEXT(the_first_location_of_a_binding_counts),
        IN_CONTEXT(no_service_that_can_be_used_is_refused),
        IN_CONTEXT(a_location_that_is_no_web_address_is_refused),
        IN_CONTEXT(a_location_is_limited),
        IN_CONTEXT(a_bad_location_beside_a_good_one_is_refused),
        IN_CONTEXT(everything_wrong_is_told_at_once),
        IN_CONTEXT(hostile_documents_are_refused),
        IN_CONTEXT(metadata_is_limited_to_512_kibibytes),
        IN_CONTEXT(comments_are_allowed),
        IN_CONTEXT(an_exhausted_arena_loses_nothing),
    };
    return cmocka_run_group_tests_name("metadata", tests, NULL, NULL);
}
