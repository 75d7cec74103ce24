/* Users of all organizations, as employees list, show and change them; and new passwords by their hand. */
#include "support/company.h"
#include "support/expect.h"
#include "support/sessions.h"

#define PATH         "/api/v1/worklete_admin/users"
#define SET_PASSWORD "/api/v1/worklete_admin/set_password"

static struct company company;

static int setup(void **state)
{
    world_setup(state);
    company = make_company(*state);
    return 0;
}

static struct person new_person(struct world *world)
{
    return make_member(world, company.organization, "Person");
}

static struct answer *list(struct world *world, const char *query)
{
    return call_as(world, &company.employee, "GET", world_print(world, PATH "%s", query), NULL);
}

static struct answer *on_user(struct world *world, const struct person *caller, const char *method,
                              const char *user, const char *body)
{
    return call_as(world, caller, method, world_print(world, PATH "/%s", user), body);
}

static struct answer *change(struct world *world, const char *user, const char *body)
{
    return on_user(world, &company.employee, "PATCH", user, body);
}

/* --- GET --- */

static void the_list_has_everybody_and_can_be_searched_and_sorted(void **state)
{
    struct world *world = *state;
    int64_t total = strtol(world_sql(world, "SELECT count(*) FROM users", NULL), NULL, 10);
    expect_integer(list(world, ""), "meta.total", total);
    struct answer *found = list(world, "?q=stan");
    expect_length(found, "data", 1);
    expect_text(found, "data.0.id", company.stranger.user_id);
    expect_length(found, "data.0.memberships", 1);
    struct answer *first = list(world, "?sort=-first_name&size=1");
    struct answer *second = list(world, "?sort=-first_name&size=1&page=2");
    assert_true(strcmp(text_at(first, "data.0.first_name"), text_at(second, "data.0.first_name")) >= 0);
    assert_string_not_equal(text_at(first, "data.0.id"), text_at(second, "data.0.id"));
    expect_integer(list(world, "?q=nobodyiscalledthis"), "meta.total", 0);
    expect_error(list(world, "?sort=password_hash"), 400, "sort");
    expect_error(list(world, "?page=0"), 400, "page");
}

static void one_user_is_shown_with_its_memberships(void **state)
{
    struct world *world = *state;
    struct answer *answer = on_user(world, &company.employee, "GET", company.stranger.user_id, NULL);
    expect_text(answer, "data.id", company.stranger.user_id);
    expect_text(answer, "data.memberships.0.id", company.stranger.membership_id);
    expect_true(answer, "data.enabled");
    expect_false(answer, "data.worklete_employee");
    expect_error(on_user(world, &company.employee, "GET", NOBODY, NULL), 404, NULL);
    expect_error(on_user(world, &company.employee, "GET", "x", NULL), 404, NULL);
}

/* --- PATCH --- */

static void what_is_given_replaces_and_the_rest_stays(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    const char *name = make_name(world, "renamed.");
    const char *body = world_print(world,
                                   "{\"data\": {\"username\": \"%s\", \"email\": \"%s@Example.test\", "
                                   "\"first_name\": \" Jo \", \"last_name\": \"Doe\", "
                                   "\"language_code\": \"de\"}}",
                                   name, name);
    struct answer *answer = change(world, person.user_id, body);
    expect_status(answer, 200);
    expect_text(answer, "data.username", name);
    expect_text(answer, "data.email", world_print(world, "%s@example.test", name));
    expect_text(answer, "data.uid", world_print(world, "%s@example.test", name));
    expect_text(answer, "data.first_name", "Jo");
    expect_text(answer, "data.last_name", "Doe");
    expect_text(answer, "data.language_code", "de");
    expect_true(answer, "data.enabled");
    expect_length(answer, "data.memberships", 1);
    struct answer *again = change(world, person.user_id, body);
    expect_text(again, "data.uid", world_print(world, "%s@example.test", name));
    struct answer *bare = change(world, person.user_id, "{\"last_name\": \"Roe\"}");
    expect_text(bare, "data.last_name", "Roe");
    expect_text(bare, "data.first_name", "Jo");
    expect_text(change(world, person.user_id, "{}"), "data.last_name", "Roe");
}

static void an_open_session_is_told_the_new_uid(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    const char *address = world_print(world, "%s@new.example.test", "uid.changed");
    expect_status(change(world, person.user_id, text_body(world, "email", address)), 200);
    struct answer *answer = expect_open(world, &person.session);
    expect_header(answer, "uid", address);
    expect_text(answer, "data.email", address);
}

static void nothing_else_can_be_changed(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    struct answer *answer = change(
        world, person.user_id,
        "{\"id\": \"" NOBODY "\", \"provider\": \"username\", \"uid\": \"x\", \"sign_in_count\": 99, "
        "\"password_hash\": \"x\", \"password\": \"x\", \"created_at\": \"2019-05-01T00:00:00.000Z\"}");
    expect_text(answer, "data.id", person.user_id);
    expect_text(answer, "data.provider", "email");
    expect_text(answer, "data.uid", person.email);
    expect_integer(answer, "data.sign_in_count", 1);
    expect_status(try_sign_in(world, person.email, person.password), 200);
}

static void names_that_are_taken_or_malformed_are_422(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    const char *shout = world_sql(world, "SELECT upper($1)", company.admin.username, NULL);
    const struct {
        const char *name, *value;
    } bad[] = {{"username", company.admin.username},
               {"username", shout},
               {"username", "abc"},
               {"username", "with space"},
               {"username", "a@b.example"},
               {"username", ""},
               {"email", company.admin.email},
               {"email", "no address"},
               {"first_name", ""},
               {"first_name", " "},
               {"last_name", ""},
               {"language_code", "d"},
               {"language_code", "d1"},
               {"language_code", "deu"}};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct answer *answer = change(world, person.user_id, text_body(world, bad[i].name, bad[i].value));
        expect_error(answer, 422, bad[i].name);
        expect_length(answer, "errors", 1);
    }
    expect_text(change(world, person.user_id, "{\"language_code\": \"FR\"}"), "data.language_code", "fr");
    struct answer *both = change(world, person.user_id,
                                 world_print(world, "{\"username\": \"%s\", \"email\": \"%s\"}",
                                             company.admin.username, company.admin.email));
    expect_error(both, 422, "username");
    expect_error(both, 422, "email");
    struct answer *more =
        change(world, person.user_id,
               world_print(world, "{\"username\": \"u%064d\", \"email\": \"%s\", \"language_code\": \"d1\"}",
                           1, company.admin.email));
    expect_error(more, 422, "username");
    expect_error(more, 422, "email");
    expect_error(more, 422, "language_code");
    expect_length(more, "errors", 3);
    expect_text(call_as(world, &company.employee, "GET",
                        world_print(world, "/api/v1/worklete_admin/users/%s", person.user_id), NULL),
                "data.language_code", "fr");
    struct answer *nobody = change(world, NOBODY, "{\"email\": \"no address\"}");
    expect_status(nobody, 404);
    expect_length(nobody, "errors", 1);
    assert_null(strstr(nobody->body, "address"));
    const char *own = world_sql(world, "SELECT upper($1)", person.username, NULL);
    expect_text(change(world, person.user_id, text_body(world, "username", own)), "data.username", own);
}

static void values_of_the_wrong_type_are_400(void **state)
{
    static const char *const bad[] = {"{\"enabled\": \"false\"}",
                                      "{\"enabled\": 0}",
                                      "{\"worklete_employee\": 1}",
                                      "{\"username\": 5}",
                                      "{\"email\": []}",
                                      "{\"first_name\": {}}",
                                      "{\"data\": 1}",
                                      "[]",
                                      "{"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_error(change(*state, company.outsider.user_id, bad[i]), 400, NULL);
    }
    expect_open(*state, &company.outsider.session);
}

static void the_name_that_one_signs_in_with_cannot_be_taken_away(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    expect_error(change(world, person.user_id, "{\"email\": null}"), 422, "email");
    expect_null(change(world, person.user_id, "{\"username\": null}"), "data.username");
    const char *code = make_invitation(world, company.organization, "Una", NULL);
    struct answer *joined =
        try_sign_up(world, draft_account(world, make_name(world, "by.username."), code), "{}");
    const char *user = world_sql(world, "SELECT user_id FROM memberships WHERE id = $1::uuid",
                                 membership_of_code(world, code), NULL);
    expect_status(joined, 200);
    expect_error(change(world, user, "{\"username\": null}"), 422, "username");
    expect_error(change(world, user, "{\"first_name\": null}"), 422, "first_name");
    expect_error(change(world, user, "{\"enabled\": null}"), 422, "enabled");
    expect_status(change(world, user, "{\"email\": null}"), 200);
}

static void disabling_ends_the_sessions_at_once(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    struct session second = open_session(world, person.email, person.password);
    struct answer *answer = change(world, person.user_id, "{\"data\": {\"enabled\": false}}");
    expect_false(answer, "data.enabled");
    expect_ended(world, &person.session);
    expect_ended(world, &second);
    expect_error(try_sign_in(world, person.email, person.password), 401,
                 "Invalid login credentials. Please try again.");
    expect_false(change(world, person.user_id, "{\"enabled\": false}"), "data.enabled");
    expect_true(change(world, person.user_id, "{\"enabled\": true}"), "data.enabled");
    expect_ended(world, &person.session);
    expect_status(try_sign_in(world, person.email, person.password), 200);
}

static void a_new_employee_may_at_once_and_a_former_one_no_more(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    expect_error(on_user(world, &person, "GET", company.stranger.user_id, NULL), 403, NULL);
    expect_true(change(world, person.user_id, "{\"worklete_employee\": true}"), "data.worklete_employee");
    expect_status(on_user(world, &person, "GET", company.stranger.user_id, NULL), 200);
    expect_false(change(world, person.user_id, "{\"worklete_employee\": false}"), "data.worklete_employee");
    expect_error(on_user(world, &person, "GET", company.stranger.user_id, NULL), 403, NULL);
}

static void who_disables_itself_is_signed_out(void **state)
{
    struct world *world = *state;
    struct person employee = make_employee(world, "Erna");
    struct answer *answer = on_user(world, &employee, "PATCH", employee.user_id, "{\"enabled\": false}");
    expect_status(answer, 200);
    expect_no_session_headers(answer);
    expect_ended(world, &employee.session);
}

/* --- New passwords --- */

static struct answer *set_password(struct world *world, const struct person *caller, const char *body)
{
    struct answer *answer = call_as(world, caller, "POST", SET_PASSWORD, body);
    if (answer->status == 200) {
        world_secret(world, text_at(answer, "data.password"));
    }
    return answer;
}

static void a_new_password_is_told_once_and_ends_the_sessions(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    struct session second = open_session(world, person.email, person.password);
    struct answer *answer =
        set_password(world, &company.employee, text_body(world, "user_id", person.user_id));
    expect_status(answer, 200);
    expect_text(answer, "data.user_id", person.user_id);
    const char *password = text_at(answer, "data.password");
    assert_int_equal(strlen(password), 16);
    expect_ended(world, &person.session);
    expect_ended(world, &second);
    expect_status(try_sign_in(world, person.email, person.password), 401);
    expect_status(try_sign_in(world, person.email, password), 200);
    const char *wrapped = world_print(world, "{\"data\": {\"user_id\": \"%s\"}}", person.user_id);
    struct answer *again = set_password(world, &company.employee, wrapped);
    assert_string_not_equal(text_at(again, "data.password"), password);
    expect_status(try_sign_in(world, person.email, password), 401);
    expect_status(try_sign_in(world, person.email, text_at(again, "data.password")), 200);
}

static void a_new_password_voids_reset_links(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    const char *body = text_body(world, "username", person.username);
    expect_body(call_as(world, &person, "PATCH",
                        world_print(world, "/api/v1/users/%s/password_reset", person.user_id), body),
                "true");
    static const char count[] = "SELECT count(*) FROM password_resets WHERE user_id = $1::uuid";
    assert_int_equal(count_rows(world, count, person.user_id), 1);
    expect_status(set_password(world, &company.employee, text_body(world, "user_id", person.user_id)), 200);
    assert_int_equal(count_rows(world, count, person.user_id), 0);
}

static void who_sets_its_own_password_is_signed_out(void **state)
{
    struct world *world = *state;
    struct person employee = make_employee(world, "Enno");
    struct answer *answer = set_password(world, &employee, text_body(world, "user_id", employee.user_id));
    expect_status(answer, 200);
    expect_no_session_headers(answer);
    expect_ended(world, &employee.session);
    expect_status(try_sign_in(world, employee.username, text_at(answer, "data.password")), 200);
}

static void who_is_locked_out_gets_in_with_the_new_password(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    for (int i = 0; i < 11; i++) {
        try_sign_in(world, person.email, "wrong password");
    }
    expect_status(try_sign_in(world, person.email, person.password), 429);
    struct answer *answer =
        set_password(world, &company.employee, text_body(world, "user_id", person.user_id));
    expect_status(try_sign_in(world, person.email, text_at(answer, "data.password")), 200);
}

static void bad_bodies_of_set_password_are_refused(void **state)
{
    static const struct {
        const char *body;
        int status;
    } bad[] = {{NULL, 400},
               {"{}", 400},
               {"{\"data\": {}}", 400},
               {"{\"user_id\": null}", 400},
               {"{\"user_id\": \"\"}", 400},
               {"{\"user_id\": \"x\"}", 400},
               {"{\"user_id\": 5}", 400},
               {"{\"user_id\": \"" NOBODY "\"}", 404},
               {"[]", 400}};
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_error(set_password(*state, &company.employee, bad[i].body), bad[i].status, NULL);
    }
}

static void only_employees_may(void **state)
{
    struct world *world = *state;
    const struct person *callers[] = {&company.admin, &company.learner, &company.stranger, NULL};
    for (size_t i = 0; i < COUNT(callers); i++) {
        int status = callers[i] == NULL ? 401 : 403;
        const char *user = company.outsider.user_id;
        expect_error(call_as(world, callers[i], "GET", PATH, NULL), status, NULL);
        expect_error(on_user(world, callers[i], "GET", user, NULL), status, NULL);
        expect_error(on_user(world, callers[i], "PATCH", user, "{\"enabled\": false}"), status, NULL);
        expect_error(on_user(world, callers[i], "PATCH", NOBODY, "{\"enabled\": false}"), status, NULL);
        expect_error(set_password(world, callers[i], text_body(world, "user_id", user)), status, NULL);
    }
    expect_open(world, &company.outsider.session);
    expect_error(change(world, NOBODY, "{\"enabled\": false}"), 404, NULL);
    expect_error(change(world, "x", "{}"), 404, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_has_everybody_and_can_be_searched_and_sorted),
        cmocka_unit_test(one_user_is_shown_with_its_memberships),
        cmocka_unit_test(what_is_given_replaces_and_the_rest_stays),
        cmocka_unit_test(an_open_session_is_told_the_new_uid),
        cmocka_unit_test(nothing_else_can_be_changed),
        cmocka_unit_test(names_that_are_taken_or_malformed_are_422),
        cmocka_unit_test(values_of_the_wrong_type_are_400),
        cmocka_unit_test(the_name_that_one_signs_in_with_cannot_be_taken_away),
        cmocka_unit_test(disabling_ends_the_sessions_at_once),
        cmocka_unit_test(a_new_employee_may_at_once_and_a_former_one_no_more),
        cmocka_unit_test(who_disables_itself_is_signed_out),
        cmocka_unit_test(a_new_password_is_told_once_and_ends_the_sessions),
        cmocka_unit_test(a_new_password_voids_reset_links),
        cmocka_unit_test(who_sets_its_own_password_is_signed_out),
        cmocka_unit_test(who_is_locked_out_gets_in_with_the_new_password),
        cmocka_unit_test(bad_bodies_of_set_password_are_refused),
        cmocka_unit_test(only_employees_may),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
