/* Operations that have a successor say so in each answer. */
#include "http/deprecation.h"

#include "base/encoding.h"
#include "config/config.h"

void add_deprecation_headers(struct request *request)
{
    const struct endpoint *endpoint = request->endpoint;
    struct builder link;
    struct text rest;

    if (endpoint == NULL || !endpoint->deprecated) {
        return;
    }
    response_header(request, "Deprecation", TEXT("@1561939200"));
    builder_start(&link, request->context.arena, 256, 4096);
    builder_add_format(&link, "<%s%s", request->context.configuration->public_url, api_base(endpoint->api));
    rest = text_of(endpoint->successor);
    text_cut(&rest, '/');
    for (size_t value = 0; rest.data != NULL;) {
        struct text segment = text_cut(&rest, '/');
        bool placeholder = text_starts_with(segment, TEXT("{"));

        builder_add_character(&link, '/');
        builder_add_text(
            &link, placeholder ? encode_percent(request->context.arena, request->path_values[value++].text)
                               : segment);
    }
    builder_add_string(&link, ">; rel=\"successor-version\"");
    response_header(request, "Link", builder_text(&link));
}
