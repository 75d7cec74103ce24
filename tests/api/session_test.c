/* Sessions: what a request may present, who is let in, how a session ends, and what is kept of it. */
#include "base/encoding.h"
#include "support/expect.h"
#include "support/people.h"
#include "support/sessions.h"

#define SESSION  "/api/v1/session"
#define VALIDATE "/api/v1/auth/validate_token"
#define SIGN_OUT "/api/v1/auth/sign_out"
#define FORM     "application/x-www-form-urlencoded"

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

static struct session open_again(struct world *world)
{
    return open_session(world, ada.username, ada.password);
}

static const char *percent(struct world *world, const char *text)
{
    return world_print(world, "%.*s", TEXT_ARGUMENTS(encode_percent(world_arena(world), text_of(text))));
}

/* The three values as a query or a form. */
static const char *parameters(struct world *world, const struct session *session)
{
    return world_print(world, "access-token=%s&client=%s&uid=%s", percent(world, session->access_token),
                       percent(world, session->client), percent(world, session->uid));
}

static const char *object(struct world *world, const struct session *session)
{
    return world_print(world, "{\"access-token\": \"%s\", \"client\": \"%s\", \"uid\": \"%s\"}",
                       session->access_token, session->client, session->uid);
}

static void the_session_shows_its_user_and_itself(void **state)
{
    struct world *world = *state;
    struct answer *answer = expect_open(world, &ada.session);

    expect_text(answer, "data.id", ada.user_id);
    expect_text(answer, "data.session.client", ada.session.client);
    expect_text(answer, "data.organizations.0.id", organization);
    expect_text(answer, "data.memberships.0.id", ada.membership_id);
    expect_header(answer, "Cache-Control", "no-store");
    expect_absent(answer, "data.password_hash");
    expect_absent(answer, "data.tokens");
}

static void values_that_are_not_a_session_are_refused(void **state)
{
    struct world *world = *state;
    const struct session real = ada.session;
    const struct session values[] = {
        {"wrong-token", real.client, real.uid},
        {real.access_token, "wrong-client", real.uid},
        {real.access_token, real.client, "wrong@example.test"},
        {bob.session.access_token, real.client, real.uid},
        {real.access_token, bob.session.client, real.uid},
        {real.access_token, real.client, bob.session.uid},
        {real.access_token, real.client, world_print(world, "%s%%", real.uid)},
        {world_print(world, "%sA", real.access_token), real.client, real.uid},
        {"", real.client, real.uid},
        {real.access_token, "", real.uid},
        {real.access_token, real.client, ""},
        {world_print(world, "%02000d", 1), real.client, real.uid},
        {"\xff\xfe", real.client, real.uid},
        {real.access_token, real.client, "' OR '1'='1"},
    };

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        expect_ended(world, &values[i]);
    }
    expect_ended(world, NULL);
    expect_open(world, &real);
}

static void a_missing_header_is_no_session(void **state)
{
    struct world *world = *state;
    const char *token = world_print(world, "access-token: %s", ada.session.access_token);
    const char *client = world_print(world, "client: %s", ada.session.client);
    const char *uid = world_print(world, "uid: %s", ada.session.uid);

    expect_status(CALL(world, .path = SESSION, .headers = {token, client, uid}), 200);
    expect_status(CALL(world, .path = SESSION, .headers = {client, uid}), 401);
    expect_status(CALL(world, .path = SESSION, .headers = {token, uid}), 401);
    expect_status(CALL(world, .path = SESSION, .headers = {token, client}), 401);
    expect_status(CALL(world, .path = SESSION, .headers = {token}), 401);
}

static void a_uid_is_compared_without_case(void **state)
{
    struct world *world = *state;
    const struct session session = {ada.session.access_token, ada.session.client,
                                    world_sql(world, "SELECT upper($1)", ada.session.uid, NULL)};

    expect_header(expect_open(world, &session), "uid", ada.session.uid);
}

static void one_authorization_header_stands_for_three(void **state)
{
    struct world *world = *state;
    const char *header = authorization_header(world, &ada.session);
    struct answer *answer = CALL(world, .path = SESSION, .headers = {header});

    expect_status(answer, 200);
    expect_session_headers(answer, &ada.session);
    assert_non_null(answer_header(answer, "authorization"));
    const struct session wrong = {ada.session.access_token, ada.session.client, bob.session.uid};
    expect_status(CALL(world, .path = SESSION, .headers = {authorization_header(world, &wrong)}), 401);
    const struct session other = {bob.session.access_token, ada.session.client, ada.session.uid};
    expect_status(CALL(world, .path = SESSION, .headers = {authorization_header(world, &other)}), 401);
}

static void a_plain_bearer_token_is_enough(void **state)
{
    struct world *world = *state;
    struct answer *answer =
        CALL(world, .path = SESSION,
             .headers = {world_print(world, "Authorization: Bearer %s", ada.session.access_token)});

    expect_status(answer, 200);
    expect_session_headers(answer, &ada.session);
    expect_status(
        CALL(world, .path = SESSION,
             .headers = {world_print(world, "Authorization: bearer  %s", ada.session.access_token)}),
        200);
}

static void other_authorizations_are_refused(void **state)
{
    struct world *world = *state;
    const char *const values[] = {
        "Basic dXNlcjpwYXNz",
        "Bearer",
        "Bearer ",
        "Bearer unknown-token",
        "Bearer e30=",                 /* {} */
        "Bearer W10=",                 /* [] */
        "Bearer eyJhY2Nlc3MtdG9rZW4i", /* {"access-token" */
        world_print(world, "Bearer %s extra", ada.session.access_token),
        world_print(world, "Token %s", ada.session.access_token),
        world_print(world, "Basic %s", ada.session.access_token),
        ada.session.access_token,
    };

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct answer *answer =
            CALL(world, .path = SESSION, .headers = {world_print(world, "Authorization: %s", values[i])});
        expect_error(answer, 401, "You need to sign in");
        expect_header(answer, "WWW-Authenticate", "Bearer");
    }
}

static void below_auth_the_values_may_come_as_query_or_body(void **state)
{
    struct world *world = *state;
    struct session first = open_again(world);
    struct session second = open_again(world);
    struct session third = open_again(world);

    expect_status(CALL(world, .path = world_print(world, VALIDATE "?%s", parameters(world, &first))), 200);
    expect_status(CALL(world, .method = "DELETE",
                       .path = world_print(world, SIGN_OUT "?%s", parameters(world, &first))),
                  200);
    expect_status(CALL(world, .method = "DELETE", .path = SIGN_OUT, .body = object(world, &second)), 200);
    expect_status(
        CALL(world, .method = "DELETE", .path = SIGN_OUT, .body = parameters(world, &third), .type = FORM),
        200);
    expect_ended(world, &first);
    expect_ended(world, &second);
    expect_ended(world, &third);
}

static void wrong_values_as_query_or_body_are_refused(void **state)
{
    struct world *world = *state;
    const struct session wrong = {ada.session.access_token, ada.session.client, bob.session.uid};

    expect_status(CALL(world, .path = world_print(world, VALIDATE "?%s", parameters(world, &wrong))), 401);
    expect_status(CALL(world, .method = "DELETE", .path = SIGN_OUT, .body = object(world, &wrong)), 404);
    expect_status(
        CALL(world, .method = "DELETE", .path = SIGN_OUT, .body = parameters(world, &wrong), .type = FORM),
        404);
    expect_status(CALL(world, .method = "DELETE", .path = SIGN_OUT, .body = "{\"access-token\": 7}"), 404);
    expect_open(world, &ada.session);
}

static void elsewhere_only_headers_count(void **state)
{
    struct world *world = *state;

    expect_status(CALL(world, .path = world_print(world, SESSION "?%s", parameters(world, &ada.session))),
                  401);
    expect_status(CALL(world, .method = "DELETE", .path = SESSION, .body = object(world, &ada.session)), 401);
    expect_open(world, &ada.session);
}

static void validate_token_tells_the_user(void **state)
{
    struct world *world = *state;
    struct answer *answer = call_get(world, &ada.session, VALIDATE);

    expect_status(answer, 200);
    expect_true(answer, "success");
    expect_text(answer, "data.uid", ada.email);
    expect_absent(answer, "data.session");
    expect_session_headers(answer, &ada.session);
    expect_status(call_get(world, &ada.session, VALIDATE "/"), 200);
}

static void validate_token_refuses_in_its_own_words(void **state)
{
    struct world *world = *state;
    const struct session wrong = {"wrong", ada.session.client, ada.session.uid};
    const struct session *const values[] = {NULL, &wrong};

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct answer *answer = call_get(world, values[i], VALIDATE);
        expect_status(answer, 401);
        expect_false(answer, "success");
        expect_length(answer, "errors", 1);
        expect_text(answer, "errors.0", "Invalid login credentials");
        expect_no_session_headers(answer);
    }
}

static void signing_out_ends_one_session_once(void **state)
{
    struct world *world = *state;
    struct session session = open_again(world);
    struct answer *answer = CALL(world, .method = "DELETE", .session = &session, .path = SIGN_OUT);

    expect_status(answer, 200);
    expect_body(answer, "{\"success\":true}");
    expect_no_session_headers(answer);
    expect_ended(world, &session);
    answer = CALL(world, .method = "DELETE", .session = &session, .path = SIGN_OUT);
    expect_error(answer, 404, "User was not found or was not logged in.");
    expect_no_session_headers(answer);
    expect_open(world, &ada.session);
}

static void signing_out_without_a_session_is_not_found(void **state)
{
    struct world *world = *state;

    expect_error(CALL(world, .method = "DELETE", .path = SIGN_OUT), 404,
                 "User was not found or was not logged in.");
}

static void deleting_the_session_shows_it_a_last_time(void **state)
{
    struct world *world = *state;
    struct session session = open_again(world);
    struct answer *answer = CALL(world, .method = "DELETE", .session = &session, .path = SESSION);

    expect_status(answer, 200);
    expect_text(answer, "data.session.client", session.client);
    expect_text(answer, "data.id", ada.user_id);
    expect_no_session_headers(answer);
    expect_ended(world, &session);
    expect_error(CALL(world, .method = "DELETE", .session = &session, .path = SESSION), 401,
                 "You need to sign in");
}

static void a_session_ends_fourteen_days_after_sign_in(void **state)
{
    struct world *world = *state;
    struct session session = open_again(world);

    assert_string_equal(
        world_sql(world,
                  "SELECT abs(extract(epoch FROM expires_at - created_at - interval '14 days')) < 5 "
                  "FROM sessions WHERE client = $1",
                  session.client, NULL),
        "t");
    expect_open(world, &session);
    world_sql(world, "UPDATE sessions SET expires_at = now() WHERE client = $1", session.client, NULL);
    expect_ended(world, &session);
    expect_error(call_get(world, &session, VALIDATE), 401, "Invalid login credentials");
    expect_error(CALL(world, .method = "DELETE", .session = &session, .path = SIGN_OUT), 404,
                 "not logged in");
    expect_error(CALL(world, .method = "PATCH", .session = &session, .path = "/api/v1/auth", .body = "{}"),
                 404, "User not found.");
}

static void use_does_not_prolong_a_session(void **state)
{
    struct world *world = *state;
    struct session session = open_again(world);
    const char *expires =
        "UPDATE sessions SET expires_at = expires_at - interval '13 days' WHERE client = $1 "
        "RETURNING extract(epoch FROM date_trunc('second', expires_at))::bigint";
    const char *expiry = world_sql(world, expires, session.client, NULL);

    expect_header(expect_open(world, &session), "expiry", expiry);
    expect_header(expect_open(world, &session), "expiry", expiry);
}

static void a_deleted_user_is_shut_out_at_once(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Gone");

    world_sql(world, "DELETE FROM users WHERE id = $1::uuid", person.user_id, NULL);
    expect_ended(world, &person.session);
}

/* Rows of all tables that hold the text, as it is or as the hexadecimal form of bytes. */
static const char *rows_with(struct world *world, const char *text)
{
    return world_sql(
        world,
        "SELECT coalesce(sum((xpath('/row/found/text()', query_to_xml(format("
        "'SELECT count(*) AS found FROM %I AS it WHERE position(%L IN it::text) > 0 "
        "OR position(encode(convert_to(%L, ''UTF8''), ''hex'') IN it::text) > 0', table_name, $1::text, "
        "$1::text), "
        "false, true, '')))[1]::text::integer), 0) "
        "FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'",
        text, NULL);
}

static void the_database_knows_only_hashes(void **state)
{
    struct world *world = *state;

    assert_string_equal(rows_with(world, ada.session.client),
                        "1"); /* so the search does find what is there */
    assert_string_equal(rows_with(world, ada.session.access_token), "0");
    assert_string_equal(rows_with(world, ada.password), "0");
    assert_string_equal(
        world_sql(world, "SELECT token_hash = sha256(convert_to($1, 'UTF8')) FROM sessions WHERE client = $2",
                  ada.session.access_token, ada.session.client, NULL),
        "t");
    assert_string_equal(
        world_sql(world, "SELECT left(password_hash, 3) FROM users WHERE id = $1::uuid", ada.user_id, NULL),
        "$y$");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_session_shows_its_user_and_itself),
        cmocka_unit_test(values_that_are_not_a_session_are_refused),
        cmocka_unit_test(a_missing_header_is_no_session),
        cmocka_unit_test(a_uid_is_compared_without_case),
        cmocka_unit_test(one_authorization_header_stands_for_three),
        cmocka_unit_test(a_plain_bearer_token_is_enough),
        cmocka_unit_test(other_authorizations_are_refused),
        cmocka_unit_test(below_auth_the_values_may_come_as_query_or_body),
        cmocka_unit_test(wrong_values_as_query_or_body_are_refused),
        cmocka_unit_test(elsewhere_only_headers_count),
        cmocka_unit_test(validate_token_tells_the_user),
        cmocka_unit_test(validate_token_refuses_in_its_own_words),
        cmocka_unit_test(signing_out_ends_one_session_once),
        cmocka_unit_test(signing_out_without_a_session_is_not_found),
        cmocka_unit_test(deleting_the_session_shows_it_a_last_time),
        cmocka_unit_test(a_session_ends_fourteen_days_after_sign_in),
        cmocka_unit_test(use_does_not_prolong_a_session),
        cmocka_unit_test(a_deleted_user_is_shut_out_at_once),
        cmocka_unit_test(the_database_knows_only_hashes),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
