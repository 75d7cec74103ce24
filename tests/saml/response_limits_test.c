/* Hostile messages on their whole way through form, signature and profile: each is refused in a process whose
 * memory and processor time the kernel limits, opens no file, and what it took is printed. Nobody asserts a
 * time: what bounds it are the limits, at which these messages stand. */
#include "saml/fixture.h"

#include <dirent.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/encoding.h"
#include "saml/metadata.h"
#include "saml/response.h"
#include "saml/signature.h"

#define RSA_SHA256   "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
#define ECDSA_SHA512 "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512"
#define EXCLUSIVE    "http://www.w3.org/2001/10/xml-exc-c14n#"
#define ENVELOPED    "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
#define SHA256_NAME  "http://www.w3.org/2001/04/xmlenc#sha256"

/* AddressSanitizer keeps what was freed. */
#ifdef __SANITIZE_ADDRESS__
#define MEMORY_FACTOR 8
#else
#define MEMORY_FACTOR 1
#endif
#define MOST_MEMORY   ((size_t)16 * 1024 * 1024 * MEMORY_FACTOR)
#define MOST_PREFIXES 16
#define MOST_CPU_TIME 1 /* second; what runs away never comes back */

/* The certificate of tests/data/saml/certificates as the provider's only key. */
static struct saml_metadata *some_provider(void)
{
    struct saml_metadata *provider = ARENA_NEW(test_context.arena, struct saml_metadata);
    const char *xml = with_certificates(
        "<md:EntityDescriptor xmlns:md='urn:oasis:names:tc:SAML:2.0:metadata' "
        "xmlns:ds='http://www.w3.org/2000/09/xmldsig#' "
        "entityID='https://idp.example.com'><md:IDPSSODescriptor "
        "protocolSupportEnumeration='urn:oasis:names:tc:SAML:2.0:protocol'><md:KeyDescriptor><ds:KeyInfo><ds:"
        "X509Data>"
        "<ds:X509Certificate>{rsa-2048}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        "<md:SingleSignOnService Binding='urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect' "
        "Location='https://idp.example.com/sso'/></md:IDPSSODescriptor></md:EntityDescriptor>");
    assert_int_equal(saml_metadata_read(&test_context, text_of(xml), provider), PROBLEM_NONE);
    return provider;
}

#define TEMPLATE                                                                                             \
    "<ds:Signature xmlns:ds='http://www.w3.org/2000/09/xmldsig#'><ds:SignedInfo><ds:CanonicalizationMethod " \
    "Algorithm='" EXCLUSIVE "'/><ds:SignatureMethod Algorithm='" RSA_SHA256                                  \
    "'/><ds:Reference URI='#_a'><ds:Transforms><ds:Transform Algorithm='" ENVELOPED                          \
    "'/><ds:Transform Algorithm='%s'/></ds:Transforms><ds:DigestMethod Algorithm='" SHA256_NAME              \
    "'/><ds:DigestValue>AAAA</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue>AAAA</"       \
    "ds:SignatureValue>"                                                                                     \
    "</ds:Signature>"

/* A message with that inside of a signed assertion. */
static const char *message(const char *canonicalization, const char *content)
{
    const char *signature = arena_print(test_context.arena, TEMPLATE, canonicalization);
    return arena_print(
        test_context.arena,
        "<p:Response xmlns:p='urn:oasis:names:tc:SAML:2.0:protocol' "
        "xmlns='urn:oasis:names:tc:SAML:2.0:assertion' ID='_r'><Issuer>https://idp.example.com</Issuer>"
        "<Assertion ID='_a'>%s%s</Assertion></p:Response>",
        signature, content);
}

static size_t open_files(void)
{
    size_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder) != NULL) {
        count++;
    }
    closedir(folder);
    return count;
}

/* What one message took. */
struct cost {
    long microseconds;
    long kibibytes;
    bool opened; /* a file that is still open */
};

static long processor_time(const struct rusage *usage)
{
    return (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000 + usage->ru_utime.tv_usec +
           usage->ru_stime.tv_usec;
}

static struct saml_reading judge(const char *xml, const struct saml_metadata *provider)
{
    struct saml_reading reading = {
        .context = &test_context, .arena = test_context.arena, .provider = provider};
    struct saml_message read;
    struct saml_sign_on sign_on;
    reading.entity_id = reading.consumer = "https://sp.example.com";
    enum problem problem = saml_message_read(&reading, text_of(xml), &read);
    if (problem == PROBLEM_NONE) {
        problem = saml_message_trust(&reading, &read, false, &sign_on);
    }
    assert_int_not_equal(problem, PROBLEM_NONE);
    assert_non_null(reading.reason);
    return reading;
}

static struct cost measure(const char *xml, const struct saml_metadata *provider)
{
    struct rusage before;
    struct rusage after;
    size_t files = open_files();
    getrusage(RUSAGE_SELF, &before);
    judge(xml, provider);
    getrusage(RUSAGE_SELF, &after);
    return (struct cost){.microseconds = processor_time(&after) - processor_time(&before),
                         .kibibytes = after.ru_maxrss - before.ru_maxrss,
                         .opened = open_files() != files};
}

/* In a process of its own, whose memory and time are limited by the kernel. */
static struct cost measure_apart(const char *xml, const struct saml_metadata *provider)
{
    struct cost cost = {0};
    int ends[2];
    int status = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        struct rlimit time = {MOST_CPU_TIME, MOST_CPU_TIME};
        setrlimit(RLIMIT_CPU, &time);
        cost = measure(xml, provider);
        _exit(write(ends[1], &cost, sizeof cost) == (ssize_t)sizeof cost ? 0 : 1);
    }
    close(ends[1]);
    bool told = read(ends[0], &cost, sizeof cost) == (ssize_t)sizeof cost;
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (status != 0 || !told) {
        fail_msg("status %x for %.100s", (unsigned int)status, xml);
    }
    return cost;
}

static void costs_little_with(const char *name, const char *xml, const struct saml_metadata *provider)
{
    judge(message(EXCLUSIVE, ""), provider); /* libraries are ready, caches are warm */
    struct cost cost = measure_apart(xml, provider);
    print_message("%-60s %4zu KiB: %6.1f ms, %6ld KiB\n", name, strlen(xml) / 1024,
                  (double)cost.microseconds / 1000, cost.kibibytes);
    assert_false(cost.opened);
    assert_true((size_t)cost.kibibytes * 1024 <= MOST_MEMORY);
}

static void costs_little(const char *name, const char *xml)
{
    costs_little_with(name, xml, some_provider());
}

static const char *numbered(const char *format_before, const char *format_after, size_t count)
{
    struct builder builder;
    builder_start(&builder, test_context.arena, 65536, ARENA_MAXIMUM);
    for (size_t i = 0; i < count; i++) {
        builder_add_format(&builder, "%s%zu%s", format_before, i, format_after);
    }
    builder_add_character(&builder, '\0');
    return builder.data;
}

static const char *print(const char *format, ...) __attribute__((format(printf, 1, 2)));
static const char *print(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *text = arena_print_list(test_context.arena, format, arguments);
    va_end(arguments);
    return text;
}

static void messages_at_the_limits_cost_little(void **state)
{
    (void)state;
    static const char *const methods[] = {EXCLUSIVE, "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
                                          "http://www.w3.org/2006/12/xml-c14n11"};
    const char *spaces = print("<e%s>%s</e>", numbered(" xmlns:n", "='u'", 60), repeated("<n1:e/>", 4900));
    for (size_t i = 0; i < 3; i++) {
        const char *method = methods[i];
        costs_little("long text", message(method, repeated("x", (size_t)250 * 1024)));
        costs_little("many character references", message(method, repeated("&#10;", (size_t)50 * 1024)));
        costs_little("many entities", message(method, repeated("&amp;", (size_t)50 * 1024)));
        costs_little("many empty CDATA sections",
                     message(method, repeated("<![CDATA[]]>", (size_t)20 * 1024)));
        costs_little("many elements", message(method, repeated("<e/>", 4900)));
        costs_little("many elements with text between", message(method, repeated("<e/>&lt;", 4900)));
        costs_little("many namespaces in scope", message(method, spaces));
        costs_little("a namespace on each element",
                     message(method, repeated("<n1:e xmlns:n1='a' n1:x='y'/>", 4900)));
        costs_little("many attributes", message(method, repeated("<e a='1' b='2'/>", 4900)));
        costs_little("inherited attributes",
                     message(method, print("<e xml:lang='a' xml:space='default'>%s</e>",
                                           repeated("<e xml:a='1'/>", 4900))));
    }
}

static void nested_messages_cost_little(void **state)
{
    (void)state;
    costs_little("as deep as allowed",
                 message(EXCLUSIVE, print("%s%s", repeated("<e>", 60), repeated("</e>", 60))));
    costs_little("wide and deep",
                 message(EXCLUSIVE, repeated(print("%s%s", repeated("<e>", 60), repeated("</e>", 60)), 80)));
    costs_little("too deep",
                 message(EXCLUSIVE, print("%s%s", repeated("<e>", 20000), repeated("</e>", 20000))));
    costs_little("too deep, never closed", repeated("<e>", 80000));
    costs_little("namespaces on all levels",
                 message(EXCLUSIVE, print("%s%s%s", numbered("<e xmlns:n", "='u'>", 60),
                                          repeated("<n1:e/>", 4800), repeated("</e>", 60))));
}

static void attributes_cost_little(void **state)
{
    (void)state;
    const char *most = print("<e%s/>", numbered(" a", "='1'", 64));
    costs_little("tags with as many attributes as allowed", message(EXCLUSIVE, repeated(most, 155)));
    costs_little("a tag with too many attributes",
                 message(EXCLUSIVE, print("<e%s/>", numbered(" a", "='1'", 20000))));
    costs_little("a tag as long as allowed",
                 message(EXCLUSIVE, repeated(print("<e a='%s'/>", repeated("&#9;", 4000)), 15)));
    costs_little("as many IDs as allowed, and more", message(EXCLUSIVE, numbered("<e ID='_", "'/>", 4900)));
}

/* A signed message with one text of it changed. */
static const char *altered(const char *from, const char *to)
{
    return replaced(message(EXCLUSIVE, ""), from, to);
}

/* With this many prefixes to keep, among as many namespaces as may be in scope. */
static const char *keeping(const char *prefixes)
{
    const char *scopes = "";
    for (size_t level = 0; level < 4; level++) {
        scopes = print("%s<e%s>", scopes, numbered(print(" xmlns:n%zu", level), "='u'", 60));
    }
    return replaced(message(EXCLUSIVE, print("%s%s%s", scopes, repeated("<e/>", 4800), repeated("</e>", 4))),
                    "<ds:Transform Algorithm='" EXCLUSIVE "'/>",
                    print("<ds:Transform Algorithm='" EXCLUSIVE "'><x:InclusiveNamespaces xmlns:x='" EXCLUSIVE
                          "' PrefixList='%s'/></ds:Transform>",
                          prefixes));
}

static void free_certificate(void *x509)
{
    X509_free(x509);
}

/* A certificate of a new key. */
static struct text new_certificate(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-521");
    X509 *x509 = X509_new();
    unsigned char *der = NULL;
    arena_on_reset(test_context.arena, free_certificate, x509);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x509), 0));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x509), 3600));
    assert_int_equal(X509_set_pubkey(x509, key), 1);
    assert_true(X509_sign(x509, key, EVP_sha256()) > 0);
    int length = i2d_X509(x509, &der);
    assert_true(length > 0);
    struct text copy = {arena_copy(test_context.arena, (const char *)der, (size_t)length), (size_t)length};
    OPENSSL_free(der);
    EVP_PKEY_free(key);
    return copy;
}

/* A provider with as many keys as it may have, and a message whose digest holds, so that all of them are
 * tried. */
static void keys_cost_little(void **state)
{
    (void)state;
    struct saml_metadata *provider = some_provider();
    for (provider->certificate_count = 0; provider->certificate_count < SAML_MAXIMUM_CERTIFICATES;
         provider->certificate_count++) {
        provider->certificates[provider->certificate_count] = new_certificate();
    }
    const char *content = repeated("<e a=\"1\"></e>", 4900);
    const char *assertion =
        print("<Assertion xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_a\">%s</Assertion>", content);
    struct text digest =
        encode_base64(test_context.arena, sha256_text(test_context.arena, text_of(assertion)));
    const char *xml = replaced(message(EXCLUSIVE, content), "AAAA</ds:DigestValue>",
                               print("%.*s</ds:DigestValue>", TEXT_ARGUMENTS(digest)));
    xml = replaced(xml, RSA_SHA256, ECDSA_SHA512);
    xml = replaced(xml, "<ds:SignatureValue>AAAA",
                   print("<ds:SignatureValue>AAAA%sAAAA%s", repeated("QUJD", 21), repeated("QUJD", 21)));
    struct saml_reading reading = judge(xml, provider);
    assert_string_equal(reading.reason,
                        "A signature was made with none of the keys in the identity provider's metadata.");
    costs_little_with("as many keys as allowed, and none of them", xml, provider);
}

static void signatures_cost_little(void **state)
{
    (void)state;
    const char *base64 = repeated("QUJD", (size_t)62 * 1024);
    const char *signature = print(TEMPLATE, EXCLUSIVE);
    const char *transform = "<ds:Transform Algorithm='" EXCLUSIVE "'/>";
    costs_little("a huge signature value",
                 altered("<ds:SignatureValue>AAAA", print("<ds:SignatureValue>%s", base64)));
    costs_little("a huge digest value", altered("<ds:DigestValue>AAAA", print("<ds:DigestValue>%s", base64)));
    costs_little("a huge key in KeyInfo",
                 altered("</ds:SignatureValue>",
                         print("</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>%s"
                               "</ds:X509Certificate></ds:X509Data></ds:KeyInfo>",
                               base64)));
    costs_little("many signatures", message(EXCLUSIVE, repeated(signature, 250)));
    costs_little("many references",
                 altered("</ds:SignedInfo>",
                         print("%s</ds:SignedInfo>", repeated("<ds:Reference URI='#_a'/>", 4800))));
    costs_little("many transforms",
                 altered("</ds:Transforms>", print("%s</ds:Transforms>", repeated(transform, 3000))));
    costs_little("as many prefixes to keep as allowed", keeping(numbered(" m", "", MOST_PREFIXES)));
    struct saml_reading reading = judge(keeping(numbered(" m", "", MOST_PREFIXES + 1)), some_provider());
    assert_string_equal(reading.reason, "A signature is canonicalized by a method that is not allowed.");
    costs_little("many prefixes to keep", keeping(numbered(" m", "", 2500)));
}

static void nothing_outside_is_opened(void **state)
{
    (void)state;
    costs_little("a document type from outside",
                 print("<!DOCTYPE x SYSTEM 'file:///dev/zero'>%s", message(EXCLUSIVE, "")));
    costs_little(
        "entities that multiply",
        print("<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c "
              "'&b;&b;&b;&b;&b;&b;&b;&b;'><!ENTITY d '&c;&c;&c;&c;&c;&c;&c;&c;'>]>%s",
              message(EXCLUSIVE, "&d;&d;&d;")));
    costs_little("an entity that nobody defines", message(EXCLUSIVE, "&a;"));
    costs_little(
        "parameter entities",
        print("<!DOCTYPE x [<!ENTITY %% a SYSTEM 'http://127.0.0.1:1/'>%%a;]>%s", message(EXCLUSIVE, "")));
    costs_little("XInclude",
                 message(EXCLUSIVE,
                         "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file:///dev/zero'/>"));
    costs_little("a reference to a file", altered("URI='#_a'", "URI='file:///dev/zero'"));
    costs_little("XSLT", message("http://www.w3.org/TR/1999/REC-xslt-19991116", ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_CONTEXT(messages_at_the_limits_cost_little),
        IN_CONTEXT(nested_messages_cost_little),
        IN_CONTEXT(attributes_cost_little),
        IN_CONTEXT(keys_cost_little),
        IN_CONTEXT(signatures_cost_little),
        IN_CONTEXT(nothing_outside_is_opened),
    };
    return cmocka_run_group_tests_name("response limits", tests, NULL, NULL);
}
