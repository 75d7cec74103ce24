/* Any bytes as an identity provider's metadata: it is refused with sentences that can be shown, or everything
 * that sign-in relies on holds. */
#include "fuzz.h"

#include "saml/metadata.h"

static void check_refused(const struct context *context)
{
    require(context->faults != NULL && context->problem == PROBLEM_REFUSED);
    for (const struct fault *fault = context->faults; fault != NULL; fault = fault->next) {
        const struct text sentence = text_of(fault->sentence);
        require(text_is_utf8(sentence) && text_find(sentence, '\n') == sentence.length);
    }
}

/* No location, or one that fits into a header. */
static void check_location(struct arena *arena, struct text location)
{
    const struct text lower = text_lower(arena, location);
    require(location.data == NULL || text_starts_with(lower, TEXT("http://")) ||
            text_starts_with(lower, TEXT("https://")));
    for (size_t index = 0; index < location.length; index++) {
        require(location.data[index] > ' ' && location.data[index] < 0x7F);
    }
}

static void check_read(const struct context *context, const struct saml_metadata *metadata)
{
    require(context->faults == NULL && metadata->valid_until > context->now);
    require(text_trim(metadata->entity_id).length > 0 &&
            metadata->entity_id.length <= SAML_MAXIMUM_ENTITY_ID);
    require(metadata->certificate_count > 0 && metadata->certificate_count <= SAML_MAXIMUM_CERTIFICATES);
    require(metadata->name_id_format_count <= SAML_MAXIMUM_FORMATS);
    bool reachable = false;
    for (size_t binding = 0; binding < SAML_BINDING_COUNT; binding++) {
        check_location(context->arena, metadata->sso_locations[binding]);
        reachable = reachable || metadata->sso_locations[binding].data != NULL;
    }
    require(reachable);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct saml_metadata metadata;
    struct context context;

    fuzz_context(&context);
    const enum problem problem = saml_metadata_read(&context, fuzz_text(data, size), &metadata);
    require(problem == PROBLEM_NONE || problem == PROBLEM_REFUSED);
    if (problem == PROBLEM_NONE) {
        check_read(&context, &metadata);
    } else {
        check_refused(&context);
    }
    return 0;
}
