/* The teams of a membership: GET /memberships/{id}/my_teams. */
#include "support/company.h"
#include "support/expect.h"

static struct company company;

static int setup(void **state)
{
    world_setup(state);
    company = make_company(*state);
    return 0;
}

static struct answer *list(struct world *world, const struct person *caller, const char *membership,
                           const char *query)
{
    return call_as(world, caller, "GET",
                   world_print(world, "/api/v1/memberships/%s/my_teams%s", membership, query), NULL);
}

static void teams_are_those_it_learns_in_and_those_it_administers(void **state)
{
    struct world *world = *state;
    struct answer *answer = list(world, &company.admin, company.learner.membership_id, "");
    expect_length(answer, "data", 1);
    expect_text(answer, "data.0.id", company.team);
    expect_integer(answer, "data.0.status.active", 1);
    expect_absent(answer, "meta");
    expect_text(list(world, &company.admin, company.leader_of_area.membership_id, ""), "data.0.id",
                company.area);
    expect_length(list(world, &company.admin, company.outsider.membership_id, ""), "data", 0);
}

static void a_team_with_both_is_listed_once_and_pages_follow_each_other(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, company.organization, "Bo");
    place_learner(world, company.team, person.membership_id);
    place_learner(world, company.sister, person.membership_id);
    place_leader(world, company.sister, person.membership_id);
    place_leader(world, company.area, person.membership_id);
    struct answer *whole = list(world, &person, person.membership_id, "");
    expect_length(whole, "data", 3);
    expect_text(whole, "data.0.id", company.area);
    expect_text(whole, "data.1.id", company.team);
    expect_text(whole, "data.2.id", company.sister);
    struct answer *page = list(world, &person, person.membership_id, "?page=2&size=2");
    expect_length(page, "data", 1);
    expect_text(page, "data.0.id", company.sister);
    expect_integer(page, "meta.total", 3);
    expect_error(list(world, &person, person.membership_id, "?page=0"), 400, "page");
    expect_integer(list(world, &company.admin, company.outsider.membership_id, "?page=1"), "meta.total", 0);
    world_sql(world, "DELETE FROM memberships WHERE id = $1::uuid", person.membership_id, NULL);
}

static void the_same_people_see_it_as_the_membership(void **state)
{
    struct world *world = *state;
    const char *id = company.learner.membership_id;
    const struct person *callers[] = {&company.learner, &company.leader, &company.leader_of_area,
                                      &company.admin, &company.employee};
    for (size_t i = 0; i < COUNT(callers); i++) {
        expect_length(list(world, callers[i], id, ""), "data", 1);
    }
    expect_error(list(world, &company.outsider, id, ""), 403, NULL);
    expect_error(list(world, &company.learner, company.leader.membership_id, ""), 403, NULL);
    expect_error(list(world, &company.leader, company.leader_of_area.membership_id, ""), 403, NULL);
    expect_error(list(world, &company.leader, company.outsider.membership_id, ""), 403, NULL);
    expect_hidden(list(world, &company.stranger, id, ""), list(world, &company.stranger, NOBODY, ""));
    expect_hidden(list(world, &company.admin, company.stranger.membership_id, ""),
                  list(world, &company.admin, NOBODY, ""));
    expect_error(list(world, &company.employee, NOBODY, ""), 404, NULL);
    expect_error(list(world, &company.admin, "x", ""), 404, NULL);
    expect_error(list(world, NULL, id, ""), 401, NULL);
}

static void an_inactive_member_finds_nothing_there_any_more(void **state)
{
    struct world *world = *state;
    struct person former = make_member(world, company.organization, "Fred");
    world_sql(world, "UPDATE memberships SET status = 'inactive' WHERE id = $1::uuid", former.membership_id,
              NULL);
    expect_error(list(world, &former, former.membership_id, ""), 404, NULL);
    expect_length(list(world, &company.admin, former.membership_id, ""), "data", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(teams_are_those_it_learns_in_and_those_it_administers),
        cmocka_unit_test(a_team_with_both_is_listed_once_and_pages_follow_each_other),
        cmocka_unit_test(the_same_people_see_it_as_the_membership),
        cmocka_unit_test(an_inactive_member_finds_nothing_there_any_more),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
