/* The error bodies: RFC 9457 with what clients of devise_token_auth read, ASP.NET's ProblemDetails, and
 * Moodwork's own. */
#include "http/problem_answer.h"

#include "base/encoding.h"
#include "base/random.h"

#define DEFAULT_RETRY_AFTER 1

static const char *detail_of(const struct request *request, enum problem problem)
{
    return request->context.detail != NULL ? request->context.detail : problem_detail(problem);
}

static void write_member(struct json_writer *writer, const char *name, const char *value)
{
    json_key(writer, name);
    json_string(writer, value);
}

static void write_sentences(struct request *request, enum problem problem)
{
    struct json_writer *writer = &request->writer;

    json_open_array(writer);
    for (const struct fault *fault = request->context.faults; fault != NULL; fault = fault->next) {
        json_string(writer, fault->sentence);
    }
    if (request->context.faults == NULL) {
        json_string(writer, detail_of(request, problem));
    }
    json_close_array(writer);
}

static bool same_field(const struct fault *left, const struct fault *right)
{
    return left->field != NULL && right->field != NULL &&
           text_equal_string(text_of(left->field), right->field);
}

static bool was_written(const struct fault *first, const struct fault *fault)
{
    for (; first != fault; first = first->next) {
        if (same_field(first, fault)) {
            return true;
        }
    }
    return false;
}

void write_faults_by_field(struct request *request)
{
    struct json_writer *writer = &request->writer;
    const struct fault *first = request->context.faults;

    for (const struct fault *fault = first; fault != NULL; fault = fault->next) {
        if (fault->field == NULL || was_written(first, fault)) {
            continue;
        }
        json_key(writer, fault->field);
        json_open_array(writer);
        for (const struct fault *other = fault; other != NULL; other = other->next) {
            if (same_field(fault, other)) {
                json_string(writer, other->sentence);
            }
        }
        json_close_array(writer);
    }
}

static void write_worklete_errors(struct request *request, enum problem problem)
{
    struct json_writer *writer = &request->writer;

    if (problem != PROBLEM_REFUSED || request->endpoint == NULL || !request->endpoint->faults_by_field) {
        write_sentences(request, problem);
        return;
    }
    json_open_object(writer);
    write_faults_by_field(request);
    json_key(writer, "full_messages");
    write_sentences(request, problem);
    json_close_object(writer);
}

void write_worklete_problem(struct request *request, enum problem problem)
{
    struct json_writer *writer = &request->writer;
    const struct fault *fault = request->context.faults;

    request->response.type = "application/problem+json";
    json_open_object(writer);
    write_member(writer, "type", "about:blank");
    write_member(writer, "title", problem_title(problem));
    json_key(writer, "status");
    json_integer(writer, request->response.status);
    write_member(writer, "detail", fault != NULL ? fault->sentence : detail_of(request, problem));
    json_key(writer, "success");
    json_boolean(writer, false);
    json_key(writer, "errors");
    write_worklete_errors(request, problem);
    json_key(writer, "request_id");
    json_text(writer, request->context.request_id);
    json_close_object(writer);
}

const char *moodwork_message(int status)
{
    switch (status) {
    case 401:
        return "Your API key is wrong.";
    case 403:
        return "The resource requested is hidden for administrators only.";
    case 404:
        return "The specified url could not be found.";
    case 406:
        return "You requested a format that isn't json.";
    case 429:
        return "You're requesting the server too many time, Slow down.";
    case 500:
        return "We had a problem with our server. Try again later.";
    case 503:
        return "We're temporarily offline for maintenance. Please try again later.";
    default:
        return NULL;
    }
}

/* One sentence a fault, since there is only one place for all of them. */
static struct text all_sentences(struct request *request, enum problem problem)
{
    struct builder sentences;

    builder_start(&sentences, request->context.arena, 256, 65536);
    for (const struct fault *fault = request->context.faults; fault != NULL; fault = fault->next) {
        builder_add_format(&sentences, "%s%s", sentences.length > 0 ? " " : "", fault->sentence);
    }
    return sentences.length > 0 ? builder_text(&sentences) : text_of(detail_of(request, problem));
}

void write_moodwork_problem(struct request *request, enum problem problem)
{
    struct json_writer *writer = &request->writer;
    const char *message = moodwork_message(request->response.status);

    request->response.type = "application/json";
    json_open_object(writer);
    json_key(writer, "status");
    json_integer(writer, request->response.status);
    write_member(writer, "error", problem_title(problem));
    json_key(writer, "message");
    json_text(writer, message != NULL ? text_of(message) : all_sentences(request, problem));
    json_close_object(writer);
}

const char *moab_specification(int status)
{
    static const struct {
        int status;
        const char *section;
    } sections[] = {
        {400, "https://tools.ietf.org/html/rfc7231#section-6.5.1"},
        {401, "https://tools.ietf.org/html/rfc7235#section-3.1"},
        {403, "https://tools.ietf.org/html/rfc7231#section-6.5.3"},
        {404, "https://tools.ietf.org/html/rfc7231#section-6.5.4"},
        {405, "https://tools.ietf.org/html/rfc7231#section-6.5.5"},
        {406, "https://tools.ietf.org/html/rfc7231#section-6.5.6"},
        {409, "https://tools.ietf.org/html/rfc7231#section-6.5.8"},
        {413, "https://tools.ietf.org/html/rfc7231#section-6.5.11"},
        {415, "https://tools.ietf.org/html/rfc7231#section-6.5.13"},
        {422, "https://tools.ietf.org/html/rfc4918#section-11.2"},
        {429, "https://tools.ietf.org/html/rfc6585#section-4"},
        {500, "https://tools.ietf.org/html/rfc7231#section-6.6.1"},
        {503, "https://tools.ietf.org/html/rfc7231#section-6.6.4"},
    };

    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        if (sections[i].status == status) {
            return sections[i].section;
        }
    }
    return "about:blank";
}

static bool is_hexadecimal(struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        bool digit = text.data[i] >= '0' && text.data[i] <= '9';

        if (!digit && (text.data[i] < 'a' || text.data[i] > 'f')) {
            return false;
        }
    }
    return true;
}

static struct text random_hexadecimal(struct request *request, size_t bytes)
{
    char raw[16];

    random_bytes(raw, bytes);
    return encode_hexadecimal(request->context.arena, (struct text){raw, bytes});
}

/* The trace id of a W3C traceparent header is "00-<32 hex>-<16 hex>-<2 hex>". */
struct text request_trace_id(struct request *request)
{
    struct text parent = request_header(request, "HTTP_TRACEPARENT");
    struct text id = text_part(parent, 3, 32);
    bool valid = parent.length >= 55 && parent.data[2] == '-' && parent.data[35] == '-' &&
                 is_hexadecimal(id) && !text_equal(id, TEXT("00000000000000000000000000000000"));

    if (request->trace_id.data == NULL) {
        request->trace_id =
            valid ? arena_copy_text(request->context.arena, id) : random_hexadecimal(request, 16);
    }
    return request->trace_id;
}

const char *moab_title(int status, enum problem problem)
{
    switch (status) {
    case 400:
        return "One or more validation errors occurred.";
    case 413:
        return "Payload Too Large"; /* RFC 7231's phrase, which this form names */
    default:
        return problem_title(problem);
    }
}

void write_moab_problem(struct request *request, enum problem problem)
{
    struct json_writer *writer = &request->writer;
    int status = request->response.status;

    request->response.type = "application/problem+json; charset=utf-8";
    json_open_object(writer);
    write_member(writer, "type", moab_specification(status));
    write_member(writer, "title", moab_title(status, problem));
    json_key(writer, "status");
    json_integer(writer, status);
    json_key(writer, "traceId");
    json_string(writer,
                arena_print(request->context.arena, "|%.*s.%.*s.", TEXT_ARGUMENTS(request_trace_id(request)),
                            TEXT_ARGUMENTS(random_hexadecimal(request, 4))));
    if (status == 400) {
        json_key(writer, "errors");
        json_open_object(writer);
        if (request->context.faults != NULL) {
            write_faults_by_field(request);
        } else {
            json_key(writer, "$");
            write_sentences(request, problem);
        }
        json_close_object(writer);
    }
    json_close_object(writer);
}

void answer_problem(struct request *request, enum problem problem)
{
    struct response *response = &request->response;
    int retry_after = request->context.retry_after > 0 ? request->context.retry_after : DEFAULT_RETRY_AFTER;

    problem = problem_in_dialect(request->api, problem);
    response->body.length = 0;
    response->body.overflowed = false;
    json_start(&request->writer, &response->body);
    response->status = problem_status(problem);
    dialects[request->api].write_problem(request, problem);
    if (response->status == 401) {
        response_header(request, "WWW-Authenticate", TEXT("Bearer"));
    }
    if (response->status == 429 || response->status == 503) {
        response_header(request, "Retry-After",
                        text_of(arena_print(request->context.arena, "%d", retry_after)));
    }
}
