/* PATCH /users/{id}: the address of a person, which may be what it signs in with. */
#include "support/expect.h"
#include "support/people.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NOBODY       "00000000-0000-4000-8000-000000000000"

static struct person admin;
static struct person stranger;
static struct person employee;

static int setup(void **state)
{
    world_setup(state);
    admin = make_admin(*state, make_organization(*state, "Addresses"), "Ada");
    stranger = make_admin(*state, make_organization(*state, "Elsewhere"), "Stan");
    employee = make_employee(*state, "Emil");
    return 0;
}

static struct answer *change(struct world *world, const struct session *session, const char *id,
                             const char *body)
{
    return CALL(world, .method = "PATCH", .path = world_print(world, "/api/v1/users/%s", id),
                .session = session, .body = body, .headers = {"X-Request-Id: same"});
}

static struct answer *change_to(struct world *world, const struct session *session, const char *id,
                                const char *email)
{
    return change(world, session, id, world_print(world, "{\"email\": \"%s\"}", email));
}

static const char *stored(struct world *world, const struct person *person)
{
    return world_sql(world, "SELECT coalesce(email, 'null') || ' ' || uid FROM users WHERE id = $1::uuid",
                     person->user_id, NULL);
}

static struct person make_person(struct world *world)
{
    return make_member(world, admin.organization_id, "Pat");
}

/* Somebody who signs in with the username. */
static struct person make_named_person(struct world *world)
{
    struct person person = make_person(world);
    struct answer *answer = CALL(world, .method = "PATCH", .path = "/api/v1/auth", .session = &person.session,
                                 .body = "{\"provider\": \"username\"}");
    expect_status(answer, 200);
    person.session = answer_session(world, answer);
    return person;
}

static void the_person_its_admins_and_employees_may_change_it(void **state)
{
    struct world *world = *state;
    struct person person = make_person(world);
    const struct session *sessions[] = {&person.session, &admin.session, &employee.session};
    for (size_t i = 0; i < COUNT(sessions); i++) {
        const char *email = world_print(world, "%s@example.test", make_name(world, "new"));
        expect_body(change_to(world, sessions[i], person.user_id, email), "true");
        expect_text(call_get(world, &person.session, "/api/v1/session"), "data.email", email);
    }
}

static void others_of_the_organization_may_not(void **state)
{
    struct world *world = *state;
    struct person person = make_person(world);
    struct person other = make_person(world);
    expect_error(change_to(world, &other.session, person.user_id, "other@example.test"), 403, NULL);
    expect_error(change_to(world, &person.session, admin.user_id, "other@example.test"), 403, NULL);
    assert_non_null(strstr(stored(world, &person), person.email));
}

static void strangers_are_404_as_if_they_did_not_exist(void **state)
{
    struct world *world = *state;
    struct person person = make_person(world);
    struct answer *answer = change_to(world, &stranger.session, person.user_id, "x@example.test");
    expect_status(answer, 404);
    expect_body(change_to(world, &stranger.session, NOBODY, "x@example.test"), answer->body);
    expect_status(change(world, &stranger.session, person.user_id, "{\"email\": null}"), 404);
    assert_non_null(strstr(stored(world, &person), person.email));
}

static void an_address_is_kept_in_lower_case(void **state)
{
    struct world *world = *state;
    struct person person = make_person(world);
    expect_body(change_to(world, &person.session, person.user_id, "Some.ONE+tag@Example.TEST"), "true");
    assert_string_equal(stored(world, &person), "some.one+tag@example.test some.one+tag@example.test");
}

static void a_taken_address_is_422_in_any_case(void **state)
{
    struct world *world = *state;
    struct person person = make_person(world);
    struct person other = make_person(world);
    const char *shouted = world_sql(world, "SELECT upper($1)", other.email, NULL);
    expect_error(change_to(world, &person.session, person.user_id, other.email), 422,
                 "email has already been taken.");
    expect_error(change_to(world, &admin.session, person.user_id, shouted), 422,
                 "email has already been taken.");
    expect_body(change_to(world, &person.session, person.user_id, person.email), "true");
}

static void what_is_no_address_is_422(void **state)
{
    static const char *const bad[] = {"x",
                                      "x@",
                                      "@x.test",
                                      "x y@example.test",
                                      "x@example",
                                      "x@@example.test",
                                      "x@exa_mple.test",
                                      ".x@example.test",
                                      "x.@example.test",
                                      "x@.test",
                                      "x@example..test",
                                      "\\\"x\\\"@example.test",
                                      "x@example.test,y@example.test",
                                      "x@-example.test",
                                      "x@[127.0.0.1]",
                                      "<x@example.test>",
                                      "x@example.test.",
                                      "\\u0001@example.test",
                                      ""};
    struct person person = make_person(*state);
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_error(change_to(*state, &person.session, person.user_id, bad[i]), 422, "email");
    }
}

static void an_address_has_at_most_254_bytes(void **state)
{
    struct world *world = *state;
    struct person person = make_person(world);
    const char *longest =
        world_print(world, "%064d@%s", 1, world_sql(world, "SELECT repeat('a.', 92) || 'tests'", NULL));
    assert_int_equal(strlen(longest), 254);
    expect_body(change_to(world, &person.session, person.user_id, longest), "true");
    expect_error(change_to(world, &person.session, person.user_id, world_print(world, "%sx", longest)), 422,
                 "email");
}

static void a_wrong_type_is_400(void **state)
{
    static const char *const bad[] = {"1", "true", "{}", "[\"x@example.test\"]"};
    struct person person = make_person(*state);
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_error(
            change(*state, &person.session, person.user_id, world_print(*state, "{\"email\": %s}", bad[i])),
            400, "email");
    }
}

static void a_missing_address_is_422(void **state)
{
    struct person person = make_person(*state);
    expect_error(change(*state, &person.session, person.user_id, "{}"), 422, "email");
    expect_error(change(*state, &person.session, person.user_id, "{\"Email\": \"x@example.test\"}"), 422,
                 "email");
}

static void other_fields_are_not_set(void **state)
{
    struct world *world = *state;
    struct person person = make_person(world);
    const char *body = world_print(world,
                                   "{\"email\": \"%s\", \"id\": \"" NOBODY
                                   "\", \"worklete_employee\": true, \"enabled\": false, "
                                   "\"first_name\": \"Hacked\", \"provider\": \"username\", \"uid\": "
                                   "\"hacked\", \"username\": \"hacked\"}",
                                   person.email);
    struct answer *before = call_get(world, &person.session, "/api/v1/session");
    expect_body(change(world, &person.session, person.user_id, body), "true");
    struct answer *after = call_get(world, &person.session, "/api/v1/session");
    assert_string_equal(before->body, after->body);
}

static void who_signs_in_with_the_address_cannot_lose_it(void **state)
{
    struct world *world = *state;
    struct person person = make_person(world);
    expect_error(change(world, &person.session, person.user_id, "{\"email\": null}"), 422, "email");
    expect_error(change(world, &admin.session, person.user_id, "{\"email\": null}"), 422, "email");
    assert_non_null(strstr(stored(world, &person), person.email));
}

static void who_signs_in_with_the_username_can_lose_it(void **state)
{
    struct world *world = *state;
    struct person person = make_named_person(world);
    expect_body(change(world, &person.session, person.user_id, "{\"email\": null}"), "true");
    assert_string_equal(stored(world, &person), world_print(world, "null %s", person.username));
    expect_body(change(world, &person.session, person.user_id, "{\"email\": null}"), "true");
    expect_null(call_get(world, &person.session, "/api/v1/session"), "data.email");
}

static void the_uid_of_the_username_does_not_change_with_the_address(void **state)
{
    struct world *world = *state;
    struct person person = make_named_person(world);
    struct answer *answer = change_to(world, &person.session, person.user_id, "elsewhere@example.test");
    expect_body(answer, "true");
    expect_header(answer, "uid", person.username);
}

static void a_changed_uid_is_told_at_once(void **state)
{
    struct world *world = *state;
    struct person person = make_person(world);
    struct answer *answer = change_to(world, &person.session, person.user_id, "changed@example.test");
    expect_header(answer, "uid", "changed@example.test");
    expect_header(answer, "access-token", person.session.access_token);
    expect_text(call_get(world, &person.session, "/api/v1/session"), "data.uid", "changed@example.test");
}

static void other_sessions_stay_and_are_told_the_new_uid(void **state)
{
    struct world *world = *state;
    struct person person = make_person(world);
    struct session other = open_session(world, person.email, person.password);
    expect_body(change_to(world, &person.session, person.user_id, "moved@example.test"), "true");
    struct answer *answer = call_get(world, &other, "/api/v1/session");
    expect_status(answer, 200);
    expect_header(answer, "uid", "moved@example.test");
    other.uid = "moved@example.test";
    expect_status(call_get(world, &other, "/api/v1/session"), 200);
    other.uid = stranger.email;
    expect_status(call_get(world, &other, "/api/v1/session"), 401);
}

static void an_admin_keeps_its_own_uid_when_it_changes_somebody(void **state)
{
    struct world *world = *state;
    struct person person = make_person(world);
    struct answer *answer = change_to(world, &admin.session, person.user_id, "by.admin@example.test");
    expect_body(answer, "true");
    expect_header(answer, "uid", admin.email);
    expect_header(call_get(world, &person.session, "/api/v1/session"), "uid", "by.admin@example.test");
}

static void the_new_address_signs_in_and_the_old_one_does_not(void **state)
{
    struct world *world = *state;
    struct person person = make_person(world);
    expect_body(change_to(world, &person.session, person.user_id, "fresh@example.test"), "true");
    open_session(world, "FRESH@example.test", person.password);
    const char *body =
        world_print(world, "{\"username\": \"%s\", \"password\": \"%s\"}", person.email, person.password);
    expect_status(call_post(world, NULL, "/api/v1/auth/sign_in", body), 401);
}

static void the_same_change_twice_answers_the_same(void **state)
{
    struct world *world = *state;
    struct person person = make_person(world);
    expect_body(change_to(world, &person.session, person.user_id, "again@example.test"), "true");
    struct answer *before = call_get(world, &person.session, "/api/v1/session");
    expect_body(change_to(world, &person.session, person.user_id, "again@example.test"), "true");
    assert_string_equal(call_get(world, &person.session, "/api/v1/session")->body, before->body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_person_its_admins_and_employees_may_change_it),
        cmocka_unit_test(others_of_the_organization_may_not),
        cmocka_unit_test(strangers_are_404_as_if_they_did_not_exist),
        cmocka_unit_test(an_address_is_kept_in_lower_case),
        cmocka_unit_test(a_taken_address_is_422_in_any_case),
        cmocka_unit_test(what_is_no_address_is_422),
        cmocka_unit_test(an_address_has_at_most_254_bytes),
        cmocka_unit_test(a_wrong_type_is_400),
        cmocka_unit_test(a_missing_address_is_422),
        cmocka_unit_test(other_fields_are_not_set),
        cmocka_unit_test(who_signs_in_with_the_address_cannot_lose_it),
        cmocka_unit_test(who_signs_in_with_the_username_can_lose_it),
        cmocka_unit_test(the_uid_of_the_username_does_not_change_with_the_address),
        cmocka_unit_test(a_changed_uid_is_told_at_once),
        cmocka_unit_test(other_sessions_stay_and_are_told_the_new_uid),
        cmocka_unit_test(an_admin_keeps_its_own_uid_when_it_changes_somebody),
        cmocka_unit_test(the_new_address_signs_in_and_the_old_one_does_not),
        cmocka_unit_test(the_same_change_twice_answers_the_same),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
