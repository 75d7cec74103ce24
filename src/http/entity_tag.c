/* Reads If-Match. */
#include "http/entity_tag.h"

static struct text without_weakness(struct text tag)
{
    return text_starts_with(tag, TEXT("W/")) ? text_part(tag, 2, tag.length) : tag;
}

/* Tags of ours hold no comma, so that a list can be cut at each. */
bool entity_tag_matches(const struct request *request, struct text tag)
{
    struct text rest = request_header(request, "HTTP_IF_MATCH");
    bool matches = rest.data == NULL;

    while (rest.data != NULL && !matches) {
        struct text named = text_trim(text_cut(&rest, ','));
        matches = text_equal(named, TEXT("*")) || text_equal(without_weakness(named), tag);
    }
    return matches;
}
