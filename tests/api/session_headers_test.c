/* The five headers of a session: on every answer to a valid one, whatever its status, and on no other. */
#include "support/expect.h"
#include "support/people.h"
#include "support/sessions.h"

static const char *organization;
static struct person ada;
static struct person bob;

static int setup(void **state)
{
    struct world *world = world_start(NULL);

    *state = world;
    organization = make_organization(world, "Acme");
    ada = make_member(world, organization, "Ada");
    bob = make_member(world, organization, "Bob");
    return 0;
}

static void expect_with_headers(struct world *world, struct call call, int status)
{
    call.session = &ada.session;
    struct answer *answer = call_send(world, call);

    expect_status(answer, status);
    expect_session_headers(answer, &ada.session);
    expect_header(answer, "uid", ada.session.uid);
    expect_header(answer, "expiry", answer_header(expect_open(world, &ada.session), "expiry"));
    expect_header(answer, "Cache-Control", "no-store");
    expect_no_header(answer, "authorization");
}

static void expect_without_headers(struct world *world, struct call call, int status)
{
    call.session = &ada.session;
    struct answer *answer = call_send(world, call);

    expect_status(answer, status);
    expect_no_session_headers(answer);
}

static void successes_carry_them(void **state)
{
    struct world *world = *state;

    expect_with_headers(world, (struct call){.path = "/api/v1/session"}, 200);
    expect_with_headers(world, (struct call){.path = "/api/v1/auth/validate_token"}, 200);
    expect_with_headers(world, (struct call){.path = "/api/v1/users"}, 200);
    expect_with_headers(world, (struct call){.path = "/api/v1/organizations"}, 200);
    expect_with_headers(world, (struct call){.path = world_print(world, "/api/v1/users/%s", ada.user_id)},
                        200);
    expect_with_headers(world, (struct call){.method = "PATCH", .path = "/api/v1/auth", .body = "{}"}, 200);
    expect_with_headers(world, (struct call){.method = "HEAD", .path = "/api/v1/session"}, 200);
}

static void refusals_carry_them(void **state)
{
    struct world *world = *state;
    const char *other = world_print(world, "/api/v1/users/%s", bob.user_id);
    const char *body = "{\"email\": \"somebody@example.test\"}";

    expect_with_headers(world, (struct call){.path = "/api/v1/users?size=0"}, 400);
    expect_with_headers(world, (struct call){.method = "PATCH", .path = "/api/v1/auth", .body = "{"}, 400);
    expect_with_headers(
        world, (struct call){.method = "PATCH", .path = "/api/v1/auth", .body = "{\"username\": 5}"}, 400);
    expect_with_headers(world, (struct call){.method = "PATCH", .path = other, .body = body}, 403);
    expect_with_headers(world, (struct call){.path = "/api/v1/users/11111111-2222-4333-8444-555555555555"},
                        404);
    expect_with_headers(world, (struct call){.path = "/api/v1/users/not-an-id"}, 404);
    expect_with_headers(
        world, (struct call){.method = "PATCH", .path = "/api/v1/auth", .body = "{\"username\": \"a\"}"},
        422);
    expect_with_headers(world, (struct call){.method = "PUT", .path = "/api/v1/auth/password", .body = "{}"},
                        422);
}

static void public_operations_carry_none(void **state)
{
    struct world *world = *state;
    const char *code = make_invitation(world, organization, "Eve", NULL);

    expect_without_headers(world, (struct call){.path = "/api/v1/auth/username/anybody"}, 200);
    expect_without_headers(world, (struct call){.path = world_print(world, "/api/v1/invitations/%s", code)},
                           200);
    expect_without_headers(world, (struct call){.path = "/api/v1/invitations/NOCODE"}, 404);
    expect_without_headers(world, (struct call){.path = "/api/v1/uuid/new"}, 200);
    expect_without_headers(world, (struct call){.method = "POST", .path = "/api/v1/auth", .body = "{}"}, 422);
    expect_without_headers(world,
                           (struct call){.method = "POST",
                                         .path = "/api/v1/auth/sign_in",
                                         .body = "{\"username\": \"x\", \"password\": \"y\"}"},
                           401);
    expect_without_headers(world,
                           (struct call){.method = "POST",
                                         .path = "/api/v1/auth/password",
                                         .body = "{\"email\": \"a@example.test\"}"},
                           401);
}

static void what_is_refused_before_the_session_is_checked_carries_none(void **state)
{
    struct world *world = *state;
    const char *large = world_print(world, "{\"first_name\": \"%01100000d\"}", 1);
    struct call call = {.method = "PATCH", .path = "/api/v1/auth", .body = "{}"};

    expect_without_headers(world, (struct call){.path = "/api/v1/nowhere"}, 404);
    expect_without_headers(world, (struct call){.method = "POST", .path = "/api/v1/session"}, 405);
    call.headers[0] = "Accept: application/xml";
    expect_without_headers(world, call, 406);
    call.headers[0] = NULL;
    call.type = "text/plain";
    expect_without_headers(world, call, 415);
    call.type = NULL;
    call.body = large;
    expect_without_headers(world, call, 413);
    expect_without_headers(world, (struct call){.method = "OPTIONS", .path = "/api/v1/session"}, 204);
}

static void an_answer_is_never_taken_from_a_cache(void **state)
{
    struct world *world = *state;

    expect_with_headers(world, (struct call){.path = "/api/v1/session", .headers = {"If-None-Match: *"}},
                        200);
    expect_with_headers(world,
                        (struct call){.path = "/api/v1/session",
                                      .headers = {"If-Modified-Since: Wed, 01 Jan 2098 00:00:00 GMT",
                                                  "Cache-Control: max-age=0"}},
                        200);
}

static void browsers_of_allowed_origins_may_read_them(void **state)
{
    struct world *world = *state;
    struct answer *answer =
        CALL(world, .session = &ada.session, .path = "/api/v1/session", .headers = {"Origin: " WORLD_ORIGIN});

    expect_header(answer, "Access-Control-Allow-Origin", WORLD_ORIGIN);
    const char *exposed = answer_header(answer, "Access-Control-Expose-Headers");
    assert_non_null(exposed);
    assert_non_null(strstr(exposed, "access-token"));
    assert_non_null(strstr(exposed, "token-type"));
    assert_non_null(strstr(exposed, "client"));
    assert_non_null(strstr(exposed, "expiry"));
    assert_non_null(strstr(exposed, "uid"));
    assert_non_null(strstr(exposed, "authorization"));
    answer = CALL(world, .session = &ada.session, .path = "/api/v1/session",
                  .headers = {"Origin: https://evil.test"});
    expect_no_header(answer, "Access-Control-Allow-Origin");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(successes_carry_them),
        cmocka_unit_test(refusals_carry_them),
        cmocka_unit_test(public_operations_carry_none),
        cmocka_unit_test(what_is_refused_before_the_session_is_checked_carries_none),
        cmocka_unit_test(an_answer_is_never_taken_from_a_cache),
        cmocka_unit_test(browsers_of_allowed_origins_may_read_them),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
