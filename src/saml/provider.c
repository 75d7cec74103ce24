/* A document has one place, by its digest; whoever comes later takes it over. What is found is compared byte
 * by byte. */
#include "saml/provider.h"

#include <stdlib.h>

#include "base/encoding.h"

#define PLACES        64
#define LARGEST_KEPT  ((size_t)64 * 1024)
#define MAXIMUM_TEXTS (1 + SAML_BINDING_COUNT + SAML_MAXIMUM_FORMATS + SAML_MAXIMUM_CERTIFICATES)

/* All texts, the document's own and those of the metadata, lie in one block. */
static struct place {
    char *block; /* malloc()ed */
    struct text xml;
    struct saml_metadata metadata;
} places[PLACES];

static struct place *place_of(struct text xml)
{
    unsigned char digest[SHA256_SIZE];
    sha256(xml, digest);
    return &places[digest[0] % PLACES];
}

static size_t list_texts(struct saml_metadata *metadata, struct text *texts[static MAXIMUM_TEXTS])
{
    size_t count = 0;
    texts[count++] = &metadata->entity_id;
    for (size_t i = 0; i < SAML_BINDING_COUNT; i++) {
        texts[count++] = &metadata->sso_locations[i];
    }
    for (size_t i = 0; i < metadata->name_id_format_count; i++) {
        texts[count++] = &metadata->name_id_formats[i];
    }
    for (size_t i = 0; i < metadata->certificate_count; i++) {
        texts[count++] = &metadata->certificates[i];
    }
    return count;
}

static void move_into(char **at, struct text *text)
{
    if (text->data != NULL) {
        memcpy(*at, text->data, text->length);
        text->data = *at;
        *at += text->length;
    }
}

static void keep(struct text xml, const struct saml_metadata *metadata)
{
    struct place kept = {.xml = xml, .metadata = *metadata};
    struct text *texts[MAXIMUM_TEXTS];
    size_t count = list_texts(&kept.metadata, texts);
    size_t length = xml.length;
    for (size_t i = 0; i < count; i++) {
        length += texts[i]->length;
    }
    kept.block = length <= LARGEST_KEPT ? malloc(length) : NULL;
    if (kept.block == NULL) {
        return;
    }
    char *at = kept.block;
    move_into(&at, &kept.xml);
    for (size_t i = 0; i < count; i++) {
        move_into(&at, texts[i]);
    }
    struct place *place = place_of(xml);
    free(place->block);
    *place = kept;
}

static void take(struct arena *arena, const struct place *place, struct saml_metadata *metadata)
{
    struct text *texts[MAXIMUM_TEXTS];
    *metadata = place->metadata;
    size_t count = list_texts(metadata, texts);
    for (size_t i = 0; i < count; i++) {
        *texts[i] = arena_copy_text(arena, *texts[i]);
    }
}

enum problem saml_provider_read(struct context *context, struct text xml, struct saml_metadata *metadata)
{
    const struct place *place = place_of(xml);
    if (place->block != NULL && text_equal(place->xml, xml) && place->metadata.valid_until > context->now) {
        take(context->arena, place, metadata);
        return PROBLEM_NONE;
    }
    TRY(saml_metadata_read(context, xml, metadata));
    keep(xml, metadata);
    return PROBLEM_NONE;
}
