/* The beginning of a sign-on: to the organization's identity provider with a signed question, which is
 * remembered; in its address where it takes that, else in a form. */
#include "access/audit.h"
#include "api/handlers.h"
#include "api/saml_cookie.h"
#include "api/saml_form.h"
#include "base/encoding.h"
#include "base/log.h"
#include "base/random.h"
#include "saml/login_request.h"
#include "saml/provider.h"
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
    if (saml_provider_read(context, result_text(rows, 0, "saml_info"), provider) != PROBLEM_NONE) {
        context_forgive(context);
        return FAIL(context, PROBLEM_CONFLICT,
                    "The metadata of the organization's identity provider has expired.");
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

/* SAML bindings 3.4: signed beside the message, in the address. */
static enum problem lead_on(struct request *request, const struct saml_reading *reading, struct text id,
                            const struct saml_key *key)
{
    struct arena *arena = request->context.arena;
    struct text location = reading->provider->sso_locations[SAML_BINDING_REDIRECT];
    struct text message = saml_login_request(reading, id, location);
    struct text query = saml_query_sign(arena, message, text_value(&request->query, "RelayState"), key);
    response_header(
        request, "Location",
        text_of(arena_print(arena, "%.*s%c%.*s", TEXT_ARGUMENTS(location),
                            text_find(location, '?') < location.length ? '&' : '?', TEXT_ARGUMENTS(query))));
    request->response.type = NULL;
    return PROBLEM_NONE;
}

/* SAML bindings 3.5: signed inside of the message, in a form. */
static enum problem send_form(struct request *request, const struct saml_reading *reading, struct text id,
                              const struct saml_key *key)
{
    struct text location = reading->provider->sso_locations[SAML_BINDING_POST];
    struct text message = saml_login_request_signed(reading, id, location, key);
    if (message.data == NULL) {
        LOG_ERROR("a request to an identity provider could not be signed");
        return FAIL_PLAINLY(&request->context, PROBLEM_INTERNAL);
    }
    saml_form(request, location, message, text_value(&request->query, "RelayState"));
    return PROBLEM_NONE;
}

enum problem saml_login(struct request *request)
{
    struct text organization = text_value(&request->query, "organization_id");
    struct text id = new_id(request->context.arena);
    struct saml_metadata provider = {0};
    struct saml_reading reading;
    struct saml_keys keys;

    TRY(saml_keys_read(&request->context, &keys));
    write_begin(request);
    TRY(find_provider(request, organization, &provider));
    saml_reading_start(&reading, &request->context);
    reading.provider = &provider;
    TRY(remember(request, organization, id));
    response_header(request, "Referrer-Policy", TEXT("no-referrer"));
    return provider.sso_locations[SAML_BINDING_REDIRECT].data != NULL
               ? lead_on(request, &reading, id, &keys.list[0])
               : send_form(request, &reading, id, &keys.list[0]);
}
