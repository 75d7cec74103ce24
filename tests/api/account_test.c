/* PATCH /auth and GET /auth/username/{username}: changing the own account, and which names are free. */
#include "support/expect.h"
#include "support/people.h"
#include "support/sessions.h"

#define PATH   "/api/v1/auth"
#define RACERS 8

static const char *organization;

static int setup(void **state)
{
    struct world *world = world_start(NULL);

    *state = world;
    organization = make_organization(world, "Acme");
    return 0;
}

static struct person member(void **state, const char *first_name)
{
    return make_member(*state, organization, first_name);
}

static struct answer *change(struct world *world, const struct session *session, const char *body)
{
    return CALL(world, .method = "PATCH", .session = session, .path = PATH, .body = body);
}

static void expect_available(struct world *world, const char *username, bool available)
{
    struct answer *answer = call_get(world, NULL, world_print(world, PATH "/username/%s", username));

    expect_status(answer, 200);
    expect_body(answer, available ? "{\"available\":true}" : "{\"available\":false}");
    expect_no_session_headers(answer);
}

static void names_change_and_the_rest_stays(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Names");
    const char *body = "{\"first_name\": \" Jürgen \", \"last_name\": \"O'Brien\"}";

    for (int i = 0; i < 2; i++) {
        struct answer *answer = change(world, &person.session, body);
        expect_status(answer, 200);
        expect_text(answer, "data.first_name", "Jürgen");
        expect_text(answer, "data.last_name", "O'Brien");
        expect_text(answer, "data.username", person.username);
        expect_text(answer, "data.provider", "email");
        expect_text(answer, "data.session.client", person.session.client);
        expect_session_headers(answer, &person.session);
    }
}

static void a_form_changes_the_account(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Form");
    struct answer *answer =
        CALL(world, .method = "PATCH", .session = &person.session, .path = PATH "/",
             .body = "first_name=J%C3%BCrgen&last_name=A+B", .type = "application/x-www-form-urlencoded");

    expect_text(answer, "data.first_name", "Jürgen");
    expect_text(answer, "data.last_name", "A B");
}

static void nothing_given_changes_nothing(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Nothing");

    expect_text(change(world, &person.session, "{}"), "data.first_name", "Nothing");
    expect_text(change(world, &person.session, "{\"first_name\": null}"), "data.first_name", "Nothing");
    expect_text(CALL(world, .method = "PATCH", .session = &person.session, .path = PATH), "data.first_name",
                "Nothing");
}

static void without_a_session_nobody_is_found(void **state)
{
    struct world *world = *state;
    const struct session wrong = {"wrong", "wrong", "wrong"};

    expect_error(change(world, NULL, "{}"), 404, "User not found.");
    expect_error(change(world, &wrong, "{\"first_name\": \"X\"}"), 404, "User not found.");
    expect_error(change(world, &wrong, "{\"first_name\": 5}"), 404, "User not found.");
}

static void the_username_changes_but_not_to_one_that_is_taken(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Rename");
    struct person other = member(state, "Other");
    const char *name = make_name(world, "renamed");
    const char *taken = world_sql(world, "SELECT upper($1)", other.username, NULL);
    struct answer *answer =
        change(world, &person.session, world_print(world, "{\"username\": \"%s\"}", name));

    expect_text(answer, "data.username", name);
    expect_refusal(change(world, &person.session, world_print(world, "{\"username\": \"%s\"}", taken)),
                   "username", "taken");
    answer = change(
        world, &person.session,
        world_print(world, "{\"username\": \"%s\"}", world_sql(world, "SELECT upper($1)", name, NULL)));
    expect_text(answer, "data.username", world_sql(world, "SELECT upper($1)", name, NULL));
    expect_status(try_sign_in(world, name, person.password), 200);
    expect_status(try_sign_in(world, person.username, person.password), 401);
    expect_available(world, person.username, true);
}

static const struct {
    const char *body;
    const char *field;
    const char *part;
} refusals[] = {
    {"{\"username\": \"abc\"}", "username", "too short"},
    {"{\"username\": \"with space\"}", "username", "can have only"},
    {"{\"username\": \"some@where.test\"}", "username", "can have only"},
    {"{\"username\": \"a1234567890123456789012345678901234567890123456789012345678901234\"}", "username",
     "too long"},
    {"{\"username\": \"\"}", "username", "empty"},
    {"{\"username\": \"  \"}", "username", "empty"},
    {"{\"first_name\": \"\"}", "first_name", "empty"},
    {"{\"first_name\": \"   \"}", "first_name", "empty"},
    {"{\"last_name\": \"\"}", "last_name", "empty"},
    {"{\"provider\": \"facebook\"}", "provider", "must be one of"},
    {"{\"provider\": \"\"}", "provider", "one of"},
};

static void each_bad_value_is_refused_by_name(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Bad");

    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct answer *answer = change(world, &person.session, refusals[i].body);
        expect_refusal(answer, refusals[i].field, refusals[i].part);
        expect_refused_fields(answer, refusals[i].field);
        expect_length(answer, "errors.full_messages", 1);
    }
    expect_refused_fields(
        change(world, &person.session, "{\"username\": \"a\", \"first_name\": \"\", \"last_name\": \" \"}"),
        "username,first_name,last_name");
    expect_error(change(world, &person.session, "{\"username\": 5}"), 400, "username");
    expect_error(change(world, &person.session, "{\"first_name\": {}}"), 400, "first_name");
    expect_error(change(world, &person.session, "[]"), 400, NULL);
    expect_text(expect_open(world, &person.session), "data.username", person.username);
}

static void a_refused_change_changes_nothing(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Atomic");

    expect_refused_fields(change(world, &person.session, "{\"first_name\": \"New\", \"username\": \"x\"}"),
                          "username");
    expect_text(expect_open(world, &person.session), "data.first_name", "Atomic");
}

static void a_provider_needs_its_name(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Provider");

    expect_text(change(world, &person.session, "{\"provider\": \"username\"}"), "data.uid", person.username);
    expect_refusal(change(world, &person.session, "{\"username\": null}"), "username", "required");
    expect_text(change(world, &person.session, "{\"provider\": \"email\", \"username\": null}"), "data.uid",
                person.email);
    expect_null(expect_open(world, &person.session), "data.username");
    expect_refusal(change(world, &person.session, "{\"provider\": \"username\"}"), "username", "required");
    world_sql(world, "UPDATE users SET username = 'mailless', provider = 'username' WHERE id = $1::uuid",
              person.user_id, NULL);
    world_sql(world, "UPDATE users SET email = NULL WHERE id = $1::uuid", person.user_id, NULL);
    const struct session session = {person.session.access_token, person.session.client, "mailless"};
    expect_refusal(change(world, &session, "{\"provider\": \"email\"}"), "provider", "address");
}

static void a_new_uid_is_told_at_once_to_every_session(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Uid");
    struct session other = open_session(world, person.username, person.password);
    struct answer *answer = change(world, &person.session, "{\"provider\": \"username\"}");

    expect_header(answer, "uid", person.username);
    expect_text(answer, "data.uid", person.username);
    expect_session_headers(answer, &person.session);
    answer = expect_open(world, &other);
    expect_header(answer, "uid", person.username);
    expect_session_headers(answer, &other);
    other.uid = person.username;
    expect_header(expect_open(world, &other), "uid", person.username);
}

static void a_uid_may_change_more_than_once(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Twice");
    struct session other = open_session(world, person.username, person.password);
    const char *name = make_name(world, "twice");

    expect_status(change(world, &person.session, "{\"provider\": \"username\"}"), 200);
    expect_status(change(world, &person.session, world_print(world, "{\"username\": \"%s\"}", name)), 200);
    expect_header(expect_open(world, &other), "uid", name);
    expect_status(change(world, &person.session, "{\"provider\": \"email\"}"), 200);
    expect_header(expect_open(world, &other), "uid", person.email);
}

static void a_new_address_is_told_as_the_uid_too(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Moved");
    const char *address = world_print(world, "%s@example.test", make_name(world, "moved"));
    struct answer *answer = CALL(world, .method = "PATCH", .session = &person.session,
                                 .path = world_print(world, "/api/v1/users/%s", person.user_id),
                                 .body = world_print(world, "{\"email\": \"%s\"}", address));

    expect_status(answer, 200);
    expect_header(answer, "uid", address);
    expect_header(expect_open(world, &person.session), "uid", address);
}

static void a_name_that_was_given_up_opens_nothing_for_its_next_owner(void **state)
{
    struct world *world = *state;
    struct person first = member(state, "First");
    struct person second = member(state, "Second");
    const char *take =
        world_print(world, "{\"provider\": \"username\", \"username\": \"%s\"}", first.username);
    const struct session mixed = {second.session.access_token, first.session.client, first.username};

    expect_status(change(world, &first.session, "{\"provider\": \"username\"}"), 200);
    expect_status(change(world, &first.session,
                         world_print(world, "{\"username\": \"%s\"}", make_name(world, "moved"))),
                  200);
    expect_text(change(world, &second.session, take), "data.uid", first.username);
    expect_text(expect_open(world, &first.session), "data.id", first.user_id);
    expect_text(expect_open(world, &second.session), "data.id", second.user_id);
    expect_ended(world, &mixed);
}

static void fields_that_the_operation_does_not_name_never_stick(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Greedy");
    const char *row = "SELECT (to_jsonb(users) - 'updated_at' - 'rendering' - 'former_uids')::text FROM "
                      "users WHERE id = $1::uuid";
    const char *before = world_sql(world, row, person.user_id, NULL);
    struct answer *answer = change(
        world, &person.session,
        "{\"worklete_employee\": true, \"employee\": true, \"enabled\": false, \"role\": 1, \"org_admin\": "
        "true, "
        "\"id\": \"11111111-2222-4333-8444-555555555555\", \"email\": \"other@example.test\", \"uid\": "
        "\"other\", "
        "\"password\": \"" CANARY "other\", \"password_hash\": \"x\", \"sign_in_count\": 9, \"number\": 9, "
        "\"language_code\": \"xx\", \"current_sign_in_ip\": \"9.9.9.9\", \"created_at\": \"2001-01-01\", "
        "\"memberships\": [{\"org_admin\": true}], \"organization_id\": 1}");

    expect_status(answer, 200);
    expect_false(answer, "data.memberships.0.org_admin");
    assert_string_equal(world_sql(world, row, person.user_id, NULL), before);
}

static void of_many_that_race_for_one_username_one_wins(void **state)
{
    struct world *world = *state;
    const char *body = world_print(world, "{\"username\": \"%s\"}", make_name(world, "wanted"));
    struct person people[RACERS];
    struct call calls[RACERS];
    struct answer *answers[RACERS];
    int winners = 0;

    for (int i = 0; i < RACERS; i++) {
        people[i] = member(state, "Racer");
        calls[i] =
            (struct call){.method = "PATCH", .path = PATH, .session = &people[i].session, .body = body};
    }
    call_together(world, calls, RACERS, answers);
    for (int i = 0; i < RACERS; i++) {
        winners += answers[i]->status == 200;
        if (answers[i]->status != 200) {
            expect_refused_fields(answers[i], "username");
        }
        expect_session_headers(answers[i], &people[i].session);
    }
    assert_int_equal(winners, 1);
}

static void a_username_is_available_if_it_could_be_taken(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Taken");

    expect_available(world, "nobody.has_this+name-1", true);
    expect_available(world, person.username, false);
    expect_available(world, world_sql(world, "SELECT lower($1)", person.username, NULL), false);
    expect_available(world, world_sql(world, "SELECT upper($1)", person.username, NULL), false);
    expect_available(world, world_print(world, "%s/", person.username), false);
    expect_available(world, world_print(world, "%%%02X%s", person.username[0], person.username + 1), false);
}

static void a_username_that_would_be_refused_is_not_available(void **state)
{
    struct world *world = *state;
    struct person person = member(state, "Refused");

    expect_available(world, "abc", false);
    expect_available(world, "abcd", true);
    expect_available(world, "with%20space", false);
    expect_available(world, "sp%C3%A4ter", false);
    expect_available(world, "nobody@example.test", false);
    expect_available(world, person.email, false);
    expect_available(world, "a%2Fb%2Fc%2Fd", false);
    expect_available(world, world_print(world, "u%063d", 1), true);
    expect_available(world, world_print(world, "u%064d", 1), false);
    expect_available(world, world_print(world, "u%03000d", 1), false);
}

static void asking_for_a_username_needs_a_name_and_get(void **state)
{
    struct world *world = *state;
    struct answer *answer = CALL(world, .method = "POST", .path = PATH "/username/somebody", .body = "{}");

    expect_status(answer, 405);
    expect_header(answer, "Allow", "GET, HEAD, OPTIONS");
    expect_status(call_get(world, NULL, PATH "/username/"), 404);
    expect_status(call_get(world, NULL, PATH "/username/%00abcd"), 400);
    expect_status(CALL(world, .method = "HEAD", .path = PATH "/username/somebody"), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_change_and_the_rest_stays),
        cmocka_unit_test(a_form_changes_the_account),
        cmocka_unit_test(nothing_given_changes_nothing),
        cmocka_unit_test(without_a_session_nobody_is_found),
        cmocka_unit_test(the_username_changes_but_not_to_one_that_is_taken),
        cmocka_unit_test(each_bad_value_is_refused_by_name),
        cmocka_unit_test(a_refused_change_changes_nothing),
        cmocka_unit_test(a_provider_needs_its_name),
        cmocka_unit_test(a_new_uid_is_told_at_once_to_every_session),
        cmocka_unit_test(a_uid_may_change_more_than_once),
        cmocka_unit_test(a_new_address_is_told_as_the_uid_too),
        cmocka_unit_test(a_name_that_was_given_up_opens_nothing_for_its_next_owner),
        cmocka_unit_test(fields_that_the_operation_does_not_name_never_stick),
        cmocka_unit_test(of_many_that_race_for_one_username_one_wins),
        cmocka_unit_test(a_username_is_available_if_it_could_be_taken),
        cmocka_unit_test(a_username_that_would_be_refused_is_not_available),
        cmocka_unit_test(asking_for_a_username_needs_a_name_and_get),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
