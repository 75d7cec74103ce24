/* The checks of ds:SignedInfo. Sections are those of "XML Signature Syntax and Processing" unless another
 * document is named; what a profile allows is SAML core 5.4. */
#include "saml/signed_info.h"

#include "saml/names.h"
#include "saml/structure.h"

#define DS            SAML_NAMESPACE_XML_SIGNATURE
#define MAXIMUM_PARTS 3

/* Of what the exclusive canonicalization keeps: each is looked for above each element. */
#define MAXIMUM_PREFIXES 16

static const char *const canonicalizations[] = {SAML_EXCLUSIVE,
                                                "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
                                                "http://www.w3.org/2006/12/xml-c14n11", NULL};
static const char *const rsa_methods[] = {SAML_RSA_SHA256, SAML_RSA_SHA384, SAML_RSA_SHA512, NULL};
static const char *const elliptic_methods[] = {SAML_ECDSA_SHA256, SAML_ECDSA_SHA384, SAML_ECDSA_SHA512, NULL};
static const char *const digests[] = {SAML_SHA256, "http://www.w3.org/2001/04/xmldsig-more#sha384",
                                      "http://www.w3.org/2001/04/xmlenc#sha512", NULL};

static const xmlNode *next_element(const xmlNode *node)
{
    while (node != NULL && node->type != XML_ELEMENT_NODE) {
        node = node->next;
    }
    return node;
}

/* Whether the element has exactly these children, in this order. */
static bool has_children(const xmlNode *element, const char *const *names, size_t count)
{
    const xmlNode *child = next_element(element->children);
    for (size_t i = 0; i < count; i++) {
        if (!xml_is(child, DS, names[i])) {
            return false;
        }
        child = next_element(child->next);
    }
    return child == NULL;
}

static bool is_among(struct text text, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (text_equal_string(text, *list)) {
            return true;
        }
    }
    return false;
}

static struct text algorithm_of(struct saml_reading *reading, const xmlNode *element)
{
    return xml_attribute(reading->arena, element, "Algorithm");
}

/* Section 4.1: no Object, and with it no Manifest (section 5.1); a KeyInfo is never read. */
static enum problem check_parts(struct saml_reading *reading, const xmlNode *signature)
{
    static const char *const names[MAXIMUM_PARTS] = {"SignedInfo", "SignatureValue", "KeyInfo"};
    if (!has_children(signature, names, 3) && !has_children(signature, names, 2)) {
        return SAML_UNTRUSTED(reading,
                              "A signature has other parts than SignedInfo, SignatureValue and KeyInfo.");
    }
    return PROBLEM_NONE;
}

/* SAML core 5.4.2: one Reference. */
static enum problem check_one_reference(struct saml_reading *reading, const xmlNode *info)
{
    static const char *const names[] = {"CanonicalizationMethod", "SignatureMethod", "Reference"};
    if (!has_children(info, names, 3)) {
        return SAML_UNTRUSTED(reading, "SignedInfo has not exactly one reference and one of each method.");
    }
    return PROBLEM_NONE;
}

/* Exclusive XML canonicalization 1.0, section 4: how many words there are. */
static size_t count_prefixes(struct text list)
{
    size_t count = 0;
    bool inside = false;
    for (size_t i = 0; i < list.length; i++) {
        bool space = memchr(" \t\r\n", list.data[i], 4) != NULL;
        count += !space && !inside;
        inside = !space;
    }
    return count;
}

/* The one parameter that a method may have, the prefixes that are kept. */
static bool is_prefix_list(struct saml_reading *reading, const xmlNode *element)
{
    return xml_is(element, SAML_EXCLUSIVE, "InclusiveNamespaces") && next_element(element->next) == NULL &&
           next_element(element->children) == NULL &&
           count_prefixes(xml_attribute(reading->arena, element, "PrefixList")) <= MAXIMUM_PREFIXES;
}

/* Section 4.4.1, SAML core 5.4.3: a canonicalization without comments. Only the exclusive one has a
 * parameter. */
static enum problem check_canonicalization(struct saml_reading *reading, const xmlNode *method)
{
    struct text algorithm = algorithm_of(reading, method);
    const xmlNode *child = next_element(method->children);
    bool parameter = text_equal_string(algorithm, SAML_EXCLUSIVE) && is_prefix_list(reading, child);
    if (!is_among(algorithm, canonicalizations) || (child != NULL && !parameter)) {
        return SAML_UNTRUSTED(reading, "A signature is canonicalized by a method that is not allowed.");
    }
    return PROBLEM_NONE;
}

/* Section 4.4.2 and RFC 6931: RSA or ECDSA with SHA-256 or better, without parameters. */
static enum problem check_method(struct saml_reading *reading, const xmlNode *method, bool *elliptic)
{
    struct text algorithm = algorithm_of(reading, method);
    *elliptic = is_among(algorithm, elliptic_methods);
    if ((!*elliptic && !is_among(algorithm, rsa_methods)) || next_element(method->children) != NULL) {
        return SAML_UNTRUSTED(
            reading, "A signature is made by a method that is not allowed: RSA or ECDSA with SHA-256 "
                     "or better is.");
    }
    return PROBLEM_NONE;
}

/* SAML core 5.4.2: the reference is to the element that the signature stands in. */
static enum problem check_uri(struct saml_reading *reading, const xmlNode *reference, const xmlNode *element)
{
    struct text uri = xml_attribute(reading->arena, reference, "URI");
    struct text id = xml_attribute(reading->arena, element, "ID");
    if (!saml_is_id(id) || !text_starts_with(uri, TEXT("#")) ||
        !text_equal(text_part(uri, 1, uri.length), id)) {
        return SAML_UNTRUSTED(reading, "A signature is not about the element that it stands in.");
    }
    return PROBLEM_NONE;
}

/* SAML core 5.4.4: the enveloped signature transform, then one canonicalization. */
static enum problem check_transforms(struct saml_reading *reading, const xmlNode *reference)
{
    static const char *const names[] = {"Transform", "Transform"};
    const xmlNode *transforms = xml_first(reference, DS, "Transforms");
    if (!has_children(transforms, names, 2)) {
        return SAML_UNTRUSTED(reading, "A signature has not exactly two transforms.");
    }
    const xmlNode *first = next_element(transforms->children);
    if (!text_equal_string(algorithm_of(reading, first), SAML_ENVELOPED) ||
        next_element(first->children) != NULL) {
        return SAML_UNTRUSTED(reading, "The first transform of a signature is not the enveloped signature.");
    }
    return check_canonicalization(reading, next_element(first->next));
}

/* Section 4.4.3.5 and 4.4.3.6. */
static enum problem check_digest(struct saml_reading *reading, const xmlNode *reference)
{
    const xmlNode *method = xml_first(reference, DS, "DigestMethod");
    if (!is_among(algorithm_of(reading, method), digests) || next_element(method->children) != NULL) {
        return SAML_UNTRUSTED(reading, "A signature has a digest that is not allowed: SHA-256 or better is.");
    }
    return PROBLEM_NONE;
}

static enum problem check_reference(struct saml_reading *reading, const xmlNode *reference,
                                    const xmlNode *element)
{
    static const char *const names[] = {"Transforms", "DigestMethod", "DigestValue"};
    if (!has_children(reference, names, 3)) {
        return SAML_UNTRUSTED(reading,
                              "A reference has not exactly its transforms, its digest and its method.");
    }
    TRY(check_uri(reading, reference, element));
    TRY(check_transforms(reading, reference));
    return check_digest(reading, reference);
}

/* Sections 4.3 and 4.4.3.6: plain text, which is not empty. */
static enum problem check_value(struct saml_reading *reading, const xmlNode *element)
{
    if (text_is_empty(text_trim(xml_text(reading->arena, element)))) {
        return SAML_UNTRUSTED(reading, "A signature or its digest has no value.");
    }
    return PROBLEM_NONE;
}

enum problem saml_check_signed_info(struct saml_reading *reading, const xmlNode *signature,
                                    const xmlNode *element, bool *elliptic)
{
    TRY(check_parts(reading, signature));
    const xmlNode *info = next_element(signature->children);
    TRY(check_value(reading, xml_first(signature, DS, "SignatureValue")));
    TRY(check_one_reference(reading, info));
    TRY(check_canonicalization(reading, xml_first(info, DS, "CanonicalizationMethod")));
    TRY(check_method(reading, xml_first(info, DS, "SignatureMethod"), elliptic));
    const xmlNode *reference = xml_first(info, DS, "Reference");
    TRY(check_reference(reading, reference, element));
    return check_value(reading, xml_first(reference, DS, "DigestValue"));
}
