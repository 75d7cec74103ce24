/* The limit of SAML sign-on: how many signed responses a second one core verifies with nothing but xmlsec
 * ("verify"), and how many it takes on their whole way in muster short of the database ("consume"): base64,
 * the provider's metadata, form, signature, profile. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <libxml/parser.h>
#include <xmlsec/xmlsec.h>

#include <xmlsec/xmldsig.h>
#include <xmlsec/xmltree.h>

#include "base/clock.h"
#include "base/encoding.h"
#include "config/config.h"
#include "saml/library.h"
#include "saml/names.h"
#include "saml/provider.h"
#include "saml/response.h"
#include "saml/service.h"
#include "saml/signing.h"
#include "saml/transport.h"

#define KEY_BITS       2048
#define ARENA_MAXIMUM  ((size_t)64 * 1024 * 1024)
#define ENTITY         "https://idp.example.com"
#define HOUR           (INT64_C(3600) * MICROSECONDS_PER_SECOND)
#define LARGEST_SAMPLE 65536

static struct configuration configuration = {.public_url = "https://muster.example.com"};

/* What is measured: the same response for both. */
struct sample {
    struct text xml;
    struct text encoded;
    struct text metadata;
    EVP_PKEY *key;
};

static void require(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "saml: %s\n", what);
        exit(1);
    }
}

/* Seconds of processor time, so that what else runs does not count. */
static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* --- The sample ---------------------------------------------------------------------------------------- */

static struct text certificate_of(struct arena *arena, EVP_PKEY *key)
{
    X509 *x509 = X509_new();
    unsigned char *der = NULL;
    require(x509 != NULL && X509_gmtime_adj(X509_getm_notBefore(x509), 0) != NULL &&
                X509_gmtime_adj(X509_getm_notAfter(x509), 3600) != NULL && X509_set_pubkey(x509, key) == 1 &&
                X509_sign(x509, key, EVP_sha256()) > 0,
            "no certificate");
    int length = i2d_X509(x509, &der);
    require(length > 0, "no certificate");
    struct text encoded = encode_base64(arena, (struct text){(const char *)der, (size_t)length});
    OPENSSL_free(der);
    X509_free(x509);
    return encoded;
}

static struct text metadata_of(struct arena *arena, EVP_PKEY *key)
{
    return text_of(arena_print(
        arena,
        "<md:EntityDescriptor xmlns:md=\"" SAML_NAMESPACE_METADATA "\" entityID=\"" ENTITY
        "\"><md:IDPSSODescriptor "
        "protocolSupportEnumeration=\"" SAML_NAMESPACE_PROTOCOL
        "\"><md:KeyDescriptor use=\"signing\"><ds:KeyInfo xmlns:ds=\"" SAML_NAMESPACE_XML_SIGNATURE
        "\"><ds:X509Data><ds:X509Certificate>%.*s</ds:X509Certificate></ds:X509Data></ds:KeyInfo></"
        "md:KeyDescriptor><md:SingleSignOnService "
        "Binding=\"" SAML_BINDING_NAME_REDIRECT
        "\" Location=\"https://idp.example.com/sso\"/></md:IDPSSODescriptor></md:EntityDescriptor>",
        TEXT_ARGUMENTS(certificate_of(arena, key))));
}

/* As providers write them: with a handful of attributes. */
static const char *attributes(struct arena *arena)
{
    const char *all = "";
    for (int i = 0; i < 8; i++) {
        all =
            arena_print(arena,
                        "%s<saml:Attribute "
                        "Name=\"http://schemas.example.com/claims/attribute-%d\"><saml:AttributeValue>value "
                        "of number %d</saml:AttributeValue></saml:Attribute>",
                        all, i, i);
    }
    return all;
}

static const char *response(struct context *context)
{
    struct arena *arena = context->arena;
    const char *consumer = saml_consumer(context);
    char instant[CLOCK_TEXT_SIZE];
    char end[CLOCK_TEXT_SIZE];
    clock_write(clock_now(), instant);
    clock_write(clock_now() + HOUR, end);
    return arena_print(
        arena,
        "<samlp:Response xmlns:samlp=\"" SAML_NAMESPACE_PROTOCOL "\" xmlns:saml=\"" SAML_NAMESPACE_ASSERTION
        "\" ID=\"_r\" Version=\"2.0\" IssueInstant=\"%s\" Destination=\"%s\"><saml:Issuer>" ENTITY
        "</saml:Issuer>%s"
        "<samlp:Status><samlp:StatusCode Value=\"" SAML_STATUS_SUCCESS
        "\"/></samlp:Status><saml:Assertion ID=\"_a\" Version=\"2.0\" IssueInstant=\"%s\">"
        "<saml:Issuer>" ENTITY "</saml:Issuer><saml:Subject><saml:NameID>member@example.com</"
        "saml:NameID><saml:SubjectConfirmation Method=\"" SAML_METHOD_BEARER
        "\"><saml:SubjectConfirmationData NotOnOrAfter=\"%s\" "
        "Recipient=\"%s\"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotOnOrAfter=\"%s\">"
        "<saml:AudienceRestriction><saml:Audience>%s</saml:Audience></saml:AudienceRestriction></"
        "saml:Conditions><saml:AuthnStatement AuthnInstant=\"%s\">"
        "<saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</"
        "saml:AuthnContextClassRef></saml:AuthnContext>"
        "</saml:AuthnStatement><saml:AttributeStatement>%s</saml:AttributeStatement></saml:Assertion></"
        "samlp:Response>",
        instant, consumer, saml_signature_template(arena, TEXT("_r")), instant, end, consumer, end,
        saml_entity_id(context), instant, attributes(arena));
}

static void make_sample(struct context *context, struct sample *sample)
{
    sample->key = EVP_RSA_gen(KEY_BITS);
    require(sample->key != NULL, "no key");
    const struct saml_key key = {.private_key = sample->key};
    sample->xml = saml_sign(context->arena, text_of(response(context)), &key);
    require(sample->xml.data != NULL && sample->xml.length < LARGEST_SAMPLE, "the response cannot be signed");
    sample->encoded = encode_base64(context->arena, sample->xml);
    sample->metadata = metadata_of(context->arena, sample->key);
}

/* --- The two ways -------------------------------------------------------------------------------------- */

/* What the program xmlsec1 does for a file: parse, find the signature, verify it with a known key. */
static void verify(struct context *context, const struct sample *sample)
{
    static const xmlChar *const ids[] = {(const xmlChar *)"ID", NULL};
    (void)context;
    xmlDoc *document = xmlReadMemory(sample->xml.data, (int)sample->xml.length, NULL, NULL, XML_PARSE_NONET);
    require(document != NULL, "the response cannot be parsed");
    xmlSecAddIDs(document, xmlDocGetRootElement(document), (const xmlChar **)(uintptr_t)ids);
    xmlSecDSigCtxPtr signature = xmlSecDSigCtxCreate(NULL);
    require(signature != NULL, "no memory");
    signature->signKey = saml_library_key(sample->key);
    require(xmlSecDSigCtxVerify(signature, xmlSecFindNode(xmlDocGetRootElement(document), xmlSecNodeSignature,
                                                          xmlSecDSigNs)) >= 0 &&
                signature->status == xmlSecDSigStatusSucceeded,
            "the signature does not hold");
    xmlSecDSigCtxDestroy(signature);
    xmlFreeDoc(document);
}

static void consume(struct context *context, const struct sample *sample)
{
    struct saml_metadata provider;
    struct saml_reading reading;
    struct saml_message message;
    struct saml_sign_on sign_on;
    struct text xml;
    saml_reading_start(&reading, context);
    reading.provider = &provider;
    require(saml_decode_form(&reading, sample->encoded, &xml) == PROBLEM_NONE &&
                saml_message_read(&reading, xml, &message) == PROBLEM_NONE &&
                saml_provider_read(context, sample->metadata, &provider) == PROBLEM_NONE &&
                saml_message_trust(&reading, &message, false, &sign_on) == PROBLEM_NONE,
            reading.reason != NULL ? reading.reason : "the metadata is refused");
}

static long measure(void (*way)(struct context *, const struct sample *), const struct sample *sample,
                    double seconds, double *rate)
{
    struct arena *arena = arena_create(ARENA_MAXIMUM);
    double start = now();
    double end = start;
    long count = 0;
    while (end - start < seconds) {
        struct context context;
        context_start(&context, arena, &configuration, NULL);
        way(&context, sample);
        arena_reset(arena);
        count++;
        end = now();
    }
    arena_destroy(arena);
    *rate = (double)count / (end - start);
    return count;
}

int main(int argc, char **argv)
{
    struct context context;
    struct sample sample;
    double rate = 0;
    bool whole = argc == 3 && strcmp(argv[1], "consume") == 0;
    if (argc != 3 || (!whole && strcmp(argv[1], "verify") != 0)) {
        fputs("usage: saml verify|consume SECONDS\n", stderr);
        return 2;
    }
    saml_library_start();
    context_start(&context, arena_create(ARENA_MAXIMUM), &configuration, NULL);
    make_sample(&context, &sample);
    long count = measure(whole ? consume : verify, &sample, strtod(argv[2], NULL), &rate);
    printf("figures %.1f 0 0 0 %ld\n", rate, count);
    EVP_PKEY_free(sample.key);
    arena_destroy(context.arena);
    return 0;
}
