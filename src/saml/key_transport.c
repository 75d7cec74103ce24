/* xmlsec knows RSA-OAEP with SHA-1 only; OpenSSL knows what XML encryption 1.1 added. */
#include "saml/key_transport.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/encoding.h"
#include "saml/names.h"

#define XENC   SAML_NAMESPACE_XML_ENCRYPTION
#define XENC11 SAML_NAMESPACE_XML_ENCRYPTION_11

struct algorithm {
    const char *name;
    const char *digest;
};

/* Section 5.5.2: SHA-1 is what is meant where nothing is said. What OAEP needs of a digest it still has. */
static const struct algorithm digests[] = {
    {SAML_NAMESPACE_XML_SIGNATURE "sha1", "SHA1"}, {SAML_SHA256, "SHA256"}, {XENC "sha512", "SHA512"}};
static const struct algorithm masks[] = {
    {XENC11 "mgf1sha1", "SHA1"}, {XENC11 "mgf1sha256", "SHA256"}, {XENC11 "mgf1sha512", "SHA512"}};

/* The digest of the algorithm that a child of the method names; the first where there is none, NULL where it
 * is not allowed. */
static const char *find(struct saml_reading *reading, const xmlNode *method, const char *space,
                        const char *name, const struct algorithm algorithms[3])
{
    const xmlNode *child = xml_first(method, space, name);
    if (child == NULL) {
        return algorithms[0].digest;
    }
    struct text given = xml_attribute(reading->arena, child, "Algorithm");
    for (size_t i = 0; i < 3; i++) {
        if (text_equal_string(given, algorithms[i].name)) {
            return algorithms[i].digest;
        }
    }
    return NULL;
}

static enum problem read_method(struct saml_reading *reading, const xmlNode *key,
                                struct saml_transport *transport)
{
    const xmlNode *method = xml_first(key, XENC, "EncryptionMethod");
    struct text algorithm = method == NULL ? NO_TEXT : xml_attribute(reading->arena, method, "Algorithm");
    bool newer = text_equal_string(algorithm, SAML_RSA_OAEP_11);
    if (newer || text_equal_string(algorithm, SAML_RSA_OAEP)) {
        transport->digest = find(reading, method, SAML_NAMESPACE_XML_SIGNATURE, "DigestMethod", digests);
        transport->mask = newer ? find(reading, method, XENC11, "MGF", masks) : masks[0].digest;
    }
    return transport->digest != NULL && transport->mask != NULL
               ? PROBLEM_NONE
               : SAML_UNTRUSTED(reading,
                                "The key of the assertion is encrypted by a method that is not allowed: "
                                "RSA-OAEP with SHA-1, SHA-256 or SHA-512 is.");
}

static bool read_bytes(struct saml_reading *reading, const xmlNode *element, struct text *bytes)
{
    struct text value = xml_text(reading->arena, element);
    return value.data != NULL &&
           decode_base64(reading->arena, xml_without_space(reading->arena, value), bytes);
}

enum problem saml_transport_read(struct saml_reading *reading, const xmlNode *key,
                                 struct saml_transport *transport)
{
    *transport = (struct saml_transport){.label = TEXT("")};
    TRY(read_method(reading, key, transport));
    const xmlNode *label = xml_first(xml_first(key, XENC, "EncryptionMethod"), XENC, "OAEPparams");
    const xmlNode *data = xml_first(key, XENC, "CipherData");
    const xmlNode *value = data == NULL ? NULL : xml_first(data, XENC, "CipherValue");
    if (value == NULL || !read_bytes(reading, value, &transport->ciphertext) ||
        transport->ciphertext.length == 0 ||
        (label != NULL && !read_bytes(reading, label, &transport->label))) {
        return SAML_UNTRUSTED(reading, "The encrypted key is not base64.");
    }
    return PROBLEM_NONE;
}

/* The library owns a copy of the label. */
static bool set_label(EVP_PKEY_CTX *context, struct text label)
{
    if (label.length == 0) {
        return true;
    }
    void *copy = OPENSSL_memdup(label.data, label.length);
    if (copy == NULL || EVP_PKEY_CTX_set0_rsa_oaep_label(context, copy, (int)label.length) != 1) {
        OPENSSL_free(copy);
        return false;
    }
    return true;
}

struct text saml_transport_decrypt(struct arena *arena, const struct saml_transport *transport, EVP_PKEY *key)
{
    size_t size = (size_t)EVP_PKEY_get_size(key);
    unsigned char *bytes = arena_allocate(arena, size);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    bool done = context != NULL && EVP_PKEY_decrypt_init(context) == 1 &&
                EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
                EVP_PKEY_CTX_set_rsa_oaep_md_name(context, transport->digest, NULL) == 1 &&
                EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, transport->mask, NULL) == 1 &&
                set_label(context, transport->label) &&
                EVP_PKEY_decrypt(context, bytes, &size, (const unsigned char *)transport->ciphertext.data,
                                 transport->ciphertext.length) == 1;
    EVP_PKEY_CTX_free(context);
    ERR_clear_error();
    return done ? (struct text){(const char *)bytes, size} : NO_TEXT;
}
