/* Checking, rotating and opening sessions. Tokens are 256 random bits; only their SHA-256 is stored and
 * looked up, so that neither a dump of the database nor the time of a lookup tells anything of a token. */
#include "access/session.h"

#include <string.h>

#include "access/audit.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/random.h"
#include "config/config.h"
#include "http/bind.h"
#include "http/negotiation.h"
#include "http/standby_read.h"
#include "sql/statements.h"
#include "json/json.h"

#define TOKEN_BYTES       32
#define CLIENT_BYTES      16
#define MAXIMUM_PRESENTED 1024

/* The values as the client sent them; client and uid are NO_TEXT where a token came alone. */
struct presented {
    struct text token;
    struct text client;
    struct text uid;
    bool authorization; /* all in one header */
};

static const struct field presented_fields[] = {
    {.name = "access-token", .type = FIELD_PASSWORD, .about = "The token.", .maximum = MAXIMUM_PRESENTED},
    {.name = "client", .type = FIELD_TEXT, .about = "The session.", .maximum = MAXIMUM_PRESENTED},
    {.name = "uid", .type = FIELD_TEXT, .about = "The user.", .maximum = MAXIMUM_PRESENTED},
};
static const struct shape presented_shape =
    SHAPE("SessionValues", "What a session is told by.", presented_fields);

/* Three values are a session's only together. */
static bool take_three(struct presented *presented, struct text token, struct text client, struct text uid)
{
    if (text_is_empty(token) || text_is_empty(client) || text_is_empty(uid)) {
        return false;
    }
    *presented = (struct presented){.token = token, .client = client, .uid = uid};
    return true;
}

static bool take_object(struct request *request, struct text json, struct presented *presented)
{
    struct context *context = &request->context;
    struct json_object *object;
    struct values values;
    bool found = json_parse(context, json, &object) == PROBLEM_NONE &&
                 decode_object(context, &presented_shape, object, &values) == PROBLEM_NONE &&
                 take_three(presented, text_value(&values, "access-token"), text_value(&values, "client"),
                            text_value(&values, "uid"));

    context_forgive(context);
    return found;
}

static bool take_parameters(struct parameters parameters, struct presented *presented)
{
    return take_three(presented, parameters_find(parameters, "access-token"),
                      parameters_find(parameters, "client"), parameters_find(parameters, "uid"));
}

/* "Bearer " and either the base64 of a JSON object with the three values, or the token alone (RFC 6750). */
static bool take_authorization(struct request *request, struct presented *presented)
{
    struct text rest = text_trim(request_header(request, "HTTP_AUTHORIZATION"));
    struct text scheme = text_cut(&rest, ' ');
    struct text json;

    rest = text_trim(rest);
    if (!text_equal_ignoring_case(scheme, TEXT("Bearer")) || text_is_empty(rest)) {
        return false;
    }
    if (decode_base64(request->context.arena, rest, &json) && text_starts_with(json, TEXT("{")) &&
        take_object(request, json, presented)) {
        presented->authorization = true;
        return true;
    }
    *presented = (struct presented){.token = rest};
    return true;
}

static bool take_body(struct request *request, struct presented *presented)
{
    struct text body = request->incoming.body;
    struct parameters form;
    bool found;

    if (text_is_empty(body)) {
        return false;
    }
    if (media_type_is(request->incoming.content_type, TEXT("application/json"))) {
        return take_object(request, body, presented);
    }
    found = parameters_read(&request->context, body, false, &form) == PROBLEM_NONE &&
            take_parameters(form, presented);
    context_forgive(&request->context);
    return found;
}

static bool find_presented(struct request *request, struct presented *presented)
{
    struct text token = request_header(request, "HTTP_ACCESS_TOKEN");

    if (!text_is_empty(token)) {
        return take_three(presented, token, request_header(request, "HTTP_CLIENT"),
                          request_header(request, "HTTP_UID"));
    }
    if (take_authorization(request, presented)) {
        return true;
    }
    return text_starts_with(text_of(request->endpoint->path), TEXT("/auth")) &&
           (take_parameters(request->query_parameters, presented) || take_body(request, presented));
}

static struct value text_or_null(struct request *request, struct text text)
{
    return text.data != NULL ? value_text(arena_copy_text(request->context.arena, text)) : NULL_VALUE;
}

static struct text hash_of(struct request *request, struct text token)
{
    return sha256_text(request->context.arena, token);
}

enum problem session_refuse(struct request *request)
{
    enum problem problem = request->endpoint->no_session;

    return FAIL_PLAINLY(&request->context, problem != PROBLEM_NONE ? problem : PROBLEM_NO_SESSION);
}

/* With rotation on: gives the session a new token, or, within five seconds of the last change, finds the
 * session that the presented token still opens. `hash` becomes that of the session's present token. The
 * change is tried first: of two requests with one token the second waits for it, and then finds itself behind
 * it. */
static enum problem rotate(struct request *request, struct presented *presented, struct text *hash)
{
    struct context *context = &request->context;
    struct text token = random_token(context->arena, TOKEN_BYTES);
    struct text new_hash = hash_of(request, token);
    struct result *rows;

    TRY(sql_session_rotate(context,
                           (struct sql_session_rotate){.new_token_hash = value_bytes(new_hash),
                                                       .token_hash = value_bytes(*hash),
                                                       .client = text_or_null(request, presented->client),
                                                       .uid = text_or_null(request, presented->uid)},
                           &rows));
    if (result_rows(rows) > 0) {
        presented->token = token;
        *hash = new_hash;
        return PROBLEM_NONE;
    }
    TRY(sql_session_of_previous_token(
        context, (struct sql_session_of_previous_token){.token_hash = value_bytes(*hash)}, &rows));
    if (result_rows(rows) > 0) {
        *hash = result_bytes(context->arena, rows, 0, "token_hash");
    }
    return PROBLEM_NONE;
}

/* A rotation is done once a request and before its transaction, so that what the answer tells holds even when
 * the handler refuses. */
static enum problem find_hash(struct request *request, struct presented *presented, struct text *hash)
{
    struct caller *caller = &request->caller;

    if (caller->token_hash.data != NULL) {
        presented->token = caller->access_token;
        *hash = caller->token_hash;
        return PROBLEM_NONE;
    }
    *hash = hash_of(request, presented->token);
    if (request->context.configuration->token_rotation) {
        TRY(rotate(request, presented, hash));
    }
    caller->access_token = presented->token;
    caller->token_hash = *hash;
    return PROBLEM_NONE;
}

static void fill_caller(struct request *request, const struct presented *presented,
                        const struct result *session)
{
    struct caller *caller = &request->caller;

    caller->present = true;
    caller->session = session;
    caller->user_id = result_text(session, 0, "caller_id");
    caller->uid = result_text(session, 0, "caller_uid");
    caller->client = result_text(session, 0, "session_client");
    caller->employee = result_true(session, 0, "caller_employee");
    caller->expiry = result_time(session, 0, "session_expires_at") / MICROSECONDS_PER_SECOND;
    caller->use_authorization = presented->authorization;
}

/* Whether the row's statement comes along with the check. A handler behind it often has nothing left to ask,
 * so that no transaction is begun for it. */
static bool runs_ahead(const struct request *request)
{
    return request->endpoint->statement != NULL && request->decoded;
}

/* The check, and behind it in the same round trip what the row asks for. */
static enum problem run_check_here(struct request *request, const struct presented *presented,
                                   struct text hash, struct result **session)
{
    const struct endpoint *endpoint = request->endpoint;
    struct sql_session_find values = {.token_hash = value_bytes(hash),
                                      .client = text_or_null(request, presented->client),
                                      .uid = text_or_null(request, presented->uid)};
    struct queued queue[2] = {
        {.statement = endpoint->session != NULL ? endpoint->session : &statement_session_find,
         .values = (const struct value *)&values}};
    struct result *results[2] = {NULL, NULL};
    size_t count = 1;

    if (runs_ahead(request)) {
        queue[count++] = bind_statement(request, endpoint->statement);
    }
    TRY(statements_run(&request->context, queue, count, results));
    *session = results[0];
    request->result = results[1];
    return PROBLEM_NONE;
}

/* The check on the primary, and what the row asks for from the standby; `done` is false where the latter
 * could not answer. */
static enum problem run_check_and_read(struct request *request, const struct presented *presented,
                                       struct text hash, struct result **session, bool *done)
{
    TRY(sql_session_find_with_log(
        &request->context,
        (struct sql_session_find_with_log){.token_hash = value_bytes(hash),
                                           .client = text_or_null(request, presented->client),
                                           .uid = text_or_null(request, presented->uid)},
        session));
    *done = result_rows(*session) == 0 || standby_answers(request, *session);
    return PROBLEM_NONE;
}

static enum problem run_check(struct request *request, const struct presented *presented, struct text hash,
                              struct result **session)
{
    if (standby_is_asked(request)) {
        bool done = false;

        TRY(run_check_and_read(request, presented, hash, session, &done));
        if (done) {
            return PROBLEM_NONE;
        }
    }
    return run_check_here(request, presented, hash, session);
}

/* What only reads leaves no event, and is spared the telling; what runs ahead needs no transaction of its
 * own. */
static void begin(struct request *request)
{
    if (request->endpoint->handle == NULL || runs_ahead(request)) {
        return;
    }
    if (request->endpoint->method == METHOD_GET) {
        database_begin(request->context.database);
    } else {
        write_begin(request);
    }
}

static bool find_sound(struct request *request, struct presented *presented)
{
    return find_presented(request, presented) && presented->token.length <= MAXIMUM_PRESENTED &&
           text_is_utf8(presented->token) && text_is_utf8(presented->client) && text_is_utf8(presented->uid);
}

enum problem session_authenticate(struct request *request)
{
    struct presented presented;
    struct result *session;
    struct text hash;

    if (!find_sound(request, &presented)) {
        return session_refuse(request);
    }
    TRY(find_hash(request, &presented, &hash));
    begin(request);
    TRY(run_check(request, &presented, hash, &session));
    if (result_rows(session) == 0) {
        return session_refuse(request);
    }
    fill_caller(request, &presented, session);
    return PROBLEM_NONE;
}

static enum problem find_session(struct request *request, const struct presented *presented, struct text hash,
                                 struct result **session)
{
    return sql_session_find(&request->context,
                            (struct sql_session_find){.token_hash = value_bytes(hash),
                                                      .client = text_or_null(request, presented->client),
                                                      .uid = text_or_null(request, presented->uid)},
                            session);
}

/* With rotation on, the token before is good for a moment longer. */
static enum problem find_unchanged(struct request *request, const struct presented *presented,
                                   struct result **session)
{
    struct context *context = &request->context;
    struct text hash = hash_of(request, presented->token);
    struct result *rows;

    TRY(find_session(request, presented, hash, session));
    if (result_rows(*session) > 0 || !context->configuration->token_rotation) {
        return PROBLEM_NONE;
    }
    TRY(sql_session_of_previous_token(
        context, (struct sql_session_of_previous_token){.token_hash = value_bytes(hash)}, &rows));
    if (result_rows(rows) > 0) {
        hash = result_bytes(context->arena, rows, 0, "token_hash");
        TRY(find_session(request, presented, hash, session));
    }
    return PROBLEM_NONE;
}

/* Whether the request has values of a session at all, good or not. */
static bool has_values(const struct request *request)
{
    struct text authorization = text_trim(request_header(request, "HTTP_AUTHORIZATION"));
    struct text scheme = text_cut(&authorization, ' ');

    return !text_is_empty(request_header(request, "HTTP_ACCESS_TOKEN")) ||
           text_equal_ignoring_case(scheme, TEXT("Bearer"));
}

enum problem session_look(struct request *request, bool *presented)
{
    struct presented values;
    struct result *session;

    *presented = has_values(request);
    if (!*presented) {
        return PROBLEM_NONE;
    }
    if (!find_sound(request, &values)) {
        return session_refuse(request);
    }
    TRY(find_unchanged(request, &values, &session));
    if (result_rows(session) == 0) {
        return session_refuse(request);
    }
    fill_caller(request, &values, session);
    return PROBLEM_NONE;
}

static enum problem find_again(struct request *request)
{
    struct result *session;

    TRY(sql_session_find(&request->context,
                         (struct sql_session_find){.token_hash = value_bytes(request->caller.token_hash)},
                         &session));
    return result_rows(session) == 0 ? session_refuse(request) : PROBLEM_NONE;
}

enum problem session_resume(struct request *request)
{
    database_begin(request->context.database);
    return find_again(request);
}

enum problem session_resume_to_write(struct request *request)
{
    write_begin(request);
    return find_again(request);
}

enum problem session_open(struct request *request, struct text user_id, int64_t lifetime)
{
    struct context *context = &request->context;
    const struct configuration *configuration = context->configuration;
    struct text token = random_token(context->arena, TOKEN_BYTES);
    struct text client = random_token(context->arena, CLIENT_BYTES);
    int64_t expires_at = context->now + lifetime;
    struct sql_session_create session = {.token_hash = value_bytes(hash_of(request, token)),
                                         .user = value_text(user_id),
                                         .client = value_text(client),
                                         .expires_at = value_time(context->arena, expires_at)};
    struct sql_sessions_prune prune = {.user = value_text(user_id),
                                       .keep = value_integer(context->arena, configuration->session_limit)};
    const struct queued queue[] = {
        {.statement = &statement_session_create, .values = (const struct value *)&session},
        {.statement = &statement_sessions_prune, .values = (const struct value *)&prune},
    };
    struct result *results[2];

    TRY(statements_run(context, queue, 2, results));
    request->caller.present = true;
    request->caller.user_id = user_id;
    request->caller.client = client;
    request->caller.access_token = token;
    request->caller.expiry = expires_at / MICROSECONDS_PER_SECOND;
    return PROBLEM_NONE;
}

enum problem session_rows(struct request *request, struct result **rows)
{
    TRY(sql_session_by_client(&request->context,
                              (struct sql_session_by_client){.client = value_text(request->caller.client)},
                              rows));
    if (result_rows(*rows) == 0) {
        return session_refuse(request);
    }
    request->caller.uid = result_text(*rows, 0, "uid");
    return PROBLEM_NONE;
}
