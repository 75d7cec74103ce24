/* Moab's errors byte for byte, its addresses in any case, and its trace ids. */
#include <regex.h>

#include "support/company.h"
#include "support/expect.h"
#include "support/logs.h"
#include "support/machines.h"
#include "support/raw.h"

#define TRACE  "0af7651916cd43dd8448eb211c80319c"
#define PARENT "traceparent: 00-" TRACE "-b7ad6b7169203331-01"

static const char *token;
static struct person creator;

static int setup(void **state)
{
    world_setup(state);
    creator = make_admin(*state, make_organization(*state, "Forms"), "Cleo");
    token = make_security_token(*state, &creator);
    return 0;
}

/* The body as a whole, but for the eight digits that are new each time. */
static void expect_problem(const struct answer *answer, int status, const char *section, const char *title,
                           const char *errors)
{
    char pattern[1024];
    regex_t expression;
    snprintf(pattern, sizeof pattern,
             "^\\{\"type\":\"https://tools\\.ietf\\.org/html/%s\",\"title\":\"%s\",\"status\":%d,"
             "\"traceId\":\"\\|" TRACE "\\.[0-9a-f]{8}\\.\"%s\\}$",
             section, title, status, errors);
    assert_int_equal(regcomp(&expression, pattern, REG_EXTENDED | REG_NOSUB), 0);
    bool match = regexec(&expression, answer->body, 0, NULL, 0) == 0;
    regfree(&expression);
    expect_status(answer, status);
    expect_header(answer, "Content-Type", "application/problem+json; charset=utf-8");
    if (!match) {
        fail_msg("%s: %s is not %s", answer->request, answer->body, pattern);
    }
}

static struct answer *traced(struct world *world, const char *method, const char *path, const char *body)
{
    return CALL(world, .method = method, .path = path, .body = body,
                .headers = {bearer(world, token), PARENT});
}

#define VALIDATION "One or more validation errors occurred\\."

static void each_problem_is_written_as_aspnet_does(void **state)
{
    struct world *world = *state;
    expect_problem(traced(world, "GET", "/api/v1/user/abc", NULL), 400, "rfc7231#section-6\\.5\\.1",
                   VALIDATION, ",\"errors\":\\{\"id\":\\[\"id must be a whole number\\.\"\\]\\}");
    expect_problem(traced(world, "POST", "/api/v1/usergroup", "{"), 400, "rfc7231#section-6\\.5\\.1",
                   VALIDATION, ",\"errors\":\\{\"\\$\":\\[\"[^\"]+\"\\]\\}");
    expect_problem(traced(world, "POST", "/api/v1/usergroup", "[]"), 400, "rfc7231#section-6\\.5\\.1",
                   VALIDATION, ",\"errors\":\\{\"\\$\":\\[\"[^\"]+\"\\]\\}");
    expect_problem(traced(world, "POST", "/api/v1/usergroup", NULL), 400, "rfc7231#section-6\\.5\\.1",
                   VALIDATION, ",\"errors\":\\{\"\\$\":\\[\"[^\"]+\"\\]\\}");
    expect_problem(traced(world, "GET", "/api/v1/user/999999", NULL), 404, "rfc7231#section-6\\.5\\.4",
                   "Not Found", "");
    expect_problem(traced(world, "GET", "/api/v1/user/1/2", NULL), 404, "rfc7231#section-6\\.5\\.4",
                   "Not Found", "");
    expect_problem(traced(world, "GET", "/api/v1/usergroup/x/y", NULL), 404, "rfc7231#section-6\\.5\\.4",
                   "Not Found", "");
    expect_problem(traced(world, "PUT", "/api/v1/user", "{}"), 405, "rfc7231#section-6\\.5\\.5",
                   "Method Not Allowed", "");
    expect_problem(
        CALL(world, .path = "/api/v1/user", .headers = {bearer(world, token), PARENT, "Accept: text/html"}),
        406, "rfc7231#section-6\\.5\\.6", "Not Acceptable", "");
    expect_problem(CALL(world, .method = "POST", .path = "/api/v1/usergroup", .body = "a=b",
                        .type = "application/x-www-form-urlencoded",
                        .headers = {bearer(world, token), PARENT}),
                   415, "rfc7231#section-6\\.5\\.13", "Unsupported Media Type", "");
    struct answer *answer = CALL(world, .path = "/api/v1/user", .headers = {PARENT});
    expect_problem(answer, 401, "rfc7235#section-3\\.1", "Unauthorized", "");
    expect_header(answer, "WWW-Authenticate", "Bearer");
}

static void a_wrong_role_is_401_too(void **state)
{
    struct world *world = *state;
    struct person reader = make_member(world, creator.organization_id, "Rea");
    struct answer *answer =
        CALL(world, .method = "POST", .path = "/api/v1/usergroup", .body = "{\"name\": \"x\"}",
             .headers = {bearer(world, make_security_token(world, &reader)), PARENT});
    expect_problem(answer, 401, "rfc7235#section-3\\.1", "Unauthorized", "");
    /* Not even what is wrong with the body is told. */
    expect_status(call_with(world, make_security_token(world, &reader), "POST", "/api/v1/usergroup", "{"),
                  401);
}

static void what_nginx_refuses_looks_the_same(void **state)
{
    struct world *world = *state;
    expect_problem(raw_print(world, "POST /Api/v1/User HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" PARENT
                                    "\r\nContent-Length: 2000000\r\n\r\n"),
                   413, "rfc7231#section-6\\.5\\.11", "Payload Too Large", "");
}

static void a_database_fault_is_500_and_tells_nothing(void **state)
{
    struct world *world = *state;
    world_sql(world, "ALTER VIEW token_callers RENAME TO token_callers_away", NULL);
    struct answer *answer = traced(world, "GET", "/api/v1/user", NULL);
    world_sql(world, "ALTER VIEW token_callers_away RENAME TO token_callers", NULL);
    expect_problem(answer, 500, "rfc7231#section-6\\.6\\.1", "Internal Server Error", "");
}

static void paths_match_in_any_case_and_with_a_slash_behind(void **state)
{
    static const char *const paths[] = {"/api/v1/user",       "/api/v1/User/",    "/api/v1/USER",
                                        "/API/V1/user",       "/Api/v1/uSeR/",    "/api/v1/usergroup",
                                        "/api/v1/UserGroup/", "/API/v1/USERGROUP"};
    struct world *world = *state;
    const char *number = number_of(world, &creator);
    for (size_t i = 0; i < COUNT(paths); i++) {
        expect_status(call_with(world, token, "GET", paths[i], NULL), 200);
    }
    expect_status(call_with(world, token, "GET", world_print(world, "/API/V1/User/%s/", number), NULL), 200);
    expect_status(call_with(world, token, "GET", world_print(world, "/api/v1/USER/%s", number), NULL), 200);
    expect_status(call_with(world, token, "GET", "/api/v1/user//", NULL), 404);
    expect_status(call_post(world, NULL, "/api/v1/LOGIN/", "{}"), 400);
}

/* Worklete's addresses keep their case, also where they begin like one of Moab's. */
static void other_addresses_keep_their_case(void **state)
{
    struct world *world = *state;
    struct person employee = make_employee(world, "Emil");
    const char *path = world_print(world, "/api/v1/organization/%s", creator.organization_id);
    const char *upper = world_print(world, "/api/v1/ORGANIZATION/%s", creator.organization_id);
    expect_status(call_as(world, &employee, "PATCH", path, "{\"saml_info\": null}"), 200);
    expect_error(call_as(world, &employee, "PATCH", upper, "{\"saml_info\": null}"), 404, NULL);
    expect_error(call_as(world, &employee, "GET", "/API/v1/users", NULL), 404, NULL);
    expect_error(call_as(world, &employee, "GET", "/api/v1/Users", NULL), 404, NULL);
    expect_error(call_as(world, &employee, "GET", "/api/v1/users/", NULL), 404, NULL);
}

static void the_trace_id_is_the_callers_or_a_new_one(void **state)
{
    static const char *const malformed[] = {
        "traceparent: 00-" TRACE,
        "traceparent: 00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "traceparent: 00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "traceparent: x",
        "X-Nothing: x",
    };
    struct world *world = *state;
    for (size_t i = 0; i < COUNT(malformed); i++) {
        struct answer *first = CALL(world, .path = "/api/v1/user", .headers = {malformed[i]});
        struct answer *second = CALL(world, .path = "/api/v1/user", .headers = {malformed[i]});
        assert_null(strstr(first->body, TRACE));
        assert_int_not_equal(strncmp(text_at(first, "traceId"), text_at(second, "traceId"), 33), 0);
    }
}

static void too_many_requests_are_429(void **state)
{
    static const char *const paths[] = {"/api/v1/Login", "/api/v1/organization/"};
    struct world *world = *state;
    world_limit(world, 1, 1);
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct answer *answer = NULL;
        for (int round = 0; round < 20 && (answer == NULL || answer->status != 429); round++) {
            answer = traced(world, "POST", paths[i], "{}");
        }
        expect_problem(answer, 429, "rfc6585#section-4", "Too Many Requests", "");
        expect_header(answer, "Retry-After", "1");
    }
    for (int round = 0; round < 20; round++) {
        expect_status(call_with(world, token, "GET", "/api/v1/user", NULL), 200);
    }
    world_limit(world, 1000, 1000);
}

static void the_log_line_has_the_trace_id(void **state)
{
    struct world *world = *state;
    struct answer *answer =
        CALL(world, .path = "/api/v1/user/x", .headers = {bearer(world, token), "X-Request-Id: t.1"});
    const char *line = wait_for_line(world, MUSTER_LOG, "request_id=t.1 ");
    const char *trace = world_print(world, "trace_id=%.32s", text_at(answer, "traceId") + 1);
    assert_non_null(strstr(line, trace));
    CALL(world, .path = "/api/v1/user", .headers = {bearer(world, token), "X-Request-Id: t.2", PARENT});
    assert_non_null(strstr(wait_for_line(world, MUSTER_LOG, "request_id=t.2 "), "trace_id=" TRACE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_problem_is_written_as_aspnet_does),
        cmocka_unit_test(a_wrong_role_is_401_too),
        cmocka_unit_test(what_nginx_refuses_looks_the_same),
        cmocka_unit_test(a_database_fault_is_500_and_tells_nothing),
        cmocka_unit_test(paths_match_in_any_case_and_with_a_slash_behind),
        cmocka_unit_test(other_addresses_keep_their_case),
        cmocka_unit_test(the_trace_id_is_the_callers_or_a_new_one),
        cmocka_unit_test(too_many_requests_are_429),
        cmocka_unit_test(the_log_line_has_the_trace_id),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
