/* What nginx does itself, by the configuration in conf/: it refuses in the form of the API, keeps secrets out
 * of its log, limits and compresses. */
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/expect.h"

/* Must not appear in any log. */
#define SECRET "Canary-in-a-query-7c1e"

/* A text of `length` times the same letter. */
static char *letters(struct world *world, size_t length)
{
    char *text = arena_allocate(world_arena(world), length + 1);
    memset(text, 'a', length);
    return text;
}

static int connect_from(struct world *world, const char *source)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int64_t port = 0;
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(descriptor >= 0);
    assert_int_equal(inet_pton(AF_INET, source, &address.sin_addr), 1);
    assert_int_equal(bind(descriptor, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_true(text_to_integer(text_of(strrchr(world_url(world), ':') + 1), 1, 65535, &port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)port);
    assert_int_equal(connect(descriptor, (struct sockaddr *)&address, sizeof(address)), 0);
    return descriptor;
}

/* Sends bytes that no HTTP client would send, from an address of this machine, and returns all that comes
 * back. */
static char *exchange(struct world *world, const char *source, const char *bytes)
{
    char *answer = arena_allocate(world_arena(world), 65536);
    size_t length = 0;
    int descriptor = connect_from(world, source);

    assert_int_equal(send(descriptor, bytes, strlen(bytes), MSG_NOSIGNAL), strlen(bytes));
    for (ssize_t got = 1; got > 0 && length<65535; length += got> 0 ? (size_t)got : 0) {
        got = recv(descriptor, answer + length, 65535 - length, 0);
    }
    close(descriptor);
    return answer;
}

static void assert_holds(const char *answer, const char *part)
{
    if (strstr(answer, part) == NULL) {
        fail_msg("\"%s\" is not in: %s", part, answer);
    }
}

static void test_too_large_bodies(void **state)
{
    struct world *world = *state;
    char *body = letters(world, (1 << 20) + 1);
    struct answer *answer = CALL(world, .method = "POST", .path = "/api/v1/auth", .body = body,
                                 .headers = {"X-Request-Id: my-own.id"});
    expect_error(answer, 413, "larger than the limit");
    expect_header(answer, "X-Request-Id", "my-own.id");
    expect_text(answer, "request_id", "my-own.id");
    expect_status(CALL(world, .method = "POST", .path = "/v3/anything", .body = body), 413);
    answer = CALL(world, .method = "POST", .path = "/api/v1/USER/", .body = body,
                  .headers = {"traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"});
    expect_text(answer, "title", "Payload Too Large");
    assert_holds(text_at(answer, "traceId"), "|0af7651916cd43dd8448eb211c80319c.");
}

/* Course versions and bulk deletion take more; whatever muster says to them, nginx lets them through. */
static void test_larger_limits(void **state)
{
    struct world *world = *state;
    char *body = letters(world, (1 << 20) + 1);
    struct answer *answer = CALL(world, .method = "POST", .path = "/v3/users/delete", .body = body);
    assert_int_not_equal(answer->status, 413);
    answer = CALL(world, .method = "POST", .path = "/api/v1/worklete_admin/courses/1/versions", .body = body);
    assert_int_not_equal(answer->status, 413);
    body = letters(world, (8 << 20) + 1);
    expect_status(CALL(world, .method = "POST", .path = "/v3/users/delete", .body = body), 413);
}

static void test_long_heads(void **state)
{
    struct world *world = *state;
    char *path = world_print(world, "/v3/%s?token=" SECRET, letters(world, 9000));
    expect_status(CALL(world, .path = path), 414);
    path = world_print(world, "/api/v1/uuid/new?token=" SECRET "%s", letters(world, 9000));
    expect_error(CALL(world, .path = path), 414, "longer than the limit");
    char *header = world_print(world, "X-Long: %s", letters(world, 9000));
    expect_error(CALL(world, .path = "/api/v1/uuid/new", .headers = {header}), 431, "headers");
    expect_status(CALL(world, .path = "/api/v1/user", .headers = {header}), 431);
    expect_status(CALL(world, .path = "/v3/users/delete", .headers = {header}), 431);
}

static void test_broken_requests(void **state)
{
    struct world *world = *state;
    assert_holds(exchange(world, "127.0.0.1", "NONSENSE\r\n\r\n"), "\"success\":false");
    assert_holds(exchange(world, "127.0.0.1", "GET /v3/x HTTP/1.1\r\n\r\n"),
                 "{\"status\":400,\"error\":\"Bad Request\"");
    char *answer =
        exchange(world, "127.0.0.1", "GET /api/v1/user HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n");
    assert_holds(answer, "application/problem+json; charset=utf-8");
    assert_holds(answer, "\"errors\":{\"$\":[");
    assert_holds(exchange(world, "127.0.0.1", "GET /../x HTTP/1.1\r\nHost: a\r\n\r\n"), "HTTP/1.1 400 ");
    assert_holds(exchange(world, "127.0.0.1", "GET /x HTTP/3.0\r\nHost: a\r\n\r\n"), "\"status\":505");
    answer = exchange(world, "127.0.0.1", "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: odd\r\n\r\n");
    assert_holds(answer, "\"status\":501");
    assert_holds(answer, "X-Content-Type-Options: nosniff");
}

/* nginx refuses these methods before it looks at the address, but muster knows what is allowed there. */
static void test_refused_methods(void **state)
{
    struct world *world = *state;
    struct answer *answer = CALL(world, .method = "TRACE", .path = "/api/v1/uuid/new");
    expect_status(answer, 405);
    expect_header(answer, "Allow", "GET, HEAD, OPTIONS");
    expect_status(CALL(world, .method = "TRACE", .path = "/api/v1/nowhere"), 404);
    answer = CALL(world, .method = "PROPFIND", .path = "/api/v1/uuid/new");
    expect_status(answer, 405);
    expect_header(answer, "Allow", "GET, HEAD, OPTIONS");
}

static void test_monitoring_is_hidden(void **state)
{
    struct world *world = *state;
    static const char *const paths[] = {"/healthz", "/readyz", "/metrics", "/%6detrics", "//metrics"};

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        char *request =
            world_print(world, "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", paths[i]);
        assert_holds(exchange(world, "127.0.0.9", request), "HTTP/1.1 404 ");
    }
    expect_status(call_get(world, NULL, "/healthz"), 200);
    expect_status(call_get(world, NULL, "/metrics"), 200);
}

static void test_compression(void **state)
{
    struct world *world = *state;
    char *answer = exchange(
        world, "127.0.0.1",
        "GET /openapi.json HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n");
    assert_holds(answer, "Content-Encoding: gzip");
    assert_holds(answer, "Vary: Accept-Encoding");
}

/* A request is logged after it was answered. */
static void wait_for_log(struct world *world, const char *part)
{
    for (int round = 0; round < 1000 && strstr(world_log(world), part) == NULL; round++) {
        usleep(10000);
    }
    assert_holds(world_log(world), part);
}

static void test_request_ids(void **state)
{
    struct world *world = *state;
    struct answer *answer = CALL(world, .path = "/api/v1/uuid/new", .headers = {"X-Request-Id: a b"});
    assert_string_not_equal(answer_header(answer, "X-Request-Id"), "a b");
    answer = CALL(world, .path = "/api/v1/uuid/new", .headers = {"X-Request-Id: caller-7"});
    expect_header(answer, "X-Request-Id", "caller-7");
    wait_for_log(world, "caller-7");
}

/* Without muster behind it nginx says so, and says nothing of the query in its logs. */
static void test_muster_is_away(void **state)
{
    struct world *world = *state;
    char *away = world_print(world, "%s.away", world_socket(world));
    assert_int_equal(rename(world_socket(world), away), 0);
    struct answer *answer =
        CALL(world, .path = "/api/v1/uuid/new?token=" SECRET, .headers = {"Origin: " WORLD_ORIGIN});
    expect_error(answer, 502, "did not answer");
    expect_header(answer, "Access-Control-Allow-Origin", WORLD_ORIGIN);
    expect_no_header(CALL(world, .path = "/v3/x", .headers = {"Origin: https://other.test"}),
                     "Access-Control-Allow-Origin");
    expect_text(call_get(world, NULL, "/api/v1/user"), "title", "Bad Gateway");
    assert_int_equal(rename(away, world_socket(world)), 0);
    expect_status(call_get(world, NULL, "/api/v1/uuid/new"), 200);
}

/* Says how many of `count` requests were refused for their number. */
static int count_refusals(struct world *world, const char *method, const char *path, const char *body,
                          int count)
{
    int refused = 0;
    for (int i = 0; i < count; i++) {
        refused += CALL(world, .method = method, .path = path, .body = body)->status == 429;
    }
    return refused;
}

static void test_limits(void **state)
{
    struct world *world = *state;
    world_limit(world, 1, 3);
    assert_true(count_refusals(world, "POST", "/api/v1/auth/sign_in", "{}", 20) > 0);
    assert_true(count_refusals(world, "POST", "/api/v1/auth", "{}", 20) > 0);
    assert_true(count_refusals(world, "POST", "/api/v1//auth/password/", "{}", 20) > 0);
    assert_true(count_refusals(world, "GET", "/api/v1/invitations/" SECRET, NULL, 20) > 0);
    assert_true(count_refusals(world, "GET", "/api/v1/auth/username/somebody", NULL, 20) > 0);
    assert_int_equal(count_refusals(world, "GET", "/api/v1/uuid/new", NULL, 20), 0);
    assert_int_equal(count_refusals(world, "GET", "/api/v1/session", NULL, 20), 0);
    world_limit(world, 1000, 1000);
}

/* Signatures take time too; what only shows something is free. */
static void test_limits_of_saml(void **state)
{
    struct world *world = *state;
    world_limit(world, 1, 3);
    assert_true(count_refusals(world, "POST", "/api/v1/saml/consume", "SAMLResponse=x", 20) > 0);
    assert_true(count_refusals(world, "GET", "/api/v1/saml/consume?SAMLResponse=x", NULL, 20) > 0);
    assert_true(count_refusals(world, "GET", "/api/v1/saml/login?organization_id=x", NULL, 20) > 0);
    assert_true(count_refusals(world, "GET", "/api/v1//saml/login/?organization_id=x", NULL, 20) > 0);
    assert_int_equal(count_refusals(world, "GET", "/api/v1/saml/metadata", NULL, 20), 0);
    world_limit(world, 1000, 1000);
}

static int setup(void **state)
{
    int failed = world_setup(state);
    world_secret(*state, SECRET);
    return failed;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_too_large_bodies), cmocka_unit_test(test_larger_limits),
        cmocka_unit_test(test_long_heads),       cmocka_unit_test(test_broken_requests),
        cmocka_unit_test(test_refused_methods),  cmocka_unit_test(test_monitoring_is_hidden),
        cmocka_unit_test(test_compression),      cmocka_unit_test(test_request_ids),
        cmocka_unit_test(test_muster_is_away),   cmocka_unit_test(test_limits),
        cmocka_unit_test(test_limits_of_saml),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
