/* The actions of the Cognito Identity API that end in a token. The one for users is signed; those for guests
 * take no signature. */
#include "openid/cognito.h"

#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "openid/token.h"
#include "outgoing/aws_signature.h"
#include "outgoing/http.h"
#include "json/decode.h"
#include "json/json.h"
#include "json/write.h"

#define CONTENT_TYPE   TEXT("application/x-amz-json-1.1")
#define PATIENCE       (3 * MICROSECONDS_PER_SECOND)
#define REST           (5 * MICROSECONDS_PER_SECOND)
#define LONGEST_BODY   ((size_t)16 * 1024)
#define LONGEST_ANSWER ((size_t)64 * 1024)

static const struct field identity_fields[] = {
    {.name = "IdentityId", .type = FIELD_TEXT, .about = "The identity.", .maximum = 256},
    {.name = "Token", .type = FIELD_TEXT, .about = "Its token.", .maximum = 60000},
};
static const struct shape identity_shape = SHAPE("CognitoIdentity", "What Cognito answers.", identity_fields);

/* --- Bodies -------------------------------------------------------------------------------------------- */

static void body_start(struct context *context, struct json_writer *json, struct builder *out)
{
    builder_start(out, context->arena, 512, LONGEST_BODY);
    json_start(json, out);
    json_open_object(json);
}

static struct text body_end(struct json_writer *json)
{
    json_close_object(json);
    return builder_text(json->out);
}

static struct text user_body(struct context *context, struct text user_id)
{
    const struct configuration *configuration = context->configuration;
    struct json_writer json;
    struct builder out;

    body_start(context, &json, &out);
    json_key(&json, "IdentityPoolId");
    json_string(&json, configuration->cognito_identity_pool_id);
    json_key(&json, "Logins");
    json_open_object(&json);
    json_key(&json, configuration->cognito_developer_provider);
    json_text(&json, user_id);
    json_close_object(&json);
    json_key(&json, "TokenDuration");
    json_integer(&json, OPENID_TOKEN_LIFETIME);
    return body_end(&json);
}

static struct text body_with(struct context *context, const char *name, struct text value)
{
    struct json_writer json;
    struct builder out;

    body_start(context, &json, &out);
    json_key(&json, name);
    json_text(&json, value);
    return body_end(&json);
}

/* --- Requests ------------------------------------------------------------------------------------------ */

static struct text address_of(struct context *context)
{
    const struct configuration *configuration = context->configuration;

    if (configuration->cognito_endpoint[0] != '\0') {
        return text_of(configuration->cognito_endpoint);
    }
    return text_of(arena_print(context->arena, "https://cognito-identity.%s.amazonaws.com",
                               configuration->cognito_region));
}

/* Behind "https://", up to a path. */
static struct text host_of(struct text address)
{
    struct text rest = address;

    (void)text_cut(&rest, '/');
    (void)text_cut(&rest, '/');
    return text_cut(&rest, '/');
}

static void sign(struct context *context, const struct http_header *headers, struct text body,
                 struct aws_headers *signature)
{
    const struct configuration *configuration = context->configuration;
    const struct aws_pair pairs[] = {{text_of(headers[0].name), headers[0].value},
                                     {text_of(headers[1].name), headers[1].value}};
    struct aws_signer signer = {.access_key_id = text_of(configuration->aws_access_key_id),
                                .secret_access_key = text_of(configuration->aws_secret_access_key),
                                .region = text_of(configuration->cognito_region),
                                .service = TEXT("cognito-identity"),
                                .now = context->now};
    struct aws_request request = {.method = "POST",
                                  .host = host_of(address_of(context)),
                                  .path = TEXT("/"),
                                  .headers = pairs,
                                  .header_count = 2,
                                  .body = body};

    aws_sign_headers(context->arena, &signer, &request, signature);
}

static enum problem refuse(struct context *context, const char *action, const struct http_answer *answer)
{
    LOG_ERROR("Cognito answers %s with status %d: %.*s", action, answer->status,
              (int)text_part(answer->body, 0, 300).length, answer->body.data);
    return FAIL_PLAINLY(context, PROBLEM_UNAVAILABLE);
}

static enum problem read_answer(struct context *context, const char *action, const struct http_answer *answer,
                                struct values *values)
{
    struct json_object *object;
    bool good = answer->status == 200 && json_parse_object(context, answer->body, &object) == PROBLEM_NONE &&
                decode_object(context, &identity_shape, object, values) == PROBLEM_NONE;

    context_forgive(context);
    return good ? PROBLEM_NONE : refuse(context, action, answer);
}

static enum problem call(struct context *context, const char *action, struct text body, bool is_signed,
                         struct values *values)
{
    struct http_header headers[4] = {
        {"Content-Type", CONTENT_TYPE},
        {"X-Amz-Target", text_of(arena_print(context->arena, "AWSCognitoIdentityService.%s", action))}};
    struct http_call request = {
        .method = "POST",
        .address = text_of(arena_print(context->arena, "%.*s/", TEXT_ARGUMENTS(address_of(context)))),
        .headers = headers,
        .header_count = 2,
        .body = body,
        .timeout = PATIENCE,
        .maximum = LONGEST_ANSWER};
    struct aws_headers signature;
    struct http_answer answer;

    if (is_signed) {
        sign(context, headers, body, &signature);
        headers[request.header_count++] = (struct http_header){"X-Amz-Date", signature.date};
        headers[request.header_count++] = (struct http_header){"Authorization", signature.authorization};
    }
    TRY(http_send(context, &request, &answer));
    return read_answer(context, action, &answer, values);
}

static enum problem token_of(struct context *context, const struct values *values, struct text *token)
{
    *token = text_value(values, "Token");
    if (text_is_empty(*token)) {
        LOG_ERROR("Cognito answers without a token");
        return FAIL_PLAINLY(context, PROBLEM_UNAVAILABLE);
    }
    return PROBLEM_NONE;
}

/* --- Tokens -------------------------------------------------------------------------------------------- */

static enum problem ask_for_user(struct context *context, struct text user_id, struct text *token)
{
    struct values values;

    TRY(call(context, "GetOpenIdTokenForDeveloperIdentity", user_body(context, user_id), true, &values));
    return token_of(context, &values, token);
}

static enum problem ask_for_guest(struct context *context, struct text *token)
{
    struct text pool = text_of(context->configuration->cognito_identity_pool_id);
    struct values values;

    TRY(call(context, "GetId", body_with(context, "IdentityPoolId", pool), false, &values));
    struct text identity = text_value(&values, "IdentityId");
    if (text_is_empty(identity)) {
        LOG_ERROR("Cognito answers without an identity");
        return FAIL_PLAINLY(context, PROBLEM_UNAVAILABLE);
    }
    TRY(call(context, "GetOpenIdToken", body_with(context, "IdentityId", identity), false, &values));
    return token_of(context, &values, token);
}

/* A service that does not answer would hold one worker after the other for as long as it is waited for: each
 * gives it a rest. */
enum problem cognito_token_issue(struct context *context, struct text user_id, struct text *token)
{
    static int64_t rests_until;

    if (clock_monotonic() < rests_until) {
        return FAIL_PLAINLY(context, PROBLEM_UNAVAILABLE);
    }
    enum problem problem =
        user_id.data != NULL ? ask_for_user(context, user_id, token) : ask_for_guest(context, token);
    rests_until = problem == PROBLEM_UNAVAILABLE ? clock_monotonic() + REST : 0;
    return problem;
}
