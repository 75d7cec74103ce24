/* OpenID tokens from Cognito, as a server near by plays it: signed requests, one identity a user, and what is
 * told when it does not answer. */
#include <json-c/json.h>

#include "base/encoding.h"
#include "support/company.h"
#include "support/expect.h"
#include "support/fakes.h"

#define SESSION_PATH "/api/v1/cognito/session"

static struct company company;
static struct arena *memory;
static struct fakes fakes;

static const char *configuration(const char *secret)
{
    return arena_print(memory,
                       "identity = cognito\ncognito_endpoint = %s\ncognito_region = us-east-1\n"
                       "cognito_identity_pool_id = us-east-1:pool\ncognito_developer_provider = login.test\n"
                       "aws_access_key_id = " FAKE_KEY_ID "\naws_secret_access_key = %s\nslow_workers = 1\n",
                       fakes.address, secret);
}

static const char *usual_configuration(void)
{
    return configuration(FAKE_SECRET);
}

static int setup(void **state)
{
    fakes_world_start(state, &memory, &fakes, usual_configuration);
    company = make_company(*state);
    return 0;
}

static int teardown(void **state)
{
    return fakes_world_stop(state, memory, &fakes);
}

static const char *token_of(struct world *world, const struct session *session)
{
    struct answer *answer = call_get(world, session, SESSION_PATH);
    expect_status(answer, 200);
    return json_object_get_string(answer->json);
}

/* What stands in the middle of a token. */
static const char *claims_of(struct world *world, const char *token)
{
    struct text rest = text_of(token);
    struct text claims = NO_TEXT;
    (void)text_cut(&rest, '.');
    assert_true(decode_base64(world_arena(world), text_cut(&rest, '.'), &claims));
    return arena_copy(world_arena(world), claims.data, claims.length);
}

static void a_user_gets_the_token_of_one_identity(void **state)
{
    struct world *world = *state;
    const char *first = claims_of(world, token_of(world, &company.learner.session));
    const char *second = claims_of(world, token_of(world, &company.learner.session));
    const char *other = claims_of(world, token_of(world, &company.outsider.session));

    assert_string_equal(first, second);
    assert_string_not_equal(first, other);
    assert_non_null(strstr(first, "[\"authenticated\", \"login.test\"]"));
    assert_non_null(
        strstr(fakes_log(memory, &fakes),
               world_print(world,
                           "\"signed\": true, \"body\": \"{\\\"IdentityPoolId\\\":\\\"us-east-1:pool\\\","
                           "\\\"Logins\\\":{\\\"login.test\\\":\\\"%s\\\"},\\\"TokenDuration\\\":900}\", "
                           "\"target\": \"AWSCognitoIdentityService.GetOpenIdTokenForDeveloperIdentity\", "
                           "\"type\": \"application/x-amz-json-1.1\"",
                           company.learner.user_id)));
}

static void each_guest_is_a_new_identity(void **state)
{
    struct world *world = *state;
    const char *first = claims_of(world, token_of(world, NULL));
    const char *second = claims_of(world, token_of(world, NULL));

    assert_string_not_equal(first, second);
    assert_non_null(strstr(first, "[\"unauthenticated\"]"));
}

static void an_ended_session_is_refused_before_anybody_is_asked(void **state)
{
    struct world *world = *state;
    size_t asked = fakes_count(memory, &fakes, "AWSCognitoIdentityService.");

    expect_error(CALL(world, .path = SESSION_PATH, .headers = {"Authorization: Bearer ended"}), 401, NULL);
    assert_int_equal(fakes_count(memory, &fakes, "AWSCognitoIdentityService."), asked);
}

static void a_service_that_fails_is_given_a_rest(void **state)
{
    struct world *world = *state;

    fakes_break(memory, &fakes, true);
    struct answer *answer = call_get(world, NULL, SESSION_PATH);
    expect_error(answer, 503, NULL);
    assert_non_null(answer_header(answer, "Retry-After"));
    size_t asked = fakes_count(memory, &fakes, "AWSCognitoIdentityService.");
    expect_error(call_get(world, NULL, SESSION_PATH), 503, NULL);
    assert_int_equal(fakes_count(memory, &fakes, "AWSCognitoIdentityService."), asked);
    fakes_break(memory, &fakes, false);
    assert_non_null(strstr(world_log(world), "Cognito answers GetId with status 500"));
    world_restart(world, configuration(FAKE_SECRET));
    (void)token_of(world, NULL);
}

static void a_wrong_secret_is_told_in_the_log_only(void **state)
{
    struct world *world = *state;

    world_restart(world, configuration("wrong"));
    struct answer *answer = call_get(world, &company.learner.session, SESSION_PATH);
    expect_error(answer, 503, NULL);
    assert_null(strstr(answer->body, "Cognito"));
    assert_non_null(strstr(world_log(world), "InvalidSignatureException"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_user_gets_the_token_of_one_identity),
        cmocka_unit_test(each_guest_is_a_new_identity),
        cmocka_unit_test(an_ended_session_is_refused_before_anybody_is_asked),
        cmocka_unit_test(a_service_that_fails_is_given_a_rest),
        cmocka_unit_test(a_wrong_secret_is_told_in_the_log_only),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
