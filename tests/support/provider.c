/* Signing by xmlsec, encryption by OpenSSL. */
#include "support/provider.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include <libxml/parser.h>
#include <xmlsec/xmlsec.h>

#include <xmlsec/crypto.h>
#include <xmlsec/openssl/evp.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmltree.h>

#include "base/clock.h"
#include "base/encoding.h"
#include "saml/library.h"
#include "saml/transport.h"
#include "support/expect.h"

#define MINUTE (60 * MICROSECONDS_PER_SECOND)

/* --- Keys ---------------------------------------------------------------------------------------------- */

static const char *read_key_file(struct world *world, const char *key)
{
    const char *pem =
        world_read_file(world, world_print(world, SOURCE_FOLDER "/tests/data/saml/keys/%s.pem", key));
    assert_non_null(pem);
    return pem;
}

static EVP_PKEY *private_key(struct world *world, const char *key)
{
    BIO *memory = BIO_new_mem_buf(read_key_file(world, key), -1);
    EVP_PKEY *found = PEM_read_bio_PrivateKey(memory, NULL, NULL, NULL);
    BIO_free(memory);
    assert_non_null(found);
    return found;
}

static const char *certificate(struct world *world, struct text key)
{
    const char *pem = read_key_file(world, world_print(world, "%.*s", TEXT_ARGUMENTS(key)));
    const char *start = strstr(pem, "-----BEGIN CERTIFICATE-----");
    assert_non_null(start);
    start += strlen("-----BEGIN CERTIFICATE-----");
    return world_print(world, "%.*s", (int)(strstr(start, "-----END") - start), start);
}

const char *provider_metadata(struct world *world, const char *entity, const char *keys)
{
    const char *descriptors = "";
    struct text rest = text_of(keys);
    while (rest.data != NULL) {
        descriptors =
            world_print(world,
                        "%s<md:KeyDescriptor use=\"signing\"><ds:KeyInfo "
                        "xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data><ds:X509Certificate>%s"
                        "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>",
                        descriptors, certificate(world, text_cut(&rest, ' ')));
    }
    return world_print(
        world,
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"%s\">"
        "<md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">%s"
        "<md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" "
        "Location=\"https://idp.example.test/sso?tenant=1\"/></md:IDPSSODescriptor></md:EntityDescriptor>",
        entity, descriptors);
}

void provider_connect(struct world *world, const char *organization, const char *entity, const char *keys)
{
    world_sql(world, "UPDATE organizations SET saml_info = $2, saml_entity_id = $3 WHERE id = $1::uuid",
              organization, provider_metadata(world, entity, keys), entity, NULL);
}

/* --- Messages ------------------------------------------------------------------------------------------ */

static const char *time_at(struct world *world, int64_t microseconds)
{
    char text[CLOCK_TEXT_SIZE];
    clock_write(microseconds, text);
    return world_print(world, "%s", text);
}

const char *provider_says(struct world *world, const struct provider *provider, const char *name_id)
{
    static unsigned int number;
    const int64_t now = clock_now();
    const char *consumer = world_print(world, "%s" CONSUME, world_url(world));
    const char *instant = time_at(world, now);
    number++;
    return world_print(
        world,
        "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" "
        "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_r%u\" Version=\"2.0\" "
        "IssueInstant=\"%s\" "
        "Destination=\"%s\"><saml:Issuer>%s</saml:Issuer>" RESPONSE_SIGNATURE
        "<samlp:Status><samlp:StatusCode "
        "Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>"
        "<saml:Assertion ID=\"_a%u\" Version=\"2.0\" "
        "IssueInstant=\"%s\"><saml:Issuer>%s</saml:Issuer>" ASSERTION_SIGNATURE
        "<saml:Subject><saml:NameID>%s</saml:NameID>"
        "<saml:SubjectConfirmation "
        "Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><saml:SubjectConfirmationData "
        "NotOnOrAfter=\"%s\" Recipient=\"%s\"/></saml:SubjectConfirmation></saml:Subject>"
        "<saml:Conditions NotBefore=\"%s\" "
        "NotOnOrAfter=\"%s\"><saml:AudienceRestriction><saml:Audience>%s/api/v1/saml/metadata"
        "</saml:Audience></saml:AudienceRestriction></saml:Conditions>"
        "<saml:AuthnStatement AuthnInstant=\"%s\"><saml:AuthnContext><saml:AuthnContextClassRef>"
        "urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></"
        "saml:AuthnStatement>"
        "</saml:Assertion></samlp:Response>",
        number, instant, consumer, provider->entity, number, instant, provider->entity, name_id,
        time_at(world, now + 5 * MINUTE), consumer, time_at(world, now - MINUTE),
        time_at(world, now + 5 * MINUTE), world_url(world), instant);
}

const char *changed(struct world *world, const char *text, const char *from, const char *to)
{
    const char *place = strstr(text, from);
    if (place == NULL || strstr(place + 1, from) != NULL) {
        fail_msg("\"%s\" is not there exactly once: %s", from, text);
        return text;
    }
    return world_print(world, "%.*s%s%s", (int)(place - text), text, to, place + strlen(from));
}

const char *id_of(struct world *world, const char *xml, const char *element)
{
    const char *start = strstr(xml, world_print(world, "%s ", element));
    assert_non_null(start);
    start = strstr(start, " ID=\"");
    assert_non_null(start);
    start += strlen(" ID=\"");
    return world_print(world, "%.*s", (int)strcspn(start, "\""), start);
}

const char *signature_for(struct world *world, const char *id, const char *method)
{
    return world_print(
        world,
        "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>"
        "<ds:CanonicalizationMethod Algorithm=\"" EXCLUSIVE "\"/><ds:SignatureMethod Algorithm=\"%s\"/>"
        "<ds:Reference URI=\"#%s\"><ds:Transforms><ds:Transform Algorithm=\"" ENVELOPED "\"/>"
        "<ds:Transform Algorithm=\"" EXCLUSIVE "\"/></ds:Transforms><ds:DigestMethod Algorithm=\"" SHA256_NAME
        "\"/><ds:DigestValue></ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue>"
        "</ds:SignatureValue></ds:Signature>",
        method, id);
}

/* --- Signing ------------------------------------------------------------------------------------------- */

/* Innermost first: what an outer signature covers must be complete. */
static void sign_below(xmlNode *node, struct world *world, const char *key)
{
    for (xmlNode *child = node->children; child != NULL; child = child->next) {
        if (child->type == XML_ELEMENT_NODE &&
            !xmlSecCheckNodeName(child, xmlSecNodeSignature, xmlSecDSigNs)) {
            sign_below(child, world, key);
        }
    }
    xmlNode *signature = xmlSecFindChild(node, xmlSecNodeSignature, xmlSecDSigNs);
    xmlNode *value =
        signature == NULL ? NULL : xmlSecFindChild(signature, xmlSecNodeSignatureValue, xmlSecDSigNs);
    if (value != NULL && value->children == NULL) {
        xmlSecDSigCtxPtr context = xmlSecDSigCtxCreate(NULL);
        context->signKey = xmlSecKeyCreate();
        assert_int_equal(
            xmlSecKeySetValue(context->signKey, xmlSecOpenSSLEvpKeyAdopt(private_key(world, key))), 0);
        if (xmlSecDSigCtxSign(context, signature) < 0) {
            fail_msg("the message cannot be signed");
        }
        xmlSecDSigCtxDestroy(context);
    }
}

const char *fill_signatures(struct world *world, const char *xml, const char *key)
{
    static const xmlChar *const ids[] = {(const xmlChar *)"ID", NULL};
    xmlChar *text = NULL;
    int size = 0;
    saml_library_start();
    xmlDoc *document = xmlReadMemory(xml, (int)strlen(xml), NULL, NULL, XML_PARSE_NONET);
    assert_non_null(document);
    xmlSecAddIDs(document, xmlDocGetRootElement(document), (const xmlChar **)(uintptr_t)ids);
    sign_below(xmlDocGetRootElement(document), world, key);
    xmlBufferPtr buffer = xmlBufferCreate();
    xmlNodeDump(buffer, document, xmlDocGetRootElement(document), 0, 0);
    text = xmlBufferDetach(buffer);
    size = xmlStrlen(text);
    xmlBufferFree(buffer);
    const char *copy = arena_copy(world_arena(world), (const char *)text, (size_t)size);
    xmlFree(text);
    xmlFreeDoc(document);
    return copy;
}

static const char *place(struct world *world, const char *xml, const char *mark, const char *element,
                         bool wanted, const char *key)
{
    if (strstr(xml, mark) == NULL) {
        return xml;
    }
    const char *method = strncmp(key, "elliptic", strlen("elliptic")) == 0 ? ECDSA_SHA256 : RSA_SHA256;
    return changed(world, xml, mark, wanted ? signature_for(world, id_of(world, xml, element), method) : "");
}

const char *provider_signs(struct world *world, const struct provider *provider, const char *xml,
                           const char *signing)
{
    xml = place(world, xml, ASSERTION_SIGNATURE, "<saml:Assertion", strstr(signing, "assertion") != NULL,
                provider->key);
    xml = place(world, xml, RESPONSE_SIGNATURE, "<samlp:Response", strstr(signing, "response") != NULL,
                provider->key);
    return strstr(xml, "Signature") == NULL ? xml : fill_signatures(world, xml, provider->key);
}

/* --- Encrypting ---------------------------------------------------------------------------------------- */

static const struct provider_transport usual_transport = {
    "<xenc:EncryptionMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p\"/>", "SHA1", "SHA1",
    ""};

static struct text encrypt_key(struct world *world, const char *key, const unsigned char *bytes,
                               size_t length, const struct provider_transport *transport)
{
    EVP_PKEY *whole = private_key(world, key);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(whole, NULL);
    size_t size = 1024;
    unsigned char *out = arena_allocate(world_arena(world), size);
    assert_int_equal(EVP_PKEY_encrypt_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_oaep_md_name(context, transport->digest, NULL), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, transport->mask, NULL), 1);
    if (transport->label[0] != '\0') {
        char *label = OPENSSL_strdup(transport->label);
        assert_int_equal(EVP_PKEY_CTX_set0_rsa_oaep_label(context, label, (int)strlen(label)), 1);
    }
    assert_int_equal(EVP_PKEY_encrypt(context, out, &size, bytes, length), 1);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(whole);
    return encode_base64(world_arena(world), (struct text){(const char *)out, size});
}

static struct text encrypt_data(struct world *world, const char *algorithm, const unsigned char *key,
                                struct text plain)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(
        NULL,
        world_print(world, "AES-%.3s-%s", algorithm + 3, strstr(algorithm, "gcm") != NULL ? "GCM" : "CBC"),
        NULL);
    bool counted = strstr(algorithm, "gcm") != NULL;
    size_t prefix = counted ? 12 : 16;
    unsigned char *out = arena_allocate(world_arena(world), plain.length + 64);
    int length = 0;
    int rest = 0;
    assert_non_null(cipher);
    RAND_bytes(out, (int)prefix);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    assert_int_equal(EVP_EncryptInit_ex2(context, cipher, key, out, NULL), 1);
    assert_int_equal(EVP_EncryptUpdate(context, out + prefix, &length, (const unsigned char *)plain.data,
                                       (int)plain.length),
                     1);
    assert_int_equal(EVP_EncryptFinal_ex(context, out + prefix + length, &rest), 1);
    size_t total = prefix + (size_t)length + (size_t)rest;
    if (counted) {
        assert_int_equal(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, out + total), 1);
        total += 16;
    }
    EVP_CIPHER_CTX_free(context);
    EVP_CIPHER_free(cipher);
    return encode_base64(world_arena(world), (struct text){(const char *)out, total});
}

/* What is encrypted: the assertion, or what stands in its place. */
static struct text secret_in(const char *xml)
{
    bool usual = strstr(xml, "<saml:Assertion ") != NULL;
    const char *start = strstr(xml, usual ? "<saml:Assertion " : "<saml:Evidence ");
    const char *tag = usual ? "</saml:Assertion>" : "</saml:Evidence>";
    const char *end = strstr(xml, tag);
    assert_non_null(start);
    assert_non_null(end);
    return (struct text){start, (size_t)(end - start) + strlen(tag)};
}

/* The plaintext declares its own namespace, as providers write it. */
static struct text plaintext_of(struct world *world, struct text secret)
{
    const char *own = world_print(world, "%.*s", TEXT_ARGUMENTS(secret));
    const char *rest = strchr(own, ' ');
    const char *declared = strstr(own, "xmlns:saml=");
    return text_of(declared != NULL && declared < strchr(own, '>')
                       ? own
                       : world_print(world, "%.*s xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"%s",
                                     (int)(rest - own), own, rest));
}

const char *provider_encrypts_by(struct world *world, const char *xml, const char *key, const char *algorithm,
                                 const struct provider_transport *transport)
{
    unsigned char bytes[32];
    size_t size = strncmp(algorithm, "aes256", 6) == 0 ? 32 : 16;
    struct text secret = secret_in(xml);
    const char *space = strstr(algorithm, "gcm") != NULL ? "http://www.w3.org/2009/xmlenc11#"
                                                         : "http://www.w3.org/2001/04/xmlenc#";
    RAND_bytes(bytes, sizeof bytes);
    struct text data = encrypt_data(world, algorithm, bytes, plaintext_of(world, secret));
    return world_print(
        world,
        "%.*s<saml:EncryptedAssertion><xenc:EncryptedData xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\" "
        "Type=\"http://www.w3.org/2001/04/xmlenc#Element\"><xenc:EncryptionMethod Algorithm=\"%s%s\"/>"
        "<ds:KeyInfo "
        "xmlns:ds=\"http://www.w3.org/2000/09/"
        "xmldsig#\"><xenc:EncryptedKey>%s<xenc:CipherData><xenc:CipherValue>%.*s"
        "</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></"
        "ds:KeyInfo><xenc:CipherData><xenc:CipherValue>"
        "%.*s</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></saml:EncryptedAssertion>%s",
        (int)(secret.data - xml), xml, space, algorithm, transport->method,
        TEXT_ARGUMENTS(encrypt_key(world, key, bytes, size, transport)), TEXT_ARGUMENTS(data),
        secret.data + secret.length);
}

const char *provider_encrypts(struct world *world, const char *xml, const char *key, const char *algorithm)
{
    return provider_encrypts_by(world, xml, key, algorithm, &usual_transport);
}

/* --- Sending ------------------------------------------------------------------------------------------- */

static struct text percent(struct world *world, struct text text)
{
    return encode_percent(world_arena(world), text);
}

struct answer *provider_sends_with(struct world *world, const char *xml, const char *relay_state,
                                   const char *cookie)
{
    const char *body =
        world_print(world, "SAMLResponse=%.*s",
                    TEXT_ARGUMENTS(percent(world, encode_base64(world_arena(world), text_of(xml)))));
    if (relay_state != NULL) {
        body = world_print(world, "%s&RelayState=%.*s", body,
                           TEXT_ARGUMENTS(percent(world, text_of(relay_state))));
    }
    return CALL(world, .method = "POST", .path = CONSUME, .type = "application/x-www-form-urlencoded",
                .body = body, .headers = {cookie != NULL ? world_print(world, "Cookie: %s", cookie) : NULL});
}

struct answer *provider_sends(struct world *world, const char *xml)
{
    return provider_sends_with(world, xml, NULL, NULL);
}

const char *provider_query(struct world *world, const char *xml, const char *relay_state, const char *key)
{
    struct arena *arena = world_arena(world);
    const char *query = world_print(world, "SAMLResponse=%.*s",
                                    TEXT_ARGUMENTS(percent(world, saml_encode_query(arena, text_of(xml)))));
    if (relay_state != NULL) {
        query = world_print(world, "%s&RelayState=%.*s", query,
                            TEXT_ARGUMENTS(percent(world, text_of(relay_state))));
    }
    if (key == NULL) {
        return query;
    }
    query = world_print(world, "%s&SigAlg=%.*s", query, TEXT_ARGUMENTS(percent(world, TEXT(RSA_SHA256))));
    unsigned char signature[1024];
    size_t length = sizeof signature;
    EVP_PKEY *private = private_key(world, key);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, private), 1);
    assert_int_equal(EVP_DigestSign(context, signature, &length, (const unsigned char *)query, strlen(query)),
                     1);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(private);
    struct text encoded = encode_base64(arena, (struct text){(const char *)signature, length});
    return world_print(world, "%s&Signature=%.*s", query, TEXT_ARGUMENTS(percent(world, encoded)));
}

/* --- Expecting ----------------------------------------------------------------------------------------- */

void expect_signed_in(struct world *world, struct answer *answer, const char *uid)
{
    if (answer->status != 302) {
        fail_msg("not signed in: %d: %s", answer->status,
                 world_sql(world,
                           "SELECT after ->> 'reason' FROM audit_events ORDER BY position DESC LIMIT 1",
                           NULL));
    }
    const char *location = answer_header(answer, "Location");
    assert_non_null(location);
    assert_non_null(
        strstr(location, world_print(world, "&uid=%.*s&", TEXT_ARGUMENTS(percent(world, text_of(uid))))));
    assert_non_null(strstr(location, "auth_token="));
    expect_header(answer, "Referrer-Policy", "no-referrer");
}

void expect_untaken(struct world *world, const struct answer *answer, int status, const char *reason)
{
    const char *found = world_sql(
        world,
        "SELECT after ->> 'reason' FROM audit_events WHERE action = 'saml.refused' AND request_id = $1",
        answer_header(answer, "X-Request-Id"), NULL);
    if (answer->status != status || strstr(found, reason) == NULL) {
        fail_msg("%d with \"%s\", expected was %d with \"%s\"", answer->status, found, status, reason);
    }
    assert_null(answer_header(answer, "Set-Cookie"));
    assert_null(answer_header(answer, "Location"));
    expect_text(answer, "detail",
                "The sign-on could not be completed; an administrator finds the reason by the request id.");
    expect_length(answer, "errors", 1);
    expect_text(answer, "errors.0",
                "The sign-on could not be completed; an administrator finds the reason by the request id.");
}
