/* The steps of every request, in their order. Each is a function that returns a problem or none; the first
 * problem ends the walk and becomes the answer. */
#include "http/pipeline.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "http/bind.h"
#include "http/cross_origin.h"
#include "http/deprecation.h"
#include "http/header_parameters.h"
#include "http/maintenance.h"
#include "http/metrics.h"
#include "http/negotiation.h"
#include "http/paging.h"
#include "http/problem_answer.h"
#include "http/request_id.h"
#include "http/router.h"
#include "json/json.h"

#define MAXIMUM_ATTEMPTS      3
#define MAXIMUM_RESPONSE_BODY (64u << 20)

/* What decoding found is told only after the session was checked, so that nobody learns from a 400 what only
 * a 401 should say. */
struct finding {
    enum problem problem;
    struct context context;
};

static bool is_form(const struct request *request)
{
    return request->endpoint->form &&
           media_type_is(request->incoming.content_type, TEXT("application/x-www-form-urlencoded"));
}

static enum problem check_body(struct request *request)
{
    const struct endpoint *endpoint = request->endpoint;
    const struct configuration *configuration = request->context.configuration;
    int64_t maximum = endpoint->upload       ? configuration->upload_max_size
                      : endpoint->large_body ? configuration->large_body_maximum
                                             : configuration->body_maximum;

    if (request->incoming.content_length > maximum) {
        return FAIL_PLAINLY(&request->context, PROBLEM_TOO_LARGE);
    }
    if (endpoint->body == NULL || request->incoming.content_length == 0) {
        return PROBLEM_NONE;
    }
    if (!is_form(request) &&
        (endpoint->form_only || !media_type_is(request->incoming.content_type, TEXT("application/json")))) {
        return FAIL(&request->context, PROBLEM_UNSUPPORTED_TYPE, "The body must be %s%s%s.",
                    endpoint->form_only ? "" : "application/json",
                    endpoint->form && !endpoint->form_only ? " or " : "",
                    endpoint->form ? "application/x-www-form-urlencoded" : "");
    }
    if (!charset_is_utf8(request->incoming.content_type)) {
        return FAIL(&request->context, PROBLEM_UNSUPPORTED_TYPE, "The body must be in UTF-8.");
    }
    return PROBLEM_NONE;
}

/* What is switched off is not there. */
static enum problem check_offered(struct request *request)
{
    bool offered = !request->endpoint->registration || request->context.configuration->open_registration;

    return offered ? PROBLEM_NONE : FAIL_PLAINLY(&request->context, PROBLEM_NOT_FOUND);
}

/* The steps that need no session, and whose answers do not show one. */
static enum problem limit(struct request *request)
{
    TRY(check_offered(request));
    if (request->api != API_SERVER) {
        TRY(maintenance_check(&request->context));
    }
    TRY(negotiate(request));
    return check_body(request);
}

static enum problem decode_json_body(struct request *request)
{
    const struct endpoint *endpoint = request->endpoint;
    struct context *context = &request->context;
    struct json_object *object = NULL;
    struct parameters parameters;

    if (request->incoming.body.length > 0) {
        TRY(json_parse_body(context, request->incoming.body, endpoint->body,
                            endpoint->wrapped ? "data" : NULL, &object));
        if (endpoint->wrapped) {
            TRY(json_inner_object(context, object, "data", &object));
        }
    } else if (endpoint_needs_body(endpoint)) {
        return FAIL(context, PROBLEM_MALFORMED, "A body is needed.");
    }
    if (endpoint->body_in_query) {
        TRY(parameters_with_headers(request, endpoint->body, &parameters));
        return decode_object_or_parameters(context, endpoint->body, object, parameters, &request->body);
    }
    return decode_object(context, endpoint->body, object, &request->body);
}

static enum problem decode_body(struct request *request)
{
    if (request->endpoint->body == NULL) {
        return PROBLEM_NONE;
    }
    if (request->incoming.body.length > 0 && is_form(request)) {
        TRY(parameters_read(&request->context, request->incoming.body, true, &request->form));
        return decode_parameters(&request->context, request->endpoint->body, request->form, PROBLEM_REFUSED,
                                 &request->body);
    }
    return decode_json_body(request);
}

/* Where things have numbers, what is none is malformed; a number that nothing can have is not. */
static bool is_number(struct text text)
{
    struct text digits = text_starts_with(text, TEXT("-")) ? text_part(text, 1, text.length) : text;

    for (size_t i = 0; i < digits.length; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9') {
            return false;
        }
    }
    return digits.length > 0;
}

static enum problem check_path_values(struct request *request)
{
    for (size_t i = 0; i < request->path_value_count; i++) {
        const struct path_value *value = &request->path_values[i];

        if (value->placeholder->type == PLACEHOLDER_INTEGER && !text_is_empty(value->text) &&
            !is_number(value->text)) {
            context_fault(&request->context, "id", "id must be a whole number.");
            return FAIL_ON_FAULTS(&request->context, PROBLEM_MALFORMED);
        }
        if (!value->valid) {
            return FAIL_PLAINLY(&request->context, PROBLEM_NOT_FOUND);
        }
    }
    return PROBLEM_NONE;
}

static enum problem decode_query(struct request *request)
{
    const struct shape *query = request->endpoint->query;
    struct parameters parameters;

    TRY(parameters_with_headers(request, query, &parameters));
    return decode_parameters(&request->context, query, parameters, PROBLEM_MALFORMED, &request->query);
}

static enum problem decode_input(struct request *request)
{
    TRY(parameters_read(&request->context, request->incoming.query, true, &request->query_parameters));
    TRY(check_path_values(request));
    TRY(paging_read(request));
    if (request->endpoint->query != NULL) {
        TRY(decode_query(request));
    }
    return decode_body(request);
}

static struct finding decode(struct request *request)
{
    struct finding finding = {decode_input(request), request->context};

    request->decoded = finding.problem == PROBLEM_NONE;
    context_forgive(&request->context);
    return finding;
}

/* Decoding found faults; there may be more of a kind that it does not know. */
static enum problem judge_further(struct request *request)
{
    request->context.problem = PROBLEM_NONE;
    TRY(request->endpoint->judge(request));
    return FAIL_ON_FAULTS(&request->context, PROBLEM_REFUSED);
}

/* Handlers that judge a body further get its faults so far, so that all are told at once. */
static enum problem report(struct request *request, const struct finding *finding)
{
    if (finding->problem == PROBLEM_NONE) {
        return PROBLEM_NONE;
    }
    if (finding->problem != PROBLEM_NOT_FOUND && request->endpoint->unreadable != PROBLEM_NONE) {
        return FAIL_PLAINLY(&request->context, request->endpoint->unreadable);
    }
    request->context = finding->context;
    if (finding->problem == PROBLEM_MALFORMED && request->endpoint->tells_misread) {
        request->misread = true;
        request->context.problem = PROBLEM_NONE;
        return PROBLEM_NONE;
    }
    if (finding->problem == PROBLEM_REFUSED && request->endpoint->judges_body) {
        request->context.problem = PROBLEM_NONE;
        return PROBLEM_NONE;
    }
    if (finding->problem == PROBLEM_REFUSED && request->endpoint->judge != NULL) {
        return judge_further(request);
    }
    return finding->problem;
}

static enum problem identify(struct request *request)
{
    const struct endpoint *endpoint = request->endpoint;

    return endpoint_has_caller(endpoint) ? dialects[endpoint->api].authenticate(request) : PROBLEM_NONE;
}

static enum problem authorize(struct request *request)
{
    if (request->endpoint->access == ACCESS_EMPLOYEE && !request->caller.employee) {
        return FAIL_PLAINLY(&request->context, PROBLEM_FORBIDDEN);
    }
    return PROBLEM_NONE;
}

/* A row without a handler answers with the rows of its statement, or with those of the session's check. */
static enum problem handle(struct request *request)
{
    const struct endpoint *endpoint = request->endpoint;

    if (endpoint->handle != NULL) {
        return endpoint->handle(request);
    }
    if (endpoint->statement != NULL && request->result == NULL) {
        struct queued queued = bind_statement(request, endpoint->statement);

        TRY(statements_run(&request->context, &queued, 1, &request->result));
    }
    return respond_with(request, endpoint->statement != NULL ? request->result : request->caller.session);
}

/* HEAD is safe (RFC 9110, section 9.2.1): programs that look at the links of a mail must not use up a link
 * that works once. */
static bool is_only_looked_at(const struct request *request)
{
    return request->incoming.method == METHOD_HEAD && !endpoint_has_caller(request->endpoint);
}

/* The steps that one transaction spans. */
static enum problem transact(struct request *request, const struct finding *finding)
{
    const struct endpoint *endpoint = request->endpoint;

    TRY(identify(request));
    TRY(authorize(request));
    TRY(report(request, finding));
    TRY(handle(request));
    /* A handler that overlooked what decoding had found has changed nothing. */
    if (endpoint->judges_body && endpoint->api == API_WORKLETE) {
        TRY(FAIL_ON_FAULTS(&request->context, PROBLEM_REFUSED));
    }
    if (is_only_looked_at(request)) {
        database_rollback(request->context.database);
        return PROBLEM_NONE;
    }
    return endpoint->handle != NULL && endpoint->api != API_SERVER ? database_commit(&request->context)
                                                                   : PROBLEM_NONE;
}

/* Repeats what lost a race that PostgreSQL ended; the client never sees a serialization failure or a
 * deadlock. */
static enum problem transact_until_done(struct request *request, const struct finding *finding)
{
    struct context before = request->context;
    size_t headers = request->response.header_count;
    enum problem problem = PROBLEM_NONE;

    for (int attempt = 0; attempt < MAXIMUM_ATTEMPTS; attempt++) {
        problem = transact(request, finding);
        if (problem == PROBLEM_NONE) {
            break;
        }
        database_rollback(request->context.database);
        if (problem != PROBLEM_RETRY || attempt + 1 == MAXIMUM_ATTEMPTS) {
            break;
        }
        request->context = before;
        request->result = NULL;
        request->response.header_count = headers;
        request->response.body.length = 0;
        json_start(&request->writer, &request->response.body);
    }
    return problem;
}

static enum problem walk(struct request *request)
{
    struct finding finding;

    TRY(route(request));
    if (request->endpoint == NULL) {
        answer_options(request);
        return PROBLEM_NONE;
    }
    TRY(limit(request));
    finding = decode(request);
    return transact_until_done(request, &finding);
}

static void add_session_headers(struct request *request)
{
    const struct caller *caller = &request->caller;
    char expiry[INTEGER_DIGITS];

    /* A session that was to be opened is none where the transaction failed. */
    bool undone =
        request->endpoint != NULL && request->endpoint->opens_session && request->response.status >= 400;

    if (!caller->present || caller->access_token.data == NULL || undone) {
        return;
    }
    response_header(request, "access-token", caller->access_token);
    response_header(request, "token-type", TEXT("Bearer"));
    response_header(request, "client", caller->client);
    response_header(request, "expiry",
                    arena_copy_text(request->context.arena, text_of_integer(caller->expiry, expiry)));
    response_header(request, "uid", caller->uid);
    if (caller->use_authorization || request->endpoint->opens_session) {
        response_header(request, "authorization", caller_authorization(request));
    }
}

static void finish(struct request *request)
{
    struct response *response = &request->response;

    if (request->api == API_MOAB) {
        (void)request_trace_id(request);
    }
    add_session_headers(request);
    add_deprecation_headers(request);
    add_cross_origin_headers(request);
    response_header(request, "X-Request-Id", request->context.request_id);
    response_header(request, "X-Content-Type-Options", TEXT("nosniff"));
    if (request->endpoint == NULL || request->endpoint->api != API_SERVER || response->status >= 400) {
        response_header(request, "Cache-Control", TEXT("no-store"));
    }
    if (response->status == 204) {
        response->type = NULL;
    }
}

/* An answer that does not fit, or whose memory ran out, is not sent in part. */
static enum problem run(struct request *request)
{
    enum problem problem = walk(request);

    if (problem == PROBLEM_NONE && request->response.body.overflowed) {
        LOG_ERROR("the answer of %s is larger than its limit", request->endpoint->name);
        return FAIL_PLAINLY(&request->context, PROBLEM_INTERNAL);
    }
    return problem;
}

/* A request waits at the socket while all workers are busy; whoever sent it counts that too. */
static int64_t time_waited(const struct request *request)
{
    int64_t waited = request->context.now - request->incoming.arrived;
    return request->incoming.is_timed && request->incoming.arrived > 0 && waited > 0 ? waited : 0;
}

static void prepare(struct request *request)
{
    struct arena *arena = request->context.arena;

    context_start(&request->context, arena, request->context.configuration, request->context.database);
    request->context.waited = time_waited(request);
    request->started = clock_monotonic();
    request->context.request_id = request_id_choose(request);
    builder_start(&request->response.body, arena, 4096, MAXIMUM_RESPONSE_BODY);
    json_start(&request->writer, &request->response.body);
    request->response.type = "application/json; charset=utf-8";
    request->api = API_WORKLETE;
}

static void answer(struct request *request)
{
    enum problem problem = run(request);

    if (problem != PROBLEM_NONE) {
        /* What is wrong with the body matters to nobody who gets no further. */
        if (problem_status(problem) != 400 && problem_status(problem) != 422) {
            request->context.faults = NULL;
        }
        answer_problem(request, problem);
    } else if (request->response.status == 0) {
        request->response.status = request->endpoint->status != 0 ? request->endpoint->status
                                   : request->endpoint->form_of_answer == ANSWER_NOTHING ? 204
                                                                                         : 200;
    }
    finish(request);
}

/* Where memory ran out there is little to say, and little is needed to say it. */
static void answer_exhaustion(struct request *request)
{
    LOG_ERROR("a request needed more than %lld bytes of memory",
              (long long)request->context.configuration->request_memory);
    database_reset(request->context.database);
    arena_reset(request->context.arena);
    request->caller = (struct caller){0};
    request->context.faults = NULL;
    request->context.detail = NULL;
    request->response = (struct response){0};
    request->context.request_id = TEXT("exhausted");
    builder_start(&request->response.body, request->context.arena, 1024, 4096);
    answer_problem(request, PROBLEM_UNAVAILABLE);
    response_header(request, "X-Request-Id", request->context.request_id);
    response_header(request, "X-Content-Type-Options", TEXT("nosniff"));
    response_header(request, "Cache-Control", TEXT("no-store"));
}

void pipeline_run(struct request *request)
{
    jmp_buf escape;

    arena_set_escape(request->context.arena, &escape);
    if (setjmp(escape) == 0) {
        prepare(request);
        answer(request);
    } else {
        answer_exhaustion(request);
    }
    arena_set_escape(request->context.arena, NULL);
}

static size_t operation_number(const struct request *request)
{
    return request->endpoint != NULL ? (size_t)(request->endpoint - endpoints) : endpoint_count;
}

void pipeline_account(const struct request *request)
{
    int64_t duration = clock_monotonic() - request->started;
    int64_t waited = database_take_wait(request->context.database);
    char numbers[3][INTEGER_DIGITS];
    struct log_field fields[8];
    size_t count = 0;

    metrics_request(operation_number(request), request->response.status, duration, waited);
    if (request->endpoint != NULL && request->endpoint->api == API_SERVER) {
        return;
    }
    fields[count++] = (struct log_field){"request_id", request->context.request_id};
    fields[count++] = (struct log_field){"method", text_of(method_name(request->incoming.method))};
    fields[count++] = (struct log_field){
        "operation", request->endpoint != NULL ? text_of(request->endpoint->name) : TEXT("-")};
    fields[count++] = (struct log_field){"status", text_of_integer(request->response.status, numbers[0])};
    fields[count++] = (struct log_field){"microseconds", text_of_integer(duration, numbers[1])};
    fields[count++] = (struct log_field){"database_microseconds", text_of_integer(waited, numbers[2])};
    if (request->caller.user_id.data != NULL) {
        fields[count++] = (struct log_field){"user", request->caller.user_id};
    }
    if (request->caller.key_prefix.data != NULL) {
        fields[count++] = (struct log_field){"api_key", request->caller.key_prefix};
    }
    if (request->trace_id.data != NULL) {
        fields[count++] = (struct log_field){"trace_id", request->trace_id};
    }
    log_fields(LOG_LEVEL_INFO, "request", fields, count);
}
