/* The text is ours, so that reading it again cannot fail but for lack of memory; it is read as strictly as
 * any other all the same. */
#include "saml/signing.h"

#include <openssl/err.h>

#include <xmlsec/xmlsec.h>

#include <xmlsec/xmldsig.h>

#include "saml/library.h"
#include "saml/names.h"
#include "saml/signature.h"
#include "saml/structure.h"

const char *saml_signature_template(struct arena *arena, struct text id)
{
    return arena_print(
        arena,
        "<ds:Signature xmlns:ds=\"" SAML_NAMESPACE_XML_SIGNATURE
        "\"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"" SAML_EXCLUSIVE
        "\"/><ds:SignatureMethod Algorithm=\"" SAML_RSA_SHA256
        "\"/><ds:Reference URI=\"#%.*s\"><ds:Transforms><ds:Transform Algorithm=\"" SAML_ENVELOPED
        "\"/><ds:Transform Algorithm=\"" SAML_EXCLUSIVE
        "\"/></ds:Transforms><ds:DigestMethod Algorithm=\"" SAML_SHA256
        "\"/><ds:DigestValue></ds:DigestValue></ds:Reference></ds:SignedInfo>"
        "<ds:SignatureValue></ds:SignatureValue></ds:Signature>",
        TEXT_ARGUMENTS(id));
}

static void free_context(void *context)
{
    xmlSecDSigCtxDestroy(context);
}

static void free_buffer(void *buffer)
{
    xmlBufferFree(buffer);
}

static bool fill_in(struct arena *arena, xmlNode *root, const struct saml_key *key)
{
    struct text id = xml_attribute(arena, root, "ID");
    xmlAttr *attribute = xmlHasNsProp(root, (const xmlChar *)"ID", NULL);
    xmlNode *signature = saml_signature_of(root);
    xmlSecDSigCtxPtr context = xmlSecDSigCtxCreate(NULL);
    if (context == NULL) {
        return false;
    }
    arena_on_reset(arena, free_context, context);
    context->signKey = saml_library_key(key->private_key);
    context->enabledReferenceUris = xmlSecTransformUriTypeSameDocument;
    bool done = context->signKey != NULL && attribute != NULL && signature != NULL &&
                xmlAddID(NULL, root->doc, (const xmlChar *)id.data, attribute) != NULL &&
                xmlSecDSigCtxSign(context, signature) >= 0 && context->status == xmlSecDSigStatusSucceeded;
    ERR_clear_error();
    return done;
}

struct text saml_sign(struct arena *arena, struct text xml, const struct saml_key *key)
{
    const char *fault = NULL;
    xmlDoc *document = xml_read(arena, xml, &saml_message_rules, &fault);
    xmlBuffer *buffer = document == NULL ? NULL : xmlBufferCreate();
    if (buffer == NULL) {
        return NO_TEXT;
    }
    arena_on_reset(arena, free_buffer, buffer);
    saml_library_start();
    xmlNode *root = xmlDocGetRootElement(document);
    if (!fill_in(arena, root, key) || xmlNodeDump(buffer, document, root, 0, 0) < 0) {
        return NO_TEXT;
    }
    return (struct text){(const char *)xmlBufferContent(buffer), (size_t)xmlBufferLength(buffer)};
}
