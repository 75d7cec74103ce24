/* Sections are those of "XML Encryption Syntax and Processing". The two steps, the key and the data, are made
 * one by one with keys that are pinned, so that no KeyInfo leads anywhere, and into a buffer, so that the
 * document stays as it was signed. */
#include "saml/decryption.h"

#include <openssl/err.h>

#include <xmlsec/xmlsec.h>

#include <xmlsec/crypto.h>
#include <xmlsec/xmlenc.h>

#include "saml/keys.h"
#include "saml/library.h"
#include "saml/names.h"
#include "saml/signature.h"
#include "saml/structure.h"

#define XENC       SAML_NAMESPACE_XML_ENCRYPTION
#define SHA1       SAML_NAMESPACE_XML_SIGNATURE "sha1"
#define UNREADABLE "The assertion cannot be decrypted, or what is encrypted is no assertion."

/* How the data is encrypted, and with how many bytes of key. */
struct cipher {
    const char *algorithm;
    size_t key_size;
    bool authenticated;
};

static const struct cipher ciphers[] = {{SAML_AES256_GCM, 32, true},
                                        {SAML_AES128_GCM, 16, true},
                                        {SAML_AES256_CBC, 32, false},
                                        {SAML_AES128_CBC, 16, false}};

static void free_context(void *context)
{
    xmlSecEncCtxDestroy(context);
}

static struct text method_of(struct saml_reading *reading, const xmlNode *element)
{
    const xmlNode *method = xml_first(element, XENC, "EncryptionMethod");
    return method == NULL ? NO_TEXT : xml_attribute(reading->arena, method, "Algorithm");
}

/* Section 5.2: AES with a key of its size; in GCM mode, or else only below a signature. */
static enum problem find_cipher(struct saml_reading *reading, const xmlNode *data, bool trusted,
                                const struct cipher **cipher)
{
    struct text algorithm = method_of(reading, data);
    for (size_t i = 0; i < sizeof ciphers / sizeof ciphers[0]; i++) {
        if (text_equal_string(algorithm, ciphers[i].algorithm) && (ciphers[i].authenticated || trusted)) {
            *cipher = &ciphers[i];
            return PROBLEM_NONE;
        }
    }
    return SAML_UNTRUSTED(
        reading, "The assertion is encrypted by a method that is not allowed: AES-GCM is, and AES-CBC "
                 "in a signed Response.");
}

/* Section 5.5.2: RSA-OAEP with the usual digest and mask; RSA 1.5 can be made an oracle. */
static enum problem check_transport(struct saml_reading *reading, const xmlNode *key)
{
    const xmlNode *method = xml_first(key, XENC, "EncryptionMethod");
    const xmlNode *digest =
        method == NULL ? NULL : xml_first(method, SAML_NAMESPACE_XML_SIGNATURE, "DigestMethod");
    bool usual =
        digest == NULL || text_equal_string(xml_attribute(reading->arena, digest, "Algorithm"), SHA1);
    if (!text_equal_string(method_of(reading, key), SAML_RSA_OAEP) || !usual) {
        return SAML_UNTRUSTED(reading,
                              "The key of the assertion is encrypted by a method that is not allowed: "
                              "RSA-OAEP with SHA-1 is.");
    }
    return PROBLEM_NONE;
}

/* Section 3.3: the ciphertext stands in the document; a CipherReference would have us fetch it. */
static enum problem check_cipher_data(struct saml_reading *reading, const xmlNode *element)
{
    const xmlNode *data = xml_first(element, XENC, "CipherData");
    if (data == NULL || xml_count(element, XENC, "CipherData") != 1 ||
        xmlChildElementCount((xmlNode *)(uintptr_t)data) != 1 ||
        xml_first(data, XENC, "CipherValue") == NULL) {
        return SAML_UNTRUSTED(reading, "The ciphertext does not stand in the message.");
    }
    return PROBLEM_NONE;
}

/* Section 3.5.1 and SAML core 2.3.4: one EncryptedKey, in the data's KeyInfo or beside the data. */
static enum problem find_key(struct saml_reading *reading, const xmlNode *encrypted, const xmlNode *data,
                             xmlNode **key)
{
    const xmlNode *info = xml_first(data, SAML_NAMESPACE_XML_SIGNATURE, "KeyInfo");
    size_t inside = info == NULL ? 0 : xml_count(info, XENC, "EncryptedKey");
    if (inside + xml_count(encrypted, XENC, "EncryptedKey") != 1) {
        return SAML_UNTRUSTED(reading, "There is not exactly one encrypted key.");
    }
    *key = xml_first(inside == 1 ? info : encrypted, XENC, "EncryptedKey");
    return PROBLEM_NONE;
}

/* Decrypts one element with a key that the library then owns. NO_TEXT where it cannot. */
static struct text decrypt(struct arena *arena, xmlNode *element, xmlEncCtxMode mode, xmlSecKeyPtr key)
{
    xmlSecEncCtxPtr context = key == NULL ? NULL : xmlSecEncCtxCreate(NULL);
    if (context == NULL) {
        xmlSecKeyDestroy(key);
        return NO_TEXT;
    }
    context->encKey = key;
    context->mode = mode;
    arena_on_reset(arena, free_context, context);
    xmlSecBufferPtr buffer = xmlSecEncCtxDecryptToBuffer(context, element);
    ERR_clear_error();
    if (buffer == NULL || xmlSecBufferGetSize(buffer) == 0) {
        return NO_TEXT;
    }
    return (struct text){(const char *)xmlSecBufferGetData(buffer), xmlSecBufferGetSize(buffer)};
}

static xmlSecKeyPtr session_key(struct text bytes)
{
    return xmlSecKeyReadMemory(xmlSecKeyDataAesId, (const xmlSecByte *)bytes.data, (xmlSecSize)bytes.length);
}

/* What our keys make of it, the present one first. */
static struct text decrypt_data(struct saml_reading *reading, xmlNode *data, xmlNode *key, size_t key_size,
                                const struct saml_keys *keys)
{
    for (size_t i = 0; i < keys->count; i++) {
        struct text bytes = decrypt(reading->arena, key, xmlEncCtxModeEncryptedKey,
                                    saml_library_key(keys->list[i].private_key));
        if (bytes.length == key_size) {
            return decrypt(reading->arena, data, xmlEncCtxModeEncryptedData, session_key(bytes));
        }
    }
    return NO_TEXT;
}

static enum problem parse_plaintext(struct saml_reading *reading, struct text plaintext, xmlNode **assertion)
{
    const char *fault = NULL;
    xmlDoc *document = plaintext.data == NULL
                           ? NULL
                           : xml_read(reading->arena, arena_copy_text(reading->arena, plaintext),
                                      &saml_message_rules, &fault);
    if (document == NULL) {
        return SAML_UNTRUSTED(reading, UNREADABLE);
    }
    *assertion = xmlDocGetRootElement(document);
    return saml_check_assertion_form(reading, *assertion) == PROBLEM_NONE
               ? PROBLEM_NONE
               : SAML_UNTRUSTED(reading, UNREADABLE);
}

enum problem saml_decrypt(struct saml_reading *reading, const xmlNode *encrypted, bool trusted,
                          xmlNode **assertion)
{
    const struct cipher *cipher = NULL;
    struct saml_keys keys;
    xmlNode *key = NULL;
    xmlNode *data = xml_first(encrypted, XENC, "EncryptedData");
    if (data == NULL || xml_count(encrypted, XENC, "EncryptedData") != 1) {
        return SAML_UNTRUSTED(reading, UNREADABLE);
    }
    TRY(find_cipher(reading, data, trusted, &cipher));
    TRY(find_key(reading, encrypted, data, &key));
    TRY(check_transport(reading, key));
    TRY(check_cipher_data(reading, data));
    TRY(check_cipher_data(reading, key));
    TRY(saml_keys_read(reading->context, &keys));
    saml_library_start();
    return parse_plaintext(reading, decrypt_data(reading, data, key, cipher->key_size, &keys), assertion);
}
