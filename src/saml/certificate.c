/* OpenSSL reads the certificate; whether its key is good enough is decided here. */
#include "saml/certificate.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/encoding.h"
#include "saml/key_cache.h"
#include "saml/xml.h"

static void free_certificate(void *x509)
{
    X509_free(x509);
}

/* The certificate, or NULL where the bytes are not exactly one. */
static X509 *parse(struct arena *arena, struct text der)
{
    const unsigned char *at = (const unsigned char *)der.data;
    X509 *x509 = d2i_X509(NULL, &at, (long)der.length);
    ERR_clear_error();
    if (x509 == NULL) {
        return NULL;
    }
    arena_on_reset(arena, free_certificate, x509);
    return at == (const unsigned char *)der.data + der.length ? x509 : NULL;
}

static const char *check_rsa(struct arena *arena, EVP_PKEY *key)
{
    int bits = EVP_PKEY_get_bits(key);
    if (bits >= SMALLEST_RSA_KEY && bits <= LARGEST_RSA_KEY) {
        return NULL;
    }
    return arena_print(arena, "holds an RSA key of %d bits; %d to %d are allowed", bits, SMALLEST_RSA_KEY,
                       LARGEST_RSA_KEY);
}

/* A curve written out in full could be any curve that only looks like a known one (CVE-2020-0601). */
static bool is_written_out(EVP_PKEY *key)
{
    int written_out = 0;
    return EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &written_out) != 1 ||
           written_out != 0;
}

static const char *check_elliptic(EVP_PKEY *key)
{
    static const char *const curves[] = {"prime256v1", "secp384r1", "secp521r1"};
    char curve[64] = "";
    (void)EVP_PKEY_get_group_name(key, curve, sizeof curve, NULL);
    for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++) {
        if (strcmp(curve, curves[i]) == 0 && !is_written_out(key)) {
            return NULL;
        }
    }
    return "holds an EC key that is not on one of the named curves P-256, P-384 and P-521";
}

static const char *check_key(struct arena *arena, EVP_PKEY *key)
{
    switch (key == NULL ? EVP_PKEY_NONE : EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
        return check_rsa(arena, key);
    case EVP_PKEY_EC:
        return check_elliptic(key);
    default:
        return "holds a key that is neither RSA nor EC";
    }
}

static bool is_cached(struct text der)
{
    EVP_PKEY *key = key_cache_find(der);
    EVP_PKEY_free(key);
    return key != NULL;
}

static const char *check(struct arena *arena, struct certificate *certificate)
{
    certificate->x509 = parse(arena, certificate->der);
    certificate->readable = certificate->x509 != NULL;
    if (!certificate->readable) {
        return "is not an X.509 certificate";
    }
    EVP_PKEY *key = X509_get0_pubkey(certificate->x509);
    const char *fault = check_key(arena, key);
    ERR_clear_error();
    if (fault == NULL) {
        key_cache_keep(certificate->der, key);
    }
    return fault;
}

const char *certificate_read(struct arena *arena, struct text base64, struct certificate *certificate)
{
    *certificate = (struct certificate){0};
    struct text compact = xml_without_space(arena, base64);
    if (text_is_empty(compact) || !decode_base64(arena, compact, &certificate->der)) {
        return "is not plain base64 (without BEGIN and END lines)";
    }
    certificate->readable = is_cached(certificate->der);
    return certificate->readable ? NULL : check(arena, certificate);
}

/* Whether there is an X509 now. */
static bool open_certificate(struct arena *arena, struct certificate *certificate)
{
    if (certificate->readable && certificate->x509 == NULL) {
        certificate->x509 = parse(arena, certificate->der);
    }
    return certificate->x509 != NULL;
}

bool certificate_is_issuer(struct arena *arena, struct certificate *issuer, struct certificate *certificate)
{
    if (text_equal(issuer->der, certificate->der) || !open_certificate(arena, issuer) ||
        !open_certificate(arena, certificate)) {
        return false;
    }
    bool issued = X509_check_issued(issuer->x509, certificate->x509) == X509_V_OK &&
                  X509_verify(certificate->x509, X509_get0_pubkey(issuer->x509)) == 1;
    ERR_clear_error();
    return issued;
}

EVP_PKEY *certificate_key(struct text der)
{
    EVP_PKEY *key = key_cache_find(der);
    if (key != NULL) {
        return key;
    }
    const unsigned char *at = (const unsigned char *)der.data;
    X509 *x509 = d2i_X509(NULL, &at, (long)der.length);
    key = X509_get_pubkey(x509);
    X509_free(x509);
    ERR_clear_error();
    return key;
}
