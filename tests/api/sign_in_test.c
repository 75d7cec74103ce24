/* POST /auth/sign_in: the names and passwords that open a session, and what happens to those who guess. */
#include <crypt.h>

#include "support/expect.h"
#include "support/people.h"
#include "support/sessions.h"

#define PATH     "/api/v1/auth/sign_in"
#define WRONG    CANARY "wrong"
#define REFUSED  "Invalid login credentials. Please try again."
#define LIMIT    10
#define RACERS   50
#define SESSIONS 10

static const char *organization;

static int setup(void **state)
{
    struct world *world = world_start(NULL);

    *state = world;
    world_secret(world, CANARY);
    organization = make_organization(world, "Acme");
    return 0;
}

static const char *upper(struct world *world, const char *text)
{
    return world_sql(world, "SELECT upper($1)", text, NULL);
}

/* A sign-in that succeeds; its answer. */
static struct answer *enter(struct world *world, const char *name, const char *password)
{
    struct answer *answer = try_sign_in(world, name, password);

    expect_status(answer, 200);
    answer_session(world, answer);
    return answer;
}

static void every_name_of_the_account_signs_in(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Names");
    const char *const names[] = {person.username, upper(world, person.username), person.email,
                                 upper(world, person.email)};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct answer *answer = enter(world, names[i], person.password);
        expect_text(answer, "data.id", person.user_id);
        expect_text(answer, "data.session.client", answer_header(answer, "client"));
        expect_header(answer, "uid", person.email);
        expect_header(answer, "Cache-Control", "no-store");
    }
}

static void the_member_email_and_any_provider_are_taken(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Email");
    const char *body =
        world_print(world, "{\"email\": \"%s\", \"password\": \"%s\", \"provider\": \"anything\", \"id\": 7}",
                    person.email, person.password);
    struct answer *answer = call_post(world, NULL, PATH, body);

    expect_status(answer, 200);
    answer_session(world, answer);
}

static void a_form_signs_in(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Form");
    const char *body = world_print(world, "email=%s&password=%s", person.email, person.password);
    struct answer *answer = CALL(world, .method = "POST", .path = PATH "/", .body = body,
                                 .type = "application/x-www-form-urlencoded");

    expect_status(answer, 200);
    answer_session(world, answer);
}

static void the_answer_carries_one_header_that_stands_for_three(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Header");
    struct answer *answer = enter(world, person.username, person.password);
    const char *header = world_print(world, "Authorization: %s", answer_header(answer, "authorization"));

    world_secret(world, answer_header(answer, "authorization"));
    expect_status(CALL(world, .path = "/api/v1/session", .headers = {header}), 200);
}

static void sign_ins_are_counted_with_time_and_address(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Count");
    struct answer *first = expect_open(world, &person.session);
    const char *body =
        world_print(world, "{\"username\": \"%s\", \"password\": \"%s\"}", person.username, person.password);
    struct answer *second = CALL(world, .method = "POST", .path = PATH, .body = body,
                                 .headers = {"X-Forwarded-For: 203.0.113.9", "X-Real-IP: 203.0.113.9"});

    expect_status(second, 200);
    answer_session(world, second);
    expect_integer(second, "data.sign_in_count", 2);
    expect_text(second, "data.last_sign_in_at", text_at(first, "data.current_sign_in_at"));
    expect_text(second, "data.last_sign_in_ip", "127.0.0.1");
    expect_text(second, "data.current_sign_in_ip", "127.0.0.1");
}

static void stale_session_values_are_ignored(void **state)
{
    const struct session stale = {"stale-token", "stale-client", "stale-uid"};
    struct world *world = *state;
    struct person person = make_member(world, organization, "Stale");
    const char *body = world_print(world,
                                   "{\"username\": \"%s\", \"password\": \"%s\", \"access-token\": \"x\", "
                                   "\"client\": \"y\", \"uid\": \"z\"}",
                                   person.username, person.password);
    struct answer *answer = call_post(world, &stale, PATH, body);

    expect_status(answer, 200);
    answer_session(world, answer);
}

/* Status, headers and body of the two, but for what differs with every answer. */
static void expect_alike(const struct answer *left, const struct answer *right)
{
    assert_int_equal(left->status, right->status);
    assert_int_equal(left->header_count, right->header_count);
    for (size_t i = 0; i < left->header_count; i++) {
        assert_string_equal(left->headers[i].name, right->headers[i].name);
    }
    assert_int_equal(left->body_length, right->body_length);
    expect_text(right, "detail", text_at(left, "detail"));
    expect_text(right, "errors.0", text_at(left, "errors.0"));
}

static void unknown_wrong_and_disabled_are_refused_alike(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Refuse");
    struct person disabled = make_member(world, organization, "Disabled");
    struct answer *wrong = try_sign_in(world, person.username, WRONG);

    world_sql(world, "UPDATE users SET enabled = false WHERE id = $1::uuid", disabled.user_id, NULL);
    expect_error(wrong, 401, REFUSED);
    expect_header(wrong, "WWW-Authenticate", "Bearer");
    expect_header(wrong, "Cache-Control", "no-store");
    expect_no_session_headers(wrong);
    expect_alike(wrong, try_sign_in(world, make_name(world, "nobody"), WRONG));
    expect_alike(wrong, try_sign_in(world, disabled.username, disabled.password));
    expect_alike(wrong, try_sign_in(world, person.username, world_print(world, " %s", person.password)));
    expect_alike(wrong, try_sign_in(world, person.username, upper(world, person.password)));
}

static void a_disabled_user_is_shut_out_at_once(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Shut");

    world_sql(world, "UPDATE users SET enabled = false WHERE id = $1::uuid", person.user_id, NULL);
    expect_ended(world, &person.session);
    world_sql(world, "UPDATE users SET enabled = true WHERE id = $1::uuid", person.user_id, NULL);
    enter(world, person.username, person.password);
}

static void a_user_without_a_password_cannot_sign_in(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Bare");

    world_sql(world, "UPDATE users SET password_hash = NULL WHERE id = $1::uuid", person.user_id, NULL);
    expect_error(try_sign_in(world, person.username, person.password), 401, REFUSED);
    world_sql(world, "UPDATE users SET password_hash = '*0' WHERE id = $1::uuid", person.user_id, NULL);
    expect_error(try_sign_in(world, person.username, "*0"), 401, REFUSED);
}

static void what_is_missing_is_told_at_once(void **state)
{
    struct world *world = *state;
    struct answer *answer = call_post(world, NULL, PATH, "{}");

    expect_error(answer, 422, "username is required");
    expect_error(answer, 422, "password is required");
    expect_error(call_post(world, NULL, PATH, "{\"username\": \"  \", \"password\": \"x\"}"), 422,
                 "username");
    expect_error(call_post(world, NULL, PATH, "{\"username\": \"somebody\", \"password\": \"\"}"), 422,
                 "password");
    expect_error(call_post(world, NULL, PATH, "{\"username\": \"somebody\", \"password\": null}"), 422,
                 "password");
    struct answer *long_name = call_post(
        world, NULL, PATH, world_print(world, "{\"username\": \"u%0254d\", \"password\": \"x\"}", 1));
    expect_error(long_name, 422, "username is too long");
    expect_length(long_name, "errors", 1);
}

static void a_body_that_cannot_be_read_is_refused(void **state)
{
    struct world *world = *state;

    expect_error(call_post(world, NULL, PATH, "{\"username\": [], \"password\": 5}"), 400, "username");
    expect_error(call_post(world, NULL, PATH, "{\"username\": \"a\", \"password\": {}}"), 400, "password");
    expect_error(call_post(world, NULL, PATH, "{\"password\""), 400, NULL);
    expect_error(call_post(world, NULL, PATH, "{\"username\": \"a\\u0000b\", \"password\": \"x\"}"), 400,
                 NULL);
    expect_error(CALL(world, .method = "POST", .path = PATH), 400, NULL);
    expect_status(CALL(world, .method = "POST", .path = PATH, .body = "<a/>", .type = "application/xml"),
                  415);
    expect_status(CALL(world, .method = "POST", .path = PATH, .body = "{}", .headers = {"Accept: image/png"}),
                  406);
    struct answer *answer = call_get(world, NULL, PATH);
    expect_status(answer, 405);
    expect_header(answer, "Allow", "POST, OPTIONS");
}

static void fail_often(struct world *world, const char *name, int times)
{
    for (int i = 0; i < times; i++) {
        expect_error(try_sign_in(world, name, WRONG), 401, REFUSED);
    }
}

/* Refused whatever the password, for at most the rest of the window. */
static void expect_locked(struct world *world, const char *name, const char *password)
{
    struct answer *answer = try_sign_in(world, name, password);
    int64_t seconds = 0;

    expect_error(answer, 429, NULL);
    expect_no_session_headers(answer);
    assert_true(text_to_integer(text_of(answer_header(answer, "Retry-After")), 1, 15 * 60, &seconds));
}

static void pass_the_window(struct world *world)
{
    world_sql(world,
              "UPDATE sign_in_failures SET window_started_at = window_started_at - interval '15 minutes'",
              NULL);
}

static void ten_failures_lock_the_name(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Guess");

    fail_often(world, person.username, LIMIT);
    expect_locked(world, person.username, WRONG);
    expect_locked(world, person.username, person.password);
    expect_locked(world, upper(world, person.username), person.password);
    expect_open(world, &person.session);
    pass_the_window(world);
    enter(world, person.username, person.password);
}

static void a_name_that_nobody_has_is_locked_too(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Known");
    const char *nobody = make_name(world, "unknown");

    fail_often(world, nobody, LIMIT);
    expect_locked(world, nobody, WRONG);
    enter(world, person.username, person.password);
    fail_often(world, person.username, LIMIT);
    expect_alike(try_sign_in(world, nobody, WRONG), try_sign_in(world, person.username, WRONG));
}

static void a_success_forgets_the_failures(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Forget");

    fail_often(world, person.username, LIMIT - 1);
    fail_often(world, person.email, LIMIT - 1);
    enter(world, person.username, person.password);
    fail_often(world, person.username, LIMIT - 1);
    fail_often(world, person.email, LIMIT - 1);
    enter(world, person.email, person.password);
}

static void failures_before_the_window_do_not_count(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Window");

    fail_often(world, person.username, LIMIT - 1);
    pass_the_window(world);
    fail_often(world, person.username, LIMIT - 1);
    enter(world, person.username, person.password);
}

static void guesses_at_the_same_time_are_counted_too(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Rush");
    const char *body =
        world_print(world, "{\"username\": \"%s\", \"password\": \"" WRONG "\"}", person.username);
    struct call calls[RACERS];
    struct answer *answers[RACERS];
    int told = 0;

    for (int i = 0; i < RACERS; i++) {
        calls[i] = (struct call){.method = "POST", .path = PATH, .body = body};
    }
    call_together(world, calls, RACERS, answers);
    for (int i = 0; i < RACERS; i++) {
        assert_true(answers[i]->status == 401 || answers[i]->status == 429);
        told += answers[i]->status == 401;
    }
    assert_int_equal(told, LIMIT);
}

static void the_eleventh_session_ends_the_first(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Eleven");
    struct session sessions[SESSIONS];

    for (int i = 0; i < SESSIONS - 1; i++) {
        sessions[i] = open_session(world, person.username, person.password);
    }
    expect_open(world, &person.session);
    sessions[SESSIONS - 1] = open_session(world, person.username, person.password);
    expect_ended(world, &person.session);
    for (int i = 0; i < SESSIONS; i++) {
        expect_open(world, &sessions[i]);
    }
}

static void sign_ins_at_the_same_time_keep_the_limit(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Many");
    const char *body =
        world_print(world, "{\"username\": \"%s\", \"password\": \"%s\"}", person.username, person.password);
    struct call calls[RACERS];
    struct answer *answers[RACERS];

    for (int i = 0; i < RACERS; i++) {
        calls[i] = (struct call){.method = "POST", .path = PATH, .body = body};
    }
    call_together(world, calls, RACERS, answers);
    for (int i = 0; i < RACERS; i++) {
        expect_status(answers[i], 200);
        answer_session(world, answers[i]);
    }
    assert_string_equal(
        world_sql(world, "SELECT count(*) FROM sessions WHERE user_id = $1::uuid", person.user_id, NULL),
        "10");
    assert_string_equal(
        world_sql(world, "SELECT sign_in_count FROM users WHERE id = $1::uuid", person.user_id, NULL), "51");
}

/* Gives the account a hash of another kind, as a system that is migrated from has them. */
static void set_hash(struct world *world, const struct person *person, const char *prefix)
{
    struct crypt_data data = {0};
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];

    assert_non_null(crypt_gensalt_rn(prefix, 4, NULL, 0, setting, sizeof setting));
    const char *hash = crypt_r(person->password, setting, &data);
    assert_true(hash[0] == '$');
    world_sql(world, "UPDATE users SET password_hash = $2 WHERE id = $1::uuid", person->user_id, hash, NULL);
}

static const char *hash_prefix(struct world *world, const struct person *person)
{
    return world_sql(world, "SELECT left(password_hash, 3) FROM users WHERE id = $1::uuid", person->user_id,
                     NULL);
}

static void bcrypt_hashes_are_verified_and_made_anew(void **state)
{
    static const char *const prefixes[] = {"$2a$", "$2b$", "$2y$"};
    struct world *world = *state;
    struct person person = make_member(world, organization, "Old");

    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        set_hash(world, &person, prefixes[i]);
        expect_error(try_sign_in(world, person.username, WRONG), 401, REFUSED);
        assert_true(strncmp(hash_prefix(world, &person), "$2", 2) == 0);
        enter(world, person.username, person.password);
        assert_string_equal(hash_prefix(world, &person), "$y$");
        enter(world, person.username, person.password);
        expect_error(try_sign_in(world, person.username, WRONG), 401, REFUSED);
    }
}

static void a_new_hash_stays_as_it_is(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Same");
    const char *statement = "SELECT password_hash FROM users WHERE id = $1::uuid";
    const char *before = world_sql(world, statement, person.user_id, NULL);

    enter(world, person.username, person.password);
    assert_string_equal(world_sql(world, statement, person.user_id, NULL), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_of_the_account_signs_in),
        cmocka_unit_test(the_member_email_and_any_provider_are_taken),
        cmocka_unit_test(a_form_signs_in),
        cmocka_unit_test(the_answer_carries_one_header_that_stands_for_three),
        cmocka_unit_test(sign_ins_are_counted_with_time_and_address),
        cmocka_unit_test(stale_session_values_are_ignored),
        cmocka_unit_test(unknown_wrong_and_disabled_are_refused_alike),
        cmocka_unit_test(a_disabled_user_is_shut_out_at_once),
        cmocka_unit_test(a_user_without_a_password_cannot_sign_in),
        cmocka_unit_test(what_is_missing_is_told_at_once),
        cmocka_unit_test(a_body_that_cannot_be_read_is_refused),
        cmocka_unit_test(ten_failures_lock_the_name),
        cmocka_unit_test(a_name_that_nobody_has_is_locked_too),
        cmocka_unit_test(a_success_forgets_the_failures),
        cmocka_unit_test(failures_before_the_window_do_not_count),
        cmocka_unit_test(guesses_at_the_same_time_are_counted_too),
        cmocka_unit_test(the_eleventh_session_ends_the_first),
        cmocka_unit_test(sign_ins_at_the_same_time_keep_the_limit),
        cmocka_unit_test(bcrypt_hashes_are_verified_and_made_anew),
        cmocka_unit_test(a_new_hash_stays_as_it_is),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
