/* Hostile messages on their whole way through form, signature and profile: how much memory they take, and
 * which files are opened. Nobody asserts a time: what bounds it are the limits, at which these messages
 * stand. */
#include "saml/fixture.h"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "saml/metadata.h"
#include "saml/response.h"
#include "saml/signature.h"

#define RSA_SHA256  "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
#define EXCLUSIVE   "http://www.w3.org/2001/10/xml-exc-c14n#"
#define ENVELOPED   "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
#define SHA256_NAME "http://www.w3.org/2001/04/xmlenc#sha256"

/* AddressSanitizer keeps what was freed. */
#ifdef __SANITIZE_ADDRESS__
#define MEMORY_FACTOR 8
#else
#define MEMORY_FACTOR 1
#endif
#define MOST_MEMORY   ((size_t)16 * 1024 * 1024 * MEMORY_FACTOR)
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

static void judge(const char *xml)
{
    struct saml_reading reading = {
        .context = &test_context, .arena = test_context.arena, .provider = some_provider()};
    struct saml_message read;
    struct saml_sign_on sign_on;
    reading.entity_id = reading.consumer = "https://sp.example.com";
    enum problem problem = saml_message_read(&reading, text_of(xml), &read);
    if (problem == PROBLEM_NONE) {
        problem = saml_message_trust(&reading, &read, false, &sign_on);
    }
    assert_int_not_equal(problem, PROBLEM_NONE);
    assert_non_null(reading.reason);
}

static long peak(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/* In a process of its own, whose memory and time are limited by the kernel. */
static void costs_little(const char *xml)
{
    judge(message(EXCLUSIVE, "")); /* libraries are ready, caches are warm */
    pid_t child = fork();
    if (child == 0) {
        struct rlimit time = {MOST_CPU_TIME, MOST_CPU_TIME};
        setrlimit(RLIMIT_CPU, &time);
        size_t before = open_files();
        long memory = peak();
        judge(xml);
        bool small = (size_t)(peak() - memory) * 1024 <= MOST_MEMORY;
        _exit(!small ? 1 : open_files() != before ? 2 : 0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (status != 0) {
        fail_msg("status %x for %.100s", (unsigned int)status, xml);
    }
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

static void messages_at_the_limits_cost_little(void **state)
{
    (void)state;
    static const char *const methods[] = {EXCLUSIVE, "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"};
    const char *spaces = arena_print(test_context.arena, "<e%s>%s</e>", numbered(" xmlns:n", "='u'", 60),
                                     repeated("<n1:e/>", 4900));
    const char *own = repeated("<n1:e xmlns:n1='a' n1:x='y'/>", 4900);
    const char *deep = arena_print(test_context.arena, "%s%s", repeated("<e>", 60), repeated("</e>", 60));
    for (size_t i = 0; i < 2; i++) {
        costs_little(message(methods[i], repeated("x", (size_t)250 * 1024)));
        costs_little(message(methods[i], repeated("&#10;", (size_t)50 * 1024)));
        costs_little(message(methods[i], repeated("<e/>", 4900)));
        costs_little(message(methods[i], spaces));
        costs_little(message(methods[i], own));
        costs_little(message(methods[i], deep));
        costs_little(message(methods[i], repeated("<e a='1' b='2'/>", 4900)));
    }
}

static void nothing_outside_is_opened(void **state)
{
    (void)state;
    costs_little(
        arena_print(test_context.arena, "<!DOCTYPE x SYSTEM 'file:///dev/zero'>%s", message(EXCLUSIVE, "")));
    costs_little(message(EXCLUSIVE,
                         "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file:///dev/zero'/>"));
    costs_little(replaced(message(EXCLUSIVE, ""), "URI='#_a'", "URI='file:///dev/zero'"));
    costs_little(message("http://www.w3.org/TR/1999/REC-xslt-19991116", ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_CONTEXT(messages_at_the_limits_cost_little),
        IN_CONTEXT(nothing_outside_is_opened),
    };
    return cmocka_run_group_tests_name("response limits", tests, NULL, NULL);
}
