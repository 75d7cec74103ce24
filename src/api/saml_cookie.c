/* One cookie for each request, so that sign-ons in two windows do not disturb each other. */
#include "api/saml_cookie.h"

#include "config/config.h"

/* How much of the id is in the cookie's name; the id begins with an underscore, and is "_" and hexadecimal
 * digits. */
#define NAMED_DIGITS 16

static const char *name_of(struct request *request, struct text id)
{
    return arena_print(request->context.arena, "muster_saml%.*s",
                       TEXT_ARGUMENTS(text_part(id, 0, NAMED_DIGITS + 1)));
}

/* The answer comes as a form that another site sends: over HTTPS the cookie must say that it goes along.
 * Without HTTPS (on one's own machine) browsers only take it when it says nothing. */
static const char *attributes(const struct request *request)
{
    const char *url = request->context.configuration->public_url;
    return text_starts_with(text_of(url), TEXT("https://")) ? "; Secure; SameSite=None" : "";
}

void saml_cookie_set(struct request *request, struct text id, struct text secret, int lifetime)
{
    const char *cookie =
        arena_print(request->context.arena, "%s=%.*s; Path=/api/v1/saml/consume; Max-Age=%d; HttpOnly%s",
                    name_of(request, id), TEXT_ARGUMENTS(secret), lifetime, attributes(request));
    response_header(request, "Set-Cookie", text_of(cookie));
}

struct text saml_cookie_get(struct request *request, struct text id)
{
    struct text rest = request_header(request, "HTTP_COOKIE");
    const char *name = name_of(request, id);
    while (rest.data != NULL) {
        struct text value = text_trim(text_cut(&rest, ';'));
        if (text_equal_string(text_cut(&value, '='), name)) {
            return value;
        }
    }
    return NO_TEXT;
}
