/* xmlsec computes, but decides little: what is signed, by which methods and with which key is pinned before,
 * and what is read afterwards are the bytes that went into the digest, never the document that they came
 * from. */
#include "saml/signature.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <xmlsec/xmlsec.h>

#include <xmlsec/crypto.h>
#include <xmlsec/xmldsig.h>

#include "saml/certificate.h"
#include "saml/library.h"
#include "saml/names.h"
#include "saml/signed_info.h"
#include "saml/structure.h"
#include "saml/transport.h"
#include "saml/verifying.h"

const struct xml_rules saml_message_rules = {.maximum_size = SAML_MAXIMUM_MESSAGE};

/* What came of a try with one key. */
enum outcome { OUTCOME_VERIFIED, OUTCOME_OTHER_KEY, OUTCOME_BROKEN };

static void free_context(void *context)
{
    xmlSecDSigCtxDestroy(context);
}

/* The key of a certificate of the metadata, for xmlsec; NULL where it is of the other kind. */
static xmlSecKeyPtr key_of(struct text der, bool elliptic)
{
    EVP_PKEY *public_key = certificate_key(der);
    if (public_key == NULL || (EVP_PKEY_get_base_id(public_key) == EVP_PKEY_EC) != elliptic) {
        EVP_PKEY_free(public_key);
        return NULL;
    }
    xmlSecKeyPtr key = saml_library_key(public_key);
    EVP_PKEY_free(public_key);
    return key;
}

/* xmlsec allows every transform that it knows unless it is told which. */
static bool allow(xmlSecDSigCtxPtr context)
{
    const xmlSecTransformId canonicalizations[] = {xmlSecTransformExclC14NId, xmlSecTransformInclC14NId,
                                                   xmlSecTransformInclC14N11Id};
    const xmlSecTransformId of_references[] = {xmlSecTransformEnvelopedId, xmlSecTransformSha256Id,
                                               xmlSecTransformSha384Id, xmlSecTransformSha512Id};
    const xmlSecTransformId of_signatures[] = {xmlSecTransformRsaSha256Id,   xmlSecTransformRsaSha384Id,
                                               xmlSecTransformRsaSha512Id,   xmlSecTransformEcdsaSha256Id,
                                               xmlSecTransformEcdsaSha384Id, xmlSecTransformEcdsaSha512Id};
    bool done = true;
    for (size_t i = 0; i < sizeof canonicalizations / sizeof canonicalizations[0]; i++) {
        done = done && xmlSecDSigCtxEnableReferenceTransform(context, canonicalizations[i]) >= 0 &&
               xmlSecDSigCtxEnableSignatureTransform(context, canonicalizations[i]) >= 0;
    }
    for (size_t i = 0; i < sizeof of_references / sizeof of_references[0]; i++) {
        done = done && xmlSecDSigCtxEnableReferenceTransform(context, of_references[i]) >= 0;
    }
    for (size_t i = 0; i < sizeof of_signatures / sizeof of_signatures[0]; i++) {
        done = done && xmlSecDSigCtxEnableSignatureTransform(context, of_signatures[i]) >= 0;
    }
    return done;
}

/* Without a keys manager, so that a KeyInfo has nowhere to lead to. */
static xmlSecDSigCtxPtr make_context(struct arena *arena, xmlSecKeyPtr key)
{
    xmlSecDSigCtxPtr context = xmlSecDSigCtxCreate(NULL);
    if (context == NULL) {
        xmlSecKeyDestroy(key);
        return NULL;
    }
    context->signKey = key;
    arena_on_reset(arena, free_context, context);
    context->flags |= XMLSEC_DSIG_FLAGS_STORE_SIGNEDINFO_REFERENCES | XMLSEC_DSIG_FLAGS_STORE_SIGNATURE |
                      XMLSEC_DSIG_FLAGS_IGNORE_MANIFESTS;
    context->enabledReferenceUris = xmlSecTransformUriTypeSameDocument;
    return allow(context) ? context : NULL;
}

/* The bytes that the one reference's digest was made of; NO_TEXT where it does not hold. */
static struct text digested(xmlSecDSigCtxPtr context)
{
    if (xmlSecPtrListGetSize(&context->signedInfoReferences) != 1) {
        return NO_TEXT;
    }
    xmlSecDSigReferenceCtxPtr reference = xmlSecPtrListGetItem(&context->signedInfoReferences, 0);
    xmlSecBufferPtr buffer = xmlSecDSigReferenceCtxGetPreDigestBuffer(reference);
    if (reference->status != xmlSecDSigStatusSucceeded || buffer == NULL ||
        xmlSecBufferGetData(buffer) == NULL) {
        return NO_TEXT;
    }
    return (struct text){(const char *)xmlSecBufferGetData(buffer), xmlSecBufferGetSize(buffer)};
}

static struct text bytes_of(xmlSecBufferPtr buffer)
{
    return buffer == NULL
               ? NO_TEXT
               : (struct text){(const char *)xmlSecBufferGetData(buffer), xmlSecBufferGetSize(buffer)};
}

/* What a try tells: the bytes that were digested, and those of SignedInfo, which were signed. */
struct trial {
    struct text octets;
    struct text signed_info;
};

/* Where the digest does not hold, no key can help. */
static enum outcome try_key(struct arena *arena, xmlNode *signature, xmlSecKeyPtr key, struct trial *trial)
{
    xmlSecDSigCtxPtr context = make_context(arena, key);
    if (context == NULL) {
        return OUTCOME_BROKEN;
    }
    int result = xmlSecDSigCtxVerify(context, signature);
    ERR_clear_error();
    trial->octets = digested(context);
    trial->signed_info = bytes_of(xmlSecDSigCtxGetPreSignBuffer(context));
    if (trial->octets.data == NULL) {
        return OUTCOME_BROKEN;
    }
    return result >= 0 && context->status == xmlSecDSigStatusSucceeded ? OUTCOME_VERIFIED : OUTCOME_OTHER_KEY;
}

/* Whether that key made it, by the signed bytes alone. Each try takes the digest of the whole element, so
 * that after the first only this is asked. */
static bool is_made_by(struct saml_reading *reading, const xmlNode *signature, struct text signed_info,
                       struct text certificate)
{
    const xmlNode *info = xml_first(signature, SAML_NAMESPACE_XML_SIGNATURE, "SignedInfo");
    const xmlNode *named = xml_first(info, SAML_NAMESPACE_XML_SIGNATURE, "SignatureMethod");
    const xmlNode *value = xml_first(signature, SAML_NAMESPACE_XML_SIGNATURE, "SignatureValue");
    const struct saml_method *method = saml_method_find(xml_attribute(reading->arena, named, "Algorithm"));
    struct text decoded =
        method == NULL ? NO_TEXT
                       : saml_signature_decode(reading->arena, method, xml_text(reading->arena, value));
    return decoded.data != NULL && saml_signature_holds(certificate, method, signed_info, decoded);
}

/* SAML metadata 2.4.1.1: any of the keys for signatures; during a change of keys there are several. */
static enum problem try_keys(struct saml_reading *reading, xmlNode *signature, bool elliptic,
                             struct text *octets)
{
    const struct saml_metadata *provider = reading->provider;
    struct trial trial = {NO_TEXT, NO_TEXT};
    for (size_t i = 0; i < provider->certificate_count; i++) {
        struct text certificate = provider->certificates[i];
        bool worth =
            trial.octets.data == NULL || is_made_by(reading, signature, trial.signed_info, certificate);
        xmlSecKeyPtr key = worth ? key_of(certificate, elliptic) : NULL;
        if (key == NULL) {
            continue;
        }
        switch (try_key(reading->arena, signature, key, &trial)) {
        case OUTCOME_VERIFIED:
            *octets = trial.octets;
            return PROBLEM_NONE;
        case OUTCOME_BROKEN:
            return SAML_UNTRUSTED(reading, "What was signed has been changed: the digest does not match.");
        case OUTCOME_OTHER_KEY:
            break;
        }
    }
    return SAML_UNTRUSTED(reading,
                          "A signature was made with none of the keys in the identity provider's metadata.");
}

/* Lets the reference find this element; libxml2 tells with NULL that another one has the identifier. */
static enum problem register_id(struct saml_reading *reading, xmlNode *element)
{
    xmlAttr *attribute = xmlHasNsProp(element, (const xmlChar *)"ID", NULL);
    struct text id = xml_attribute(reading->arena, element, "ID");
    if (attribute == NULL || !saml_is_id(id)) {
        return SAML_UNTRUSTED(reading, "What is signed has no ID.");
    }
    const xmlChar *value = (const xmlChar *)id.data;
    if (xmlAddID(NULL, element->doc, value, attribute) == NULL &&
        xmlGetID(element->doc, value) != attribute) {
        return SAML_UNTRUSTED(reading, "Another element has the ID of what is signed.");
    }
    return PROBLEM_NONE;
}

/* The signed bytes as a document of their own, which must still be the element that was asked about. */
static enum problem parse_signed(struct saml_reading *reading, const xmlNode *element, struct text octets,
                                 xmlNode **verified)
{
    const char *fault = NULL;
    struct text copy = arena_copy_text(reading->arena, octets);
    xmlDoc *document = xml_read(reading->arena, copy, &saml_message_rules, &fault);
    if (document == NULL) {
        return SAML_UNTRUSTED(reading, "What was signed %s.", fault);
    }
    xmlNode *root = xmlDocGetRootElement(document);
    if (!xml_is(root, (const char *)element->ns->href, (const char *)element->name) ||
        !text_equal(xml_attribute(reading->arena, root, "ID"),
                    xml_attribute(reading->arena, element, "ID"))) {
        return SAML_UNTRUSTED(reading,
                              "What was signed is another element than the one the signature stands in.");
    }
    *verified = root;
    return PROBLEM_NONE;
}

enum problem saml_verify_element(struct saml_reading *reading, xmlNode *element, xmlNode **verified)
{
    xmlNode *signature = saml_signature_of(element);
    struct text octets = NO_TEXT;
    bool elliptic = false;
    if (signature == NULL) {
        return SAML_UNTRUSTED(reading, "Neither the Response nor the Assertion is signed.");
    }
    TRY(saml_check_signed_info(reading, signature, element, &elliptic));
    saml_library_start();
    TRY(register_id(reading, element));
    TRY(try_keys(reading, signature, elliptic, &octets));
    return parse_signed(reading, element, octets, verified);
}
