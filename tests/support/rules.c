/* Rules for the head of an answer and for errors. */
#include "support/rules.h"

#include <ctype.h>
#include <json-c/json.h>
#include <regex.h>

static bool matches(const char *text, const char *pattern)
{
    regex_t expression;
    assert_int_equal(regcomp(&expression, pattern, REG_EXTENDED | REG_NOSUB), 0);
    bool match = text != NULL && regexec(&expression, text, 0, NULL, 0) == 0;
    regfree(&expression);
    return match;
}

static void require(bool holds, const struct answer *answer, const char *rule)
{
    if (!holds) {
        fail_msg("%s: status %d: %s\n%s", answer->request, answer->status, rule, answer->body);
    }
}

static void check_header_value(const struct answer *answer, const char *name, const char *pattern)
{
    const char *value = answer_header(answer, name);
    if (answer_header_count(answer, name) != 1 || !matches(value, pattern)) {
        fail_msg("%s: status %d: header %s is there %zu times, first \"%s\"; it should be there once and be "
                 "%s\n%s",
                 answer->request, answer->status, name, answer_header_count(answer, name),
                 value != NULL ? value : "", pattern, answer->body);
    }
}

/* All of them or none, and none of them empty: clients take a blank token for their new one. */
static void check_session_headers(const struct answer *answer)
{
    static const char *const names[] = {"access-token", "token-type", "client", "expiry", "uid"};
    bool any = answer_header(answer, "access-token") != NULL;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t count = answer_header_count(answer, names[i]);
        const char *value = answer_header(answer, names[i]);
        if (count != (any ? 1 : 0) || (any && *value == '\0')) {
            fail_msg("%s: status %d: session header %s is there %zu times: \"%s\"", answer->request,
                     answer->status, names[i], count, value != NULL ? value : "");
        }
    }
    require(!any || matches(answer_header(answer, "expiry"), "^[1-9][0-9]{9}$"), answer,
            "expiry is no Unix time");
    const char *authorization = answer_header(answer, "authorization");
    bool opens = answer->endpoint != NULL && answer->endpoint->opens_session && answer->status < 300;
    require(!opens || any, answer, "a session was opened without its headers");
    require(!opens || authorization != NULL, answer, "a session was opened without authorization");
    require(authorization == NULL || matches(authorization, "^Bearer [A-Za-z0-9+/]+=*$"), answer,
            "authorization is no bearer token");
}

static void check_secrecy(const struct answer *answer)
{
    const struct endpoint *row = answer->endpoint;
    const char *cache = answer_header(answer, "Cache-Control");
    bool personal = row != NULL && (row->personal || row->opens_session || row->access != ACCESS_PUBLIC);
    bool has_session = answer_header(answer, "access-token") != NULL;
    require(!(personal || has_session) || matches(cache, "no-store"), answer,
            "personal data without no-store");
    const char *server = answer_header(answer, "Server");
    require(server == NULL || !matches(server, "[0-9]"), answer, "the server tells its version");
    require(answer->status != 304, answer, "304 is never answered");
}

static bool may_have_body(const struct call *call, const struct answer *answer)
{
    return answer->status != 204 && !text_equal_string(text_of(call->method), "HEAD");
}

static void check_keys(const struct answer *answer, const char *const *keys)
{
    require(json_object_is_type(answer->json, json_type_object), answer, "an error is a JSON object");
    json_object_object_foreach(answer->json, key, value)
    {
        (void)value;
        if (*keys == NULL || !text_equal_string(text_of(key), *keys)) {
            fail_msg("%s: status %d: unexpected member %s: %s", answer->request, answer->status, key,
                     answer->body);
        }
        keys++;
    }
    require(*keys == NULL || **keys == '?', answer, "a member of the error form is missing");
}

static struct json_object *member(const struct answer *answer, const char *name)
{
    return json_object_object_get(answer->json, name);
}

static void check_sentences(const struct answer *answer, struct json_object *sentences)
{
    require(json_object_is_type(sentences, json_type_array) && json_object_array_length(sentences) > 0,
            answer, "errors holds no sentence");
    for (size_t i = 0; i < json_object_array_length(sentences); i++) {
        const char *sentence = json_object_get_string(json_object_array_get_idx(sentences, i));
        require(sentence != NULL && strlen(sentence) > 3, answer, "an error is no sentence");
    }
}

static void check_worklete_error(const struct answer *answer)
{
    static const char *const keys[] = {"type",    "title",  "status",     "detail",
                                       "success", "errors", "request_id", NULL};
    check_header_value(answer, "Content-Type", "^application/problem\\+json$");
    check_keys(answer, keys);
    struct json_object *errors = member(answer, "errors");
    bool by_field = json_object_is_type(errors, json_type_object);
    check_sentences(answer, by_field ? json_object_object_get(errors, "full_messages") : errors);
    require(!json_object_get_boolean(member(answer, "success")), answer, "success is not false");
    require(text_equal_string(text_of(json_object_get_string(member(answer, "request_id"))),
                              answer_header(answer, "X-Request-Id")),
            answer, "request_id differs from the header");
    require(answer->status != 401 || matches(answer_header(answer, "WWW-Authenticate"), "^Bearer"), answer,
            "401 without WWW-Authenticate");
}

static void check_moodwork_error(const struct answer *answer)
{
    static const char *const keys[] = {"status", "error", "message", NULL};
    check_header_value(answer, "Content-Type", "^application/json(; charset=utf-8)?$");
    check_keys(answer, keys);
}

static void check_moab_error(const struct answer *answer)
{
    static const char *const keys[] = {"type", "title", "status", "traceId", NULL};
    static const char *const keys_of_400[] = {"type", "title", "status", "traceId", "errors", NULL};
    check_header_value(answer, "Content-Type", "^application/problem\\+json; charset=utf-8$");
    check_keys(answer, answer->status == 400 ? keys_of_400 : keys);
    require(matches(json_object_get_string(member(answer, "traceId")), "^\\|[0-9a-f]{32}\\.[0-9a-f]{8}\\.$"),
            answer, "traceId has another form");
}

static enum api api_of(const char *request)
{
    if (matches(request, "^[A-Z]+ /v3([/?]|$)")) {
        return API_MOODWORK;
    }
    bool moab =
        matches(
            request,
            "^[A-Z]+ "
            "/[aA][pP][iI]/[vV]1/([uU][sS][eE][rR]([gG][rR][oO][uU][pP])?|[lL][oO][gG][iI][nN])([/?]|$)") ||
        matches(request,
                "^[A-Z]+ /[aA][pP][iI]/[vV]1/[oO][rR][gG][aA][nN][iI][zZ][aA][tT][iI][oO][nN]/?([?]|$)");
    return moab ? API_MOAB : API_WORKLETE;
}

static void check_error(const struct answer *answer)
{
    switch (api_of(answer->request)) {
    case API_MOODWORK:
        check_moodwork_error(answer);
        break;
    case API_MOAB:
        check_moab_error(answer);
        break;
    default:
        check_worklete_error(answer);
        break;
    }
    require(json_object_get_int(member(answer, "status")) == answer->status, answer,
            "status in the body differs");
    require(!matches(answer->body, "(ERROR|LINE [0-9]|\\.c:[0-9]|pg_|libpq|/src/)"), answer,
            "the error shows internals");
}

/* A status that the row does not declare would be missing in the OpenAPI document. */
static void check_declared(const struct answer *answer)
{
    static const int anywhere[] = {400, 404, 405, 406, 413, 414, 415, 429, 431, 500, 502, 503, 504};
    enum problem list[PROBLEM_COUNT];
    size_t count = answer->endpoint != NULL ? endpoint_problems(answer->endpoint, list) : 0;
    bool declared = answer->endpoint == NULL;

    for (size_t i = 0; i < count; i++) {
        declared = declared || problem_status(list[i]) == answer->status;
    }
    for (size_t i = 0; i < sizeof(anywhere) / sizeof(anywhere[0]); i++) {
        declared = declared || anywhere[i] == answer->status;
    }
    require(declared, answer, "the operation's row does not declare this status");
}

static void check_companions(const struct answer *answer)
{
    bool wants_patience = answer->status == 429 || (answer->status >= 502 && answer->status <= 504);
    require(!wants_patience || matches(answer_header(answer, "Retry-After"), "^[1-9][0-9]*$"), answer,
            "Retry-After is missing");
    require(answer->status != 405 || matches(answer_header(answer, "Allow"), "^[A-Z]+(, [A-Z]+)*$"), answer,
            "405 without Allow");
}

void check_rules(const struct call *call, const struct answer *answer)
{
    check_header_value(answer, "X-Request-Id", "^[A-Za-z0-9._-]{1,64}$");
    check_header_value(answer, "X-Content-Type-Options", "^nosniff$");
    check_session_headers(answer);
    check_secrecy(answer);
    check_companions(answer);
    if (!may_have_body(call, answer)) {
        require(answer->body_length == 0, answer, "there is a body where none may be");
        return;
    }
    if (answer->status >= 400) {
        check_error(answer);
        check_declared(answer);
        return;
    }
    check_conformance(answer);
}
