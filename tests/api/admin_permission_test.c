/* Who becomes admin of an organization and who stops being one; the last one stays. */
#include "support/company.h"
#include "support/expect.h"

#define ROUNDS 15

static struct company company;

static int setup(void **state)
{
    world_setup(state);
    company = make_company(*state);
    return 0;
}

static struct answer *set_by(struct world *world, const struct person *caller, const char *membership,
                             const char *query, const char *body)
{
    return call_as(world, caller, "PATCH",
                   world_print(world, "/api/v1/memberships/%s/admin_permission%s", membership, query), body);
}

static struct answer *set(struct world *world, const struct person *caller, const char *membership,
                          bool org_admin)
{
    return set_by(world, caller, membership, "",
                  org_admin ? "{\"org_admin\": true}" : "{\"org_admin\": false}");
}

static const char *role_of(struct world *world, const char *membership)
{
    return world_sql(world, "SELECT role FROM memberships WHERE id = $1::uuid", membership, NULL);
}

static int64_t count_admins(struct world *world, const char *organization)
{
    return count_rows(world, "SELECT count(*) FROM memberships WHERE organization_id = $1::uuid AND role = 1",
                      organization);
}

static void an_admin_makes_admins_and_takes_it_back(void **state)
{
    struct world *world = *state;
    const struct person *callers[] = {&company.admin, &company.employee};
    for (size_t i = 0; i < COUNT(callers); i++) {
        struct answer *answer = set(world, callers[i], company.outsider.membership_id, true);
        expect_status(answer, 200);
        expect_text(answer, "data.id", company.outsider.membership_id);
        expect_true(answer, "data.org_admin");
        expect_integer(answer, "data.role", 1);
        expect_status(call_as(world, &company.outsider, "GET",
                              world_print(world, "/api/v1/teams/%s", company.root), NULL),
                      200);
        answer = set(world, callers[i], company.outsider.membership_id, false);
        expect_false(answer, "data.org_admin");
        expect_integer(answer, "data.role", 3);
        expect_error(call_as(world, &company.outsider, "GET",
                             world_print(world, "/api/v1/teams/%s", company.root), NULL),
                     403, NULL);
    }
}

static void the_value_comes_by_query_or_body(void **state)
{
    struct world *world = *state;
    const char *id = company.outsider.membership_id;
    expect_true(set_by(world, &company.admin, id, "?org_admin=true", NULL), "data.org_admin");
    expect_false(set_by(world, &company.admin, id, "?org_admin=false", "{}"), "data.org_admin");
    expect_true(set_by(world, &company.admin, id, "?org_admin=false", "{\"org_admin\": true}"),
                "data.org_admin");
    expect_false(set_by(world, &company.admin, id, "", "{\"org_admin\": false, \"role\": 1}"),
                 "data.org_admin");
}

static void the_same_again_changes_nothing(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, company.organization, "Twice");
    struct answer *first = set(world, &company.admin, person.membership_id, true);
    expect_body(set(world, &company.admin, person.membership_id, true), first->body);
    world_sql(world, "UPDATE memberships SET role = 2 WHERE id = $1::uuid", person.membership_id, NULL);
    expect_integer(set(world, &company.admin, person.membership_id, false), "data.role", 2);
}

static void bad_values_are_refused(void **state)
{
    static const struct {
        const char *query, *body;
        int status;
    } bad[] = {{"", NULL, 422},
               {"", "{}", 422},
               {"", "{\"org_admin\": null}", 422},
               {"", "{\"org_admin\": \"true\"}", 400},
               {"", "{\"org_admin\": 1}", 400},
               {"", "{\"org_admin\": [true]}", 400},
               {"?org_admin=1", NULL, 400},
               {"?org_admin=TRUE", NULL, 400},
               {"?org_admin=true&org_admin=false", NULL, 400},
               {"", "[]", 400}};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct answer *answer =
            set_by(*state, &company.admin, company.outsider.membership_id, bad[i].query, bad[i].body);
        expect_error(answer, bad[i].status, NULL);
    }
    assert_string_equal(role_of(*state, company.outsider.membership_id), "3");
}

static void others_of_the_organization_are_403(void **state)
{
    const struct person *callers[] = {&company.learner, &company.leader_of_area, &company.outsider};
    for (size_t i = 0; i < COUNT(callers); i++) {
        expect_error(set(*state, callers[i], callers[i]->membership_id, true), 403, NULL);
        expect_error(set(*state, callers[i], company.admin.membership_id, false), 403, NULL);
        assert_string_equal(role_of(*state, callers[i]->membership_id), "3");
    }
    assert_string_equal(role_of(*state, company.admin.membership_id), "1");
}

static void memberships_elsewhere_are_404_as_if_they_did_not_exist(void **state)
{
    struct world *world = *state;
    expect_hidden(set(world, &company.stranger, company.admin.membership_id, false),
                  set(world, &company.stranger, NOBODY, false));
    expect_hidden(set(world, &company.admin, company.stranger.membership_id, true),
                  set(world, &company.admin, NOBODY, true));
    expect_error(set(world, &company.employee, NOBODY, true), 404, NULL);
    expect_error(set(world, &company.admin, "x", true), 404, NULL);
    expect_error(set(world, NULL, company.outsider.membership_id, true), 401, NULL);
    assert_string_equal(role_of(world, company.admin.membership_id), "1");
}

static void the_last_admin_cannot_be_demoted(void **state)
{
    struct world *world = *state;
    struct person last = make_admin(world, make_organization(world, "Last"), "Lara");
    expect_error(set(world, &last, last.membership_id, false), 409, NULL);
    expect_error(set(world, &company.employee, last.membership_id, false), 409, NULL);
    expect_error(set_by(world, &last, last.membership_id, "?org_admin=false", NULL), 409, NULL);
    assert_string_equal(role_of(world, last.membership_id), "1");
    expect_status(set(world, &last, last.membership_id, true), 200);
}

static void only_admins_who_can_sign_in_count(void **state)
{
    struct world *world = *state;
    static const char *const options[] = {"--org-admin", NULL};
    struct person admin = make_admin(world, make_organization(world, "Alone"), "Alma");
    struct person disabled = make_admin(world, admin.organization_id, "Dieter");
    struct person former = make_admin(world, admin.organization_id, "Fred");
    const char *invited =
        membership_of_code(world, make_invitation(world, admin.organization_id, "Ines", options));
    world_sql(world, "UPDATE users SET enabled = false WHERE id = $1::uuid", disabled.user_id, NULL);
    world_sql(world, "UPDATE memberships SET status = 'inactive' WHERE id = $1::uuid", former.membership_id,
              NULL);
    expect_error(set(world, &admin, admin.membership_id, false), 409, NULL);
    expect_integer(set(world, &admin, disabled.membership_id, false), "data.role", 3);
    expect_integer(set(world, &admin, invited, false), "data.role", 3);
    expect_integer(set(world, &admin, former.membership_id, false), "data.role", 3);
    expect_error(set(world, &admin, admin.membership_id, false), 409, NULL);
    struct person second = make_member(world, admin.organization_id, "Second");
    expect_status(set(world, &admin, second.membership_id, true), 200);
    expect_integer(set(world, &admin, admin.membership_id, false), "data.role", 3);
    expect_error(set(world, &admin, second.membership_id, false), 403, NULL);
}

static void an_invited_admin_keeps_its_code_in_sight_of_admins(void **state)
{
    struct world *world = *state;
    const char *code = make_invitation(world, company.organization, "Ivy", NULL);
    const char *invited = membership_of_code(world, code);
    expect_text(set(world, &company.admin, invited, true), "data.invite_code", code);
    struct person person = join_with(world, company.organization, code, "Ivy");
    expect_status(set(world, &person, company.outsider.membership_id, false), 200);
    expect_status(set(world, &person, person.membership_id, false), 200);
}

/* Each round: the two admins demote each other, or themselves, at once. */
static void of_two_demotions_of_the_last_two_admins_exactly_one_wins(void **state)
{
    struct world *world = *state;
    struct person first = make_admin(world, make_organization(world, "Race"), "Rita");
    struct person second = make_admin(world, first.organization_id, "Rolf");
    for (int round = 0; round < ROUNDS; round++) {
        const struct person *targets[] = {round % 2 == 0 ? &second : &first,
                                          round % 2 == 0 ? &first : &second};
        const struct person *callers[] = {round % 3 == 0 ? &company.employee : &first,
                                          round % 3 == 0 ? &company.employee : &second};
        struct call calls[2];
        struct answer *answers[2];
        for (size_t i = 0; i < 2; i++) {
            calls[i] = (struct call){
                .method = "PATCH",
                .path = world_print(world, "/api/v1/memberships/%s/admin_permission?org_admin=false",
                                    targets[i]->membership_id),
                .session = &callers[i]->session};
        }
        call_together(world, calls, 2, answers);
        assert_int_equal((answers[0]->status == 200) + (answers[1]->status == 200), 1);
        int other = answers[0]->status == 200 ? answers[1]->status : answers[0]->status;
        assert_true(other == 409 || other == 403);
        assert_int_equal(count_admins(world, first.organization_id), 1);
        world_sql(world, "UPDATE memberships SET role = 1 WHERE organization_id = $1::uuid",
                  first.organization_id, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_admin_makes_admins_and_takes_it_back),
        cmocka_unit_test(the_value_comes_by_query_or_body),
        cmocka_unit_test(the_same_again_changes_nothing),
        cmocka_unit_test(bad_values_are_refused),
        cmocka_unit_test(others_of_the_organization_are_403),
        cmocka_unit_test(memberships_elsewhere_are_404_as_if_they_did_not_exist),
        cmocka_unit_test(the_last_admin_cannot_be_demoted),
        cmocka_unit_test(only_admins_who_can_sign_in_count),
        cmocka_unit_test(an_invited_admin_keeps_its_code_in_sight_of_admins),
        cmocka_unit_test(of_two_demotions_of_the_last_two_admins_exactly_one_wins),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
