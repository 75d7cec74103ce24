/* The document that an administrator gives to an identity provider. */
#include "saml/service.h"

#include "base/encoding.h"
#include "config/config.h"
#include "saml/names.h"

const char *saml_entity_id(struct context *context)
{
    return arena_print(context->arena, "%s/api/v1/saml/metadata", context->configuration->public_url);
}

const char *saml_consumer(struct context *context)
{
    return arena_print(context->arena, "%s/api/v1/saml/consume", context->configuration->public_url);
}

/* SAML metadata 2.4.1.1. */
static void add_key(struct arena *arena, const struct saml_key *key, const char *use, const char *methods,
                    struct builder *out)
{
    builder_add_format(out,
                       "<md:KeyDescriptor use=\"%s\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>%.*s"
                       "</ds:X509Certificate></ds:X509Data></ds:KeyInfo>%s</md:KeyDescriptor>\n",
                       use, TEXT_ARGUMENTS(encode_base64(arena, key->certificate)), methods);
}

#define METHOD(algorithm) "<md:EncryptionMethod Algorithm=\"" algorithm "\"/>"

/* The present key stands first, since many take the first. */
static void add_keys(struct arena *arena, const struct saml_keys *keys, struct builder *out)
{
    for (size_t i = 0; i < keys->count; i++) {
        add_key(arena, &keys->list[i], "signing", "", out);
    }
    for (size_t i = 0; i < keys->count; i++) {
        add_key(arena, &keys->list[i], "encryption",
                METHOD(SAML_AES256_GCM) METHOD(SAML_AES128_GCM) METHOD(SAML_RSA_OAEP)
                    METHOD(SAML_RSA_OAEP_11),
                out);
    }
}

void saml_service_metadata(struct context *context, const struct saml_keys *keys, struct builder *out)
{
    BUILDER_ADD_LITERAL(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                             "<md:EntityDescriptor xmlns:md=\"" SAML_NAMESPACE_METADATA
                             "\" xmlns:ds=\"" SAML_NAMESPACE_XML_SIGNATURE "\" entityID=\"");
    encode_markup(out, text_of(saml_entity_id(context)));
    BUILDER_ADD_LITERAL(out, "\">\n<md:SPSSODescriptor AuthnRequestsSigned=\"true\" "
                             "WantAssertionsSigned=\"true\" "
                             "protocolSupportEnumeration=\"" SAML_NAMESPACE_PROTOCOL "\">\n");
    add_keys(context->arena, keys, out);
    BUILDER_ADD_LITERAL(out, "<md:NameIDFormat>" SAML_NAME_ID_EMAIL "</md:NameIDFormat>\n"
                             "<md:NameIDFormat>" SAML_NAME_ID_UNSPECIFIED "</md:NameIDFormat>\n"
                             "<md:AssertionConsumerService index=\"0\" isDefault=\"true\" "
                             "Binding=\"" SAML_BINDING_NAME_POST "\" Location=\"");
    encode_markup(out, text_of(saml_consumer(context)));
    BUILDER_ADD_LITERAL(out, "\"/>\n</md:SPSSODescriptor>\n</md:EntityDescriptor>\n");
}
