/* token_rotation = on: the token changes with each request, and no client is ever left without one. */
#include "support/expect.h"
#include "support/people.h"
#include "support/sessions.h"

#define SESSION  "/api/v1/session"
#define SIGN_OUT "/api/v1/auth/sign_out"
#define TOGETHER 20
#define ROUNDS   10

static const char *organization;

static int setup(void **state)
{
    struct world *world = world_start("token_rotation = on\nworkers = 8\n");

    *state = world;
    organization = make_organization(world, "Acme");
    return 0;
}

static struct person member(void **state, const char *first_name)
{
    return make_member(*state, organization, first_name);
}

static void set_last_change(struct world *world, const struct session *session, const char *when)
{
    world_sql(
        world,
        "UPDATE sessions SET rotated_at = now() + $2::interval WHERE client = $1 AND rotated_at IS NOT NULL",
        session->client, when, NULL);
}

/* As if the last change had been more than five seconds ago. */
static void pass_time(struct world *world, const struct session *session)
{
    set_last_change(world, session, "-6 seconds");
}

/* As if the five seconds since the last change never passed, however slow this machine is. */
static void stop_time(struct world *world, const struct session *session)
{
    set_last_change(world, session, "1 hour");
}

/* The session after the answer: the same client with the token that was told. */
static struct session next(struct world *world, const struct answer *answer, const struct session *session)
{
    struct session told = answer_session(world, answer);

    assert_string_equal(told.client, session->client);
    return told;
}

/* A request that changes the token, and its new one. */
static struct session rotate(struct world *world, const struct session *session)
{
    pass_time(world, session);
    struct session changed = next(world, expect_open(world, session), session);

    assert_string_not_equal(changed.access_token, session->access_token);
    stop_time(world, session);
    return changed;
}

static void each_request_brings_a_new_token(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Each");
    struct session session = person.session;

    for (int i = 0; i < 3; i++) {
        session = rotate(world, &session);
    }
    expect_session_headers(expect_open(world, &session), &session);
}

static void an_old_token_is_good_for_five_seconds_and_is_the_one_told(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Old");
    struct session fresh = rotate(world, &person.session);

    expect_session_headers(expect_open(world, &person.session), &person.session);
    expect_session_headers(expect_open(world, &fresh), &fresh);
    pass_time(world, &fresh);
    expect_ended(world, &person.session);
    expect_status(call_get(world, &fresh, SESSION), 200);
}

static void a_token_before_the_old_one_is_dead(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Dead");
    struct session second = rotate(world, &person.session);
    struct session third = rotate(world, &second);

    expect_ended(world, &person.session);
    expect_open(world, &second);
    expect_open(world, &third);
}

static void requests_at_the_same_time_all_get_a_token_that_works(void **state)
{
    struct world *world = *state;
    struct call calls[TOGETHER];
    struct answer *answers[TOGETHER];

    for (int round = 0; round < ROUNDS; round++) {
        struct person person = member(state, "Together");
        for (int i = 0; i < TOGETHER; i++) {
            calls[i] = (struct call){.path = SESSION, .session = &person.session};
        }
        call_together(world, calls, TOGETHER, answers);
        stop_time(world, &person.session);
        for (int i = 0; i < TOGETHER; i++) {
            expect_status(answers[i], 200);
            struct session told = next(world, answers[i], &person.session);
            expect_open(world, &told);
        }
    }
}

static void a_refused_request_changes_the_token_for_good(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Refused");
    struct answer *answer = CALL(world, .method = "PATCH", .session = &person.session, .path = "/api/v1/auth",
                                 .body = "{\"username\": \"a\"}");

    expect_status(answer, 422);
    struct session fresh = next(world, answer, &person.session);
    assert_string_not_equal(fresh.access_token, person.session.access_token);
    pass_time(world, &fresh);
    expect_status(call_get(world, &person.session, SESSION), 401);
    expect_status(call_get(world, &fresh, SESSION), 200);
}

static void not_found_and_malformed_requests_tell_a_token_too(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Lost");
    struct answer *answer =
        call_get(world, &person.session, "/api/v1/users/11111111-2222-4333-8444-555555555555");

    expect_status(answer, 404);
    struct session fresh = next(world, answer, &person.session);
    pass_time(world, &fresh);
    answer = CALL(world, .method = "PATCH", .session = &fresh, .path = "/api/v1/auth", .body = "[");
    expect_status(answer, 400);
    struct session last = next(world, answer, &fresh);
    expect_open(world, &last);
}

static void wrong_values_change_nothing(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Wrong");
    const struct session client = {person.session.access_token, "wrong", person.session.uid};
    const struct session uid = {person.session.access_token, person.session.client, "wrong"};

    expect_ended(world, &client);
    expect_ended(world, &uid);
    assert_string_equal(world_sql(world, "SELECT rotated_at IS NULL FROM sessions WHERE client = $1",
                                  person.session.client, NULL),
                        "t");
    expect_open(world, &person.session);
}

static void an_old_token_needs_the_right_client_and_uid_too(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Mixed");
    struct session fresh = rotate(world, &person.session);
    const struct session client = {person.session.access_token, "wrong", person.session.uid};
    const struct session uid = {person.session.access_token, person.session.client, "wrong"};

    expect_ended(world, &client);
    expect_ended(world, &uid);
    expect_open(world, &fresh);
}

static void sessions_of_one_user_change_apart(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Apart");
    struct session other = open_session(world, person.username, person.password);

    rotate(world, &person.session);
    assert_string_equal(
        world_sql(world, "SELECT rotated_at IS NULL FROM sessions WHERE client = $1", other.client, NULL),
        "t");
    expect_open(world, &other);
}

static void the_expiry_stays_when_the_token_changes(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Expiry");
    const char *statement =
        "SELECT extract(epoch FROM date_trunc('second', expires_at))::bigint FROM sessions WHERE client = $1";
    const char *expiry = world_sql(world, statement, person.session.client, NULL);
    struct session fresh = rotate(world, &person.session);

    expect_header(expect_open(world, &person.session), "expiry", expiry);
    expect_header(expect_open(world, &fresh), "expiry", expiry);
    rotate(world, &fresh);
    assert_string_equal(world_sql(world, statement, person.session.client, NULL), expiry);
}

static void one_header_for_all_and_a_plain_bearer_change_too(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Bearer");
    struct answer *answer =
        CALL(world, .path = SESSION, .headers = {authorization_header(world, &person.session)});

    expect_status(answer, 200);
    struct session fresh = next(world, answer, &person.session);
    assert_string_not_equal(fresh.access_token, person.session.access_token);
    const char *told = world_print(world, "Authorization: %s", answer_header(answer, "authorization"));
    world_secret(world, answer_header(answer, "authorization"));
    expect_status(CALL(world, .path = SESSION, .headers = {told}), 200);
    pass_time(world, &fresh);
    answer = CALL(world, .path = SESSION,
                  .headers = {world_print(world, "Authorization: Bearer %s", fresh.access_token)});
    expect_status(answer, 200);
    assert_string_not_equal(next(world, answer, &fresh).access_token, fresh.access_token);
}

static void signing_out_with_an_old_token_ends_the_session(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Leave");
    struct session fresh = rotate(world, &person.session);
    struct answer *answer = CALL(world, .method = "DELETE", .session = &person.session, .path = SIGN_OUT);

    expect_status(answer, 200);
    expect_no_session_headers(answer);
    expect_ended(world, &fresh);
    expect_ended(world, &person.session);
}

static void an_ended_session_does_not_come_back(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Ended");

    world_sql(world, "UPDATE sessions SET expires_at = now() WHERE client = $1", person.session.client, NULL);
    expect_ended(world, &person.session);
    world_sql(world, "UPDATE sessions SET expires_at = now() + interval '1 day' WHERE client = $1",
              person.session.client, NULL);
    struct session fresh = rotate(world, &person.session);
    world_sql(world, "UPDATE users SET enabled = false WHERE id = $1::uuid", person.user_id, NULL);
    expect_ended(world, &fresh);
    expect_ended(world, &person.session);
}

static void only_hashes_of_old_and_new_tokens_are_kept(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Hash");
    struct session fresh = rotate(world, &person.session);

    assert_string_equal(world_sql(world,
                                  "SELECT count(*) FROM sessions WHERE client = $1 "
                                  "AND token_hash = sha256(convert_to($2, 'UTF8')) "
                                  "AND previous_token_hash = sha256(convert_to($3, 'UTF8'))",
                                  fresh.client, fresh.access_token, person.session.access_token, NULL),
                        "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_request_brings_a_new_token),
        cmocka_unit_test(an_old_token_is_good_for_five_seconds_and_is_the_one_told),
        cmocka_unit_test(a_token_before_the_old_one_is_dead),
        cmocka_unit_test(requests_at_the_same_time_all_get_a_token_that_works),
        cmocka_unit_test(a_refused_request_changes_the_token_for_good),
        cmocka_unit_test(not_found_and_malformed_requests_tell_a_token_too),
        cmocka_unit_test(wrong_values_change_nothing),
        cmocka_unit_test(an_old_token_needs_the_right_client_and_uid_too),
        cmocka_unit_test(sessions_of_one_user_change_apart),
        cmocka_unit_test(the_expiry_stays_when_the_token_changes),
        cmocka_unit_test(one_header_for_all_and_a_plain_bearer_change_too),
        cmocka_unit_test(signing_out_with_an_old_token_ends_the_session),
        cmocka_unit_test(an_ended_session_does_not_come_back),
        cmocka_unit_test(only_hashes_of_old_and_new_tokens_are_kept),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
