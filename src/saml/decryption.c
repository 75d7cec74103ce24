/* Sections are those of "XML Encryption Syntax and Processing". The two steps, the key and the data, are made
 * one by one with keys that are pinned, so that no KeyInfo leads anywhere, and into a buffer, so that the
 * document stays as it was signed. */
#include "saml/decryption.h"

#include <openssl/err.h>

#include <xmlsec/xmlsec.h>

#include <xmlsec/crypto.h>
#include <xmlsec/xmlenc.h>

#include "saml/key_transport.h"
#include "saml/keys.h"
#include "saml/library.h"
#include "saml/names.h"
#include "saml/signature.h"
#include "saml/structure.h"

#define XENC       SAML_NAMESPACE_XML_ENCRYPTION
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

/* Into a buffer of its own. NO_TEXT where it cannot. */
static struct text decrypt(struct arena *arena, xmlNode *data, struct text bytes)
{
    xmlSecEncCtxPtr context = xmlSecEncCtxCreate(NULL);
    if (context == NULL) {
        return NO_TEXT;
    }
    arena_on_reset(arena, free_context, context);
    context->mode = xmlEncCtxModeEncryptedData;
    context->encKey =
        xmlSecKeyReadMemory(xmlSecKeyDataAesId, (const xmlSecByte *)bytes.data, (xmlSecSize)bytes.length);
    xmlSecBufferPtr buffer = context->encKey == NULL ? NULL : xmlSecEncCtxDecryptToBuffer(context, data);
    ERR_clear_error();
    if (buffer == NULL || xmlSecBufferGetSize(buffer) == 0) {
        return NO_TEXT;
    }
    return (struct text){(const char *)xmlSecBufferGetData(buffer), xmlSecBufferGetSize(buffer)};
}

/* What our keys make of it, the present one first. */
static struct text decrypt_data(struct saml_reading *reading, xmlNode *data,
                                const struct saml_transport *transport, size_t key_size,
                                const struct saml_keys *keys)
{
    for (size_t i = 0; i < keys->count; i++) {
        struct text bytes = saml_transport_decrypt(reading->arena, transport, keys->list[i].private_key);
        if (bytes.length == key_size) {
            return decrypt(reading->arena, data, bytes);
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
    struct saml_transport transport;
    struct saml_keys keys;
    xmlNode *key = NULL;
    xmlNode *data = xml_first(encrypted, XENC, "EncryptedData");
    if (data == NULL || xml_count(encrypted, XENC, "EncryptedData") != 1) {
        return SAML_UNTRUSTED(reading, UNREADABLE);
    }
    TRY(find_cipher(reading, data, trusted, &cipher));
    TRY(find_key(reading, encrypted, data, &key));
    TRY(check_cipher_data(reading, data));
    TRY(check_cipher_data(reading, key));
    TRY(saml_transport_read(reading, key, &transport));
    TRY(saml_keys_read(reading->context, &keys));
    saml_library_start();
    return parse_plaintext(reading, decrypt_data(reading, data, &transport, cipher->key_size, &keys),
                           assertion);
}
