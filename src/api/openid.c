/* OpenID tokens of users and guests, and what others verify them with. */
#include "access/session.h"
#include "api/handlers.h"
#include "config/config.h"
#include "openid/cognito.h"
#include "openid/keys.h"
#include "openid/token.h"

/* A guest is whoever sends no session; one that has ended is no guest. */
static enum problem find_subject(struct request *request, struct text *user_id)
{
    bool presented;

    TRY(session_look(request, &presented));
    *user_id = presented ? request->caller.user_id : NO_TEXT;
    return presented || request->context.configuration->guest_identities ? PROBLEM_NONE
                                                                         : session_refuse(request);
}

enum problem show_cognito_session(struct request *request)
{
    struct context *context = &request->context;
    struct text user_id;
    struct text token;

    TRY(find_subject(request, &user_id));
    if (strcmp(context->configuration->identity, "cognito") == 0) {
        TRY(cognito_token_issue(context, user_id, &token));
    } else {
        TRY(openid_token_issue(context, user_id, &token));
    }
    json_text(&request->writer, token);
    return PROBLEM_NONE;
}

static void allow_to_keep(struct request *request)
{
    response_header(
        request, "Cache-Control",
        text_of(arena_print(request->context.arena, "public, max-age=%d", OPENID_KEYS_MAXIMUM_AGE)));
}

enum problem show_openid_keys(struct request *request)
{
    /* Only behind what may fail: an error is kept by nobody. */
    TRY(openid_keys_write(&request->context, &request->writer));
    allow_to_keep(request);
    return PROBLEM_NONE;
}

static void write_list(struct json_writer *json, const char *name, const char *const *members)
{
    json_key(json, name);
    json_open_array(json);
    for (; *members != NULL; members++) {
        json_string(json, *members);
    }
    json_close_array(json);
}

static void write_address(struct request *request, const char *name, const char *path)
{
    json_key(&request->writer, name);
    json_string(&request->writer, arena_print(request->context.arena, "%s%s",
                                              request->context.configuration->public_url, path));
}

/* OpenID Connect Discovery 1.0 section 3. */
enum problem show_openid_configuration(struct request *request)
{
    static const char *const types[] = {"id_token", NULL};
    static const char *const subjects[] = {"public", NULL};
    static const char *const algorithms[] = {"ES256", NULL};
    static const char *const claims[] = {"iss", "aud", "sub", "amr", "iat", "exp", NULL};
    struct json_writer *json = &request->writer;

    allow_to_keep(request);
    json_open_object(json);
    write_address(request, "issuer", "");
    write_address(request, "authorization_endpoint", "/api/v1/cognito/session");
    write_address(request, "jwks_uri", "/.well-known/jwks.json");
    write_list(json, "response_types_supported", types);
    write_list(json, "subject_types_supported", subjects);
    write_list(json, "id_token_signing_alg_values_supported", algorithms);
    write_list(json, "claims_supported", claims);
    json_close_object(json);
    return PROBLEM_NONE;
}
