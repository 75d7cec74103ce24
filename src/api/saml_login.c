/* The beginning of a sign-on: to the organization's identity provider with a signed question, which is
 * remembered. */
#include "access/audit.h"
#include "api/handlers.h"
#include "api/saml_cookie.h"
#include "base/encoding.h"
#include "base/random.h"
#include "saml/login_request.h"
#include "saml/query.h"
#include "sql/statements.h"

#define ID_BYTES         20
#define SECRET_BYTES     32
#define REQUEST_LIFETIME 600 /* seconds; saml_request_remember has the same */

/* NCNames begin with a letter or an underscore. */
static struct text new_id(struct arena *arena)
{
    char bytes[ID_BYTES];
    random_bytes(bytes, sizeof bytes);
    struct text digits = encode_hexadecimal(arena, (struct text){bytes, sizeof bytes});
    return text_of(arena_print(arena, "_%.*s", TEXT_ARGUMENTS(digits)));
}

static enum problem find_provider(struct request *request, struct text organization,
                                  struct saml_metadata *provider)
{
    struct context *context = &request->context;
    struct result *rows;

    TRY(sql_saml_provider_of_organization(
        context, (struct sql_saml_provider_of_organization){.organization = value_text(organization)},
        &rows));
    if (result_rows(rows) == 0) {
        return FAIL(context, PROBLEM_NOT_FOUND, "There is no organization of that id with SAML sign-on.");
    }
    if (saml_metadata_read(context, result_text(rows, 0, "saml_info"), provider) != PROBLEM_NONE) {
        context_forgive(context);
        return FAIL(context, PROBLEM_CONFLICT,
                    "The metadata of the organization's identity provider has expired.");
    }
    if (provider->sso_locations[SAML_BINDING_REDIRECT].data == NULL) {
        return FAIL(
            context, PROBLEM_CONFLICT,
            "The organization's identity provider takes no requests by the HTTP-Redirect binding; begin the "
            "sign-on there.");
    }
    return PROBLEM_NONE;
}

static enum problem remember(struct request *request, struct text organization, struct text id)
{
    struct context *context = &request->context;
    struct text secret = random_token(context->arena, SECRET_BYTES);
    struct result *rows;

    TRY(sql_saml_request_remember(
        context,
        (struct sql_saml_request_remember){.id_hash = value_bytes(sha256_text(context->arena, id)),
                                           .organization = value_text(organization),
                                           .cookie_hash = value_bytes(sha256_text(context->arena, secret))},
        &rows));
    saml_cookie_set(request, id, secret, REQUEST_LIFETIME);
    return PROBLEM_NONE;
}

enum problem saml_login(struct request *request)
{
    struct arena *arena = request->context.arena;
    struct text organization = text_value(&request->query, "organization_id");
    struct text relay_state = text_value(&request->query, "RelayState");
    struct text id = new_id(arena);
    struct saml_metadata provider = {0};
    struct saml_reading reading;
    struct saml_keys keys;

    TRY(saml_keys_read(&request->context, &keys));
    write_begin(request);
    TRY(find_provider(request, organization, &provider));
    saml_reading_start(&reading, &request->context);
    reading.provider = &provider;
    TRY(remember(request, organization, id));
    struct text location = provider.sso_locations[SAML_BINDING_REDIRECT];
    struct text query =
        saml_query_sign(arena, saml_login_request(&reading, id, location), relay_state, &keys.list[0]);
    response_header(
        request, "Location",
        text_of(arena_print(arena, "%.*s%c%.*s", TEXT_ARGUMENTS(location),
                            text_find(location, '?') < location.length ? '&' : '?', TEXT_ARGUMENTS(query))));
    response_header(request, "Referrer-Policy", TEXT("no-referrer"));
    request->response.type = NULL;
    return PROBLEM_NONE;
}
