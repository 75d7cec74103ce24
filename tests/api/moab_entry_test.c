/* Moab's ways in: login, and a new organization with its first creator. */
#include "support/company.h"
#include "support/expect.h"
#include "support/machines.h"
#include "support/sessions.h"

#define LOGIN        "/api/v1/login"
#define ORGANIZATION "/api/v1/organization"

static const char *organization;

static int setup(void **state)
{
    *state = world_start("open_registration = on\n");
    organization = make_organization(*state, "Entry");
    return 0;
}

static struct answer *login(struct world *world, const char *address, const char *password)
{
    return call_post(
        world, NULL, LOGIN,
        world_print(world, "{\"emailAddress\": \"%s\", \"password\": \"%s\"}", address, password));
}

/* The token of an answer, as it stands in a header. */
static const char *token_of(struct world *world, const struct answer *answer)
{
    const char *secret = world_print(world, "%lld", (long long)integer_at(answer, "securityToken"));
    world_secret(world, secret);
    return world_print(world, "%lld.%s", (long long)integer_at(answer, "id"), secret);
}

static void a_login_gives_a_new_token_and_ends_the_old_one(void **state)
{
    struct world *world = *state;
    struct person person = make_admin(world, organization, "Ann");
    const char *before = make_security_token(world, &person);
    const char *upper = world_sql(world, "SELECT upper($1)", person.email, NULL);
    struct answer *answer = login(world, upper, person.password);
    expect_status(answer, 200);
    expect_header(answer, "Cache-Control", "no-store");
    const char *token = token_of(world, answer);
    expect_body(answer, world_print(world, "{\"id\":%s,\"securityToken\":%s}", number_of(world, &person),
                                    strchr(token, '.') + 1));
    expect_status(call_with(world, token, "GET", "/api/v1/user", NULL), 200);
    expect_status(call_with(world, before, "GET", "/api/v1/user", NULL), 401);
    expect_no_session_headers(answer);
}

static void a_login_counts_as_a_sign_in(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Cora");
    const char *before =
        world_sql(world, "SELECT sign_in_count + 1 FROM users WHERE id = $1::uuid", person.user_id, NULL);
    expect_status(login(world, person.email, person.password), 200);
    assert_string_equal(
        world_sql(world, "SELECT sign_in_count FROM users WHERE id = $1::uuid", person.user_id, NULL),
        before);
    expect_open(world, &person.session);
}

static void names_of_fields_match_in_any_case(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Cyra");
    const char *body =
        world_print(world, "{\"EMAILADDRESS\": \"%s\", \"Password\": \"%s\"}", person.email, person.password);
    expect_status(call_post(world, NULL, "/API/v1/LogIn/", body), 200);
}

static void whoever_cannot_sign_in_is_not_found(void **state)
{
    struct world *world = *state;
    struct person disabled = make_member(world, organization, "Dan");
    struct person inactive = make_member(world, organization, "Ina");
    struct person employee = make_employee(world, "Emil");
    struct person person = make_member(world, organization, "Will");
    world_sql(world, "UPDATE users SET enabled = false WHERE id = $1::uuid", disabled.user_id, NULL);
    world_sql(world, "UPDATE memberships SET status = 'inactive' WHERE id = $1::uuid", inactive.membership_id,
              NULL);
    const struct answer *answers[] = {
        login(world, "nobody@example.test", CANARY "1"), login(world, person.email, "wrong"),
        login(world, disabled.email, disabled.password), login(world, inactive.email, inactive.password),
        login(world, employee.email, employee.password),
    };
    for (size_t i = 0; i < COUNT(answers); i++) {
        expect_status(answers[i], 404);
        expect_text(answers[i], "title", "Not Found");
        expect_text(answers[i], "type", "https://tools.ietf.org/html/rfc7231#section-6.5.4");
    }
}

static void what_a_login_lacks_is_400(void **state)
{
    struct world *world = *state;
    struct answer *answer = call_post(world, NULL, LOGIN, "{}");
    expect_status(answer, 400);
    expect_length(answer, "errors.emailAddress", 1);
    expect_length(answer, "errors.password", 1);
    expect_status(call_post(world, NULL, LOGIN, "{\"emailAddress\": 5, \"password\": \"x\"}"), 400);
    expect_length(CALL(world, .method = "POST", .path = LOGIN), "errors.$", 1);
}

static void ten_failures_close_the_account_for_both_apis(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Tess");
    for (int i = 0; i < 10; i++) {
        expect_status(login(world, person.email, "wrong"), 404);
    }
    struct answer *answer = login(world, person.email, person.password);
    expect_status(answer, 429);
    expect_text(answer, "type", "https://tools.ietf.org/html/rfc6585#section-4");
    expect_text(answer, "title", "Too Many Requests");
    int64_t wait = 0;
    assert_true(text_to_integer(text_of(answer_header(answer, "Retry-After")), 1, 900, &wait));
    expect_status(try_sign_in(world, person.email, person.password), 429);
}

static void a_success_clears_the_failures(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Sue");
    for (int i = 0; i < 9; i++) {
        expect_status(login(world, person.email, "wrong"), 404);
    }
    expect_status(login(world, person.email, person.password), 200);
    expect_status(login(world, person.email, "wrong"), 404);
    expect_status(login(world, person.email, person.password), 200);
}

static void of_several_memberships_the_oldest_active_one_counts(void **state)
{
    struct world *world = *state;
    struct person person = make_admin(world, organization, "Olga");
    const char *later = make_organization(world, "Later");
    add_membership(world, later, &person, 3, "active");
    const char *path = world_print(world, "/api/v1/user/%s", number_of(world, &person));
    const char *token = token_of(world, login(world, person.email, person.password));
    expect_integer(call_with(world, token, "GET", path, NULL), "role", 1);
    world_sql(world, "UPDATE memberships SET status = 'inactive' WHERE id = $1::uuid", person.membership_id,
              NULL);
    token = token_of(world, login(world, person.email, person.password));
    expect_integer(call_with(world, token, "GET", path, NULL), "role", 3);
}

static const char *draft_organization(struct world *world, const char *name, const char *address)
{
    return world_print(
        world,
        "{\"organizationName\": \"%s\", \"organizationDescription\": \"Everybody\", \"firstName\": "
        "\"Fay\", \"lastName\": \"Founder\", \"userDescription\": \"Owner\", \"userEmailAddress\": "
        "\"%s\", \"userPassword\": \"" CANARY "1\", \"agreeToTermsAndPolicies\": 1}",
        name, address);
}

static const char *new_address(struct world *world)
{
    return world_print(world, "%s@example.test", make_name(world, "founder"));
}

static void an_organization_starts_with_a_group_and_a_creator(void **state)
{
    struct world *world = *state;
    const char *name = make_name(world, "Founded ");
    const char *address = new_address(world);
    struct answer *answer = call_post(world, NULL, ORGANIZATION, draft_organization(world, name, address));
    const char *token = token_of(world, answer);
    expect_body(answer, world_print(world,
                                    "{\"id\":%lld,\"securityToken\":%s,\"status\":\"success\",\"message\":"
                                    "\"initialization succeeded\"}",
                                    (long long)integer_at(answer, "id"), strchr(token, '.') + 1));
    struct answer *groups = call_with(world, token, "GET", "/api/v1/usergroup", NULL);
    expect_length(groups, "", 1);
    expect_text(groups, "0.name", name);
    expect_text(groups, "0.description", "Everybody");
    struct answer *users = call_with(world, token, "GET", "/api/v1/user", NULL);
    expect_length(users, "", 1);
    expect_integer(users, "0.role", 1);
    expect_integer(users, "0.userGroup", integer_at(groups, "0.id"));
    expect_text(users, "0.userDescription", "Owner");
    struct session session = open_session(world, address, CANARY "1");
    answer = call_get(world, &session, "/api/v1/organizations");
    expect_text(answer, "data.0.name", name);
    expect_integer(answer, "data.0.members_count", 1);
    expect_integer(answer, "data.0.teams_count", 1);
}

static void what_is_taken_fails_with_200_and_leaves_nothing(void **state)
{
    static const char failure[] =
        "{\"id\":0,\"securityToken\":0,\"status\":\"error\",\"message\":\"organization already exists\"}";
    struct world *world = *state;
    const char *name = make_name(world, "Taken ");
    const char *address = new_address(world);
    expect_status(call_post(world, NULL, ORGANIZATION, draft_organization(world, name, address)), 200);
    const char *before = world_sql(world, "SELECT count(*) FROM organizations", NULL);
    const char *upper = world_sql(world, "SELECT upper($1)", name, NULL);
    expect_body(call_post(world, NULL, ORGANIZATION, draft_organization(world, name, new_address(world))),
                failure);
    expect_body(call_post(world, NULL, ORGANIZATION, draft_organization(world, upper, new_address(world))),
                failure);
    expect_body(
        call_post(world, NULL, ORGANIZATION, draft_organization(world, make_name(world, "New "), address)),
        failure);
    assert_string_equal(world_sql(world, "SELECT count(*) FROM organizations", NULL), before);
}

static void terms_not_agreed_fail_with_200(void **state)
{
    struct world *world = *state;
    const char *name = make_name(world, "Refused ");
    const char *body = json_with(world, draft_organization(world, name, new_address(world)),
                                 "{\"agreeToTermsAndPolicies\": 0}");
    expect_body(call_post(world, NULL, ORGANIZATION, body),
                "{\"id\":0,\"securityToken\":0,\"status\":\"error\",\"message\":\"initialization failed\"}");
    assert_string_equal(world_sql(world, "SELECT count(*) FROM organizations WHERE name = $1", name, NULL),
                        "0");
}

static void what_an_organization_lacks_is_400(void **state)
{
    static const char *const required[] = {"organizationName", "firstName",    "lastName",
                                           "userEmailAddress", "userPassword", "agreeToTermsAndPolicies"};
    struct world *world = *state;
    const char *whole = draft_organization(world, make_name(world, "Whole "), new_address(world));
    for (size_t i = 0; i < COUNT(required); i++) {
        struct answer *answer = call_post(world, NULL, ORGANIZATION, json_without(world, whole, required[i]));
        expect_status(answer, 400);
        expect_length(answer, world_print(world, "errors.%s", required[i]), 1);
    }
    struct answer *answer =
        call_post(world, NULL, ORGANIZATION, json_with(world, whole, "{\"userPassword\": \"abc\"}"));
    expect_length(answer, "errors.userPassword", 1);
    const char *bare =
        json_without(world, json_without(world, whole, "userDescription"), "organizationDescription");
    expect_text(call_post(world, NULL, ORGANIZATION, bare), "status", "success");
}

static void switched_off_it_is_not_there(void **state)
{
    struct world *world = *state;
    const char *body = draft_organization(world, make_name(world, "Closed "), new_address(world));
    world_restart(world, NULL);
    const struct answer *answers[] = {
        call_post(world, NULL, ORGANIZATION, body),
        call_post(world, NULL, ORGANIZATION, "{}"),
        call_post(world, NULL, ORGANIZATION, "not JSON"),
        CALL(world, .method = "POST", .path = ORGANIZATION, .body = "x", .type = "text/plain"),
        CALL(world, .method = "POST", .path = ORGANIZATION, .body = "{}", .headers = {"Accept: text/html"}),
    };
    for (size_t i = 0; i < COUNT(answers); i++) {
        expect_status(answers[i], 404);
        expect_text(answers[i], "title", "Not Found");
    }
    world_restart(world, "open_registration = on\n");
    expect_text(call_post(world, NULL, ORGANIZATION, body), "status", "success");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_login_gives_a_new_token_and_ends_the_old_one),
        cmocka_unit_test(a_login_counts_as_a_sign_in),
        cmocka_unit_test(names_of_fields_match_in_any_case),
        cmocka_unit_test(whoever_cannot_sign_in_is_not_found),
        cmocka_unit_test(what_a_login_lacks_is_400),
        cmocka_unit_test(ten_failures_close_the_account_for_both_apis),
        cmocka_unit_test(a_success_clears_the_failures),
        cmocka_unit_test(of_several_memberships_the_oldest_active_one_counts),
        cmocka_unit_test(an_organization_starts_with_a_group_and_a_creator),
        cmocka_unit_test(what_is_taken_fails_with_200_and_leaves_nothing),
        cmocka_unit_test(terms_not_agreed_fail_with_200),
        cmocka_unit_test(what_an_organization_lacks_is_400),
        cmocka_unit_test(switched_off_it_is_not_there),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
