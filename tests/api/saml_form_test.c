/* Identity providers that take no requests in their address get them in a form that sends itself, from a page
 * on which nothing else runs. */
#include "api/saml_fixture.h"
#include "saml/signature.h"
#include "saml/transport.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

#define REDIRECT "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
#define POST     "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
#define SSO      "https://idp.example.test/sso?tenant=1"

/* The organization's provider with its one address for requests changed. */
static void connect_at(struct world *world, const char *binding, const char *location)
{
    const char *metadata = provider_metadata(world, provider.entity, "provider");
    metadata = changed(world, metadata, REDIRECT, binding);
    metadata = changed(world, metadata, SSO, location);
    world_sql(world, "UPDATE organizations SET saml_info = $2 WHERE id = $1::uuid", company.organization,
              metadata, NULL);
}

static struct answer *begin(struct world *world, const char *more)
{
    return call_get(
        world, NULL,
        world_print(world, "/api/v1/saml/login?organization_id=%s%s", company.organization, more));
}

static const char *page_of(struct answer *answer)
{
    expect_status(answer, 200);
    expect_header(answer, "Content-Type", "text/html; charset=utf-8");
    expect_no_header(answer, "Location");
    return answer->body;
}

/* The first text between the two, which must be there. */
static const char *inside(struct world *world, const char *text, const char *start, const char *end)
{
    const char *whole = between(world, text, start, end);
    return world_print(world, "%.*s", (int)(strlen(whole) - strlen(start) - strlen(end)),
                       whole + strlen(start));
}

static const char *field(struct world *world, const char *page, const char *name)
{
    return inside(world, page, world_print(world, "<input type=\"hidden\" name=\"%s\" value=\"", name),
                  "\">");
}

static const char *request_in(struct world *world, const char *page)
{
    struct saml_reading reading = {.arena = world_arena(world)};
    struct text xml;
    assert_int_equal(saml_decode_form(&reading, text_of(field(world, page, "SAMLRequest")), &xml),
                     PROBLEM_NONE);
    return arena_copy_text(world_arena(world), xml).data;
}

static void a_page_sends_itself_to_the_provider(void **state)
{
    struct world *world = *state;
    connect_at(world, POST, SSO);
    struct answer *answer = begin(world, "&RelayState=%2Fcourses");
    const char *page = page_of(answer);
    assert_ptr_equal(strstr(page, "<!DOCTYPE html>"), page);
    assert_string_equal(inside(world, page, "<form method=\"post\" action=\"", "\">"), SSO);
    assert_string_equal(field(world, page, "RelayState"), "/courses");
    expect_header(answer, "Cache-Control", "no-store");
    expect_header(answer, "Referrer-Policy", "no-referrer");
    assert_non_null(strstr(answer_header(answer, "Set-Cookie"), "muster_saml_"));
    assert_null(strstr(page_of(begin(world, "")), "RelayState"));
}

static void nothing_but_its_own_script_may_run_there(void **state)
{
    struct world *world = *state;
    connect_at(world, POST, SSO);
    struct answer *answer = begin(world, "");
    const char *script = inside(world, page_of(answer), "<script>", "</script>");
    struct text digest = encode_base64(world_arena(world), sha256_text(world_arena(world), text_of(script)));
    expect_header(
        answer, "Content-Security-Policy",
        world_print(world,
                    "default-src 'none'; script-src 'sha256-%.*s'; form-action https:; base-uri 'none'; "
                    "frame-ancestors 'none'",
                    TEXT_ARGUMENTS(digest)));
    connect_at(world, POST, "http://idp.example.test/sso");
    assert_non_null(
        strstr(answer_header(begin(world, ""), "Content-Security-Policy"), "; form-action http: https:;"));
}

static void without_script_there_is_a_button(void **state)
{
    struct world *world = *state;
    connect_at(world, POST, SSO);
    const char *form = between(world, page_of(begin(world, "")), "<form ", "</form>");
    assert_non_null(strstr(form, "<button>Continue</button>"));
    assert_null(strstr(form, "<script"));
}

static void what_others_say_stays_text(void **state)
{
    struct world *world = *state;
    connect_at(world, POST, "https://idp.example.test/sso?a=1&amp;b=2");
    const char *page =
        page_of(begin(world, "&RelayState=%22%3E%3Cscript%3Ealert%28%27%26amp%3B%27%29%3C%2Fscript%3E"));
    assert_string_equal(inside(world, page, "action=\"", "\">"), "https://idp.example.test/sso?a=1&amp;b=2");
    assert_string_equal(field(world, page, "RelayState"),
                        "&quot;&gt;&lt;script&gt;alert(&#39;&amp;amp;&#39;)&lt;/script&gt;");
    const char *script = strstr(page, "<script");
    assert_non_null(script);
    assert_null(strstr(script + 1, "<script"));
    assert_non_null(
        strstr(request_in(world, page), "Destination=\"https://idp.example.test/sso?a=1&amp;b=2\""));
}

/* The certificate that muster publishes in this world. */
static struct text service_certificate(struct world *world)
{
    const char *metadata = call_get(world, NULL, "/api/v1/saml/metadata")->body;
    struct text der;
    assert_true(decode_base64(
        world_arena(world), text_of(inside(world, metadata, "<ds:X509Certificate>", "</ds:X509Certificate>")),
        &der));
    return der;
}

static enum problem verify(struct world *world, const char *request)
{
    struct saml_metadata signer = {.certificates = {service_certificate(world)}, .certificate_count = 1};
    struct saml_reading reading = {.arena = world_arena(world), .provider = &signer};
    const char *fault = NULL;
    xmlNode *verified = NULL;
    xmlDoc *document = xml_read(reading.arena, text_of(request), &saml_message_rules, &fault);
    assert_non_null(document);
    return saml_verify_element(&reading, xmlDocGetRootElement(document), &verified);
}

/* Where a schema is asked, the signature follows the Issuer. */
static void the_request_is_signed_by_the_published_key(void **state)
{
    struct world *world = *state;
    connect_at(world, POST, SSO);
    const char *request = request_in(world, page_of(begin(world, "")));
    assert_non_null(strstr(request, "</saml:Issuer><ds:Signature "));
    assert_non_null(strstr(request, "</ds:Signature><samlp:NameIDPolicy "));
    assert_non_null(strstr(
        request, world_print(world, "AssertionConsumerServiceURL=\"%s" CONSUME "\"", world_url(world))));
    assert_int_equal(verify(world, request), PROBLEM_NONE);
    assert_int_equal(
        verify(world, changed(world, request, "Destination=\"https://idp.", "Destination=\"https://evil.")),
        PROBLEM_UNTRUSTED);
}

static void its_answer_signs_the_browser_in(void **state)
{
    struct world *world = *state;
    connect_at(world, POST, SSO);
    struct answer *answer = begin(world, "");
    const char *id = id_of(world, request_in(world, page_of(answer)), "<samlp:AuthnRequest");
    const char *cookie = answer_header(answer, "Set-Cookie");
    cookie = world_print(world, "%.*s", (int)strcspn(cookie, ";"), cookie);
    const char *xml = changed(world, says(world), "<samlp:Response ",
                              world_print(world, "<samlp:Response InResponseTo=\"%s\" ", id));
    xml = changed(world, xml, "<saml:SubjectConfirmationData ",
                  world_print(world, "<saml:SubjectConfirmationData InResponseTo=\"%s\" ", id));
    xml = provider_signs(world, &provider, xml, "response");
    expect_untaken(world, provider_sends(world, xml), 401, "did not begin in this browser");
    expect_signed_in(world, provider_sends_with(world, xml, NULL, cookie), company.learner.email);
}

static void an_address_is_preferred_to_a_form(void **state)
{
    struct world *world = *state;
    connect_at(world, REDIRECT,
               "https://idp.example.test/address\"/><md:SingleSignOnService Binding=\"" POST
               "\" Location=\"https://idp.example.test/form");
    struct answer *answer = begin(world, "");
    expect_status(answer, 302);
    assert_non_null(
        strstr(answer_header(answer, "Location"), "https://idp.example.test/address?SAMLRequest="));
    expect_no_header(answer, "Content-Security-Policy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_sends_itself_to_the_provider),
        cmocka_unit_test(nothing_but_its_own_script_may_run_there),
        cmocka_unit_test(without_script_there_is_a_button),
        cmocka_unit_test(what_others_say_stays_text),
        cmocka_unit_test(the_request_is_signed_by_the_published_key),
        cmocka_unit_test(its_answer_signs_the_browser_in),
        cmocka_unit_test(an_address_is_preferred_to_a_form),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
