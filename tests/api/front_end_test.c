/* What nginx does by itself: errors that never reach muster, headers, compression, its log, and who may see
 * health and metrics. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/expect.h"
#include "support/logs.h"
#include "support/people.h"
#include "support/process.h"
#include "support/raw.h"
#include "support/world_parts.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CLOSE        " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"

/* One path in each API, with the form of its errors. */
static const struct {
    const char *path;
    const char *type;
    const char *request_id; /* member of the body, NULL: the form has none */
} apis[] = {
    {"/api/v1/auth/sign_in", "application/problem+json", "request_id"},
    {"/v3/users/delete", "application/json", NULL},
    {"/api/v1/user", "application/problem+json; charset=utf-8", NULL},
    {"/Api/V1/Login", "application/problem+json; charset=utf-8", NULL},
    {"/api/v1/organization?x=1", "application/problem+json; charset=utf-8", NULL},
    {"/api/v1/organizations", "application/problem+json", "request_id"},
    {"/nothing", "application/problem+json", "request_id"},
};

/* The members of the forms are compared by the rules of all answers. */
static void expect_refusal(const struct answer *answer, size_t api, int status)
{
    expect_status(answer, status);
    expect_header(answer, "Content-Type", apis[api].type);
    expect_header(answer, "Cache-Control", "no-store");
    if (apis[api].request_id != NULL) {
        expect_text(answer, apis[api].request_id, answer_header(answer, "X-Request-Id"));
    }
}

static void broken_requests_are_400_in_each_form(void **state)
{
    static const char *const breaks[] = {
        " HTTP/1.1\r\nConnection: close\r\n\r\n",                                 /* no Host */
        CLOSE "Host: y\r\n\r\n",                                                  /* two of them */
        CLOSE "Content-Length: x\r\n\r\n",                                        /* no number */
        CLOSE "Content-Length: 1\r\nContent-Length: 2\r\n\r\n",                   /* two lengths */
        CLOSE "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", /* both: smuggling */
        CLOSE "Host\r\n: y\r\n\r\n",
    };
    for (size_t i = 0; i < COUNT(apis) * COUNT(breaks); i++) {
        size_t api = i % COUNT(apis);
        expect_refusal(raw_print(*state, "POST %s%s", apis[api].path, breaks[i / COUNT(apis)]), api, 400);
    }
}

static void broken_addresses_are_400_in_each_form(void **state)
{
    for (size_t i = 0; i < COUNT(apis); i++) {
        if (strchr(apis[i].path, '?') == NULL) {
            expect_refusal(raw_print(*state, "GET %s/%%zz" CLOSE "\r\n", apis[i].path), i, 400);
        }
    }
    expect_status(raw_print(*state, "GET /api/v1/session%%00" CLOSE "\r\n"), 400);
    expect_status(raw_print(*state, "GET /../etc/passwd" CLOSE "\r\n"), 400);
    expect_status(raw_print(*state, "get /api/v1/session" CLOSE "\r\n"), 400);
    expect_status(raw_print(*state, "GET api/v1/session" CLOSE "\r\n"), 400);
}

static void a_request_of_an_unknown_version_is_refused(void **state)
{
    expect_error(raw_print(*state, "GET /api/v1/session HTTP/3.0\r\nHost: x\r\n\r\n"), 505, NULL);
    expect_error(raw_print(*state, "GET /api/v1/session HTTP/1.x\r\nHost: x\r\n\r\n"), 400, NULL);
}

static void trace_is_405_or_404_like_any_other_method(void **state)
{
    struct answer *answer = raw_print(*state, "TRACE /api/v1/session" CLOSE "X-Secret: a\r\n\r\n");
    expect_status(answer, 405);
    expect_header(answer, "Allow", "GET, HEAD, DELETE, OPTIONS");
    assert_null(strstr(answer->body, "X-Secret"));
    expect_status(raw_print(*state, "TRACE /nothing" CLOSE "\r\n"), 404);
    expect_status(raw_print(*state, "TRACE /v3/nothing" CLOSE "\r\n"), 404);
    expect_status(raw_print(*state, "CONNECT x:80" CLOSE "\r\n"), 400);
}

static void a_body_over_the_limit_is_413_in_each_form(void **state)
{
    static const size_t limits[] = {1 << 20, 8 << 20, 1 << 20, 1 << 20, 1 << 20, 1 << 20, 1 << 20};
    for (size_t i = 0; i < COUNT(apis); i++) {
        struct answer *answer =
            raw_print(*state, "POST %s" CLOSE "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                      apis[i].path, limits[i] + 1);
        expect_refusal(answer, i, 413);
    }
}

static void an_overlong_address_is_414_in_each_form(void **state)
{
    for (size_t i = 0; i < COUNT(apis); i++) {
        const char *mark = strchr(apis[i].path, '?') != NULL ? "&" : "?";
        expect_refusal(raw_print(*state, "GET %s%sx=%09000d" CLOSE "\r\n", apis[i].path, mark, 0), i, 414);
    }
    expect_status(raw_print(*state, "GET /api/v1/session?x=%07000d" CLOSE "\r\n", 0), 401);
}

static void overlong_headers_are_431_in_each_form(void **state)
{
    for (size_t i = 0; i < COUNT(apis); i++) {
        expect_refusal(raw_print(*state, "GET %s" CLOSE "X-Long: %09000d\r\n\r\n", apis[i].path, 0), i, 431);
        expect_refusal(
            raw_print(*state, "GET %s" CLOSE "A: %07000d\r\nB: %07000d\r\nC: %07000d\r\nD: %07000d\r\n\r\n",
                      apis[i].path, 0, 0, 0, 0),
            i, 431);
    }
    expect_status(raw_print(*state, "GET /api/v1/session" CLOSE "X-Long: %07000d\r\n\r\n", 0), 401);
}

static void its_own_refusals_keep_a_harmless_request_id(void **state)
{
    struct answer *answer =
        raw_print(*state, "POST /api/v1/auth" CLOSE "X-Request-Id: own.1\r\nContent-Length: 2000000\r\n\r\n");
    expect_status(answer, 413);
    expect_header(answer, "X-Request-Id", "own.1");
    expect_text(answer, "request_id", "own.1");
    answer =
        raw_print(*state, "POST /api/v1/auth" CLOSE "X-Request-Id: a\"b\r\nContent-Length: 2000000\r\n\r\n");
    assert_null(strchr(answer_header(answer, "X-Request-Id"), '"'));
}

static void its_own_refusals_can_be_read_by_configured_origins(void **state)
{
    struct answer *answer = raw_print(*state, "POST /api/v1/auth" CLOSE "Origin: " WORLD_ORIGIN
                                              "\r\nContent-Length: 2000000\r\n\r\n");
    expect_header(answer, "Access-Control-Allow-Origin", WORLD_ORIGIN);
    answer = raw_print(*state, "POST /api/v1/auth" CLOSE
                               "Origin: https://evil.example\r\nContent-Length: 2000000\r\n\r\n");
    expect_no_header(answer, "Access-Control-Allow-Origin");
}

static void too_many_requests_are_429_with_patience(void **state)
{
    static const char *const limited[][2] = {
        {"POST", "/api/v1/auth/sign_in"},       {"POST", "/api/v1/auth"},
        {"POST", "/api/v1/auth/password/"},     {"GET", "/api/v1/auth/username/free.name"},
        {"HEAD", "/api/v1/invitations/AAAAAA"}, {"GET", "/api/v1/auth/password/edit"}};
    struct world *world = *state;
    world_limit(world, 1, 1);
    for (size_t i = 0; i < COUNT(limited); i++) {
        struct answer *answer = NULL;
        for (int round = 0; round < 20 && (answer == NULL || answer->status != 429); round++) {
            answer = CALL(world, .method = limited[i][0], .path = limited[i][1],
                          .body = *limited[i][0] == 'P' ? "{}" : NULL);
        }
        expect_status(answer, 429);
        expect_header(answer, "Retry-After", "1");
        expect_header(answer, "Content-Type", "application/problem+json");
    }
    for (int round = 0; round < 20; round++) {
        expect_status(call_get(world, NULL, "/api/v1/uuid/new"), 200);
    }
    expect_status(raw_get_from(world, "127.0.0.9", "/api/v1/auth/username/free.name"), 200);
    world_limit(world, 1000, 1000);
}

/* The processes that one has forked. */
static size_t children_of(struct world *world, pid_t parent, pid_t *children, size_t maximum)
{
    const char *path = world_print(world, "/proc/%d/task/%d/children", parent, parent);
    struct text rest = text_trim(text_of(world_read_file(world, path)));
    size_t count = 0;
    while (rest.length > 0 && count < maximum) {
        int64_t process = 0;
        assert_true(text_to_integer(text_cut(&rest, ' '), 1, INT32_MAX, &process));
        children[count++] = (pid_t)process;
    }
    assert_true(count > 0);
    return count;
}

static void signal_workers(struct world *world, int signal)
{
    pid_t workers[64];
    size_t count = children_of(world, world_master(world), workers, COUNT(workers));
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(kill(workers[i], signal), 0);
    }
}

/* Returns when nginx works by the new text only. */
static void reload_nginx_with(struct world *world, const char *edit)
{
    const char *arguments[] = {"sed", "-i", "-e", edit, world_path(world, "nginx/nginx-muster.conf"), NULL};
    pid_t before[8];
    pid_t after[8];
    assert_int_equal(process_wait(process_start(arguments, NULL, NULL, NULL)), 0);
    assert_int_equal(children_of(world, world->nginx, before, COUNT(before)), 1);
    assert_int_equal(kill(world->nginx, SIGHUP), 0);
    for (int round = 0; children_of(world, world->nginx, after, COUNT(after)) > 1 || after[0] == before[0];
         round++) {
        assert_true(round < 30000);
        usleep(1000);
    }
}

static void a_muster_that_hangs_is_504_with_patience(void **state)
{
    struct world *world = *state;
    reload_nginx_with(world, "s/fastcgi_read_timeout [0-9]*s/fastcgi_read_timeout 200ms/");
    signal_workers(world, SIGSTOP);
    for (size_t i = 0; i < COUNT(apis); i++) {
        struct answer *answer = CALL(world, .method = "PUT", .path = apis[i].path, .body = "{}");
        expect_refusal(answer, i, 504);
        expect_header(answer, "Retry-After", "1");
    }
    signal_workers(world, SIGCONT);
    reload_nginx_with(world, "s/fastcgi_read_timeout 200ms/fastcgi_read_timeout 30s/");
    expect_status(CALL(world, .path = "/api/v1/uuid/new"), 200);
}

static void without_muster_it_is_502_with_patience(void **state)
{
    struct world *world = *state;
    assert_int_equal(process_stop(world->muster, SIGTERM, 30), 0);
    for (size_t i = 0; i < COUNT(apis); i++) {
        struct answer *answer = CALL(world, .method = "PUT", .path = apis[i].path, .body = "{}");
        expect_refusal(answer, i, 502);
        expect_header(answer, "Retry-After", "1");
    }
    /* Something that has ended well, for world_restart() to end. */
    world->muster = process_start((const char *const[]){"true", NULL}, NULL, NULL, NULL);
    assert_int_equal(waitid(P_PID, (id_t)world->muster, &(siginfo_t){0}, WEXITED | WNOWAIT), 0);
    world_restart(world, NULL);
    expect_status(CALL(world, .path = "/api/v1/uuid/new"), 200);
}

static void no_answer_tells_a_version(void **state)
{
    static const char *const paths[] = {"/", "/healthz", "/docs", "/api/v1/session", "/api/v1/session%00"};
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct answer *answer = raw_print(*state, "GET %s" CLOSE "\r\n", paths[i]);
        expect_header(answer, "Server", "nginx");
        expect_no_header(answer, "X-Powered-By");
        assert_null(strstr(answer->body, "nginx"));
    }
}

static void pages_for_people_have_a_strict_policy(void **state)
{
    struct answer *answer = call_get(*state, NULL, "/docs");
    const char *policy = answer_header(answer, "Content-Security-Policy");
    expect_status(answer, 200);
    assert_non_null(policy);
    assert_non_null(strstr(policy, "default-src 'none'"));
    assert_null(strstr(policy, "unsafe"));
    assert_null(strchr(policy, '*'));
    expect_header(answer, "Content-Type", "text/html; charset=utf-8");
}

static void long_answers_are_compressed_where_that_is_taken(void **state)
{
    struct world *world = *state;
    struct answer *plain = CALL(world, .path = "/openapi.json");
    struct answer *packed = CALL(world, .path = "/openapi.json", .headers = {"Accept-Encoding: gzip"},
                                 .unchecked = true, .method = "HEAD");
    expect_no_header(plain, "Content-Encoding");
    expect_header(packed, "Content-Encoding", "gzip");
    assert_non_null(strstr(answer_header(packed, "Vary"), "Accept-Encoding"));
    struct answer *small = CALL(world, .path = "/api/v1/uuid/new", .headers = {"Accept-Encoding: gzip"});
    expect_no_header(small, "Content-Encoding");
}

static void the_access_log_has_no_query_no_code_and_no_token(void **state)
{
    struct world *world = *state;
    world_secret(world, "SECRETCODE");
    call_get(world, NULL, "/api/v1/session?access-token=SECRETCODE&x=SECRETCODE");
    call_get(world, NULL, "/api/v1/invitations/SECRETCODE");
    raw_print(world, "GET /api/v1/session?SECRETCODE=%%zz%09000d" CLOSE "\r\n", 0);
    CALL(world, .path = "/api/v1/session",
         .headers = {"access-token: SECRETCODE", "client: SECRETCODE", "uid: SECRETCODE",
                     "Authorization: Bearer SECRETCODE", "Referer: https://x/?SECRETCODE"});
    CALL(world, .path = "/api/v1/uuid/new", .headers = {"X-Request-Id: last-of-them"});
    const char *line = wait_for_line(world, ACCESS_LOG, "last-of-them");
    assert_non_null(strstr(line, " method=GET path=\"/api/v1/uuid/new\" status=200 "));
    wait_for_line(world, ACCESS_LOG, " path=\"/api/v1/invitations/...\" ");
    assert_null(strstr(world_read_file(world, world_print(world, "%s/%s", world_folder(world), ACCESS_LOG)),
                       "SECRETCODE"));
    wait_for_line(world, MUSTER_LOG, "last-of-them");
    assert_null(strstr(world_log(world), "SECRETCODE"));
}

static void health_and_metrics_do_not_exist_for_outsiders(void **state)
{
    static const char *const paths[] = {"/healthz", "/readyz", "/metrics", "/metrics?x", "/%6detrics"};
    for (size_t i = 0; i < COUNT(paths); i++) {
        expect_error(raw_get_from(*state, "127.0.0.2", paths[i]), 404, NULL);
        expect_status(raw_get_from(*state, "127.0.0.1", paths[i]), 200);
    }
    expect_status(raw_get_from(*state, "127.0.0.2", "/api/v1/uuid/new"), 200);
    expect_error(raw_get_from(*state, "127.0.0.2", "//metrics"), 404, NULL);
    expect_error(raw_get_from(*state, "127.0.0.2", "/x/../metrics"), 404, NULL);
    expect_error(raw_get_from(*state, "127.0.0.2", "/./healthz"), 404, NULL);
}

static void health_and_readiness_tell_the_state(void **state)
{
    struct world *world = *state;
    expect_body(call_get(world, NULL, "/healthz"), "{\"status\":\"ok\"}");
    struct answer *answer = call_get(world, NULL, "/readyz");
    expect_text(answer, "status", "ok");
    assert_string_equal(world_print(world, "%d", (int)integer_at(answer, "schema_version")),
                        world_sql(world, "SELECT max(version) FROM schema_migrations", NULL));
}

/* The number behind a metric's name and labels, 0 where it is not there. */
static int64_t metric(struct world *world, const char *name)
{
    struct answer *answer = call_get(world, NULL, "/metrics");
    const char *line = strstr(answer->body, world_print(world, "\n%s ", name));
    int64_t number = 0;
    expect_status(answer, 200);
    expect_header(answer, "Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    if (line != NULL) {
        struct text rest = text_of(line + strlen(name) + 2);
        assert_true(text_to_integer(text_cut(&rest, '\n'), 0, INT64_MAX, &number));
    }
    return number;
}

static void metrics_count_requests_by_operation_and_status(void **state)
{
    static const char good[] = "muster_requests_total{operation=\"new_uuid\",status=\"200\"}";
    static const char refused[] = "muster_requests_total{operation=\"show_session\",status=\"401\"}";
    static const char unknown[] = "muster_requests_total{operation=\"none\",status=\"404\"}";
    struct world *world = *state;
    int64_t before[] = {metric(world, good), metric(world, refused), metric(world, unknown)};
    for (int i = 0; i < 3; i++) {
        call_get(world, NULL, "/api/v1/uuid/new");
    }
    call_get(world, NULL, "/api/v1/session");
    call_get(world, NULL, "/nothing");
    CALL(world, .method = "HEAD", .path = "/nothing/else");
    /* A worker counts behind its answer. */
    for (int round = 0;
         round < 10000 && (metric(world, good) < before[0] + 3 || metric(world, refused) < before[1] + 1 ||
                           metric(world, unknown) < before[2] + 2);
         round++) {
        usleep(1000);
    }
    assert_int_equal(metric(world, good), before[0] + 3);
    assert_int_equal(metric(world, refused), before[1] + 1);
    assert_int_equal(metric(world, unknown), before[2] + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_requests_are_400_in_each_form),
        cmocka_unit_test(broken_addresses_are_400_in_each_form),
        cmocka_unit_test(a_request_of_an_unknown_version_is_refused),
        cmocka_unit_test(trace_is_405_or_404_like_any_other_method),
        cmocka_unit_test(a_body_over_the_limit_is_413_in_each_form),
        cmocka_unit_test(an_overlong_address_is_414_in_each_form),
        cmocka_unit_test(overlong_headers_are_431_in_each_form),
        cmocka_unit_test(its_own_refusals_keep_a_harmless_request_id),
        cmocka_unit_test(its_own_refusals_can_be_read_by_configured_origins),
        cmocka_unit_test(too_many_requests_are_429_with_patience),
        cmocka_unit_test(a_muster_that_hangs_is_504_with_patience),
        cmocka_unit_test(without_muster_it_is_502_with_patience),
        cmocka_unit_test(no_answer_tells_a_version),
        cmocka_unit_test(pages_for_people_have_a_strict_policy),
        cmocka_unit_test(long_answers_are_compressed_where_that_is_taken),
        cmocka_unit_test(the_access_log_has_no_query_no_code_and_no_token),
        cmocka_unit_test(health_and_metrics_do_not_exist_for_outsiders),
        cmocka_unit_test(health_and_readiness_tell_the_state),
        cmocka_unit_test(metrics_count_requests_by_operation_and_status),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
