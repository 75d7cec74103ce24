/* Tokens go to this address, so that what is not known to be ours is not followed. */
#include "saml/target.h"

#include "config/config.h"

#define LONGEST_PATH 1024

static struct text usual(const struct context *context)
{
    const char *const *urls = context->configuration->saml_redirect_urls;
    return text_of(*urls != NULL ? *urls : context->configuration->public_url);
}

static bool is_allowed(const struct context *context, struct text url)
{
    for (const char *const *allowed = context->configuration->saml_redirect_urls; *allowed != NULL;
         allowed++) {
        if (text_equal_string(url, *allowed)) {
            return true;
        }
    }
    return false;
}

/* Browsers read "//" and "/\" as the beginning of a host, and drop tabs and line ends: only plain characters
 * may stand in a path here. */
static bool is_local_path(struct text path)
{
    if (path.length == 0 || path.length > LONGEST_PATH || path.data[0] != '/' ||
        (path.length > 1 && path.data[1] == '/')) {
        return false;
    }
    for (size_t i = 0; i < path.length; i++) {
        char character = path.data[i];
        bool word = (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
                    (character >= '0' && character <= '9');
        if (!word && (character == '\0' || strchr("/-._~?=&%+", character) == NULL)) {
            return false;
        }
    }
    return true;
}

/* "https://app.example.com" of an address. */
static struct text origin_of(struct text url)
{
    struct text rest = url;
    (void)text_cut(&rest, '/');
    (void)text_cut(&rest, '/');
    struct text host = text_cut(&rest, '/');
    return (struct text){url.data, (size_t)(host.data + host.length - url.data)};
}

struct text saml_target(struct context *context, struct text relay_state)
{
    struct text first = usual(context);
    if (text_is_empty(relay_state) || is_allowed(context, relay_state)) {
        return text_is_empty(relay_state) ? first : relay_state;
    }
    if (!is_local_path(relay_state)) {
        return first;
    }
    return text_of(arena_print(context->arena, "%.*s%.*s", TEXT_ARGUMENTS(origin_of(first)),
                               TEXT_ARGUMENTS(relay_state)));
}
