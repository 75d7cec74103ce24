/* Forged and changed messages. Each is refused for its own reason, which the audit log tells: a check that is
 * missing shows here even where another would still stop the message. */
#include "api/saml_fixture.h"

/* --- Wrapping ------------------------------------------------------------------------------------------ */

/* An unsigned assertion about somebody else, with an id of its own. */
static const char *evil_assertion(struct world *world)
{
    return assertion_of(
        world, provider_signs(world, &provider, provider_says(world, &provider, company.admin.email), ""));
}

static void an_assertion_beside_or_around_the_signed_one_is_refused(void **state)
{
    struct world *world = *state;
    static const char *const places[][2] = {
        {"<saml:Assertion ", "%s<saml:Assertion "},
        {"</saml:Assertion>", "</saml:Assertion>%s"},
        {"</samlp:Status>", "<samlp:StatusDetail>%s</samlp:StatusDetail></samlp:Status>"},
        {"<samlp:Status>", "<samlp:Extensions>%s</samlp:Extensions><samlp:Status>"},
        {"<saml:Subject>", "<saml:Advice>%s</saml:Advice><saml:Subject>"},
        {"</ds:Signature>", "<ds:Object>%s</ds:Object></ds:Signature>"},
        {"<saml:AuthnStatement ",
         "<saml:AttributeStatement><saml:Attribute Name=\"a\"><saml:AttributeValue>%s"
         "</saml:AttributeValue></saml:Attribute></saml:AttributeStatement><saml:AuthnStatement "},
        {"</ds:SignedInfo>", "%s</ds:SignedInfo>"},
    };
    for (size_t i = 0; i < COUNT(places); i++) {
        const char *evil = evil_assertion(world);
        struct text rest = text_of(places[i][1]);
        struct text head = text_cut(&rest, '%');
        const char *to = world_print(world, "%.*s%s%s", TEXT_ARGUMENTS(head), evil, rest.data + 1);
        const char *xml = changed(world, good(world, "assertion"), places[i][0], to);
        refuses(world, xml, 400, "assertion");
    }
}

/* The signed one is moved into the evil one, in all the places where readers have looked past it. */
static void a_signed_assertion_inside_of_another_is_refused(void **state)
{
    struct world *world = *state;
    static const char *const before[] = {"<saml:Subject>", "<saml:Conditions ", "</saml:Assertion>"};
    for (size_t i = 0; i < COUNT(before); i++) {
        const char *xml = good(world, "assertion");
        const char *own = assertion_of(world, xml);
        const char *evil = changed(world, evil_assertion(world), before[i],
                                   world_print(world, "<saml:Advice>%s</saml:Advice>%s", own, before[i]));
        refuses(world, changed(world, xml, own, evil), 400, "assertion");
    }
}

/* The evil one takes the signature, whose object keeps what was signed. */
static void a_signature_that_carries_what_it_signs_is_refused(void **state)
{
    struct world *world = *state;
    const char *xml = good(world, "assertion");
    const char *own = assertion_of(world, xml);
    const char *signature = signature_of(world, xml);
    const char *bare = changed(world, own, signature, "");
    const char *carrying = changed(world, signature, "</ds:Signature>",
                                   world_print(world, "<ds:Object>%s</ds:Object></ds:Signature>", bare));
    const char *evil = changed(world, evil_assertion(world), "<saml:Subject>",
                               world_print(world, "%s<saml:Subject>", carrying));
    refuses(world, changed(world, xml, own, evil), 400, "assertion");
}

static void a_response_inside_of_another_is_refused(void **state)
{
    struct world *world = *state;
    const char *inner = good(world, "response");
    const char *outer =
        changed(world, unsigned_one(world), "<samlp:Status>",
                world_print(world, "<samlp:Extensions>%s</samlp:Extensions><samlp:Status>", inner));
    refuses(world, outer, 400, "Response inside");
}

static void ids_are_unique_and_well_formed(void **state)
{
    struct world *world = *state;
    const char *xml = good(world, "assertion");
    const char *id = id_of(world, xml, "<saml:Assertion");
    refuses(world, changed(world, xml, "<samlp:Status>", world_print(world, "<samlp:Status ID=\"%s\">", id)),
            400, "same ID");
    refuses(
        world,
        changed(world, good(world, "assertion"), "<samlp:Status>", "<samlp:Status Id=\"_x\" xml:id=\"_x\">"),
        400, "same ID");
    xml = good(world, "assertion");
    id = id_of(world, xml, "<saml:Assertion");
    refuses(world,
            changed(world, xml, "<samlp:Status>", world_print(world, "<samlp:Status xml:id=\"%s\">", id)),
            400, "same ID");
    static const char *const malformed[] = {"", "1a", "a b", "a:b", "x')or('1", "\xC3\xA9"};
    for (size_t i = 0; i < COUNT(malformed); i++) {
        xml = unsigned_one(world);
        id = id_of(world, xml, "<saml:Assertion");
        refuses(world,
                changed(world, xml, world_print(world, " ID=\"%s\"", id),
                        world_print(world, " ID=\"%s\"", malformed[i])),
                400, "ID is malformed");
    }
    const char *many = "";
    for (int i = 0; i < 101; i++) {
        many = world_print(world, "%s<x ID=\"_x%d\"/>", many, i);
    }
    refuses(
        world,
        changed(world, unsigned_one(world), "<samlp:Status>", world_print(world, "%s<samlp:Status>", many)),
        400, "more than 100");
    xml = provider_signs(world, &provider, changed(world, says(world), ASSERTION_SIGNATURE, ""), "response");
    id = id_of(world, xml, "<saml:Assertion");
    xml = changed(world, changed(world, says(world), ASSERTION_SIGNATURE, ""),
                  "<saml:Assertion ID=", "<saml:Assertion AnId=");
    refuses(world, provider_signs(world, &provider, xml, "response"), 401, "no ID");
}

static void other_namespaces_do_not_confuse(void **state)
{
    struct world *world = *state;
    const char *other = "<x:Assertion xmlns:x=\"urn:other\"/>";
    refuses(world,
            changed(world, good(world, "assertion"), "<samlp:Status>",
                    world_print(world, "%s<samlp:Status>", other)),
            400, "another namespace");
    refuses(world, changed(world, good(world, "assertion"), "<samlp:Status>", "<Signature/><samlp:Status>"),
            400, "place where none may be");
    refuses(world, changed(world, good(world, "assertion"), "SAML:2.0:protocol", "SAML:1.1:protocol"), 400,
            "no SAML 2.0 Response");
    refuses(world, changed(world, unsigned_one(world), "SAML:2.0:assertion", "SAML:1.0:assertion"), 400,
            "another namespace");
    refuses(world, assertion_of(world, unsigned_one(world)), 400, "not well-formed");
    const char *xml = unsigned_one(world);
    refuses(world, changed(world, xml, assertion_of(world, xml), ""), 400, "no assertion");
}

/* --- Signatures ---------------------------------------------------------------------------------------- */

static void without_a_signature_nobody_comes_in(void **state)
{
    struct world *world = *state;
    refuses(world, unsigned_one(world), 401, "Neither the Response nor the Assertion is signed");
    const char *xml = good(world, "assertion");
    refuses(world, changed(world, xml, signature_of(world, xml), ""), 401, "Neither");
    xml = good(world, "response");
    refuses(world, changed(world, xml, signature_of(world, xml), ""), 401, "Neither");
    refuses(world,
            changed(world, says(world), RESPONSE_SIGNATURE,
                    "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/>"),
            401, "other parts");
}

static void what_was_signed_cannot_be_changed(void **state)
{
    struct world *world = *state;
    const char *mail = world_print(world, "<saml:NameID>%s<", company.learner.email);
    const char *other = world_print(world, "<saml:NameID>%s<", company.admin.email);
    const struct change changes[] = {
        {mail, other, 401, "digest does not match"},
        {"ac:classes:Password<", "ac:classes:X509<", 401, "digest does not match"},
        {"<saml:Subject>", "<saml:Subject> ", 401, "digest does not match"},
    };
    refuses_spoiled(world, changes, COUNT(changes), "assertion");
    refuses_spoiled(world, changes, COUNT(changes), "response");
    const struct change status[] = {
        {"<samlp:Status>", "<samlp:Status Evil=\"1\">", 401, "digest does not match"}};
    refuses_spoiled(world, status, 1, "response");
    refuses_spoiled(world, status, 1, "assertion response");
}

/* A good signature of the Response does not stand in for a bad one of the Assertion. */
static void every_signature_must_hold(void **state)
{
    struct world *world = *state;
    const struct provider stranger = {provider.entity, "stranger"};
    const char *xml = changed(world, says(world), RESPONSE_SIGNATURE, "[kept]");
    xml = provider_signs(world, &stranger, xml, "assertion");
    const char *signature = signature_for(world, id_of(world, xml, "<samlp:Response"), RSA_SHA256);
    xml = fill_signatures(world, changed(world, xml, "[kept]", signature), "provider");
    refuses(world, xml, 401, "none of the keys");
    xml = good(world, "assertion response");
    const char *inner =
        between(world, assertion_of(world, xml), "<ds:SignatureValue>", "</ds:SignatureValue>");
    refuses(world, changed(world, xml, inner, "<ds:SignatureValue>AAAA</ds:SignatureValue>"), 401,
            "digest does not match");
}

static void only_keys_of_the_metadata_count(void **state)
{
    struct world *world = *state;
    static const char *const keys[] = {"stranger", "service", "elliptic"};
    for (size_t i = 0; i < COUNT(keys); i++) {
        struct provider other = {provider.entity, keys[i]};
        refuses(world, provider_signs(world, &other, says(world), "assertion"), 401, "none of the keys");
        refuses(world, provider_signs(world, &other, says(world), "response"), 401, "none of the keys");
    }
}

/* The certificate that came along is the right one for the signature, and is not asked. */
static void a_key_in_the_message_is_not_used(void **state)
{
    struct world *world = *state;
    const char *metadata = provider_metadata(world, "x", "stranger");
    const char *certificate = between(world, metadata, "<ds:X509Data>", "</ds:X509Data>");
    const char *const infos[] = {certificate, "<ds:KeyName>provider</ds:KeyName>",
                                 "<ds:RetrievalMethod URI=\"http://127.0.0.1:1/key\"/>",
                                 "<ds:RetrievalMethod URI=\"file:///dev/zero\"/>"};
    struct provider other = {provider.entity, "stranger"};
    for (size_t i = 0; i < COUNT(infos); i++) {
        const char *info = world_print(world, "</ds:SignatureValue><ds:KeyInfo>%s</ds:KeyInfo>", infos[i]);
        refuses(world,
                changed(world, provider_signs(world, &other, says(world), "assertion"),
                        "</ds:SignatureValue>", info),
                401, "none of the keys");
    }
}

static void an_assertion_is_a_child_of_the_response(void **state)
{
    struct world *world = *state;
    const struct change changes[] = {
        {"<saml:Assertion ", "<samlp:Extensions><saml:Assertion ", 400, "inside of another element"},
        {"<saml:Assertion ", "<saml:Advice><saml:Assertion ", 400, "inside of another element"},
    };
    for (size_t i = 0; i < COUNT(changes); i++) {
        const char *end = i == 0 ? "</saml:Assertion></samlp:Extensions>" : "</saml:Assertion></saml:Advice>";
        const char *xml = changed(world, changed(world, says(world), "</saml:Assertion>", end),
                                  changes[i].from, changes[i].to);
        refuses(world, provider_signs(world, &provider, xml, "response"), changes[i].status,
                changes[i].reason);
        refuses(world, provider_signs(world, &provider, xml, "assertion"), changes[i].status,
                changes[i].reason);
    }
}

static void a_signature_says_nothing_that_is_not_allowed(void **state)
{
    struct world *world = *state;
    const char *second =
        "</ds:Reference><ds:Reference URI=\"\"><ds:Transforms/><ds:DigestMethod Algorithm=\"" SHA256_NAME
        "\"/><ds:DigestValue>AAAA</ds:DigestValue></ds:Reference>";
    const struct change changes[] = {
        {RSA_SHA256, "http://www.w3.org/2000/09/xmldsig#rsa-sha1", 401, "made by a method"},
        {RSA_SHA256, "http://www.w3.org/2001/04/xmldsig-more#rsa-md5", 401, "made by a method"},
        {RSA_SHA256, "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", 401, "made by a method"},
        {RSA_SHA256, "", 401, "made by a method"},
        {"#rsa-sha256\"/>", "#rsa-sha256\"><ds:HMACOutputLength>1</ds:HMACOutputLength></ds:SignatureMethod>",
         401, "made by a method"},
        {SHA256_NAME, "http://www.w3.org/2000/09/xmldsig#sha1", 401, "digest that is not allowed"},
        {SHA256_NAME, "http://www.w3.org/2001/04/xmldsig-more#md5", 401, "digest that is not allowed"},
        {"<ds:CanonicalizationMethod Algorithm=\"" EXCLUSIVE,
         "<ds:CanonicalizationMethod Algorithm=\"" EXCLUSIVE "WithComments", 401, "canonicalized"},
        {"<ds:CanonicalizationMethod Algorithm=\"" EXCLUSIVE,
         "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116", 401,
         "canonicalized"},
        {"<ds:Transform Algorithm=\"" EXCLUSIVE,
         "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116", 401, "canonicalized"},
        {"<ds:Transform Algorithm=\"" EXCLUSIVE,
         "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116", 401, "canonicalized"},
        {"<ds:Transform Algorithm=\"" EXCLUSIVE,
         "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#base64", 401, "canonicalized"},
        {ENVELOPED, "http://www.w3.org/TR/1999/REC-xpath-19991116", 401, "first transform"},
        {ENVELOPED "\"/>", ENVELOPED "\"><ds:XPath>1</ds:XPath></ds:Transform>", 401, "first transform"},
        {"<ds:Transform Algorithm=\"" ENVELOPED "\"/>", "", 401, "exactly two transforms"},
        {"</ds:Transforms>", "<ds:Transform Algorithm=\"" EXCLUSIVE "\"/></ds:Transforms>", 401,
         "exactly two transforms"},
        {"</ds:Reference>", second, 401, "exactly one reference"},
        {"URI=\"#", "URI=\"x", 401, "not about the element"},
        {"<ds:Transform Algorithm=\"" EXCLUSIVE "\"/>",
         "<ds:Transform Algorithm=\"" EXCLUSIVE "\"><ds:XPath>1</ds:XPath></ds:Transform>", 401,
         "canonicalized"},
        {"</ds:SignatureValue>", "</ds:SignatureValue><ds:Object/>", 401, "other parts"},
        {"</ds:SignatureValue>", "</ds:SignatureValue><ds:KeyInfo/><ds:Object><ds:Manifest/></ds:Object>",
         401, "other parts"},
        {"</ds:SignedInfo>", "</ds:SignedInfo><ds:SignedInfo/>", 401, "other parts"},
        {"</ds:Transforms>", "</ds:Transforms><ds:Transforms/>", 401, "not exactly its transforms"},
        {"<ds:DigestValue>", "<ds:DigestValue><x/>", 401, "has no value"},
    };
    refuses_spoiled(world, changes, COUNT(changes), "assertion");
    const char *xml = good(world, "assertion");
    const char *value = between(world, xml, "<ds:SignatureValue>", "</ds:SignatureValue>");
    refuses(world, changed(world, xml, value, "<ds:SignatureValue> </ds:SignatureValue>"), 401,
            "has no value");
    xml = good(world, "assertion");
    value = between(world, xml, "<ds:SignatureValue>", "</ds:SignatureValue>");
    refuses(world, changed(world, xml, value, "<ds:SignatureValue>AAAA</ds:SignatureValue>"), 401,
            "none of the keys");
    xml = good(world, "assertion");
    refuses(world,
            changed(world, xml, "</ds:Signature>",
                    world_print(world, "</ds:Signature>%s", signature_of(world, xml))),
            400, "more than one signature");
}

static void a_reference_leads_to_its_own_element_only(void **state)
{
    struct world *world = *state;
    static const char *const uris[] = {"",
                                       "#",
                                       "#other",
                                       "file:///dev/zero",
                                       "http://127.0.0.1:1/x",
                                       "#xpointer(/)",
                                       "#xpointer(id('_a1'))"};
    for (size_t i = 0; i < COUNT(uris); i++) {
        const char *xml = good(world, "assertion");
        const char *uri = world_print(world, "URI=\"#%s\"", id_of(world, xml, "<saml:Assertion"));
        refuses(world, changed(world, xml, uri, world_print(world, "URI=\"%s\"", uris[i])), 401,
                "not about the element");
    }
    const char *xml = good(world, "assertion");
    const char *uri = world_print(world, "URI=\"#%s\"", id_of(world, xml, "<saml:Assertion"));
    refuses(world,
            changed(world, xml, uri, world_print(world, "URI=\"#%s\"", id_of(world, xml, "<samlp:Response"))),
            401, "not about the element");
    refuses(world, changed(world, good(world, "assertion"), world_print(world, "URI=\"#"), "NoURI=\"#"), 401,
            "not about the element");
}

/* Canonicalization fails at a relative namespace and gives nothing, whose digest anybody can write. */
static void what_canonicalizes_to_nothing_is_refused(void **state)
{
    struct world *world = *state;
    const char *xml = good(world, "assertion");
    const char *digest = between(world, xml, "<ds:DigestValue>", "</ds:DigestValue>");
    xml = changed(world, xml, digest,
                  "<ds:DigestValue>47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=</ds:DigestValue>");
    refuses(world, changed(world, xml, "<saml:Subject>", "<saml:Subject xmlns:x=\"relative\"><x:y/>"), 401,
            "digest does not match");
}

/* --- XML ----------------------------------------------------------------------------------------------- */

static void hostile_xml_is_refused_as_malformed(void **state)
{
    struct world *world = *state;
    const struct change changes[] = {
        {"<samlp:Response ", "<!DOCTYPE x><samlp:Response ", 400, "DOCTYPE"},
        {"<samlp:Response ", "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><samlp:Response ", 400,
         "DOCTYPE"},
        {"<samlp:Response ", "<!DOCTYPE x SYSTEM \"http://127.0.0.1:1/x.dtd\"><samlp:Response ", 400,
         "DOCTYPE"},
        {"<saml:NameID>", "<saml:NameID>&a;", 400, "&"},
        {"<saml:NameID>", "<saml:NameID>a<!-- -->", 400, "comment"},
        {"<ds:DigestValue>", "<ds:DigestValue><!-- -->", 400, "comment"},
        {"<saml:NameID>", "<saml:NameID><?x y?>", 400, "instruction"},
        {"<samlp:Response ", "<?xml version=\"1.0\" encoding=\"UTF-16\"?><samlp:Response ", 400, "encoding"},
        {"<samlp:Response ", "<?xml version=\"1.0\" encoding=\"UTF-7\"?><samlp:Response ", 400, "encoding"},
        {"<samlp:Response ", "<?xml version=\"1.1\"?><samlp:Response ", 400, "version"},
        {"<saml:NameID>", "<saml:NameID>\xFF", 400, "UTF-8"},
        {"<saml:NameID>", "<saml:NameID>\x01", 400, "control character"},
        {"</samlp:Response>", "</samlp:Response><x/>", 400, "not well-formed"},
        {"</samlp:Response>", "", 400, "not well-formed"},
    };
    refuses_spoiled(world, changes, COUNT(changes), "assertion");
    refuses_spoiled(world, changes, COUNT(changes) - 9, "response");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_assertion_beside_or_around_the_signed_one_is_refused),
        cmocka_unit_test(a_signed_assertion_inside_of_another_is_refused),
        cmocka_unit_test(a_signature_that_carries_what_it_signs_is_refused),
        cmocka_unit_test(a_response_inside_of_another_is_refused),
        cmocka_unit_test(ids_are_unique_and_well_formed),
        cmocka_unit_test(other_namespaces_do_not_confuse),
        cmocka_unit_test(without_a_signature_nobody_comes_in),
        cmocka_unit_test(what_was_signed_cannot_be_changed),
        cmocka_unit_test(every_signature_must_hold),
        cmocka_unit_test(only_keys_of_the_metadata_count),
        cmocka_unit_test(a_key_in_the_message_is_not_used),
        cmocka_unit_test(an_assertion_is_a_child_of_the_response),
        cmocka_unit_test(a_signature_says_nothing_that_is_not_allowed),
        cmocka_unit_test(a_reference_leads_to_its_own_element_only),
        cmocka_unit_test(what_canonicalizes_to_nothing_is_refused),
        cmocka_unit_test(hostile_xml_is_refused_as_malformed),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
