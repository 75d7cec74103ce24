/* PUT /auth/password: a new password, and what it ends. */
#include "support/expect.h"
#include "support/people.h"
#include "support/sessions.h"

#define PATH "/api/v1/auth/password"
#define NEW  CANARY "new"

static const char *organization;

static int setup(void **state)
{
    struct world *world = world_start(NULL);

    *state = world;
    world_secret(world, CANARY);
    organization = make_organization(world, "Acme");
    return 0;
}

static struct person member(void **state, const char *first_name)
{
    return make_member(*state, organization, first_name);
}

static struct answer *change(struct world *world, const struct session *session, const char *body)
{
    return CALL(world, .method = "PUT", .session = session, .path = PATH, .body = body);
}

static const char *pair(struct world *world, const char *password, const char *confirmation)
{
    return world_print(world, "{\"password\": \"%s\", \"password_confirmation\": \"%s\"}", password,
                       confirmation);
}

static void the_new_password_takes_the_place_of_the_old(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "New");
    struct answer *answer = change(world, &person.session, pair(world, NEW, NEW));

    expect_status(answer, 200);
    expect_session_headers(answer, &person.session);
    expect_status(try_sign_in(world, person.username, person.password), 401);
    expect_status(try_sign_in(world, person.username, NEW), 200);
    assert_string_equal(world_sql(world, "SELECT left(password_hash, 3) FROM users WHERE id = $1::uuid",
                                  person.user_id, NULL),
                        "$y$");
}

static void the_answer_serves_readers_of_the_page_and_of_the_gem(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Both");
    struct answer *answer = change(world, &person.session, pair(world, NEW, NEW));

    expect_text(answer, "id", person.user_id);
    expect_text(answer, "uid", person.email);
    expect_text(answer, "organizations.0.id", organization);
    expect_null(answer, "encrypted_password");
    expect_null(answer, "reset_password_token");
    expect_null(answer, "reset_password_sent_at");
    expect_false(answer, "allow_password_change");
    expect_null(answer, "remember_created_at");
    assert_non_null(strstr(answer->body, "\"tokens\":{}"));
    expect_true(answer, "success");
    expect_text(answer, "data.id", person.user_id);
    assert_true(strlen(text_at(answer, "message")) > 10);
}

static void other_sessions_end_and_this_one_lives_on(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Others");
    struct session second = open_session(world, person.username, person.password);
    struct session third = open_session(world, person.username, person.password);

    expect_status(change(world, &second, pair(world, NEW, NEW)), 200);
    expect_ended(world, &person.session);
    expect_ended(world, &third);
    expect_open(world, &second);
}

/* Whoever is told of success is still signed in: the change that comes second has no session any more. */
static void of_changes_at_once_one_holds_and_keeps_its_session(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Race");
    struct session sessions[] = {person.session, open_session(world, person.username, person.password),
                                 open_session(world, person.username, person.password)};
    struct call calls[3];
    struct answer *answers[3];
    size_t changed = 0;

    for (size_t i = 0; i < 3; i++) {
        const char *password = world_print(world, NEW "%zu", i);
        calls[i] = (struct call){
            .method = "PUT", .path = PATH, .session = &sessions[i], .body = pair(world, password, password)};
    }
    call_together(world, calls, 3, answers);
    for (size_t i = 0; i < 3; i++) {
        assert_true(answers[i]->status == 200 || answers[i]->status == 401);
        if (answers[i]->status == 200) {
            changed++;
            expect_open(world, &sessions[i]);
            expect_status(try_sign_in(world, person.username, world_print(world, NEW "%zu", i)), 200);
        }
    }
    assert_int_equal(changed, 1);
}

static void sessions_of_others_are_left_alone(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Mine");
    struct person other = member(state, "Yours");

    expect_status(change(world, &person.session, pair(world, NEW, NEW)), 200);
    expect_open(world, &other.session);
    expect_status(try_sign_in(world, other.username, other.password), 200);
}

static void the_values_may_come_in_the_query_or_a_form(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Query");
    const char *query = PATH "?password=" NEW "1&password_confirmation=" NEW "1";

    expect_status(CALL(world, .method = "PUT", .session = &person.session, .path = query), 200);
    expect_status(try_sign_in(world, person.username, NEW "1"), 200);
    query = PATH "/?password=" NEW "2&password_confirmation=" NEW "2";
    expect_status(CALL(world, .method = "PUT", .session = &person.session, .path = query, .body = "{}"), 200);
    expect_status(try_sign_in(world, person.username, NEW "2"), 200);
    expect_status(CALL(world, .method = "PUT", .session = &person.session, .path = PATH,
                       .body = "password=" NEW "3+%C3%A4&password_confirmation=" NEW "3+%C3%A4",
                       .type = "application/x-www-form-urlencoded"),
                  200);
    expect_status(try_sign_in(world, person.username, NEW "3 ä"), 200);
}

static void session_values_may_come_beside_the_password(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Beside");
    const char *values = world_print(world, "{\"access-token\": \"%s\", \"client\": \"%s\", \"uid\": \"%s\"}",
                                     person.session.access_token, person.session.client, person.session.uid);
    struct answer *answer = change(world, NULL, json_with(world, values, pair(world, NEW, NEW)));

    expect_status(answer, 200);
    expect_session_headers(answer, &person.session);
}

static void a_bad_password_is_refused_by_name(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Weak");
    const char *const weak[] = {"abc12",         "äöü12",
                                "password1",     "QWERTY123",
                                person.username, world_sql(world, "SELECT upper($1)", person.username, NULL),
                                person.email,    world_print(world, "%0129d", 7)};

    for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++) {
        struct answer *answer = change(world, &person.session, pair(world, weak[i], weak[i]));
        expect_refused_fields(answer, "password");
        expect_session_headers(answer, &person.session);
    }
    expect_open(world, &person.session);
    expect_status(try_sign_in(world, person.username, person.password), 200);
}

static void all_faults_are_told_at_once(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Faults");

    expect_refused_fields(change(world, &person.session, "{}"), "password,password_confirmation");
    expect_refused_fields(CALL(world, .method = "PUT", .session = &person.session, .path = PATH),
                          "password,password_confirmation");
    expect_refused_fields(change(world, &person.session, pair(world, "abc", "abcd")),
                          "password,password_confirmation");
    expect_refused_fields(change(world, &person.session, "{\"password\": \"" NEW "\"}"),
                          "password_confirmation");
    expect_refused_fields(change(world, &person.session, "{\"password\": \"letmein\"}"),
                          "password,password_confirmation");
    expect_refused_fields(change(world, &person.session, "{\"password_confirmation\": \"" NEW "\"}"),
                          "password");
}

static void a_confirmation_must_match_exactly(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Match");

    expect_refusal(change(world, &person.session, pair(world, NEW, NEW "x")), "password_confirmation",
                   "match");
    expect_refusal(change(world, &person.session, pair(world, NEW, NEW " ")), "password_confirmation",
                   "match");
    expect_refusal(change(world, &person.session, pair(world, NEW "a", NEW "A")), "password_confirmation",
                   "match");
    expect_status(try_sign_in(world, person.username, person.password), 200);
}

static void a_value_of_the_wrong_type_is_malformed(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Typed");

    expect_error(
        change(world, &person.session, "{\"password\": 12345678, \"password_confirmation\": 12345678}"), 400,
        "password");
    expect_error(change(world, &person.session, "{\"password\": [\"a\"]}"), 400, "password");
    expect_error(change(world, &person.session, "{\"password\": \"a\\u0000b\"}"), 400, NULL);
    expect_error(change(world, &person.session, "nonsense"), 400, NULL);
    expect_status(CALL(world, .method = "PUT", .session = &person.session, .path = PATH, .body = "x",
                       .type = "text/plain"),
                  415);
}

static void nobody_changes_a_password_without_a_session(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Nobody");
    const struct session wrong = {"wrong", person.session.client, person.session.uid};

    expect_error(change(world, NULL, pair(world, NEW, NEW)), 401, "You need to sign in");
    expect_error(change(world, &wrong, pair(world, NEW, NEW)), 401, "You need to sign in");
    expect_error(change(world, &wrong, pair(world, "a", "b")), 401, "You need to sign in");
    expect_status(try_sign_in(world, person.username, person.password), 200);
}

static void fields_that_the_operation_does_not_name_never_stick(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Greedy");
    const char *row = "SELECT (to_jsonb(users) - 'updated_at' - 'rendering' - 'password_hash')::text FROM "
                      "users WHERE id = $1::uuid";
    const char *before = world_sql(world, row, person.user_id, NULL);
    const char *extra =
        "{\"worklete_employee\": true, \"enabled\": false, \"role\": 1, \"username\": \"other\", "
        "\"email\": \"other@example.test\", \"id\": 1, \"user_id\": 1, \"password_hash\": \"x\"}";

    expect_status(change(world, &person.session, json_with(world, pair(world, NEW, NEW), extra)), 200);
    assert_string_equal(world_sql(world, row, person.user_id, NULL), before);
}

static void the_same_change_twice_leaves_the_same_state(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Again");

    expect_status(change(world, &person.session, pair(world, NEW, NEW)), 200);
    expect_status(change(world, &person.session, pair(world, NEW, NEW)), 200);
    expect_status(try_sign_in(world, person.username, NEW), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_new_password_takes_the_place_of_the_old),
        cmocka_unit_test(the_answer_serves_readers_of_the_page_and_of_the_gem),
        cmocka_unit_test(other_sessions_end_and_this_one_lives_on),
        cmocka_unit_test(of_changes_at_once_one_holds_and_keeps_its_session),
        cmocka_unit_test(sessions_of_others_are_left_alone),
        cmocka_unit_test(the_values_may_come_in_the_query_or_a_form),
        cmocka_unit_test(session_values_may_come_beside_the_password),
        cmocka_unit_test(a_bad_password_is_refused_by_name),
        cmocka_unit_test(all_faults_are_told_at_once),
        cmocka_unit_test(a_confirmation_must_match_exactly),
        cmocka_unit_test(a_value_of_the_wrong_type_is_malformed),
        cmocka_unit_test(nobody_changes_a_password_without_a_session),
        cmocka_unit_test(fields_that_the_operation_does_not_name_never_stick),
        cmocka_unit_test(the_same_change_twice_leaves_the_same_state),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
