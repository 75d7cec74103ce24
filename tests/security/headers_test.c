/* The headers that protect an answer, on every answer: of each operation to each kind of caller, of unknown
 * paths, and of nginx's own errors. */

#include "security/places.h"
#include "support/expect.h"
#include "support/figure.h"
#include "support/raw.h"

static struct callers callers;
static size_t answers;
static size_t pages;

static int setup(void **state)
{
    *state = world_start("open_registration = on\n");
    callers = make_callers(*state, "Headers");
    return 0;
}

/* Names of software that answers for itself. */
static void expect_no_version(const struct answer *answer)
{
    static const char *const telling[] = {"X-Powered-By", "X-AspNet-Version", "Via", "X-Runtime"};
    const char *server = answer_header(answer, "Server");
    if (server != NULL && strcmp(server, "nginx") != 0) {
        fail_msg("%s: the server is told as %s", answer->request, server);
    }
    for (size_t i = 0; i < sizeof(telling) / sizeof(telling[0]); i++) {
        expect_no_header(answer, telling[i]);
    }
}

/* A page loads nothing but its own, and nobody frames it. */
static void expect_strict_policy(const struct answer *answer)
{
    static const char *const parts[] = {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"};
    const char *policy = answer_header(answer, "Content-Security-Policy");
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (policy == NULL || strstr(policy, parts[i]) == NULL || strstr(policy, "unsafe-") != NULL) {
            fail_msg("%s: a page with the policy %s", answer->request, policy != NULL ? policy : "(none)");
        }
    }
    pages++;
}

/* Errors are kept by nobody either: what is refused today may be allowed tomorrow. */
static void check(const struct answer *answer, bool personal)
{
    const char *type = answer_header(answer, "Content-Type");
    expect_header(answer, "X-Content-Type-Options", "nosniff");
    expect_no_version(answer);
    if (personal || answer->status >= 400) {
        expect_header(answer, "Cache-Control", "no-store");
    }
    if (type != NULL && strstr(type, "html") != NULL) {
        expect_strict_policy(answer);
    }
    answers++;
}

static struct answer *call_bare(struct world *world, const char *method, const struct endpoint *row)
{
    const char *path = fill(world, world_print(world, "%s%s", api_base(row->api), row->path), row,
                            tenant_thing, &callers.tenant);
    return CALL(world, .method = method, .path = path);
}

/* As somebody who is let in, as nobody, with another method, with a body that cannot be read. */
static void every_answer_of_every_operation_is_protected(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < endpoint_count; i++) {
        const struct endpoint *row = &endpoints[i];
        const struct place place = {.row = row, .kind = PLACE_HEADER, .name = "X-Nothing"};
        bool personal = row->personal || row->opens_session || row->access != ACCESS_PUBLIC;
        check(call_place(world, &callers, &place, (struct payload){TEXT("x"), NULL}), personal);
        check(call_bare(world, method_name(row->method), row), personal);
        check(call_bare(world, "PATCH", row), false);
        check(call_bare(world, "OPTIONS", row), false);
        check(call_bare(world, "TRACE", row), false);
    }
    check(CALL(world, .path = "/nothing/here"), false);
    check(CALL(world, .path = "/api/v1/nothing"), false);
    check(CALL(world, .path = "/v3/nothing", .method = "POST", .body = "{"), false);
}

static void expect_kept_by_nobody(const struct answer *answer, int status)
{
    expect_status(answer, status);
    assert_int_equal(answer_header_count(answer, "Cache-Control"), 1);
    check(answer, false);
}

/* What may be kept by everybody while it is well. */
static void failures_of_public_pages_are_kept_by_nobody(void **state)
{
    struct world *world = *state;
    const char *version = world_sql(world,
                                    "UPDATE schema_migrations SET version = version + 1000 WHERE version = "
                                    "(SELECT max(version) FROM schema_migrations) RETURNING version",
                                    NULL);
    expect_kept_by_nobody(CALL(world, .path = "/readyz"), 503);
    world_sql(world, "UPDATE schema_migrations SET version = version - 1000 WHERE version = $1::integer",
              version, NULL);
    expect_status(CALL(world, .path = "/readyz"), 200);

    expect_status(CALL(world, .path = "/.well-known/jwks.json"), 200);
    world_sql(world, "ALTER TABLE openid_keys RENAME TO openid_keys_away", NULL);
    expect_kept_by_nobody(CALL(world, .path = "/.well-known/jwks.json", .unchecked = true), 500);
    world_sql(world, "ALTER TABLE openid_keys_away RENAME TO openid_keys", NULL);
}

static void errors_of_nginx_are_protected(void **state)
{
    struct world *world = *state;
    const char *head = "HTTP/1.1\r\nHost: muster.test\r\nConnection: close\r\n";
    char *many = arena_copy_string(world_arena(world), world_print(world, "%*s", 9000, "x"));
    memset(many, 'x', strlen(many));
    check(raw_print(world, "POST /api/v1/auth %sContent-Length: 99999999\r\n\r\n", head), false);
    check(raw_print(world, "GET /api/v1/%s %s\r\n", many, head), false);
    check(raw_print(world, "GET / %sX-Long: %s\r\n\r\n", head, many), false);
    check(raw_print(world, "GET / HTTP/1.1\r\n\r\n"), false);
    check(raw_print(world, "TRACE / %s\r\n", head), false);
    check(raw_print(world, "nonsense\r\n\r\n"), false);
}

static void pages_for_people_have_a_strict_policy(void **state)
{
    size_t before = pages;
    check(CALL(*state, .path = "/docs"), false);
    assert_int_equal(pages, before + 1);
    figure("%zu answers, %zu of them pages", answers, pages);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_answer_of_every_operation_is_protected),
        cmocka_unit_test(failures_of_public_pages_are_kept_by_nobody),
        cmocka_unit_test(errors_of_nginx_are_protected),
        cmocka_unit_test(pages_for_people_have_a_strict_policy),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
