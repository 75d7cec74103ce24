/* The end of a sign-on: what an identity provider sends becomes a session, or nothing at all. */
#include "access/audit.h"
#include "access/session.h"
#include "api/handlers.h"
#include "api/saml_cookie.h"
#include "api/saml_member.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/log.h"
#include "config/config.h"
#include "saml/provider.h"
#include "saml/query.h"
#include "saml/response.h"
#include "saml/structure.h"
#include "saml/target.h"
#include "saml/transport.h"
#include "sql/statements.h"

/* How much longer than it is valid an assertion is remembered: twice the tolerance for clocks. */
#define REMEMBERED_LONGER (120 * MICROSECONDS_PER_SECOND)

/* One sign-on on its way. */
struct consumption {
    struct request *request;
    struct saml_reading reading;
    struct saml_metadata provider;
    struct saml_query query;           /* of the redirect binding, else empty */
    const struct result *organization; /* a row of saml_provider; NULL until it is known */
    struct saml_sign_on sign_on;
    struct text relay_state;
};

static struct text organization_id(const struct consumption *consumption)
{
    return consumption->organization == NULL ? NO_TEXT
                                             : result_text(consumption->organization, 0, "organization_id");
}

/* --- What came ----------------------------------------------------------------------------------------- */

/* SAML bindings 3.5.4: the form has the message; a query beside it must not. */
static enum problem read_form(struct consumption *consumption, struct text *xml)
{
    const struct request *request = consumption->request;
    struct text encoded = parameters_find(request->form, "SAMLResponse");
    if (parameters_find(request->query_parameters, "SAMLResponse").data != NULL) {
        return SAML_MALFORMED(&consumption->reading, "SAMLResponse stands in the query of a POST.");
    }
    if (text_is_empty(encoded)) {
        return SAML_MALFORMED(&consumption->reading, "SAMLResponse is missing.");
    }
    consumption->relay_state = parameters_find(request->form, "RelayState");
    return saml_decode_form(&consumption->reading, encoded, xml);
}

/* SAML bindings 3.4.4. */
static enum problem read_query(struct consumption *consumption, struct text *xml)
{
    const struct request *request = consumption->request;
    TRY(saml_query_read(&consumption->reading, request->incoming.query, &consumption->query));
    consumption->relay_state = parameters_find(request->query_parameters, "RelayState");
    struct text encoded = parameters_find(request->query_parameters, "SAMLResponse");
    return saml_decode_query(&consumption->reading, encoded, xml);
}

/* An entity id belongs to one organization. Its metadata was judged when it was stored, but may have expired.
 */
static enum problem find_provider(struct consumption *consumption, struct text issuer)
{
    struct context *context = &consumption->request->context;
    struct result *rows;
    TRY(sql_saml_provider(context, (struct sql_saml_provider){.entity_id = value_text(issuer)}, &rows));
    if (result_rows(rows) == 0) {
        return SAML_UNTRUSTED(&consumption->reading,
                              "No organization has the identity provider that the message names.");
    }
    consumption->organization = rows;
    if (saml_provider_read(context, result_text(rows, 0, "saml_info"), &consumption->provider) !=
        PROBLEM_NONE) {
        context_forgive(context);
        return SAML_UNTRUSTED(&consumption->reading, "The metadata of the identity provider has expired.");
    }
    consumption->reading.provider = &consumption->provider;
    return PROBLEM_NONE;
}

static enum problem trust(struct consumption *consumption, struct text xml)
{
    struct saml_reading *reading = &consumption->reading;
    struct saml_message message = {0};
    bool signed_outside = false;
    TRY(saml_message_read(reading, xml, &message));
    TRY(find_provider(consumption, message.issuer));
    TRY(saml_query_verify(reading, &consumption->query, &signed_outside));
    return saml_message_trust(reading, &message, signed_outside, &consumption->sign_on);
}

/* --- What comes of it ---------------------------------------------------------------------------------- */

/* SAML profiles 4.1.5: nobody asked, and the organization allows that. */
static enum problem check_unsolicited(struct consumption *consumption)
{
    return result_true(consumption->organization, 0, "saml_unsolicited")
               ? PROBLEM_NONE
               : SAML_FORBIDDEN(&consumption->reading,
                                "Nobody asked for this sign-on, and the organization only takes those "
                                "that begin here.");
}

/* SAML profiles 4.1.4.3: the request of this organization that began in this browser, once. */
static enum problem take_request(struct consumption *consumption)
{
    struct request *request = consumption->request;
    struct arena *arena = request->context.arena;
    struct text id = consumption->sign_on.in_response_to;
    struct text secret = saml_is_id(id) ? saml_cookie_get(request, id) : NO_TEXT;
    struct result *rows;
    if (text_is_empty(secret)) {
        return SAML_UNTRUSTED(&consumption->reading,
                              "The sign-on did not begin in this browser, or too long ago.");
    }
    TRY(sql_saml_request_take(
        &request->context,
        (struct sql_saml_request_take){.id_hash = value_bytes(sha256_text(arena, id)),
                                       .organization = value_text(organization_id(consumption)),
                                       .cookie_hash = value_bytes(sha256_text(arena, secret))},
        &rows));
    if (result_rows(rows) == 0) {
        return SAML_UNTRUSTED(&consumption->reading,
                              "The sign-on answers a request that is unknown, answered, or older than "
                              "ten minutes.");
    }
    saml_cookie_set(request, id, TEXT(""), 0);
    return PROBLEM_NONE;
}

/* SAML profiles 4.1.4.5: an assertion is used once, whichever worker gets it. Last of all, so that a message
 * that was refused uses nothing up. */
static enum problem check_replay(struct consumption *consumption)
{
    struct context *context = &consumption->request->context;
    const struct saml_sign_on *sign_on = &consumption->sign_on;
    struct result *rows;
    TRY(sql_saml_assertion_remember(
        context,
        (struct sql_saml_assertion_remember){
            .organization = value_text(organization_id(consumption)),
            .id_hash = value_bytes(sha256_text(context->arena, sign_on->assertion_id)),
            .expires_at = value_time(context->arena, sign_on->not_on_or_after + REMEMBERED_LONGER)},
        &rows));
    return result_rows(rows) > 0 ? PROBLEM_NONE
                                 : SAML_UNTRUSTED(&consumption->reading, "The Assertion was used before.");
}

/* The session ends when the identity provider says so, at the latest when ours do. */
static int64_t lifetime_of(const struct consumption *consumption)
{
    const struct context *context = &consumption->request->context;
    int64_t most = context->configuration->session_lifetime;
    int64_t ends = consumption->sign_on.session_ends;
    return ends == INT64_MAX || ends - context->now > most ? most : ends - context->now;
}

static enum problem enter(struct consumption *consumption)
{
    struct request *request = consumption->request;
    struct text user_id;
    struct result *rows;
    TRY(saml_member_find(&consumption->reading, consumption->organization, &consumption->sign_on, &user_id));
    TRY(sql_saml_signed_in(&request->context,
                           (struct sql_saml_signed_in){.address = value_text(request->incoming.address),
                                                       .user = value_text(user_id)},
                           &rows));
    if (result_rows(rows) == 0) {
        return SAML_FORBIDDEN(&consumption->reading, "The account is disabled.");
    }
    TRY(session_open(request, user_id, lifetime_of(consumption)));
    request->caller.uid = result_text(rows, 0, "uid");
    return check_replay(consumption);
}

/* The values of the session, under every name by which a known client looks for them. */
static void redirect(struct consumption *consumption)
{
    struct request *request = consumption->request;
    struct arena *arena = request->context.arena;
    const struct caller *caller = &request->caller;
    struct text target = saml_target(&request->context, consumption->relay_state);
    struct text token = encode_percent(arena, caller->access_token);
    struct text client = encode_percent(arena, caller->client);
    const char *location = arena_print(
        arena,
        "%.*s%cauth_token=%.*s&token=%.*s&access-token=%.*s&client_id=%.*s&client=%.*s&uid=%.*s&expiry=%lld"
        "&config=default&blank=true",
        TEXT_ARGUMENTS(target), text_find(target, '?') < target.length ? '&' : '?', TEXT_ARGUMENTS(token),
        TEXT_ARGUMENTS(token), TEXT_ARGUMENTS(token), TEXT_ARGUMENTS(client), TEXT_ARGUMENTS(client),
        TEXT_ARGUMENTS(encode_percent(arena, caller->uid)), (long long)caller->expiry);
    response_header(request, "Location", text_of(location));
    response_header(request, "Referrer-Policy", TEXT("no-referrer"));
    request->caller.present = false; /* the values go to the front end, not to whoever follows */
    request->response.type = NULL;
}

static enum problem sign_on(struct consumption *consumption,
                            enum problem (*read)(struct consumption *, struct text *))
{
    struct text xml = NO_TEXT;
    if (consumption->request->misread) {
        return SAML_MALFORMED(&consumption->reading,
                              "The parameters are missing, given twice, or not in UTF-8.");
    }
    TRY(read(consumption, &xml));
    TRY(trust(consumption, xml));
    if (consumption->sign_on.in_response_to.data == NULL) {
        TRY(check_unsolicited(consumption));
    } else {
        TRY(take_request(consumption));
    }
    TRY(enter(consumption));
    redirect(consumption);
    return PROBLEM_NONE;
}

/* --- Refusing ------------------------------------------------------------------------------------------ */

static void log_refusal(const struct consumption *consumption)
{
    const struct log_field fields[] = {{"request_id", consumption->request->context.request_id},
                                       {"organization", organization_id(consumption)},
                                       {"reason", text_of(consumption->reading.reason)}};
    log_fields(LOG_LEVEL_WARNING, "SAML sign-on refused", fields, sizeof fields / sizeof fields[0]);
}

/* Nothing is left of the sign-on but the event that says why. What is answered does not tell. */
static enum problem refuse(struct consumption *consumption, enum problem problem)
{
    struct request *request = consumption->request;
    struct context *context = &request->context;
    struct text organization = organization_id(consumption);
    struct sql_saml_refused values = {.organization = value_text(organization),
                                      .reason = value_string(consumption->reading.reason)};
    const struct queued queue[] = {
        audit_context(request),
        {.statement = &statement_saml_refused, .values = (const struct value *)&values},
    };
    struct result *results[2];

    database_rollback(context->database);
    log_refusal(consumption);
    TRY(statements_run(context, queue, 2, results));
    request->caller = (struct caller){0};
    response_header(request, "Referrer-Policy", TEXT("no-referrer"));
    return FAIL(context, problem, "%s", problem_detail(PROBLEM_UNTRUSTED));
}

static enum problem consume(struct request *request,
                            enum problem (*read)(struct consumption *, struct text *))
{
    struct consumption *consumption = ARENA_NEW(request->context.arena, struct consumption);
    size_t headers = request->response.header_count;

    context_forgive(&request->context);
    consumption->request = request;
    saml_reading_start(&consumption->reading, &request->context);
    write_begin(request);
    enum problem problem = sign_on(consumption, read);
    if (problem == PROBLEM_NONE || consumption->reading.reason == NULL ||
        (problem != PROBLEM_MALFORMED && problem != PROBLEM_UNTRUSTED && problem != PROBLEM_FORBIDDEN)) {
        return problem;
    }
    request->response.header_count = headers;
    return refuse(consumption, problem);
}

enum problem saml_consume(struct request *request)
{
    return consume(request, read_form);
}

enum problem saml_consume_redirect(struct request *request)
{
    return consume(request, read_query);
}
