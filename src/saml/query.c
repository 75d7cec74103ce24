/* The values that were signed are taken from the raw query, in the order of the specification: decoding and
 * encoding them again could make other bytes of them. */
#include "saml/query.h"

#include <openssl/evp.h>

#include "base/encoding.h"
#include "saml/names.h"
#include "saml/transport.h"
#include "saml/verifying.h"

static enum problem take(struct saml_reading *reading, struct text *place, struct text value)
{
    if (place->data != NULL) {
        return SAML_MALFORMED(reading, "A parameter is given twice.");
    }
    *place = value;
    return PROBLEM_NONE;
}

static enum problem check_encoding(struct saml_reading *reading, struct text encoded)
{
    struct text name;
    if (!decode_percent(reading->arena, encoded, true, &name) || !text_equal_string(name, SAML_DEFLATE)) {
        return SAML_MALFORMED(reading, "The message has another encoding than DEFLATE.");
    }
    return PROBLEM_NONE;
}

enum problem saml_query_read(struct saml_reading *reading, struct text query, struct saml_query *values)
{
    struct text rest = query;
    *values = (struct saml_query){0};
    while (rest.data != NULL) {
        struct text value = text_cut(&rest, '&');
        struct text name = text_cut(&value, '=');
        value = value.data == NULL ? TEXT("") : value;
        if (text_equal_string(name, "SAMLResponse")) {
            TRY(take(reading, &values->message, value));
        } else if (text_equal_string(name, "RelayState")) {
            TRY(take(reading, &values->relay_state, value));
        } else if (text_equal_string(name, "SigAlg")) {
            TRY(take(reading, &values->algorithm, value));
        } else if (text_equal_string(name, "Signature")) {
            TRY(take(reading, &values->signature, value));
        } else if (text_equal_string(name, "SAMLEncoding")) {
            TRY(check_encoding(reading, value));
        }
    }
    return text_is_empty(values->message) ? SAML_MALFORMED(reading, "SAMLResponse is missing.")
                                          : PROBLEM_NONE;
}

/* --- Verifying ----------------------------------------------------------------------------------------- */

static const struct saml_method *find_method(struct arena *arena, struct text encoded)
{
    struct text name;
    return decode_percent(arena, encoded, true, &name) ? saml_method_find(name) : NULL;
}

/* Bindings 3.4.4.1: the fixed order, with RelayState only where it was sent. */
static struct text signed_text(struct arena *arena, const struct saml_query *values)
{
    struct builder out;
    builder_start(&out, arena, 1024, 2 * SAML_MAXIMUM_MESSAGE);
    BUILDER_ADD_LITERAL(&out, "SAMLResponse=");
    builder_add_text(&out, values->message);
    if (values->relay_state.data != NULL) {
        BUILDER_ADD_LITERAL(&out, "&RelayState=");
        builder_add_text(&out, values->relay_state);
    }
    BUILDER_ADD_LITERAL(&out, "&SigAlg=");
    builder_add_text(&out, values->algorithm);
    return builder_text(&out);
}

enum problem saml_query_verify(struct saml_reading *reading, const struct saml_query *values, bool *trusted)
{
    struct text decoded;
    struct text signature;
    *trusted = false;
    if (values->signature.data == NULL && values->algorithm.data == NULL) {
        return PROBLEM_NONE;
    }
    const struct saml_method *method = find_method(reading->arena, values->algorithm);
    if (method == NULL || text_is_empty(values->signature) ||
        !decode_percent(reading->arena, values->signature, true, &decoded) ||
        !decode_base64(reading->arena, decoded, &signature)) {
        return SAML_UNTRUSTED(
            reading, "The query is signed by a method that is not allowed, or the signature is none.");
    }
    struct text signed_bytes = signed_text(reading->arena, values);
    for (size_t i = 0; i < reading->provider->certificate_count && !*trusted; i++) {
        *trusted = saml_signature_holds(reading->provider->certificates[i], method, signed_bytes, signature);
    }
    return *trusted ? PROBLEM_NONE
                    : SAML_UNTRUSTED(reading,
                                     "The query was signed with none of the keys in the identity provider's "
                                     "metadata, or has been changed.");
}

/* --- Signing ------------------------------------------------------------------------------------------- */

static struct text sign(struct arena *arena, struct text text, EVP_PKEY *key)
{
    size_t length = (size_t)EVP_PKEY_get_size(key);
    unsigned char *signature = arena_allocate(arena, length);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done =
        context != NULL && EVP_DigestSignInit_ex(context, NULL, "SHA256", NULL, NULL, key, NULL) == 1 &&
        EVP_DigestSign(context, signature, &length, (const unsigned char *)text.data, text.length) == 1;
    EVP_MD_CTX_free(context);
    if (!done) {
        abort();
    }
    return (struct text){(const char *)signature, length};
}

struct text saml_query_sign(struct arena *arena, struct text request, struct text relay_state,
                            const struct saml_key *key)
{
    struct builder out;
    builder_start(&out, arena, 2048, SAML_MAXIMUM_MESSAGE);
    BUILDER_ADD_LITERAL(&out, "SAMLRequest=");
    builder_add_text(&out, encode_percent(arena, saml_encode_query(arena, request)));
    if (relay_state.data != NULL) {
        BUILDER_ADD_LITERAL(&out, "&RelayState=");
        builder_add_text(&out, encode_percent(arena, relay_state));
    }
    BUILDER_ADD_LITERAL(&out, "&SigAlg=");
    builder_add_text(&out, encode_percent(arena, TEXT(SAML_RSA_SHA256)));
    struct text signature = sign(arena, builder_text(&out), key->private_key);
    BUILDER_ADD_LITERAL(&out, "&Signature=");
    builder_add_text(&out, encode_percent(arena, encode_base64(arena, signature)));
    return builder_text(&out);
}
