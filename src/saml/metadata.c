/* The checks of an identity provider's metadata, each a function of its own that tells what it misses and
 * lets the next one go on, so that an administrator sees all that is wrong at once. Sections are those of
 * "Metadata for the OASIS Security Assertion Markup Language (SAML) V2.0" unless another document is named.
 */
#include "saml/metadata.h"

#include "base/clock.h"
#include "saml/certificate.h"
#include "saml/names.h"
#include "saml/xml.h"

#define MD SAML_NAMESPACE_METADATA
#define DS SAML_NAMESPACE_XML_SIGNATURE

/* One metadata being read. */
struct reading {
    struct context *context;
    struct arena *arena;
    struct saml_metadata *metadata;
};

static void tell(struct reading *reading, const char *half_sentence)
{
    context_fault(reading->context, "saml_info", "saml_info %s.", half_sentence);
}

/* --- Which entity -------------------------------------------------------------------------------------- */

/* Counts the entities with an IDPSSODescriptor in a group, which may hold groups (section 2.3.1), and keeps
 * the first. The depth of the tree bounds the recursion. */
static size_t find_providers(const xmlNode *group, const xmlNode **first)
{
    size_t count = 0;
    for (const xmlNode *child = group->children; child != NULL; child = child->next) {
        if (xml_is(child, MD, "EntitiesDescriptor")) {
            count += find_providers(child, first);
        } else if (xml_is(child, MD, "EntityDescriptor") &&
                   xml_first(child, MD, "IDPSSODescriptor") != NULL) {
            *first = *first == NULL ? child : *first;
            count++;
        }
    }
    return count;
}

/* Section 2.3: the root is one entity, or a group with one identity provider in it. */
static const xmlNode *find_entity(struct reading *reading, const xmlNode *root)
{
    const xmlNode *first = NULL;
    if (xml_is(root, MD, "EntityDescriptor")) {
        return root;
    }
    if (!xml_is(root, MD, "EntitiesDescriptor")) {
        tell(reading, "is not SAML 2.0 metadata: its root element must be EntityDescriptor or "
                      "EntitiesDescriptor of the namespace " MD);
        return NULL;
    }
    size_t count = find_providers(root, &first);
    if (count != 1) {
        tell(reading,
             arena_print(reading->arena, "must describe exactly one identity provider, not %zu", count));
        return NULL;
    }
    return first;
}

/* Section 2.3.2 allows several roles; with two of this one it would be open which keys count. */
static const xmlNode *find_role(struct reading *reading, const xmlNode *entity)
{
    size_t count = xml_count(entity, MD, "IDPSSODescriptor");
    if (count == 0) {
        tell(reading, "describes no identity provider: it has no IDPSSODescriptor");
    } else if (count > 1) {
        tell(reading, arena_print(reading->arena, "must have exactly one IDPSSODescriptor, not %zu", count));
    }
    return count == 1 ? xml_first(entity, MD, "IDPSSODescriptor") : NULL;
}

/* --- The entity ---------------------------------------------------------------------------------------- */

/* Sections 2.2.1 and 2.3.2: at most 1024 characters; it is compared exactly, so space around it is a mistake.
 */
static void read_entity_id(struct reading *reading, const xmlNode *entity)
{
    struct text entity_id = xml_attribute(reading->arena, entity, "entityID");
    struct text trimmed = text_trim(entity_id);
    if (text_is_empty(trimmed)) {
        tell(reading, "has no entityID");
    } else if (trimmed.length != entity_id.length) {
        tell(reading, "has an entityID with white space around it");
    } else if (entity_id.length > SAML_MAXIMUM_ENTITY_ID) {
        tell(reading,
             arena_print(reading->arena, "has an entityID of more than %d bytes", SAML_MAXIMUM_ENTITY_ID));
    }
    reading->metadata->entity_id = entity_id;
}

static void read_valid_until(struct reading *reading, const xmlNode *element)
{
    struct text text = xml_attribute(reading->arena, element, "validUntil");
    int64_t until = INT64_MAX;
    if (text.data == NULL) {
        return;
    }
    const char *name = (const char *)element->name;
    if (!clock_read(text_trim(text), &until)) {
        tell(reading,
             arena_print(reading->arena,
                         "has a validUntil of %s that is not a time such as 2019-05-01T16:44:18Z", name));
    } else if (until <= reading->context->now) {
        char shown[CLOCK_TEXT_SIZE];
        clock_write(until, shown);
        tell(reading, arena_print(reading->arena, "has expired: the validUntil of %s was %s", name, shown));
    }
    if (until < reading->metadata->valid_until) {
        reading->metadata->valid_until = until;
    }
}

/* Sections 2.3.1, 2.3.2 and 2.4.1: what is said of a group or an entity holds for everything in it. */
static void read_validity(struct reading *reading, const xmlNode *innermost)
{
    reading->metadata->valid_until = INT64_MAX;
    for (const xmlNode *element = innermost; element != NULL && element->type == XML_ELEMENT_NODE;
         element = element->parent) {
        read_valid_until(reading, element);
    }
}

/* --- The role ------------------------------------------------------------------------------------------ */

/* Section 2.4.1: the protocols the role speaks, a list separated by white space. */
static void check_protocol(struct reading *reading, const xmlNode *role)
{
    struct text rest = xml_attribute(reading->arena, role, "protocolSupportEnumeration");
    while (rest.data != NULL) {
        if (text_equal_string(text_trim(text_cut(&rest, ' ')), SAML_NAMESPACE_PROTOCOL)) {
            return;
        }
    }
    tell(reading,
         "has an IDPSSODescriptor whose protocolSupportEnumeration does not name " SAML_NAMESPACE_PROTOCOL);
}

/* Section 2.4.3. */
static void read_wants_signed_requests(struct reading *reading, const xmlNode *role)
{
    struct text text = text_trim(xml_attribute(reading->arena, role, "WantAuthnRequestsSigned"));
    reading->metadata->wants_signed_requests =
        text_equal_string(text, "true") || text_equal_string(text, "1");
}

/* Section 2.4.2: only a hint for requests, so what is more than the maximum is left out. */
static void read_name_id_formats(struct reading *reading, const xmlNode *role)
{
    struct saml_metadata *metadata = reading->metadata;
    for (const xmlNode *element = xml_first(role, MD, "NameIDFormat"); element != NULL;
         element = xml_next(element, MD, "NameIDFormat")) {
        struct text format = text_trim(xml_text(reading->arena, element));
        if (!text_is_empty(format) && metadata->name_id_format_count < SAML_MAXIMUM_FORMATS) {
            metadata->name_id_formats[metadata->name_id_format_count++] = format;
        }
    }
}

/* --- Single sign-on services
 * ------------------------------------------------------------------------------------ */

static bool is_address_character(char character)
{
    return character > ' ' && character < 0x7F && strchr("\"<>\\^`{|}#", character) == NULL;
}

/* An address that can become a Location header or the action of a form with parameters added: http or https,
 * a host, the characters of RFC 3986 and no fragment. */
static bool is_http_location(struct text location)
{
    size_t scheme = text_equal_ignoring_case(text_part(location, 0, 8), TEXT("https://"))  ? 8
                    : text_equal_ignoring_case(text_part(location, 0, 7), TEXT("http://")) ? 7
                                                                                           : 0;
    if (scheme == 0 || location.length > SAML_MAXIMUM_LOCATION || location.length == scheme ||
        memchr("/?:@", location.data[scheme], 4) != NULL) {
        return false;
    }
    for (size_t i = 0; i < location.length; i++) {
        if (!is_address_character(location.data[i])) {
            return false;
        }
    }
    return true;
}

static const struct {
    const char *name;
    const char *words;
} bindings[SAML_BINDING_COUNT] = {
    [SAML_BINDING_REDIRECT] = {SAML_BINDING_NAME_REDIRECT, "HTTP-Redirect"},
    [SAML_BINDING_POST] = {SAML_BINDING_NAME_POST, "HTTP-POST"},
};

/* Section 2.2.2: Binding and Location. Of several with one binding the first counts. */
static void read_service(struct reading *reading, const xmlNode *service, enum saml_binding binding)
{
    struct text location = text_trim(xml_attribute(reading->arena, service, "Location"));
    struct text *kept = &reading->metadata->sso_locations[binding];
    if (!is_http_location(location)) {
        tell(reading, arena_print(reading->arena,
                                  "has a SingleSignOnService for %s whose Location is not an address that "
                                  "begins with http:// or https://",
                                  bindings[binding].words));
    } else if (kept->data == NULL) {
        *kept = location;
    }
}

/* Section 2.4.3, with the bindings of "Bindings for SAML V2.0", sections 3.4 and 3.5. */
static void read_services(struct reading *reading, const xmlNode *role)
{
    bool found = false;
    for (const xmlNode *service = xml_first(role, MD, "SingleSignOnService"); service != NULL;
         service = xml_next(service, MD, "SingleSignOnService")) {
        struct text name = text_trim(xml_attribute(reading->arena, service, "Binding"));
        for (size_t binding = 0; binding < SAML_BINDING_COUNT; binding++) {
            if (text_equal_string(name, bindings[binding].name)) {
                read_service(reading, service, (enum saml_binding)binding);
                found = true;
            }
        }
    }
    if (!found) {
        tell(reading, "has no SingleSignOnService with the binding HTTP-Redirect or HTTP-POST");
    }
}

/* --- Signing certificates ------------------------------------------------------------------------------ */

/* The certificates that claim to be for signatures, with what is wrong with each. */
struct candidates {
    struct certificate list[SAML_MAXIMUM_CERTIFICATES];
    const char *faults[SAML_MAXIMUM_CERTIFICATES];
    const xmlNode *data[SAML_MAXIMUM_CERTIFICATES]; /* the X509Data it stands in */
    size_t count;
    bool too_many;
};

static void add_candidate(struct reading *reading, struct candidates *candidates, const xmlNode *element)
{
    size_t index = candidates->count;
    if (index == SAML_MAXIMUM_CERTIFICATES) {
        candidates->too_many = true;
        return;
    }
    candidates->faults[index] =
        certificate_read(reading->arena, xml_text(reading->arena, element), &candidates->list[index]);
    candidates->data[index] = element->parent;
    candidates->count++;
}

/* Section 2.4.1.1: a key without a use is for both signing and encryption. */
static bool is_for_signing(struct reading *reading, const xmlNode *descriptor)
{
    struct text use = xml_attribute(reading->arena, descriptor, "use");
    return use.data == NULL || text_equal_string(use, "signing");
}

/* XML signature, section 4.4.4: X509Data holds certificates. */
static void add_key(struct reading *reading, struct candidates *candidates, const xmlNode *descriptor)
{
    const xmlNode *info = xml_first(descriptor, DS, "KeyInfo");
    const xmlNode *data = info == NULL ? NULL : xml_first(info, DS, "X509Data");
    for (; data != NULL; data = xml_next(data, DS, "X509Data")) {
        for (const xmlNode *element = xml_first(data, DS, "X509Certificate"); element != NULL;
             element = xml_next(element, DS, "X509Certificate")) {
            add_candidate(reading, candidates, element);
        }
    }
}

/* XML signature, section 4.4.4: one X509Data can hold a chain. Its authorities sign certificates, not
 * assertions, so that their keys are not trusted for these. */
static bool is_authority(struct arena *arena, struct candidates *candidates, size_t index)
{
    for (size_t i = 0; i < candidates->count; i++) {
        if (candidates->data[i] == candidates->data[index] &&
            certificate_is_issuer(arena, &candidates->list[index], &candidates->list[i])) {
            return true;
        }
    }
    return false;
}

static bool is_kept(const struct saml_metadata *metadata, struct text der)
{
    for (size_t i = 0; i < metadata->certificate_count; i++) {
        if (text_equal(metadata->certificates[i], der)) {
            return true;
        }
    }
    return false;
}

static void keep_usable(struct arena *arena, struct saml_metadata *metadata, struct candidates *candidates)
{
    for (size_t i = 0; i < candidates->count; i++) {
        struct text der = candidates->list[i].der;
        if (candidates->faults[i] == NULL && is_authority(arena, candidates, i)) {
            candidates->faults[i] = "is of the authority that issued another one beside it";
        }
        if (candidates->faults[i] == NULL && !is_kept(metadata, der)) {
            metadata->certificates[metadata->certificate_count++] = der;
        }
    }
}

static void tell_unusable(struct reading *reading, const struct candidates *candidates)
{
    if (candidates->count == 0) {
        tell(reading, "has no signing certificate");
    }
    for (size_t i = 0; i < candidates->count; i++) {
        tell(reading, arena_print(reading->arena, "has no usable signing certificate: number %zu %s", i + 1,
                                  candidates->faults[i]));
    }
}

/* Section 2.4.1.1. During a change of keys there are several; those that are not usable do no harm beside one
 * that is. */
static void read_certificates(struct reading *reading, const xmlNode *role)
{
    struct candidates *candidates = ARENA_NEW(reading->arena, struct candidates);
    for (const xmlNode *descriptor = xml_first(role, MD, "KeyDescriptor"); descriptor != NULL;
         descriptor = xml_next(descriptor, MD, "KeyDescriptor")) {
        if (is_for_signing(reading, descriptor)) {
            add_key(reading, candidates, descriptor);
        }
    }
    if (candidates->too_many) {
        tell(reading,
             arena_print(reading->arena, "has more than %d signing certificates", SAML_MAXIMUM_CERTIFICATES));
        return;
    }
    keep_usable(reading->arena, reading->metadata, candidates);
    if (reading->metadata->certificate_count == 0) {
        tell_unusable(reading, candidates);
    }
}

/* --- All of it ----------------------------------------------------------------------------------------- */

static void read_role(struct reading *reading, const xmlNode *role)
{
    check_protocol(reading, role);
    read_wants_signed_requests(reading, role);
    read_certificates(reading, role);
    read_name_id_formats(reading, role);
    read_services(reading, role);
}

static void read_document(struct reading *reading, const xmlDoc *document)
{
    const xmlNode *entity = find_entity(reading, xmlDocGetRootElement(document));
    if (entity == NULL) {
        return;
    }
    read_entity_id(reading, entity);
    const xmlNode *role = find_role(reading, entity);
    read_validity(reading, role == NULL ? entity : role);
    if (role != NULL) {
        read_role(reading, role);
    }
}

enum problem saml_metadata_read(struct context *context, struct text xml, struct saml_metadata *metadata)
{
    static const struct xml_rules rules = {.maximum_size = SAML_METADATA_MAXIMUM_SIZE,
                                           .comments_allowed = true};
    struct reading reading = {context, context->arena, metadata};
    const char *fault = NULL;

    *metadata = (struct saml_metadata){0};
    const xmlDoc *document = xml_read(context->arena, xml, &rules, &fault);
    if (document == NULL) {
        tell(&reading, fault);
    } else {
        read_document(&reading, document);
    }
    return FAIL_ON_FAULTS(context, PROBLEM_REFUSED);
}
