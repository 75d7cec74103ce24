/* The one page that is made of what others say, so that it allows nothing but its own script. */
#include "api/saml_form.h"

#include "base/encoding.h"

#define SCRIPT "document.forms[0].submit()"

/* The script is allowed by its digest (CSP 3, section 2.3.1), so that no other text becomes one. Browsers
 * hold redirects to form-action too, and providers lead on to hosts of theirs: only a step down from HTTPS is
 * refused. */
static const char *policy(struct arena *arena, struct text location)
{
    struct text digest = encode_base64(arena, sha256_text(arena, TEXT(SCRIPT)));
    bool encrypted = text_starts_with(text_lower(arena, location), TEXT("https:"));
    return arena_print(arena,
                       "default-src 'none'; script-src 'sha256-%.*s'; form-action %s; base-uri 'none'; "
                       "frame-ancestors 'none'",
                       TEXT_ARGUMENTS(digest), encrypted ? "https:" : "http: https:");
}

static void add_field(struct builder *out, const char *name, struct text value)
{
    builder_add_format(out, "<input type=\"hidden\" name=\"%s\" value=\"", name);
    encode_markup(out, value);
    BUILDER_ADD_LITERAL(out, "\">\n");
}

void saml_form(struct request *request, struct text location, struct text xml, struct text relay_state)
{
    struct arena *arena = request->context.arena;
    struct builder *out = &request->response.body;

    BUILDER_ADD_LITERAL(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta "
                             "charset=\"utf-8\"><title>Signing in</title></head>\n<body>\n"
                             "<form method=\"post\" action=\"");
    encode_markup(out, location);
    BUILDER_ADD_LITERAL(out, "\">\n");
    add_field(out, "SAMLRequest", encode_base64(arena, xml));
    if (relay_state.data != NULL) {
        add_field(out, "RelayState", relay_state);
    }
    BUILDER_ADD_LITERAL(out, "<p>Your organization's sign-in page comes "
                             "next.</p>\n<button>Continue</button>\n</form>\n<script>" SCRIPT
                             "</script>\n</body>\n</html>\n");
    response_header(request, "Content-Security-Policy", text_of(policy(arena, location)));
    request->response.type = "text/html; charset=utf-8";
    request->response.status = 200;
}
