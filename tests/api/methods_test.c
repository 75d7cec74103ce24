/* Methods and addresses: what a known path takes, what OPTIONS and CORS say, and what an unknown path is. */
#include <strings.h>

#include "support/expect.h"
#include "support/people.h"
#include "support/raw.h"

#define SESSION      "/api/v1/session"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const row_methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

static struct person member;

static int setup(void **state)
{
    world_setup(state);
    member = make_member(*state, make_organization(*state, "Methods"), "Mia");
    return 0;
}

/* The row's path with some value in each placeholder. */
static const char *path_of(struct world *world, const struct endpoint *row)
{
    const char *path = world_print(world, "%s%s", api_base(row->api), row->path);
    for (const char *open = strchr(path, '{'); open != NULL; open = strchr(path, '{')) {
        path = world_print(world, "%.*sx%s", (int)(open - path), path, strchr(open, '}') + 1);
    }
    return path;
}

/* Two rows may call a value of one address differently. */
static bool has_row(struct world *world, const struct endpoint *like, const char *method)
{
    for (size_t i = 0; i < endpoint_count; i++) {
        if (strcasecmp(path_of(world, &endpoints[i]), path_of(world, like)) == 0 &&
            strcmp(method_name(endpoints[i].method), method) == 0) {
            return true;
        }
    }
    return false;
}

/* What Allow must say of the row's path. */
static const char *allowed(struct world *world, const struct endpoint *row)
{
    const char *list = "";
    for (size_t i = 0; i < COUNT(row_methods); i++) {
        if (has_row(world, row, row_methods[i])) {
            list = world_print(world, "%s%s%s", list, row_methods[i], i == 0 ? ", HEAD, " : ", ");
        }
    }
    return world_print(world, "%sOPTIONS", list);
}

static void another_method_is_405_with_allow_on_every_path(void **state)
{
    for (size_t i = 0; i < endpoint_count; i++) {
        for (size_t j = 0; j < COUNT(row_methods); j++) {
            if (!has_row(*state, &endpoints[i], row_methods[j])) {
                struct answer *answer =
                    CALL(*state, .method = row_methods[j], .path = path_of(*state, &endpoints[i]));
                expect_status(answer, 405);
                expect_header(answer, "Allow", allowed(*state, &endpoints[i]));
            }
        }
    }
}

static void methods_that_no_path_takes_are_405_too(void **state)
{
    static const char *const methods[] = {"TRACE", "PROPFIND", "LINK", "FOO-BAR", "GETT"};
    for (size_t i = 0; i < COUNT(methods); i++) {
        struct answer *answer =
            CALL(*state, .method = methods[i], .path = SESSION, .session = &member.session);
        expect_error(answer, 405, "method");
        expect_header(answer, "Allow", "GET, HEAD, DELETE, OPTIONS");
        expect_no_header(answer, "access-token");
        expect_status(CALL(*state, .method = methods[i], .path = "/api/v1/nothing"), 404);
    }
}

static void options_is_204_with_allow_on_every_path(void **state)
{
    for (size_t i = 0; i < endpoint_count; i++) {
        struct answer *answer = CALL(*state, .method = "OPTIONS", .path = path_of(*state, &endpoints[i]));
        expect_status(answer, 204);
        expect_header(answer, "Allow", allowed(*state, &endpoints[i]));
        expect_no_header(answer, "Content-Type");
        expect_no_header(answer, "access-token");
    }
}

static void options_needs_neither_session_nor_what_get_needs(void **state)
{
    struct world *world = *state;
    expect_status(CALL(world, .method = "OPTIONS", .path = SESSION, .headers = {"Accept: text/html"}), 204);
    expect_status(CALL(world, .method = "OPTIONS", .path = SESSION "?page=0&page=%ff"), 204);
    expect_no_header(CALL(world, .method = "OPTIONS", .path = SESSION, .session = &member.session),
                     "access-token");
}

static void options_of_an_unknown_path_is_404(void **state)
{
    expect_error(CALL(*state, .method = "OPTIONS", .path = "/api/v1/nothing"), 404, NULL);
    expect_status(CALL(*state, .method = "OPTIONS", .path = "/v3/nothing"), 404);
}

static void head_is_get_without_a_body(void **state)
{
    static const char *const paths[] = {
        SESSION,    "/api/v1/users?size=1", "/api/v1/organizations", "/api/v1/uuid/new",
        "/healthz", "/openapi.json"};
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct answer *get = CALL(*state, .path = paths[i], .session = &member.session);
        struct answer *head = CALL(*state, .method = "HEAD", .path = paths[i], .session = &member.session);
        expect_status(head, 200);
        assert_int_equal(head->body_length, 0);
        expect_header(head, "Content-Type", answer_header(get, "Content-Type"));
        expect_header(head, "access-token", answer_header(get, "access-token"));
        expect_header(head, "Link", answer_header(get, "Link"));
    }
}

static void head_fails_as_get_does(void **state)
{
    expect_status(CALL(*state, .method = "HEAD", .path = SESSION), 401);
    expect_status(CALL(*state, .method = "HEAD", .path = "/api/v1/nothing"), 404);
    expect_status(CALL(*state, .method = "HEAD", .path = SESSION, .headers = {"Accept: text/html"}), 406);
    expect_status(CALL(*state, .method = "HEAD", .path = "/api/v1/auth/sign_in"), 405);
}

static bool lists_header(const struct answer *answer, const char *list, const char *name)
{
    struct text rest = text_of(answer_header(answer, list));
    while (rest.data != NULL) {
        if (text_equal_ignoring_case(text_trim(text_cut(&rest, ',')), text_of(name))) {
            return true;
        }
    }
    return false;
}

static void a_configured_origin_may_read_answers_and_token_headers(void **state)
{
    static const char *const exposed[] = {"access-token",  "token-type", "client",       "expiry",     "uid",
                                          "authorization", "Link",       "X-Request-Id", "Retry-After"};
    struct answer *answer =
        CALL(*state, .path = SESSION, .session = &member.session, .headers = {"Origin: " WORLD_ORIGIN});
    expect_status(answer, 200);
    expect_header(answer, "Access-Control-Allow-Origin", WORLD_ORIGIN);
    for (size_t i = 0; i < COUNT(exposed); i++) {
        assert_true(lists_header(answer, "Access-Control-Expose-Headers", exposed[i]));
    }
    assert_true(lists_header(answer, "Vary", "Origin"));
}

static void a_configured_origin_may_ask_before_it_calls(void **state)
{
    static const char *const accepted[] = {"access-token", "token-type",   "client",        "expiry",
                                           "uid",          "content-type", "authorization", "accept"};
    struct answer *answer =
        CALL(*state, .method = "OPTIONS", .path = "/api/v1/auth",
             .headers = {"Origin: " WORLD_ORIGIN, "Access-Control-Request-Method: PATCH",
                         "Access-Control-Request-Headers: access-token, client, uid, content-type"});
    expect_status(answer, 204);
    expect_header(answer, "Access-Control-Allow-Origin", WORLD_ORIGIN);
    for (size_t i = 0; i < COUNT(accepted); i++) {
        assert_true(lists_header(answer, "Access-Control-Allow-Headers", accepted[i]));
    }
    for (size_t i = 0; i < COUNT(row_methods); i++) {
        assert_true(lists_header(answer, "Access-Control-Allow-Methods", row_methods[i]));
    }
}

static void errors_can_be_read_by_a_configured_origin(void **state)
{
    static const char *const paths[] = {SESSION, "/api/v1/nothing", "/api/v1/auth/sign_in", "/v3/nothing",
                                        "/api/v1/user/1/x"};
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct answer *answer = CALL(*state, .path = paths[i], .headers = {"Origin: " WORLD_ORIGIN});
        assert_true(answer->status >= 400);
        expect_header(answer, "Access-Control-Allow-Origin", WORLD_ORIGIN);
    }
}

static void other_origins_are_told_nothing(void **state)
{
    static const char *const origins[] = {"https://evil.example",    "null",
                                          WORLD_ORIGIN "/",          WORLD_ORIGIN ".evil.example",
                                          "http://app.example.test", "HTTPS://APP.EXAMPLE.TEST",
                                          WORLD_ORIGIN ":8443",      "*"};
    for (size_t i = 0; i < COUNT(origins); i++) {
        const char *origin = world_print(*state, "Origin: %s", origins[i]);
        struct answer *get = CALL(*state, .path = SESSION, .session = &member.session, .headers = {origin});
        struct answer *options = CALL(*state, .method = "OPTIONS", .path = SESSION,
                                      .headers = {origin, "Access-Control-Request-Method: GET"});
        expect_status(get, 200);
        expect_status(options, 204);
        expect_no_header(get, "Access-Control-Allow-Origin");
        expect_no_header(get, "Access-Control-Expose-Headers");
        expect_no_header(options, "Access-Control-Allow-Origin");
        expect_no_header(options, "Access-Control-Allow-Headers");
        assert_true(lists_header(get, "Vary", "Origin"));
    }
}

static void credentials_are_never_shared_with_an_origin(void **state)
{
    struct answer *answer =
        CALL(*state, .method = "OPTIONS", .path = SESSION, .headers = {"Origin: " WORLD_ORIGIN});
    expect_no_header(answer, "Access-Control-Allow-Credentials");
    expect_no_header(answer, "Set-Cookie");
}

/* The forms themselves are compared by the rules of all answers; here only which one. */
static void expect_form(struct world *world, const char *method, const char *path, const char *type,
                        const char *first_member)
{
    struct answer *answer = CALL(world, .method = method, .path = path);
    assert_true(answer->status == 404 || answer->status == 405);
    expect_header(answer, "Content-Type", type);
    if (strncmp(answer->body, first_member, strlen(first_member)) != 0) {
        fail_msg("%s: %s", answer->request, answer->body);
    }
}

static void an_unknown_path_is_404_in_the_form_of_its_api(void **state)
{
    static const char *const worklete[] = {"/",
                                           "/nothing",
                                           "/api",
                                           "/api/v1",
                                           "/api/v1/",
                                           "/api/v1/nothing",
                                           "/v3x",
                                           "/V3/users",
                                           "/v33/",
                                           "/api/v2/user",
                                           "/api/v1/usergroups",
                                           "/api/v1/loginx",
                                           "/api/v1/organizations/x/y/z",
                                           "/api/v1/organization/x/y",
                                           "/API/v1/session",
                                           "/x/v3"};
    static const char *const moodwork[] = {"/v3", "/v3/", "/v3/nothing", "/v3/users/delete/x", "/v3?x=1"};
    static const char *const moab[] = {
        "/api/v1/user/1/x",        "/api/v1/User/1/x", "/API/V1/USER/1/x/", "/api/v1/usergroup/1/x",
        "/api/v1/UserGroup/1/2/3", "/api/v1/login/x",  "/api/v1/Login/x/y"};
    for (size_t i = 0; i < COUNT(worklete); i++) {
        expect_form(*state, "GET", worklete[i], "application/problem+json",
                    "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,");
    }
    for (size_t i = 0; i < COUNT(moodwork); i++) {
        expect_form(*state, "GET", moodwork[i], "application/json",
                    "{\"status\":404,\"error\":\"Not Found\",");
    }
    for (size_t i = 0; i < COUNT(moab); i++) {
        expect_form(*state, "GET", moab[i], "application/problem+json; charset=utf-8",
                    "{\"type\":\"https://tools.ietf.org/html/rfc7231#section-6.5.4\",\"title\":\"Not "
                    "Found\",\"status\":404,\"traceId\":");
    }
}

static void api_v1_organization_is_moab_and_what_lies_below_it_is_not(void **state)
{
    static const char moab[] = "{\"type\":\"https://tools.ietf.org/";
    expect_form(*state, "PUT", "/api/v1/organization", "application/problem+json; charset=utf-8", moab);
    expect_form(*state, "PUT", "/api/v1/organization/", "application/problem+json; charset=utf-8", moab);
    expect_form(*state, "PUT", "/API/v1/Organization", "application/problem+json; charset=utf-8", moab);
    expect_form(*state, "GET", "/api/v1/organization/x", "application/problem+json",
                "{\"type\":\"about:blank\"");
    expect_form(*state, "PUT", "/api/v1/organizations", "application/problem+json",
                "{\"type\":\"about:blank\"");
}

static void a_trailing_slash_is_allowed_under_auth_only(void **state)
{
    struct world *world = *state;
    expect_status(CALL(world, .path = "/api/v1/auth/validate_token/", .session = &member.session), 200);
    expect_status(
        CALL(world, .method = "PATCH", .path = "/api/v1/auth/", .session = &member.session, .body = "{}"),
        200);
    expect_status(CALL(world, .method = "POST", .path = "/api/v1/auth/sign_in/",
                       .body = "{\"username\": \"nobody\", \"password\": \"x\"}"),
                  401);
    expect_status(CALL(world, .path = "/api/v1/auth/validate_token//", .session = &member.session), 404);
    expect_status(CALL(world, .path = "/api/v1/auth//validate_token", .session = &member.session), 404);
    expect_status(CALL(world, .path = "/api/v1/session/", .session = &member.session), 404);
    expect_status(CALL(world, .path = "/api/v1/users/", .session = &member.session), 404);
    expect_status(CALL(world, .path = "/healthz/"), 404);
}

static void addresses_that_lead_elsewhere_when_tidied_are_404(void **state)
{
    static const char *const paths[] = {
        "//api/v1/session",     "/api//v1/session",         "/api/v1//session",        "/api/v1/./session",
        "/api/v1/x/../session", "/api/v1/users/../session", "/api/v1%2fsession",       "/api%2Fv1%2Fsession",
        "/api/v1/%2e/session",  "/api/v1/x/%2e%2e/session", "/api/v1/..%2fv1/session", "/api/v1/session%20",
        "/api/v1/session;x=1",  "/api/v1/session.json",     "/api/v1/SESSION",         "/api/v1/Session",
        "/./api/v1/session",    "/api/v1/session/.",        "/api/v1/session/x/..",    "/api/v1/session%3fx",
    };
    for (size_t i = 0; i < COUNT(paths); i++) {
        expect_status(CALL(*state, .path = paths[i], .session = &member.session), 404);
    }
}

static void letters_may_be_percent_encoded(void **state)
{
    struct world *world = *state;
    expect_status(CALL(world, .path = "/api/v1/%73essio%6E", .session = &member.session), 200);
    expect_status(CALL(world,
                       .path = world_print(world, "/api/v1/users/%%%02x%s", (unsigned)*member.user_id,
                                           member.user_id + 1),
                       .session = &member.session),
                  200);
}

static void a_value_in_the_path_may_hold_an_encoded_slash(void **state)
{
    struct answer *answer = call_get(*state, NULL, "/api/v1/auth/username/free%2Fname");
    expect_status(answer, 200);
    expect_false(answer, "available");
    expect_status(call_get(*state, NULL, "/api/v1/auth/username/free/name"), 404);
    expect_status(call_get(*state, NULL, "/api/v1/auth/username/%ff"), 404);
}

static void an_absolute_address_is_taken_by_its_path(void **state)
{
    struct world *world = *state;
    struct answer *answer = raw_print(
        world,
        "GET http://elsewhere.example/api/v1/users?size=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        "access-token: %s\r\nclient: %s\r\nuid: %s\r\n\r\n",
        member.session.access_token, member.session.client, member.session.uid);
    expect_status(answer, 200);
    assert_null(strstr(answer_header(answer, "Link"), "elsewhere.example"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_method_is_405_with_allow_on_every_path),
        cmocka_unit_test(methods_that_no_path_takes_are_405_too),
        cmocka_unit_test(options_is_204_with_allow_on_every_path),
        cmocka_unit_test(options_needs_neither_session_nor_what_get_needs),
        cmocka_unit_test(options_of_an_unknown_path_is_404),
        cmocka_unit_test(head_is_get_without_a_body),
        cmocka_unit_test(head_fails_as_get_does),
        cmocka_unit_test(a_configured_origin_may_read_answers_and_token_headers),
        cmocka_unit_test(a_configured_origin_may_ask_before_it_calls),
        cmocka_unit_test(errors_can_be_read_by_a_configured_origin),
        cmocka_unit_test(other_origins_are_told_nothing),
        cmocka_unit_test(credentials_are_never_shared_with_an_origin),
        cmocka_unit_test(an_unknown_path_is_404_in_the_form_of_its_api),
        cmocka_unit_test(api_v1_organization_is_moab_and_what_lies_below_it_is_not),
        cmocka_unit_test(a_trailing_slash_is_allowed_under_auth_only),
        cmocka_unit_test(addresses_that_lead_elsewhere_when_tidied_are_404),
        cmocka_unit_test(letters_may_be_percent_encoded),
        cmocka_unit_test(a_value_in_the_path_may_hold_an_encoded_slash),
        cmocka_unit_test(an_absolute_address_is_taken_by_its_path),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
