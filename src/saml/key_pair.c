/* Only the key in the certificate matters to identity providers, but many refuse one without a name, a serial
 * number or a term. */
#include "saml/key_pair.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/random.h"
#include "config/config.h"

#define KEY_BITS     3072
#define SERIAL_BYTES 16
#define TEN_YEARS    (10L * 365 * 24 * 3600)
#define LONGEST_NAME 64 /* of a common name */

static struct text host_of(const char *url)
{
    struct text rest = text_of(url);
    (void)text_cut(&rest, '/');
    (void)text_cut(&rest, '/');
    struct text host = text_cut(&rest, '/');
    return text_part(text_cut(&host, ':'), 0, LONGEST_NAME);
}

static bool set_serial(X509 *certificate)
{
    unsigned char bytes[SERIAL_BYTES];
    random_bytes(bytes, sizeof bytes);
    bytes[0] = (unsigned char)((bytes[0] & 0x3F) | 0x40);
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    bool done = number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
    BN_free(number);
    return done;
}

static bool fill(X509 *certificate, EVP_PKEY *key, struct text host)
{
    X509_NAME *name = X509_get_subject_name(certificate);
    return X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
           X509_gmtime_adj(X509_getm_notBefore(certificate), 0) != NULL &&
           X509_gmtime_adj(X509_getm_notAfter(certificate), TEN_YEARS) != NULL &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)host.data,
                                      (int)host.length, -1, 0) == 1 &&
           X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1 &&
           X509_sign(certificate, key, EVP_sha256()) > 0;
}

static bool write_pem(struct arena *arena, EVP_PKEY *key, X509 *certificate, struct text *pem)
{
    BIO *memory = BIO_new(BIO_s_secmem());
    bool written = memory != NULL && PEM_write_bio_PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL) == 1 &&
                   PEM_write_bio_X509(memory, certificate) == 1;
    char *data = NULL;
    long length = written ? BIO_get_mem_data(memory, &data) : 0;
    if (written) {
        *pem = (struct text){arena_copy(arena, data, (size_t)length), (size_t)length};
    }
    BIO_free(memory);
    return written;
}

bool key_pair_make(struct context *context, struct text *pem)
{
    EVP_PKEY *key = EVP_RSA_gen(KEY_BITS);
    X509 *certificate = X509_new();
    bool done = key != NULL && certificate != NULL &&
                fill(certificate, key, host_of(context->configuration->public_url)) &&
                write_pem(context->arena, key, certificate, pem);
    X509_free(certificate);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return done;
}
