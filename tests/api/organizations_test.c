/* GET /organizations: the caller's own, an employee's all, and what only admins are told of them. */
#include <json-c/json.h>

#include "support/expect.h"
#include "support/people.h"

static struct answer *list(struct world *world, const struct person *person)
{
    struct answer *answer = call_get(world, &person->session, "/api/v1/organizations?size=100");
    expect_status(answer, 200);
    return answer;
}

/* Position of an organization in the list, -1 where it is not. */
static int position(struct world *world, const struct answer *answer, const char *id)
{
    for (size_t i = 0; i < length_at(answer, "data"); i++) {
        if (strcmp(text_at(answer, world_print(world, "data.%zu.id", i)), id) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static void a_member_is_shown_its_organization_without_what_admins_see(void **state)
{
    struct world *world = *state;
    struct person member = make_member(world, make_organization(world, "Plain"), "Mary");
    make_organization(world, "Foreign");
    struct answer *answer = list(world, &member);
    expect_length(answer, "data", 1);
    expect_integer(answer, "meta.total", 1);
    expect_text(answer, "data.0.id", member.organization_id);
    expect_false(answer, "data.0.saml_enabled");
    expect_null(answer, "data.0.s3_integrations_folder");
    expect_absent(answer, "data.0.saml_info");
    expect_absent(answer, "data.0.new_hire_delay_days");
}

static void a_contributor_is_no_admin(void **state)
{
    struct world *world = *state;
    struct person member = make_member(world, make_organization(world, "Contributed"), "Carl");
    world_sql(world, "UPDATE memberships SET role = 2 WHERE id = $1::uuid", member.membership_id, NULL);
    expect_absent(list(world, &member), "data.0.saml_info");
}

static void an_admin_is_told_everything(void **state)
{
    struct world *world = *state;
    struct person admin = make_admin(world, make_organization(world, "Administered"), "Ada");
    world_sql(world,
              "UPDATE organizations SET saml_info = '<x/>', new_hire_delay_days = 7, s3_integrations_folder "
              "= 'folder/a' "
              "WHERE id = $1::uuid",
              admin.organization_id, NULL);
    struct answer *answer = list(world, &admin);
    expect_true(answer, "data.0.saml_enabled");
    expect_text(answer, "data.0.saml_info", "<x/>");
    expect_integer(answer, "data.0.new_hire_delay_days", 7);
    expect_text(answer, "data.0.s3_integrations_folder", "folder/a");
}

static void each_organization_is_told_by_the_role_in_it(void **state)
{
    struct world *world = *state;
    struct person person = make_admin(world, make_organization(world, "Led"), "Lea");
    const char *joined = make_organization(world, "Joined");
    add_membership(world, joined, &person, 3, "active");
    struct answer *answer = list(world, &person);
    expect_length(answer, "data", 2);
    expect_text(answer, "data.0.id", person.organization_id);
    expect_null(answer, "data.0.saml_info");
    expect_text(answer, "data.1.id", joined);
    expect_absent(answer, "data.1.saml_info");
    expect_absent(answer, "data.1.new_hire_delay_days");
}

static void an_organization_is_gone_for_who_left_it(void **state)
{
    struct world *world = *state;
    struct person person = make_admin(world, make_organization(world, "Left"), "Leo");
    const char *kept = make_organization(world, "Kept");
    add_membership(world, kept, &person, 3, "active");
    world_sql(world, "UPDATE memberships SET status = 'inactive' WHERE id = $1::uuid", person.membership_id,
              NULL);
    struct answer *answer = list(world, &person);
    expect_length(answer, "data", 1);
    expect_integer(answer, "meta.total", 1);
    expect_text(answer, "data.0.id", kept);
}

static void without_a_membership_the_list_is_empty(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, make_organization(world, "Lost"), "Lou");
    world_sql(world, "DELETE FROM memberships WHERE id = $1::uuid", person.membership_id, NULL);
    struct answer *answer = list(world, &person);
    expect_length(answer, "data", 0);
    expect_integer(answer, "meta.total", 0);
    expect_integer(answer, "meta.pages", 0);
}

static void an_employee_sees_all_with_everything(void **state)
{
    struct world *world = *state;
    struct person employee = make_employee(world, "Emil");
    const char *organizations[] = {make_organization(world, "One"), make_organization(world, "Two")};
    struct answer *answer = list(world, &employee);
    for (size_t i = 0; i < 2; i++) {
        int at = position(world, answer, organizations[i]);
        assert_true(at >= 0);
        expect_null(answer, world_print(world, "data.%d.saml_info", at));
        expect_integer(answer, world_print(world, "data.%d.new_hire_delay_days", at), 0);
    }
    assert_string_equal(world_print(world, "%d", (int)integer_at(answer, "meta.total")),
                        world_sql(world, "SELECT count(*) FROM organizations", NULL));
}

static void an_employee_with_a_membership_still_sees_all(void **state)
{
    struct world *world = *state;
    struct person employee = make_employee(world, "Emma");
    const char *own = make_organization(world, "Own");
    const char *other = make_organization(world, "Other");
    add_membership(world, own, &employee, 3, "active");
    struct answer *answer = list(world, &employee);
    assert_true(position(world, answer, own) >= 0);
    assert_true(position(world, answer, other) >= 0);
}

static void counts_are_of_teams_below_the_root_and_of_who_is_in(void **state)
{
    struct world *world = *state;
    struct person admin = make_admin(world, make_organization(world, "Counted"), "Cora");
    struct person former = make_member(world, admin.organization_id, "Finn");
    expect_integer(list(world, &admin), "data.0.teams_count", 0);
    expect_integer(list(world, &admin), "data.0.members_count", 2);
    make_team(world, admin.organization_id, "First");
    make_team(world, admin.organization_id, "Second");
    make_invitation(world, admin.organization_id, "Ivy", NULL);
    expect_integer(list(world, &admin), "data.0.teams_count", 2);
    expect_integer(list(world, &admin), "data.0.members_count", 3);
    world_sql(world, "UPDATE memberships SET status = 'inactive' WHERE id = $1::uuid", former.membership_id,
              NULL);
    expect_integer(list(world, &admin), "data.0.members_count", 2);
    world_sql(world, "DELETE FROM memberships WHERE id = $1::uuid", former.membership_id, NULL);
    expect_integer(list(world, &admin), "data.0.members_count", 2);
}

static void pages_are_in_the_order_of_making(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, make_organization(world, "P"), "Paul");
    const char *second = make_organization(world, "A");
    const char *third = make_organization(world, "Z");
    add_membership(world, third, &person, 1, "active");
    add_membership(world, second, &person, 3, "active");
    const char *expected[] = {person.organization_id, second, third};
    for (int page = 1; page <= 3; page++) {
        struct answer *answer = call_get(world, &person.session,
                                         world_print(world, "/api/v1/organizations?page=%d&size=1", page));
        expect_text(answer, "data.0.id", expected[page - 1]);
        expect_integer(answer, "meta.total", 3);
        expect_integer(answer, "meta.pages", 3);
    }
}

static void nobody_is_told_anything(void **state)
{
    expect_error(call_get(*state, NULL, "/api/v1/organizations"), 401,
                 "You need to sign in or sign up before continuing.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_member_is_shown_its_organization_without_what_admins_see),
        cmocka_unit_test(a_contributor_is_no_admin),
        cmocka_unit_test(an_admin_is_told_everything),
        cmocka_unit_test(each_organization_is_told_by_the_role_in_it),
        cmocka_unit_test(an_organization_is_gone_for_who_left_it),
        cmocka_unit_test(without_a_membership_the_list_is_empty),
        cmocka_unit_test(an_employee_sees_all_with_everything),
        cmocka_unit_test(an_employee_with_a_membership_still_sees_all),
        cmocka_unit_test(counts_are_of_teams_below_the_root_and_of_who_is_in),
        cmocka_unit_test(pages_are_in_the_order_of_making),
        cmocka_unit_test(nobody_is_told_anything),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
