/* Moab's users: what the page shows, who may, and that they are the people of Worklete. */
#include <json-c/json.h>

#include "support/company.h"
#include "support/expect.h"
#include "support/machines.h"
#include "support/sessions.h"

#define USERS "/api/v1/user"

static const char *organization;
static struct person creator;
static const char *token;

static int setup(void **state)
{
    world_setup(state);
    organization = make_organization(*state, "Moab");
    creator = make_admin(*state, organization, "Cleo");
    token = make_security_token(*state, &creator);
    return 0;
}

static const char *draft_user(struct world *world, const char *address)
{
    return world_print(
        world,
        "{\"firstName\": \"John\", \"lastName\": \"Doe\", \"userDescription\": \"Night shift\", "
        "\"userEmailAddress\": \"%s\", \"userPassword\": \"" CANARY "1\", \"role\": 3, "
        "\"userGroup\": 0, \"agreeToTermsAndPolicies\": 1, \"enabled\": 1}",
        address);
}

static const char *new_address(struct world *world)
{
    return world_print(world, "%s@example.test", make_name(world, "user"));
}

static struct answer *post(struct world *world, const char *body)
{
    return call_with(world, token, "POST", USERS, body);
}

static struct answer *get(struct world *world, const char *number)
{
    return call_with(world, token, "GET", world_print(world, USERS "/%s", number), NULL);
}

static struct answer *delete_user(struct world *world, const char *number)
{
    return call_with(world, token, "DELETE", world_print(world, USERS "/%s", number), NULL);
}

/* A user made by Moab, its number. */
static const char *make_user(struct world *world, const char *address)
{
    struct answer *answer = post(world, draft_user(world, address));
    expect_text(answer, "status", "success");
    return world_print(world, "%lld", (long long)integer_at(answer, "id"));
}

static void expect_fault(const struct answer *answer, const char *field, const char *part)
{
    expect_status(answer, 400);
    expect_text(answer, "title", "One or more validation errors occurred.");
    struct json_object *errors = NULL;
    assert_true(json_at(answer, "errors", &errors));
    char path[128];
    snprintf(path, sizeof path, "errors.%s.0", field);
    if (strstr(text_at(answer, path), part) == NULL) {
        fail_msg("%s: %s does not say %s", answer->request, answer->body, part);
    }
}

static void a_user_is_made_with_a_token_in_the_documented_form(void **state)
{
    struct world *world = *state;
    const char *address = new_address(world);
    struct answer *answer = post(world, draft_user(world, address));
    int64_t id = integer_at(answer, "id");
    int64_t secret = integer_at(answer, "securityToken");
    world_secret(world, world_print(world, "%lld", (long long)secret));
    expect_body(answer,
                world_print(world,
                            "{\"id\":%lld,\"securityToken\":%lld,\"status\":\"success\",\"message\":\"user "
                            "created\"}",
                            (long long)id, (long long)secret));
    assert_true(id >= 1 && id < INT64_C(1) << 53);
    assert_true(secret >= 1 && secret < INT64_C(1) << 53);
    const char *own = world_print(world, "%lld.%lld", (long long)id, (long long)secret);
    answer = call_with(world, own, "GET", world_print(world, USERS "/%lld", (long long)id), NULL);
    expect_status(answer, 200);
    expect_body(answer,
                world_print(world,
                            "{\"id\":%lld,\"firstName\":\"John\",\"lastName\":\"Doe\",\"userDescription\":"
                            "\"Night shift\",\"userEmailAddress\":\"%s\",\"role\":3,\"userGroup\":0,"
                            "\"agreeToTermsAndPolicies\":1,\"enabled\":1}",
                            (long long)id, address));
}

static void a_user_of_moab_signs_in_on_worklete(void **state)
{
    struct world *world = *state;
    const char *address = new_address(world);
    const char *number = make_user(world, address);
    struct session session = open_session(world, address, CANARY "1");
    struct answer *answer = call_get(world, &session, "/api/v1/session");
    expect_text(answer, "data.email", address);
    expect_text(answer, "data.provider", "email");
    expect_text(answer, "data.first_name", "John");
    expect_text(answer, "data.organizations.0.id", organization);
    expect_text(answer, "data.memberships.0.status", "active");
    expect_false(answer, "data.memberships.0.org_admin");
    assert_string_equal(
        world_sql(world, "SELECT active_from >= joined_at FROM memberships WHERE email = $1", address, NULL),
        "t");
    expect_text(delete_user(world, number), "message", "user deleted");
    expect_ended(world, &session);
}

static void who_joined_on_worklete_shows_up_in_moab(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Wanda");
    expect_body(
        get(world, number_of(world, &person)),
        world_print(world,
                    "{\"id\":%s,\"firstName\":\"Wanda\",\"lastName\":\"Tester\",\"userDescription\":\"\","
                    "\"userEmailAddress\":\"%s\",\"role\":3,\"userGroup\":0,\"agreeToTermsAndPolicies\":1,"
                    "\"enabled\":1}",
                    number_of(world, &person), person.email));
    expect_integer(get(world, number_of(world, &creator)), "role", 1);
}

static void the_role_is_that_of_the_membership(void **state)
{
    struct world *world = *state;
    for (int role = 1; role <= 3; role++) {
        const char *address = new_address(world);
        const char *body =
            json_with(world, draft_user(world, address), world_print(world, "{\"role\": %d}", role));
        struct answer *answer = post(world, body);
        const char *number = world_print(world, "%lld", (long long)integer_at(answer, "id"));
        expect_integer(get(world, number), "role", role);
        struct session session = open_session(world, address, CANARY "1");
        answer = call_get(world, &session, "/api/v1/session");
        expect_boolean_at(answer, "data.memberships.0.org_admin", role == 1, __FILE__, __LINE__);
    }
}

static void a_disabled_user_can_do_nothing(void **state)
{
    struct world *world = *state;
    const char *address = new_address(world);
    struct answer *answer = post(world, json_with(world, draft_user(world, address), "{\"enabled\": 0}"));
    const char *number = world_print(world, "%lld", (long long)integer_at(answer, "id"));
    const char *own = world_print(world, "%s.%lld", number, (long long)integer_at(answer, "securityToken"));
    expect_integer(get(world, number), "enabled", 0);
    expect_status(call_with(world, own, "GET", USERS, NULL), 401);
    expect_status(try_sign_in(world, address, CANARY "1"), 401);
}

static void who_is_inactive_is_shown_disabled(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Ina");
    const char *own = make_security_token(world, &person);
    expect_status(call_with(world, own, "GET", USERS, NULL), 200);
    world_sql(world, "UPDATE memberships SET status = 'inactive' WHERE id = $1::uuid", person.membership_id,
              NULL);
    expect_integer(get(world, number_of(world, &person)), "enabled", 0);
    expect_status(call_with(world, own, "GET", USERS, NULL), 401);
}

static void names_of_fields_match_in_any_case(void **state)
{
    struct world *world = *state;
    const char *address = new_address(world);
    struct answer *answer =
        post(world, world_print(world,
                                "{\"FIRSTNAME\": \"A\", \"lastname\": \"B\", \"UserEmailAddress\": \"%s\", "
                                "\"userpassword\": \"" CANARY "1\", \"Role\": 2, \"USERGROUP\": 0, "
                                "\"agreetotermsandpolicies\": 1, \"eNaBlEd\": 1}",
                                address));
    expect_text(answer, "status", "success");
    answer =
        post(world, json_with(world, draft_user(world, new_address(world)), "{\"FirstName\": \"Twice\"}"));
    expect_fault(answer, "firstName", "twice");
}

static void the_description_may_be_missing(void **state)
{
    static const char *const changes[] = {"{\"userDescription\": null}", "{\"userDescription\": \"\"}",
                                          "{\"userDescription\": \"  \"}"};
    struct world *world = *state;
    for (size_t i = 0; i < COUNT(changes); i++) {
        struct answer *answer =
            post(world, json_with(world, draft_user(world, new_address(world)), changes[i]));
        expect_text(answer, "status", "success");
        expect_text(get(world, world_print(world, "%lld", (long long)integer_at(answer, "id"))),
                    "userDescription", "");
    }
    struct answer *answer =
        post(world, json_without(world, draft_user(world, new_address(world)), "userDescription"));
    expect_text(answer, "status", "success");
}

static void a_taken_address_and_terms_not_agreed_fail_with_200(void **state)
{
    static const char failure[] = "{\"id\":\"0\",\"status\":\"error\",\"message\":\"user creation failed\"}";
    struct world *world = *state;
    struct person elsewhere = make_member(world, make_organization(world, "Other"), "Oona");
    const char *address = new_address(world);
    make_user(world, address);
    const char *before = world_sql(world, "SELECT count(*) FROM memberships", NULL);
    const char *upper = world_sql(world, "SELECT upper($1)", address, NULL);
    expect_body(post(world, draft_user(world, address)), failure);
    expect_body(post(world, draft_user(world, upper)), failure);
    expect_body(post(world, draft_user(world, elsewhere.email)), failure);
    expect_body(post(world, json_with(world, draft_user(world, new_address(world)),
                                      "{\"agreeToTermsAndPolicies\": 0}")),
                failure);
    assert_string_equal(world_sql(world, "SELECT count(*) FROM memberships", NULL), before);
}

static void each_wrong_field_is_named(void **state)
{
    static const struct {
        const char *change;
        const char *field;
        const char *part;
    } cases[] = {
        {"{\"firstName\": \"\"}", "firstName", "required"},
        {"{\"firstName\": \"   \"}", "firstName", "required"},
        {"{\"lastName\": 5}", "lastName", "must be text"},
        {"{\"userEmailAddress\": \"nobody\"}", "userEmailAddress", "not an e-mail address"},
        {"{\"userEmailAddress\": \" a@b.cd\"}", "userEmailAddress", "not an e-mail address"},
        {"{\"userPassword\": \"short\"}", "userPassword", "too short"},
        {"{\"userPassword\": \"password\"}", "userPassword", "common"},
        {"{\"userPassword\": \"same@example.test\", \"userEmailAddress\": \"Same@example.test\"}",
         "userPassword", "differ"},
        {"{\"role\": 0}", "role", "between 1 and 3"},
        {"{\"role\": 4}", "role", "between 1 and 3"},
        {"{\"role\": \"3\"}", "role", "whole number"},
        {"{\"role\": 1.5}", "role", "whole number"},
        {"{\"userGroup\": 4711}", "userGroup", "not a user group"},
        {"{\"userGroup\": -1}", "userGroup", "between"},
        {"{\"userGroup\": 9007199254740992}", "userGroup", "between"},
        {"{\"enabled\": 2}", "enabled", "between 0 and 1"},
        {"{\"enabled\": true}", "enabled", "whole number"},
        {"{\"agreeToTermsAndPolicies\": -1}", "agreeToTermsAndPolicies", "between 0 and 1"},
        {"{\"userDescription\": {}}", "userDescription", "must be text"},
    };
    struct world *world = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        expect_fault(post(world, json_with(world, draft_user(world, new_address(world)), cases[i].change)),
                     cases[i].field, cases[i].part);
    }
}

static void each_missing_field_is_named_and_all_at_once(void **state)
{
    static const char *const required[] = {
        "firstName", "lastName",  "userEmailAddress",        "userPassword",
        "role",      "userGroup", "agreeToTermsAndPolicies", "enabled"};
    struct world *world = *state;
    struct answer *all = post(world, "{}");
    struct json_object *errors = NULL;
    assert_true(json_at(all, "errors", &errors));
    assert_int_equal(json_object_object_length(errors), COUNT(required));
    for (size_t i = 0; i < COUNT(required); i++) {
        expect_fault(all, required[i], "required");
        expect_fault(post(world, json_without(world, draft_user(world, new_address(world)), required[i])),
                     required[i], "required");
    }
    expect_fault(post(world, "{\"role\": 9, \"userPassword\": \"abc\", \"userGroup\": 4711}"), "userGroup",
                 "group");
    expect_fault(post(world, "{\"role\": 9, \"userPassword\": \"abc\", \"userGroup\": 4711}"), "userPassword",
                 "short");
}

static void a_user_may_be_put_into_a_group_of_the_organization(void **state)
{
    struct world *world = *state;
    const char *group = make_group(world, organization, "Crew ");
    const char *foreign = make_group(world, make_organization(world, "Far"), "Far ");
    const char *team = make_team(world, organization, "People");
    const char *number = world_sql(world, "SELECT number FROM teams WHERE id = $1::uuid", team, NULL);
    struct answer *answer = post(world, json_with(world, draft_user(world, new_address(world)),
                                                  world_print(world, "{\"userGroup\": %s}", group)));
    const char *user = world_print(world, "%lld", (long long)integer_at(answer, "id"));
    expect_integer(get(world, user), "userGroup", strtol(group, NULL, 10));
    expect_fault(post(world, json_with(world, draft_user(world, new_address(world)),
                                       world_print(world, "{\"userGroup\": %s}", foreign))),
                 "userGroup", "not a user group");
    expect_fault(post(world, json_with(world, draft_user(world, new_address(world)),
                                       world_print(world, "{\"userGroup\": %s}", number))),
                 "userGroup", "not a user group");
}

/* The first is the one that was made first. */
static void the_group_of_a_user_is_the_first_one_they_are_in(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Gus");
    const char *first = make_group(world, organization, "First ");
    const char *second = make_group(world, organization, "Second ");
    const char *groups[] = {second, first};
    for (size_t i = 0; i < 2; i++) {
        world_sql(world,
                  "INSERT INTO team_members (team_id, membership_id, organization_id) SELECT id, $2::uuid, "
                  "organization_id FROM teams WHERE number = $1::bigint",
                  groups[i], person.membership_id, NULL);
        expect_integer(get(world, number_of(world, &person)), "userGroup", strtol(groups[i], NULL, 10));
    }
}

static void the_list_has_everybody_of_the_organization_and_nobody_else(void **state)
{
    struct world *world = *state;
    const char *own = make_organization(world, "Listed");
    struct person first = make_admin(world, own, "Ann");
    struct person second = make_member(world, own, "Bob");
    make_invitation(world, own, "Invited", NULL);
    struct answer *answer = call_with(world, make_security_token(world, &second), "GET", USERS, NULL);
    expect_status(answer, 200);
    expect_length(answer, "", 2);
    expect_text(answer, "0.userEmailAddress", first.email);
    expect_text(answer, "1.userEmailAddress", second.email);
    expect_no_header(answer, "Link");
}

static void the_list_is_whole_unless_a_page_is_asked_for(void **state)
{
    struct world *world = *state;
    const char *own = make_organization(world, "Paged");
    struct person admin = make_admin(world, own, "Ann");
    const char *secret = make_security_token(world, &admin);
    for (int i = 0; i < 29; i++) {
        make_member(world, own, "Many");
    }
    expect_length(call_with(world, secret, "GET", USERS, NULL), "", 30);
    struct answer *answer = call_with(world, secret, "GET", USERS "?page=2&size=20", NULL);
    expect_length(answer, "", 10);
    assert_non_null(strstr(answer_header(answer, "Link"), "/api/v1/user?page=1&size=20>; rel=\"prev\""));
    expect_length(call_with(world, secret, "GET", USERS "?size=5", NULL), "", 5);
    expect_length(call_with(world, secret, "GET", USERS "?page=9", NULL), "", 0);
    expect_fault(call_with(world, secret, "GET", USERS "?size=101", NULL), "size", "100");
    expect_fault(call_with(world, secret, "GET", USERS "?page=0", NULL), "page", "whole number");
}

static void ids_are_numbers_below_two_to_the_53rd(void **state)
{
    static const char *const none[] = {
        "0", "-1", "9007199254740991", "9007199254740992", "99999999999999999999999", "01"};
    static const char *const malformed[] = {"abc",  "1.5", "1e3", "0x1", "%20",
                                            "1%20", "--1", "-",   "%2F", "\xc3\xa4"};
    struct world *world = *state;
    for (size_t i = 0; i < COUNT(none); i++) {
        expect_status(get(world, none[i]), 404);
        expect_text(get(world, none[i]), "title", "Not Found");
    }
    for (size_t i = 0; i < COUNT(malformed); i++) {
        expect_fault(get(world, malformed[i]), "id", "whole number");
        expect_fault(delete_user(world, malformed[i]), "id", "whole number");
    }
    expect_status(delete_user(world, "0"), 404);
    expect_status(delete_user(world, "9007199254740992"), 404);
}

static void a_deleted_user_is_told_once_and_then_unknown(void **state)
{
    struct world *world = *state;
    const char *number = make_user(world, new_address(world));
    expect_body(
        delete_user(world, number),
        world_print(world, "{\"id\":%s,\"status\":\"success\",\"message\":\"user deleted\"}", number));
    expect_body(
        delete_user(world, number),
        world_print(world, "{\"id\":%s,\"status\":\"error\",\"message\":\"user deletion failed\"}", number));
    expect_status(get(world, number), 404);
}

static void people_of_other_organizations_are_unknown(void **state)
{
    struct world *world = *state;
    struct person foreign = make_member(world, make_organization(world, "Beyond"), "Fay");
    const char *number = number_of(world, &foreign);
    expect_status(get(world, number), 404);
    expect_text(delete_user(world, number), "message", "user deletion failed");
    expect_open(world, &foreign.session);
}

static void who_belongs_elsewhere_keeps_the_account(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, organization, "Ella");
    add_membership(world, make_organization(world, "Second"), &person, 3, "active");
    expect_text(delete_user(world, number_of(world, &person)), "message", "user deleted");
    expect_ended(world, &person.session);
    expect_status(try_sign_in(world, person.email, person.password), 200);
}

static void the_last_creator_stays(void **state)
{
    struct world *world = *state;
    const char *small = make_organization(world, "Small");
    struct person last = make_admin(world, small, "Lou");
    struct person helper = make_member(world, small, "Hal");
    struct person disabled = make_admin(world, small, "Dot");
    world_sql(world, "UPDATE users SET enabled = false WHERE id = $1::uuid", disabled.user_id, NULL);
    set_role(world, &helper, 2);
    const char *path = world_print(world, USERS "/%s", number_of(world, &last));
    const char *failure =
        world_print(world, "{\"id\":%s,\"status\":\"error\",\"message\":\"user deletion failed\"}",
                    number_of(world, &last));
    expect_body(call_with(world, make_security_token(world, &last), "DELETE", path, NULL), failure);
    expect_body(call_with(world, make_security_token(world, &helper), "DELETE", path, NULL), failure);
    struct person other = make_admin(world, small, "Oda");
    expect_text(call_with(world, make_security_token(world, &helper), "DELETE", path, NULL), "message",
                "user deleted");
    expect_open(world, &other.session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_user_is_made_with_a_token_in_the_documented_form),
        cmocka_unit_test(a_user_of_moab_signs_in_on_worklete),
        cmocka_unit_test(who_joined_on_worklete_shows_up_in_moab),
        cmocka_unit_test(the_role_is_that_of_the_membership),
        cmocka_unit_test(a_disabled_user_can_do_nothing),
        cmocka_unit_test(who_is_inactive_is_shown_disabled),
        cmocka_unit_test(names_of_fields_match_in_any_case),
        cmocka_unit_test(the_description_may_be_missing),
        cmocka_unit_test(a_taken_address_and_terms_not_agreed_fail_with_200),
        cmocka_unit_test(each_wrong_field_is_named),
        cmocka_unit_test(each_missing_field_is_named_and_all_at_once),
        cmocka_unit_test(a_user_may_be_put_into_a_group_of_the_organization),
        cmocka_unit_test(the_group_of_a_user_is_the_first_one_they_are_in),
        cmocka_unit_test(the_list_has_everybody_of_the_organization_and_nobody_else),
        cmocka_unit_test(the_list_is_whole_unless_a_page_is_asked_for),
        cmocka_unit_test(ids_are_numbers_below_two_to_the_53rd),
        cmocka_unit_test(a_deleted_user_is_told_once_and_then_unknown),
        cmocka_unit_test(people_of_other_organizations_are_unknown),
        cmocka_unit_test(who_belongs_elsewhere_keeps_the_account),
        cmocka_unit_test(the_last_creator_stays),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
