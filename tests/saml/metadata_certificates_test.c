/* Which certificates of an identity provider's metadata are trusted to check signatures, and what is said
 * where none is. */
#include "saml/metadata_fixture.h"

static struct saml_metadata *read_with_keys(const char *keys)
{
    return read_changed(SIGNING(CERTIFICATE("rsa-2048")), keys);
}

static void refuses_keys(const char *keys, const char *sentences)
{
    refuses_changed(SIGNING(CERTIFICATE("rsa-2048")), keys, sentences);
}

static void keys_of_every_allowed_kind_are_taken(void **state)
{
    (void)state;
    HAS_CERTIFICATES(read_with_keys(SIGNING(CERTIFICATE("p-256")) SIGNING(CERTIFICATE("p-384"))
                                        SIGNING(CERTIFICATE("p-521")) KEY("", CERTIFICATE("rsa-2048-next"))),
                     "p-256", "p-384", "p-521", "rsa-2048-next");
}

static void the_dates_of_a_certificate_do_not_matter(void **state)
{
    (void)state;
    HAS_CERTIFICATES(read_with_keys(SIGNING(CERTIFICATE("expired"))), "expired");
}

static void a_certificate_is_kept_once(void **state)
{
    (void)state;
    HAS_CERTIFICATES(read_with_keys(SIGNING(CERTIFICATE("rsa-2048") CERTIFICATE("rsa-2048-next"))
                                        KEY("", CERTIFICATE("rsa-2048"))),
                     "rsa-2048", "rsa-2048-next");
}

static void an_unusable_certificate_beside_a_usable_one_is_left_out(void **state)
{
    (void)state;
    HAS_CERTIFICATES(read_with_keys(SIGNING(CERTIFICATE("rsa-1024")) SIGNING(CERTIFICATE("rsa-2048-next"))
                                        SIGNING("<ds:X509Certificate>?</ds:X509Certificate>")),
                     "rsa-2048-next");
}

static void the_authority_in_a_chain_is_not_trusted_for_assertions(void **state)
{
    (void)state;
    HAS_CERTIFICATES(read_with_keys(SIGNING(CERTIFICATE("issued") CERTIFICATE("authority"))), "issued");
    HAS_CERTIFICATES(read_with_keys(SIGNING(CERTIFICATE("authority") CERTIFICATE("issued"))), "issued");
    HAS_CERTIFICATES(read_with_keys(SIGNING(CERTIFICATE("authority")) SIGNING(CERTIFICATE("issued"))),
                     "authority", "issued");
}

static void an_authority_does_not_stand_in_for_a_weak_certificate(void **state)
{
    (void)state;
    refuses_keys(
        SIGNING(CERTIFICATE("issued-1024") CERTIFICATE("authority")),
        WEAK "holds an RSA key of 1024 bits; 2048 to 8192 are allowed.\n"
             "saml_info has no usable signing certificate: number 2 is of the authority that issued another "
             "one beside it.");
}

static void no_signing_certificate_is_refused(void **state)
{
    (void)state;
    refuses_keys("", NO_CERTIFICATE);
    refuses_keys(KEY(" use='encryption'", CERTIFICATE("rsa-2048")), NO_CERTIFICATE);
    refuses_keys(KEY(" use='Signing'", CERTIFICATE("rsa-2048")), NO_CERTIFICATE);
    refuses_keys(KEY(" use=''", CERTIFICATE("rsa-2048")), NO_CERTIFICATE);
    refuses_keys(SIGNING(""), NO_CERTIFICATE);
    refuses_keys("<md:KeyDescriptor use='signing'/>", NO_CERTIFICATE);
    refuses_keys("<md:KeyDescriptor><ds:KeyInfo><ds:KeyName>key</ds:KeyName></ds:KeyInfo></md:KeyDescriptor>",
                 NO_CERTIFICATE);
    refuses_keys(SIGNING("<md:X509Certificate>{rsa-2048}</md:X509Certificate>"), NO_CERTIFICATE);
    refuses_keys("<md:Extensions>" SIGNING(CERTIFICATE("rsa-2048")) "</md:Extensions>", NO_CERTIFICATE);
    refuses(ENTITY("<md:SPSSODescriptor>" SIGNING(CERTIFICATE("rsa-2048")) "</md:SPSSODescriptor>"
                                                                           "<md:IDPSSODescriptor " PROTOCOL
                                                                           ">" SIGN_ON
                                                                           "</md:IDPSSODescriptor>"),
            NO_CERTIFICATE);
}

static void weak_or_odd_keys_are_refused(void **state)
{
    (void)state;
    static const char curve[] =
        WEAK "holds an EC key that is not on one of the named curves P-256, P-384 and P-521.";
    refuses_keys(SIGNING(CERTIFICATE("rsa-1024")),
                 WEAK "holds an RSA key of 1024 bits; 2048 to 8192 are allowed.");
    refuses_keys(SIGNING(CERTIFICATE("rsa-16384")),
                 WEAK "holds an RSA key of 16384 bits; 2048 to 8192 are allowed.");
    refuses_keys(SIGNING(CERTIFICATE("p-224")), curve);
    refuses_keys(SIGNING(CERTIFICATE("secp256k1")), curve);
    refuses_keys(SIGNING(CERTIFICATE("p-256-explicit")), curve);
    refuses_keys(SIGNING(CERTIFICATE("ed25519")), WEAK "holds a key that is neither RSA nor EC.");
}

static void what_is_no_certificate_is_refused(void **state)
{
    (void)state;
    static const char encoding[] = WEAK "is not plain base64 (without BEGIN and END lines).";
    static const char content[] = WEAK "is not an X.509 certificate.";
    refuses_keys(SIGNING("<ds:X509Certificate/>"), encoding);
    refuses_keys(SIGNING("<ds:X509Certificate> \n </ds:X509Certificate>"), encoding);
    refuses_keys(SIGNING("<ds:X509Certificate><x/>{rsa-2048}</ds:X509Certificate>"), encoding);
    refuses_keys(
        SIGNING("<ds:X509Certificate>-----BEGIN CERTIFICATE-----\n{rsa-2048}\n-----END CERTIFICATE-----"
                "</ds:X509Certificate>"),
        encoding);
    refuses_keys(SIGNING("<ds:X509Certificate>AAAA</ds:X509Certificate>"), content);
    refuses_keys(SIGNING("<ds:X509Certificate>MIIDMIIDMIIDMIID</ds:X509Certificate>"), content);
}

/* The DER of a certificate with one byte more, or one less. */
static void bytes_after_or_missing_from_a_certificate_are_refused(void **state)
{
    (void)state;
    for (size_t change = 0; change < 2; change++) {
        struct text der = read_metadata(PLAIN)->certificates[0];
        char *changed = arena_allocate(test_context.arena, der.length + 1);
        memcpy(changed, der.data, der.length);
        struct text bytes = {changed, change == 0 ? der.length + 1 : der.length - 1};
        const char *element =
            arena_print(test_context.arena, SIGNING("<ds:X509Certificate>%s</ds:X509Certificate>"),
                        encode_base64(test_context.arena, bytes).data);
        refuses_keys(element, WEAK "is not an X.509 certificate.");
    }
}

static void certificates_are_limited(void **state)
{
    (void)state;
    const char *most = repeated(KEY("", CERTIFICATE("p-256")), SAML_MAXIMUM_CERTIFICATES);
    HAS_CERTIFICATES(read_with_keys(most), "p-256");
    most = repeated(KEY("", CERTIFICATE("p-256")), SAML_MAXIMUM_CERTIFICATES + 1);
    refuses_keys(most, "saml_info has more than 16 signing certificates.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_CONTEXT(keys_of_every_allowed_kind_are_taken),
        IN_CONTEXT(the_dates_of_a_certificate_do_not_matter),
        IN_CONTEXT(a_certificate_is_kept_once),
        IN_CONTEXT(an_unusable_certificate_beside_a_usable_one_is_left_out),
        IN_CONTEXT(the_authority_in_a_chain_is_not_trusted_for_assertions),
        IN_CONTEXT(an_authority_does_not_stand_in_for_a_weak_certificate),
        IN_CONTEXT(no_signing_certificate_is_refused),
        IN_CONTEXT(weak_or_odd_keys_are_refused),
        IN_CONTEXT(what_is_no_certificate_is_refused),
        IN_CONTEXT(bytes_after_or_missing_from_a_certificate_are_refused),
        IN_CONTEXT(certificates_are_limited),
    };
    return cmocka_run_group_tests_name("metadata certificates", tests, NULL, NULL);
}
