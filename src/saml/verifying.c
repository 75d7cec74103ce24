/* OpenSSL without anything of XML. */
#include "saml/verifying.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/encoding.h"
#include "saml/certificate.h"
#include "saml/names.h"
#include "saml/xml.h"

#define LONGEST_SIGNATURE 2048 /* bytes: more than any allowed key makes */

static const struct saml_method methods[] = {
    {SAML_RSA_SHA256, "SHA256", false},  {SAML_RSA_SHA384, "SHA384", false},
    {SAML_RSA_SHA512, "SHA512", false},  {SAML_ECDSA_SHA256, "SHA256", true},
    {SAML_ECDSA_SHA384, "SHA384", true}, {SAML_ECDSA_SHA512, "SHA512", true}};

const struct saml_method *saml_method_find(struct text name)
{
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (text_equal_string(name, methods[i].name)) {
            return &methods[i];
        }
    }
    return NULL;
}

bool saml_signature_holds(struct text certificate, const struct saml_method *method, struct text signed_bytes,
                          struct text signature)
{
    EVP_PKEY *key = certificate_key(certificate);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = key != NULL && context != NULL &&
                (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC) == method->elliptic &&
                EVP_DigestVerifyInit_ex(context, NULL, method->digest, NULL, NULL, key, NULL) == 1 &&
                EVP_DigestVerify(context, (const unsigned char *)signature.data, signature.length,
                                 (const unsigned char *)signed_bytes.data, signed_bytes.length) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return good;
}

/* The two numbers as DER has them. */
static struct text pair_to_der(struct arena *arena, struct text pair)
{
    const unsigned char *bytes = (const unsigned char *)pair.data;
    const int half = (int)(pair.length / 2);
    unsigned char *der = arena_reserve(arena, pair.length + 32);
    unsigned char *end = der;
    ECDSA_SIG *numbers = ECDSA_SIG_new();
    BIGNUM *first = BN_bin2bn(bytes, half, NULL);
    BIGNUM *second = BN_bin2bn(bytes + half, half, NULL);
    if (numbers == NULL || ECDSA_SIG_set0(numbers, first, second) != 1) {
        BN_free(first);
        BN_free(second);
        ECDSA_SIG_free(numbers);
        return NO_TEXT;
    }
    int length = i2d_ECDSA_SIG(numbers, &end);
    ECDSA_SIG_free(numbers);
    return length > 0 ? (struct text){(const char *)der, (size_t)length} : NO_TEXT;
}

struct text saml_signature_decode(struct arena *arena, const struct saml_method *method, struct text value)
{
    struct text bytes;
    if (!decode_base64(arena, xml_without_space(arena, value), &bytes) || bytes.length > LONGEST_SIGNATURE) {
        return NO_TEXT;
    }
    return method->elliptic ? pair_to_der(arena, bytes) : bytes;
}
