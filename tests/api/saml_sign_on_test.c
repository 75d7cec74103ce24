/* Messages that must be taken: the forms in which identity providers sign, encrypt and write. */
#include "base/clock.h"
#include "base/encoding.h"
#include "support/company.h"
#include "support/expect.h"
#include "support/provider.h"
#include "support/sessions.h"

static struct company company;
static const struct provider provider = {"https://idp.example.test/one", "provider"};

static int setup(void **state)
{
    world_setup(state);
    company = make_company(*state);
    provider_connect(*state, company.organization, provider.entity, "provider second elliptic elliptic-next");
    return 0;
}

static const char *says(struct world *world)
{
    return provider_says(world, &provider, company.learner.email);
}

static void takes(struct world *world, const char *xml)
{
    expect_signed_in(world, provider_sends(world, xml), company.learner.email);
}

static const char *parameter(struct world *world, const struct answer *answer, const char *name)
{
    const char *location = answer_header(answer, "Location");
    const char *start = strstr(location, world_print(world, "&%s=", name));
    if (start == NULL) {
        start = strstr(location, world_print(world, "?%s=", name));
    }
    assert_non_null(start);
    start += strlen(name) + 2;
    return world_print(world, "%.*s", (int)strcspn(start, "&"), start);
}

static void the_session_works_under_every_name(void **state)
{
    struct world *world = *state;
    struct answer *answer = provider_sends(world, provider_signs(world, &provider, says(world), "assertion"));
    expect_signed_in(world, answer, company.learner.email);
    const char *token = parameter(world, answer, "access-token");
    assert_string_equal(parameter(world, answer, "auth_token"), token);
    assert_string_equal(parameter(world, answer, "token"), token);
    assert_string_equal(parameter(world, answer, "client"), parameter(world, answer, "client_id"));
    assert_string_equal(parameter(world, answer, "config"), "default");
    assert_string_equal(parameter(world, answer, "blank"), "true");
    assert_int_equal(strlen(parameter(world, answer, "expiry")), 10);
    assert_ptr_equal(strstr(answer_header(answer, "Location"), WORLD_SAML_URL "?"),
                     answer_header(answer, "Location"));
    expect_no_session_headers(answer);
    world_secret(world, token);
    struct session session = {token, parameter(world, answer, "client"), company.learner.email};
    expect_text(call_get(world, &session, "/api/v1/session"), "data.id", company.learner.user_id);
}

static void assertion_response_or_both_may_be_signed(void **state)
{
    struct world *world = *state;
    takes(world, provider_signs(world, &provider, says(world), "assertion"));
    takes(world, provider_signs(world, &provider, says(world), "response"));
    takes(world, provider_signs(world, &provider, says(world), "assertion response"));
}

static void rsa_and_elliptic_keys_and_all_of_the_metadata_count(void **state)
{
    struct world *world = *state;
    static const char *const keys[] = {"provider", "second", "elliptic", "elliptic-next"};
    for (size_t i = 0; i < COUNT(keys); i++) {
        struct provider other = {provider.entity, keys[i]};
        takes(world, provider_signs(world, &other, says(world), "assertion"));
        takes(world, provider_signs(world, &other, says(world), "response"));
    }
}

static void stronger_digests_are_taken(void **state)
{
    struct world *world = *state;
    static const char *const methods[][2] = {{"rsa-sha384", "2001/04/xmldsig-more#sha384"},
                                             {"rsa-sha512", "2001/04/xmlenc#sha512"}};
    for (size_t i = 0; i < COUNT(methods); i++) {
        const char *xml = changed(world, says(world), RESPONSE_SIGNATURE, "");
        const char *method = world_print(world, "http://www.w3.org/2001/04/xmldsig-more#%s", methods[i][0]);
        const char *signature = signature_for(world, id_of(world, xml, "<saml:Assertion"), method);
        signature =
            changed(world, signature, SHA256_NAME, world_print(world, "http://www.w3.org/%s", methods[i][1]));
        takes(world, fill_signatures(world, changed(world, xml, ASSERTION_SIGNATURE, signature), "provider"));
    }
}

#define OAEP         "<xenc:EncryptionMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p\">"
#define OAEP_11      "<xenc:EncryptionMethod Algorithm=\"http://www.w3.org/2009/xmlenc11#rsa-oaep\">"
#define DIGEST(name) "<ds:DigestMethod Algorithm=\"" name "\"/>"
#define MASK(name)                                                   \
    "<xenc11:MGF xmlns:xenc11=\"http://www.w3.org/2009/xmlenc11#\" " \
    "Algorithm=\"http://www.w3.org/2009/xmlenc11#mgf1" name "\"/>"
#define SHA1_NAME   "http://www.w3.org/2000/09/xmldsig#sha1"
#define SHA512_NAME "http://www.w3.org/2001/04/xmlenc#sha512"
#define END         "</xenc:EncryptionMethod>"

static void keys_travel_by_each_form_of_oaep(void **state)
{
    struct world *world = *state;
    static const struct provider_transport transports[] = {
        {OAEP DIGEST(SHA1_NAME) END, "SHA1", "SHA1", ""},
        {OAEP DIGEST(SHA256_NAME) END, "SHA256", "SHA1", ""},
        {OAEP DIGEST(SHA512_NAME) END, "SHA512", "SHA1", ""},
        {OAEP MASK("sha256") END, "SHA1", "SHA1", ""}, /* the name of this one says which mask it has */
        {OAEP_11 DIGEST(SHA256_NAME) MASK("sha256") END, "SHA256", "SHA256", ""},
        {OAEP_11 MASK("sha512") DIGEST(SHA1_NAME) END, "SHA1", "SHA512", ""},
        {OAEP_11 DIGEST(SHA512_NAME) MASK("sha1") END, "SHA512", "SHA1", ""},
        {OAEP_11 DIGEST(SHA256_NAME) END, "SHA256", "SHA1", ""},
        {OAEP_11 END, "SHA1", "SHA1", ""},
        {OAEP_11 "<xenc:OAEPparams>bGFi\nZWw=</xenc:OAEPparams>" END, "SHA1", "SHA1", "label"},
    };
    for (size_t i = 0; i < COUNT(transports); i++) {
        const char *xml = provider_signs(world, &provider, says(world), "assertion");
        takes(world, provider_encrypts_by(world, xml, "service", "aes256-gcm", &transports[i]));
    }
}

static void encrypted_assertions_are_read(void **state)
{
    struct world *world = *state;
    static const char *const algorithms[] = {"aes256-gcm", "aes128-gcm"};
    for (size_t i = 0; i < COUNT(algorithms); i++) {
        const char *xml = provider_signs(world, &provider, says(world), "assertion");
        takes(world, provider_encrypts(world, xml, "service", algorithms[i]));
    }
    for (size_t i = 0; i < 2; i++) {
        const char *inner = changed(world, says(world), ASSERTION_SIGNATURE, "");
        const char *xml = provider_encrypts(world, inner, "service", i == 0 ? "aes256-gcm" : "aes128-cbc");
        takes(world, provider_signs(world, &provider, xml, "response"));
    }
}

static void a_key_being_replaced_still_decrypts(void **state)
{
    struct world *world = *state;
    const char *xml = provider_signs(world, &provider, says(world), "assertion");
    world_command(world, NULL, "saml", "rotate", NULL);
    takes(world, provider_encrypts(world, xml, "service", "aes256-gcm"));
    world_command(world, NULL, "saml", "rotate", "--finish", NULL);
    xml = provider_signs(world, &provider, says(world), "assertion");
    expect_untaken(world, provider_sends(world, provider_encrypts(world, xml, "service", "aes256-gcm")), 401,
                   "decrypted");
}

/* What may be written in many ways, and what may be missing. */
static void forms_of_providers_are_taken(void **state)
{
    struct world *world = *state;
    const char *audience =
        world_print(world, "<saml:Audience>%s/api/v1/saml/metadata</saml:Audience>", world_url(world));
    const char *destination = world_print(world, " Destination=\"%s" CONSUME "\"", world_url(world));
    const char *bearer = "<saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">";
    const struct {
        const char *from;
        const char *to;
    } forms[] = {
        {destination, ""},
        {"<saml:Issuer>https://idp.example.test/one</saml:Issuer>" RESPONSE_SIGNATURE, RESPONSE_SIGNATURE},
        {"<saml:Subject>", "\n  <saml:Subject>\n "},
        {audience,
         world_print(world, "<saml:Audience>https://other.example.test</saml:Audience>%s", audience)},
        {bearer,
         world_print(world,
                     "<saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:sender-vouches\"/>%s",
                     bearer)},
        {"<saml:AuthnStatement ",
         "<saml:AttributeStatement><saml:Attribute Name=\"a\"><saml:AttributeValue>b"
         "</saml:AttributeValue></saml:Attribute></saml:AttributeStatement><saml:AuthnStatement "},
        {"</saml:AudienceRestriction>", "</saml:AudienceRestriction><saml:OneTimeUse/>"},
        {"<samlp:Response ", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<samlp:Response "},
    };
    for (size_t i = 0; i < COUNT(forms); i++) {
        const char *xml = changed(world, says(world), forms[i].from, forms[i].to);
        takes(world, provider_signs(world, &provider, xml, "assertion"));
    }
}

static const char *with_prefixes(struct world *world, const char *xml)
{
    const char *done = "";
    for (const char *at = strstr(xml, "saml"); at != NULL; at = strstr(xml, "saml")) {
        bool prefix = at > xml && (at[-1] == '<' || at[-1] == '/' || at[-1] == ':');
        bool protocol = at[4] == 'p';
        const char *end = at + (protocol ? 5 : 4);
        bool name = prefix && (*end == ':' || *end == '=');
        done = world_print(world, "%s%.*s%s", done, (int)(at - xml), xml,
                           !name      ? "saml"
                           : protocol ? "ns1"
                                      : "ns0");
        xml = name ? end : at + 4;
    }
    return world_print(world, "%s%s", done, xml);
}

static void prefixes_are_free(void **state)
{
    struct world *world = *state;
    const char *xml = changed(world, says(world), ASSERTION_SIGNATURE, "");
    const char *id = id_of(world, xml, "<samlp:Response");
    xml = changed(world, xml, RESPONSE_SIGNATURE, signature_for(world, id, RSA_SHA256));
    takes(world, fill_signatures(world, with_prefixes(world, xml), "provider"));
}

static void base64_may_come_in_lines(void **state)
{
    struct world *world = *state;
    const char *xml = provider_signs(world, &provider, says(world), "assertion");
    struct text encoded = encode_base64(world_arena(world), text_of(xml));
    const char *body = "SAMLResponse=";
    for (size_t i = 0; i < encoded.length; i += 76) {
        struct text line = encode_percent(world_arena(world), text_part(encoded, i, 76));
        body = world_print(world, "%s%.*s%%0D%%0A", body, TEXT_ARGUMENTS(line));
    }
    struct answer *answer = CALL(world, .method = "POST", .path = CONSUME,
                                 .type = "application/x-www-form-urlencoded", .body = body);
    expect_signed_in(world, answer, company.learner.email);
}

static void a_minute_of_clock_skew_is_tolerated(void **state)
{
    struct world *world = *state;
    char soon[CLOCK_TEXT_SIZE];
    clock_write(clock_now() + 45 * MICROSECONDS_PER_SECOND, soon);
    const char *xml = says(world);
    const char *start = strstr(xml, "Conditions NotBefore=\"") + strlen("Conditions NotBefore=\"");
    const char *old = world_print(world, "NotBefore=\"%.24s\"", start);
    takes(world, provider_signs(world, &provider,
                                changed(world, xml, old, world_print(world, "NotBefore=\"%s\"", soon)),
                                "assertion"));
}

static void names_are_found_in_any_case_of_ascii(void **state)
{
    struct world *world = *state;
    const char *username =
        world_sql(world, "UPDATE users SET username = 'Learner.One' WHERE id = $1::uuid RETURNING username",
                  company.learner.user_id, NULL);
    takes(world,
          provider_signs(world, &provider, provider_says(world, &provider, "LEARNER.one"), "assertion"));
    takes(world, provider_signs(world, &provider, provider_says(world, &provider, username), "assertion"));
}

static void the_redirect_binding_works_with_its_own_signature(void **state)
{
    struct world *world = *state;
    const char *plain =
        changed(world, changed(world, says(world), RESPONSE_SIGNATURE, ""), ASSERTION_SIGNATURE, "");
    const char *query = provider_query(world, plain, "/courses?x=1", "provider");
    struct answer *answer = call_get(world, NULL, world_print(world, CONSUME "?%s", query));
    expect_signed_in(world, answer, company.learner.email);
    assert_non_null(
        strstr(answer_header(answer, "Location"), "https://app.example.test/courses?x=1&auth_token="));

    const char *xml = provider_signs(world, &provider, says(world), "assertion");
    answer = call_get(world, NULL, world_print(world, CONSUME "?%s", provider_query(world, xml, NULL, NULL)));
    expect_signed_in(world, answer, company.learner.email);
}

static void the_session_ends_when_the_provider_says(void **state)
{
    struct world *world = *state;
    char ends[CLOCK_TEXT_SIZE];
    int64_t end = clock_now() + 3600 * MICROSECONDS_PER_SECOND;
    clock_write(end, ends);
    const char *xml = changed(world, says(world), "<saml:AuthnStatement ",
                              world_print(world, "<saml:AuthnStatement SessionNotOnOrAfter=\"%s\" ", ends));
    struct answer *answer = provider_sends(world, provider_signs(world, &provider, xml, "assertion"));
    expect_signed_in(world, answer, company.learner.email);
    int64_t expiry = 0;
    assert_true(text_to_integer(text_of(parameter(world, answer, "expiry")), 0, INT64_MAX, &expiry));
    assert_in_range(expiry, (uintmax_t)(end / MICROSECONDS_PER_SECOND - 2),
                    (uintmax_t)(end / MICROSECONDS_PER_SECOND + 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_session_works_under_every_name),
        cmocka_unit_test(assertion_response_or_both_may_be_signed),
        cmocka_unit_test(rsa_and_elliptic_keys_and_all_of_the_metadata_count),
        cmocka_unit_test(stronger_digests_are_taken),
        cmocka_unit_test(encrypted_assertions_are_read),
        cmocka_unit_test(keys_travel_by_each_form_of_oaep),
        cmocka_unit_test(forms_of_providers_are_taken),
        cmocka_unit_test(prefixes_are_free),
        cmocka_unit_test(base64_may_come_in_lines),
        cmocka_unit_test(a_minute_of_clock_skew_is_tolerated),
        cmocka_unit_test(names_are_found_in_any_case_of_ascii),
        cmocka_unit_test(the_redirect_binding_works_with_its_own_signature),
        cmocka_unit_test(the_session_ends_when_the_provider_says),
        cmocka_unit_test(a_key_being_replaced_still_decrypts),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
