/* Messages that are genuine, but old, for somebody else, about somebody else, or encrypted by the wrong
 * means. */
#include "api/saml_fixture.h"

/* --- The profile --------------------------------------------------------------------------------------- */

static const char *time_from_now(struct world *world, int seconds)
{
    char text[CLOCK_TEXT_SIZE];
    clock_write(clock_now() + seconds * MICROSECONDS_PER_SECOND, text);
    return world_print(world, "%s", text);
}

static void refuses_attribute(struct world *world, const char *before, const char *name, const char *value,
                              const char *reason, const char *signing)
{
    const char *xml = says(world);
    const char *element = strstr(xml, before);
    assert_non_null(element);
    const char *tag = world_print(world, "%.*s", (int)strcspn(element, ">") + 1, element);
    const char *old = between(world, tag, world_print(world, " %s=\"", name), "\"");
    old = world_print(world, "%s%.*s\"", old, (int)strcspn(strstr(tag, old) + strlen(old), "\""),
                      strstr(tag, old) + strlen(old));
    const char *fresh = value == NULL ? "" : world_print(world, " %s=\"%s\"", name, value);
    xml = changed(world, xml, tag, changed(world, tag, old, fresh));
    refuses(world, provider_signs(world, &provider, xml, signing), 401, reason);
}

static void times_must_be_right(void **state)
{
    struct world *world = *state;
    const char *const no_times[] = {"", "tomorrow", "2019-05-01T16:44:18", "2030-05-01T16:44:18+00:00",
                                    "2030-05-01"};
    for (size_t i = 0; i < COUNT(no_times); i++) {
        refuses_attribute(world, "<saml:Assertion ", "IssueInstant", no_times[i],
                          "IssueInstant of the Assertion", "assertion");
        refuses_attribute(world, "<samlp:Response ", "IssueInstant", no_times[i],
                          "IssueInstant of the Response", "response");
        refuses_attribute(world, "<saml:SubjectConfirmationData", "NotOnOrAfter", no_times[i],
                          "NotOnOrAfter of the subject", "assertion");
        refuses_attribute(world, "<saml:Conditions", "NotOnOrAfter", no_times[i], "time that is none",
                          "assertion");
        refuses_attribute(world, "<saml:Conditions", "NotBefore", no_times[i], "time that is none",
                          "assertion");
        refuses_attribute(world, "<saml:AuthnStatement", "AuthnInstant", no_times[i], "AuthnStatement",
                          "assertion");
    }
    refuses_attribute(world, "<saml:Assertion ", "IssueInstant", NULL, "IssueInstant of the Assertion",
                      "assertion");
    refuses_attribute(world, "<saml:SubjectConfirmationData", "NotOnOrAfter", NULL,
                      "NotOnOrAfter of the subject", "assertion");
    refuses_attribute(world, "<saml:AuthnStatement", "AuthnInstant", NULL, "AuthnStatement", "assertion");
    refuses_attribute(world, "<saml:Assertion ", "IssueInstant", time_from_now(world, 120), "in the future",
                      "assertion");
    refuses_attribute(world, "<samlp:Response ", "IssueInstant", time_from_now(world, 120), "in the future",
                      "response");
    refuses_attribute(world, "<saml:SubjectConfirmationData", "NotOnOrAfter", time_from_now(world, -90),
                      "has expired", "assertion");
    refuses_attribute(world, "<saml:SubjectConfirmationData", "NotOnOrAfter", time_from_now(world, 90000),
                      "more than a day", "assertion");
    refuses_attribute(world, "<saml:Conditions", "NotOnOrAfter", time_from_now(world, -90), "not valid now",
                      "assertion");
    refuses_attribute(world, "<saml:Conditions", "NotBefore", time_from_now(world, 120), "not valid now",
                      "assertion");
    refuses_attribute(world, "<saml:AuthnStatement", "AuthnInstant", time_from_now(world, 120),
                      "AuthnStatement", "assertion");
    const struct change session[] = {
        {"<saml:AuthnStatement ",
         world_print(world, "<saml:AuthnStatement SessionNotOnOrAfter=\"%s\" ", time_from_now(world, -1)),
         401, "SessionNotOnOrAfter"},
        {"<saml:AuthnStatement ", "<saml:AuthnStatement SessionNotOnOrAfter=\"never\" ", 401,
         "SessionNotOnOrAfter"},
    };
    refuses_signed(world, session, COUNT(session), "assertion");
}

static void the_message_must_be_for_us(void **state)
{
    struct world *world = *state;
    const char *consumer = world_print(world, "%s" CONSUME, world_url(world));
    const char *const wrong[] = {"https://evil.example.test/", world_print(world, "%s/", consumer),
                                 world_print(world, "%s?x", consumer), ""};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        refuses_attribute(world, "<saml:SubjectConfirmationData", "Recipient", wrong[i], "Recipient",
                          "assertion");
        refuses_attribute(world, "<samlp:Response ", "Destination", wrong[i], "Destination", "assertion");
        refuses_attribute(world, "<samlp:Response ", "Destination", wrong[i], "Destination", "response");
    }
    refuses_attribute(world, "<saml:SubjectConfirmationData", "Recipient", NULL, "Recipient", "assertion");
    refuses_attribute(world, "<samlp:Response ", "Destination", NULL, "Destination", "response");
    const char *restriction =
        between(world, says(world), "<saml:AudienceRestriction>", "</saml:AudienceRestriction>");
    const char *other = "<saml:AudienceRestriction><saml:Audience>https://other.example.test</"
                        "saml:Audience></saml:AudienceRestriction>";
    const struct change changes[] = {
        {restriction, "", 401, "Audience"},
        {restriction, other, 401, "Audience"},
        {restriction, world_print(world, "%s%s", restriction, other), 401, "Audience"},
        {restriction, world_print(world, "%s%s", other, restriction), 401, "Audience"},
        {"/api/v1/saml/metadata</saml:Audience>", "/api/v1/saml/metadata/</saml:Audience>", 401, "Audience"},
        {"/api/v1/saml/metadata</saml:Audience>", " /api/v1/saml/metadata</saml:Audience>", 401, "Audience"},
        {"<saml:AudienceRestriction>", "<saml:Condition/><saml:AudienceRestriction>", 401, "not known"},
        {"cm:bearer", "cm:holder-of-key", 401, "bearer"},
        {"<saml:SubjectConfirmationData ",
         "<saml:SubjectConfirmationData NotBefore=\"2019-05-01T16:44:18Z\" ", 401, "NotBefore"},
    };
    refuses_signed(world, changes, COUNT(changes), "assertion");
}

static void what_is_missing_or_twice_is_refused(void **state)
{
    struct world *world = *state;
    const char *status = "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>";
    const struct change changes[] = {
        {"SAML:2.0:status:Success", "SAML:2.0:status:Responder", 401, "not Success"},
        {status, "", 401, "not Success"},
        {status,
         world_print(
             world,
             "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Responder\">%s</samlp:StatusCode>",
             status),
         401, "not Success"},
        {"</samlp:Status>", "</samlp:Status><samlp:Status/>", 401, "not Success"},
        {"<saml:Subject>", "<saml:Subject/><saml:Subject>", 401, "exactly one Subject"},
        {"<saml:Conditions ", "<saml:Conditions/><saml:Conditions ", 401, "exactly one Conditions"},
        {"<saml:AuthnStatement ", "<saml:AuthnStatement/><saml:AuthnStatement ", 401, "AuthnStatement"},
        {"<saml:NameID>", "<saml:NameID>x</saml:NameID><saml:NameID>", 401, "exactly one NameID"},
        {"<saml:NameID>", "<saml:EncryptedID/><saml:NameID>", 401, "exactly one NameID"},
        {"<saml:NameID>", "<saml:NameID><x/>", 401, "exactly one NameID"},
        {"<saml:NameID>", "<saml:NameID>a&#13;&#10;b", 401, "control characters"},
        {"<saml:NameID>", "<saml:NameID>a&#127;", 401, "control characters"},
    };
    refuses_signed(world, changes, COUNT(changes), "assertion");
    refuses_signed(world, changes, COUNT(changes), "response");
    const char *name = world_print(world, "<saml:NameID>%s</saml:NameID>", company.learner.email);
    const struct change names[] = {{name, "<saml:NameID></saml:NameID>", 401, "exactly one NameID"},
                                   {name, "", 401, "exactly one NameID"}};
    refuses_signed(world, names, COUNT(names), "assertion");
    refuses(world,
            provider_signs(world, &provider, provider_says(world, &provider, world_print(world, "%0300d", 1)),
                           "assertion"),
            401, "longer than");
    refuses_attribute(world, "<saml:Assertion ", "Version", "1.1", "Version of the Assertion", "assertion");
    refuses_attribute(world, "<saml:Assertion ", "Version", NULL, "Version of the Assertion", "assertion");
    refuses_attribute(world, "<samlp:Response ", "Version", "2.1", "Version of the Response", "response");
}

/* --- Who speaks for whom ------------------------------------------------------------------------------- */

static void an_identity_provider_speaks_for_its_own_organization(void **state)
{
    struct world *world = *state;
    refuses(
        world,
        provider_signs(world, &foreign, provider_says(world, &foreign, company.learner.email), "assertion"),
        403, "Nobody in the organization");
    struct provider unknown = {"https://idp.example.test/unknown", "provider"};
    refuses(
        world,
        provider_signs(world, &unknown, provider_says(world, &unknown, company.learner.email), "assertion"),
        401, "No organization");
    /* Our provider's name outside, the other's inside, and the reverse. */
    const char *issuer = world_print(world, "<saml:Issuer>%s</saml:Issuer>", provider.entity);
    const char *other = world_print(world, "<saml:Issuer>%s</saml:Issuer>", foreign.entity);
    const struct change changes[] = {
        {world_print(world, "%s" ASSERTION_SIGNATURE, issuer),
         world_print(world, "%s" ASSERTION_SIGNATURE, other), 401, "Issuer of the Assertion"},
        {world_print(world, "%s" ASSERTION_SIGNATURE, issuer), ASSERTION_SIGNATURE, 401,
         "Issuer of the Assertion"},
        {world_print(world, "%s" ASSERTION_SIGNATURE, issuer),
         world_print(world, "%s%s" ASSERTION_SIGNATURE, issuer, issuer), 401, "Issuer of the Assertion"},
        {world_print(world, "%s" ASSERTION_SIGNATURE, issuer),
         world_print(world, "<saml:Issuer Format=\"urn:x\">%s</saml:Issuer>" ASSERTION_SIGNATURE,
                     provider.entity),
         401, "Issuer of the Assertion"},
    };
    refuses_signed(world, changes, COUNT(changes), "assertion");
    refuses_signed(world, changes, COUNT(changes), "response");
    const struct change response[] = {{world_print(world, "%s" RESPONSE_SIGNATURE, issuer),
                                       RESPONSE_SIGNATURE, 401, "Issuer of the Response"}};
    refuses_signed(world, response, 1, "response");
    const struct change both[] = {{world_print(world, "%s" RESPONSE_SIGNATURE, issuer),
                                   world_print(world, "%s" RESPONSE_SIGNATURE, other), 401,
                                   "none of the keys"}};
    refuses_signed(world, both, 1, "assertion");
}

static void a_message_without_an_issuer_is_nobodys(void **state)
{
    struct world *world = *state;
    const char *issuer = world_print(world, "<saml:Issuer>%s</saml:Issuer>", provider.entity);
    const char *xml =
        changed(world, says(world), world_print(world, "%s" RESPONSE_SIGNATURE, issuer), RESPONSE_SIGNATURE);
    xml = changed(world, xml, issuer, "");
    refuses(world, provider_signs(world, &provider, xml, "assertion"), 401, "names no Issuer");
}

static void only_active_members_with_exactly_that_name_come_in(void **state)
{
    struct world *world = *state;
    const char *const names[] = {"%",
                                 "*",
                                 "learner%",
                                 "' OR 1=1 --",
                                 "a\\",
                                 "\xE2\x84\xAA"
                                 "elvin",
                                 world_print(world, " %s", company.learner.email),
                                 world_print(world, "%s ", company.learner.email),
                                 company.stranger.email};
    for (size_t i = 0; i < COUNT(names); i++) {
        refuses(world,
                provider_signs(world, &provider, provider_says(world, &provider, names[i]), "assertion"), 403,
                "Nobody in the organization");
    }
    add_membership(world, company.organization, &company.employee, 3, "active");
    const char *employee =
        world_sql(world, "SELECT email FROM users WHERE id = $1::uuid", company.employee.user_id, NULL);
    refuses(world, provider_signs(world, &provider, provider_says(world, &provider, employee), "assertion"),
            403, "Employees");
    world_sql(world, "UPDATE memberships SET status = 'inactive' WHERE id = $1::uuid",
              company.outsider.membership_id, NULL);
    refuses(world,
            provider_signs(world, &provider, provider_says(world, &provider, company.outsider.email),
                           "assertion"),
            403, "not active");
    world_sql(world, "UPDATE users SET enabled = false WHERE id = $1::uuid", company.leader.user_id, NULL);
    refuses(
        world,
        provider_signs(world, &provider, provider_says(world, &provider, company.leader.email), "assertion"),
        403, "not active");
}

static void metadata_that_has_expired_is_trusted_no_more(void **state)
{
    struct world *world = *state;
    world_sql(world,
              "UPDATE organizations SET saml_info = replace(saml_info, ' entityID=', ' "
              "validUntil=\"2019-05-01T00:00:00Z\" entityID=') WHERE id = $1::uuid",
              company.organization, NULL);
    refuses(world, good(world, "assertion"), 401, "has expired");
    const char *path = world_print(world, "/api/v1/saml/login?organization_id=%s", company.organization);
    expect_error(call_get(world, NULL, path), 409, "expired");
    provider_connect(world, company.organization, provider.entity, "provider second");
}

/* --- Encryption ---------------------------------------------------------------------------------------- */

static void encryption_is_no_way_around_a_signature(void **state)
{
    struct world *world = *state;
    const char *bare = unsigned_one(world);
    refuses(world, provider_encrypts(world, bare, "service", "aes256-gcm"), 401, "Neither");
    const char *xml = good(world, "assertion");
    refuses(world, provider_encrypts(world, xml, "stranger", "aes256-gcm"), 401, "cannot be decrypted");
    refuses(world, provider_encrypts(world, xml, "service", "aes128-cbc"), 401, "encrypted by a method");
    const char *encrypted = provider_encrypts(world, xml, "service", "aes256-gcm");
    const struct {
        const char *from;
        const char *to;
        const char *reason;
    } changes[] = {
        {"xmlenc11#aes256-gcm", "xmlenc11#aes128-gcm", "cannot be decrypted"},
        {"2009/xmlenc11#aes256-gcm", "2001/04/xmlenc#tripledes-cbc", "encrypted by a method"},
        {"rsa-oaep-mgf1p", "rsa-1_5", "key of the assertion"},
        {"rsa-oaep-mgf1p\"/>",
         "rsa-oaep-mgf1p\"><ds:DigestMethod Algorithm=\"" SHA256_NAME "\"/></xenc:EncryptionMethod>",
         "cannot be decrypted"},
        {"rsa-oaep-mgf1p\"/>",
         "rsa-oaep-mgf1p\"><ds:DigestMethod "
         "Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#md5\"/></xenc:EncryptionMethod>",
         "key of the assertion"},
        {"2001/04/xmlenc#rsa-oaep-mgf1p\"/>",
         "2009/xmlenc11#rsa-oaep\"><x:MGF xmlns:x=\"http://www.w3.org/2009/xmlenc11#\" "
         "Algorithm=\"http://www.w3.org/2009/xmlenc11#mgf1md5\"/></xenc:EncryptionMethod>",
         "key of the assertion"},
        {"rsa-oaep-mgf1p\"/>",
         "rsa-oaep-mgf1p\"><xenc:OAEPparams>bGFiZWw=</xenc:OAEPparams></xenc:EncryptionMethod>",
         "cannot be decrypted"},
        {"rsa-oaep-mgf1p\"/>",
         "rsa-oaep-mgf1p\"><xenc:OAEPparams>?</xenc:OAEPparams></xenc:EncryptionMethod>", "not base64"},
        {"</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>",
         "?</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>", "not base64"},
        {"</xenc:EncryptedKey></ds:KeyInfo>", "</xenc:EncryptedKey><xenc:EncryptedKey/></ds:KeyInfo>",
         "exactly one encrypted key"},
        {"</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>",
         "</xenc:CipherValue><xenc:CipherReference "
         "URI=\"file:///dev/zero\"/></xenc:CipherData></xenc:EncryptedData>",
         "does not stand"},
        {"</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>",
         "</xenc:CipherValue><xenc:CipherReference "
         "URI=\"http://127.0.0.1:1/\"/></xenc:CipherData></xenc:EncryptedKey>",
         "does not stand"},
        {"</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>",
         "AAAA</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>", "cannot be decrypted"},
        {"<xenc:EncryptedData ",
         "<xenc:EncryptedData xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\"/><xenc:EncryptedData ",
         "cannot be decrypted"},
    };
    for (size_t i = 0; i < COUNT(changes); i++) {
        refuses(world, changed(world, encrypted, changes[i].from, changes[i].to), 401, changes[i].reason);
    }
    refuses(world,
            changed(world, encrypted, "<saml:EncryptedAssertion>",
                    world_print(world, "%s<saml:EncryptedAssertion>", assertion_of(world, bare))),
            400, "more than one assertion");
}

static void what_is_encrypted_is_read_as_strictly_as_what_is_not(void **state)
{
    struct world *world = *state;
    const char *xml = changed(world, good(world, "assertion"), "<saml:Subject>", "<saml:Subject><!-- -->");
    refuses(world, provider_encrypts(world, xml, "service", "aes256-gcm"), 401, "cannot be decrypted");
    xml = changed(world, good(world, "assertion"), "<saml:Subject>",
                  "<saml:Advice><saml:Assertion/></saml:Advice><saml:Subject>");
    refuses(world, provider_encrypts(world, xml, "service", "aes256-gcm"), 401, "cannot be decrypted");
}

/* Whatever else a provider may have encrypted below its signature, be it around an assertion. */
static void what_is_encrypted_must_be_an_assertion(void **state)
{
    struct world *world = *state;
    const char *xml = changed(world, says(world), ASSERTION_SIGNATURE, "");
    xml = changed(world, xml, "<saml:Assertion ", "<saml:Evidence ");
    xml = changed(world, xml, "</saml:Assertion>", "<saml:Assertion/></saml:Evidence>");
    xml = provider_encrypts(world, xml, "service", "aes256-gcm");
    refuses(world, provider_signs(world, &provider, xml, "response"), 401, "cannot be decrypted");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_must_be_right),
        cmocka_unit_test(the_message_must_be_for_us),
        cmocka_unit_test(what_is_missing_or_twice_is_refused),
        cmocka_unit_test(an_identity_provider_speaks_for_its_own_organization),
        cmocka_unit_test(a_message_without_an_issuer_is_nobodys),
        cmocka_unit_test(only_active_members_with_exactly_that_name_come_in),
        cmocka_unit_test(metadata_that_has_expired_is_trusted_no_more),
        cmocka_unit_test(encryption_is_no_way_around_a_signature),
        cmocka_unit_test(what_is_encrypted_is_read_as_strictly_as_what_is_not),
        cmocka_unit_test(what_is_encrypted_must_be_an_assertion),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
