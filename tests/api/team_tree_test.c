/* The tree of the teams that a caller may see: GET /organizations/{id}/my_teams. */
#include <json-c/json.h>

#include "support/company.h"
#include "support/expect.h"

#define LEVELS 50

static struct company company;

static int setup(void **state)
{
    world_setup(state);
    company = make_company(*state);
    return 0;
}

static struct answer *tree(struct world *world, const struct person *caller, const char *organization)
{
    return call_as(world, caller, "GET",
                   world_print(world, "/api/v1/organizations/%s/my_teams", organization), NULL);
}

static struct person new_member(struct world *world)
{
    return make_member(world, company.organization, "New");
}

static const char *new_team(struct world *world, const char *parent, const char *type)
{
    return place_team(world, company.organization, parent, type, "Made");
}

/* The nine keys of a team and of all teams below it, in their order. */
static void expect_nine_keys(struct json_object *team)
{
    static const char *const keys[] = {"id",
                                       "name",
                                       "status",
                                       "type",
                                       "teams",
                                       "parent_id",
                                       "organization_id",
                                       "overall_worklete_score",
                                       "overall_worklete_score_label"};
    size_t count = 0;
    json_object_object_foreach(team, key, value)
    {
        (void)value;
        assert_true(count < COUNT(keys));
        assert_string_equal(key, keys[count]);
        count++;
    }
    assert_int_equal(count, COUNT(keys));
    struct json_object *teams = json_object_object_get(team, "teams");
    for (size_t i = 0; i < json_object_array_length(teams); i++) {
        expect_nine_keys(json_object_array_get_idx(teams, i));
    }
}

static void expect_tree(const struct answer *answer, const char *root, size_t teams)
{
    expect_status(answer, 200);
    expect_nine_keys(answer->json);
    expect_text(answer, "id", root);
    expect_length(answer, "teams", teams);
}

static void admins_see_the_whole_tree(void **state)
{
    const struct person *callers[] = {&company.admin, &company.employee};
    for (size_t i = 0; i < COUNT(callers); i++) {
        struct answer *answer = tree(*state, callers[i], company.organization);
        expect_tree(answer, company.root, 1);
        expect_text(answer, "type", "ORGANIZATION");
        expect_null(answer, "parent_id");
        expect_text(answer, "teams.0.id", company.area);
        expect_text(answer, "teams.0.parent_id", company.root);
        expect_length(answer, "teams.0.teams", 2);
        expect_text(answer, "teams.0.teams.0.id", company.sister);
        expect_text(answer, "teams.0.teams.1.id", company.team);
        expect_integer(answer, "teams.0.teams.1.status.members", 1);
        expect_integer(answer, "teams.0.teams.1.status.admins", 1);
        expect_length(answer, "teams.0.teams.1.teams", 0);
        expect_text(answer, "teams.0.teams.1.organization_id", company.organization);
        expect_null(answer, "teams.0.teams.1.overall_worklete_score");
        expect_text(answer, "teams.0.teams.1.overall_worklete_score_label", "NO_DATA");
    }
}

static void who_sees_one_team_gets_it_as_the_root(void **state)
{
    const struct person *callers[] = {&company.learner, &company.leader};
    for (size_t i = 0; i < COUNT(callers); i++) {
        struct answer *answer = tree(*state, callers[i], company.organization);
        expect_tree(answer, company.team, 0);
        expect_text(answer, "parent_id", company.area);
    }
}

static void who_administers_a_team_sees_those_below_it(void **state)
{
    struct answer *answer = tree(*state, &company.leader_of_area, company.organization);
    expect_tree(answer, company.area, 2);
    expect_text(answer, "teams.0.id", company.sister);
    expect_text(answer, "teams.1.id", company.team);
}

static void who_learns_below_what_it_administers_still_sees_one_tree(void **state)
{
    struct world *world = *state;
    struct person person = new_member(world);
    place_learner(world, company.team, person.membership_id);
    place_leader(world, company.area, person.membership_id);
    place_leader(world, company.sister, person.membership_id);
    expect_tree(tree(world, &person, company.organization), company.area, 2);
    world_sql(world, "DELETE FROM team_admins WHERE membership_id = $1::uuid", person.membership_id, NULL);
}

static void several_teams_of_one_parent_stand_below_it(void **state)
{
    struct world *world = *state;
    struct person person = new_member(world);
    const char *third = new_team(world, company.area, "LEARNER");
    place_learner(world, company.team, person.membership_id);
    place_leader(world, company.sister, person.membership_id);
    struct answer *answer = tree(world, &person, company.organization);
    expect_tree(answer, company.area, 2);
    expect_text(answer, "type", "META");
    expect_integer(answer, "status.admins", 1);
    expect_text(answer, "teams.0.id", company.sister);
    expect_text(answer, "teams.1.id", company.team);
    world_sql(world, "DELETE FROM teams WHERE id = $1::uuid", third, NULL);
}

static void several_teams_without_a_common_parent_stand_below_the_root(void **state)
{
    struct world *world = *state;
    struct person person = new_member(world);
    const char *other_area = new_team(world, company.root, "META");
    const char *cousin = new_team(world, other_area, "LEARNER");
    place_learner(world, company.team, person.membership_id);
    place_learner(world, cousin, person.membership_id);
    struct answer *answer = tree(world, &person, company.organization);
    expect_tree(answer, company.root, 2);
    assert_true(position_of(world, answer, "teams", "id", company.team) >= 0);
    assert_true(position_of(world, answer, "teams", "id", cousin) >= 0);
    expect_text(answer,
                world_print(world, "teams.%d.parent_id", position_of(world, answer, "teams", "id", cousin)),
                other_area);
    world_sql(world, "DELETE FROM teams WHERE id = $1::uuid", cousin, NULL);
    world_sql(world, "DELETE FROM teams WHERE id = $1::uuid", other_area, NULL);
    expect_tree(tree(world, &person, company.organization), company.team, 0);
}

static void teams_at_different_depths_stand_below_the_root(void **state)
{
    struct world *world = *state;
    struct person person = new_member(world);
    const char *flat = new_team(world, company.root, "LEARNER");
    place_learner(world, company.team, person.membership_id);
    place_learner(world, flat, person.membership_id);
    expect_tree(tree(world, &person, company.organization), company.root, 2);
    world_sql(world, "DELETE FROM teams WHERE id = $1::uuid", flat, NULL);
}

static void who_has_no_team_is_404(void **state)
{
    expect_error(tree(*state, &company.outsider, company.organization), 404, NULL);
}

static void trees_elsewhere_are_404_as_if_they_did_not_exist(void **state)
{
    struct world *world = *state;
    struct answer *unknown = tree(world, &company.stranger, NOBODY);
    expect_hidden(tree(world, &company.stranger, company.organization), unknown);
    expect_hidden(tree(world, &company.admin, company.stranger.organization_id),
                  tree(world, &company.admin, NOBODY));
    expect_hidden(tree(world, &company.outsider, company.stranger.organization_id),
                  tree(world, &company.outsider, company.organization));
    expect_error(tree(world, &company.employee, NOBODY), 404, NULL);
    expect_error(tree(world, &company.admin, "x"), 404, NULL);
    expect_error(tree(world, NULL, company.organization), 401, NULL);
}

static void who_left_sees_no_tree(void **state)
{
    struct world *world = *state;
    struct person former = new_member(world);
    place_learner(world, company.team, former.membership_id);
    expect_status(tree(world, &former, company.organization), 200);
    world_sql(world, "UPDATE memberships SET status = 'inactive' WHERE id = $1::uuid", former.membership_id,
              NULL);
    expect_error(tree(world, &former, company.organization), 404, NULL);
}

static void a_membership_elsewhere_shows_only_the_tree_there(void **state)
{
    struct world *world = *state;
    struct person person = new_member(world);
    place_learner(world, company.team, person.membership_id);
    place_leader(world, company.foreign_team,
                 add_membership(world, company.stranger.organization_id, &person, 3, "active"));
    expect_tree(tree(world, &person, company.organization), company.team, 0);
    expect_tree(tree(world, &person, company.stranger.organization_id), company.foreign_team, 0);
}

static void sisters_are_in_the_order_of_their_names(void **state)
{
    struct world *world = *state;
    struct person admin = make_admin(world, make_organization(world, "Sorted"), "Sam");
    static const char *const names[] = {"beta", "Alpha", "gamma", "BETA 2", "alpha 2"};
    static const char *const sorted[] = {"Alpha", "alpha 2", "beta", "BETA 2", "gamma"};
    const char *root = root_of(world, admin.organization_id);
    for (size_t i = 0; i < COUNT(names); i++) {
        world_sql(world,
                  "INSERT INTO teams (organization_id, parent_id, type, name) VALUES ($1::uuid, $2::uuid, "
                  "'LEARNER', $3)",
                  admin.organization_id, root, names[i], NULL);
    }
    struct answer *answer = tree(world, &admin, admin.organization_id);
    expect_length(answer, "teams", COUNT(sorted));
    for (size_t i = 0; i < COUNT(sorted); i++) {
        expect_text(answer, world_print(world, "teams.%zu.name", i), sorted[i]);
    }
}

static struct answer *make_below(struct world *world, const struct person *admin, const char *parent)
{
    return call_as(world, admin, "POST",
                   world_print(world, "/api/v1/organizations/%s/teams", admin->organization_id),
                   world_print(world, "{\"name\": \"Level\", \"parent_id\": \"%s\"}", parent));
}

static void a_tree_has_at_most_50_levels_and_is_written_whole(void **state)
{
    struct world *world = *state;
    struct person admin = make_admin(world, make_organization(world, "Deep"), "Dora");
    const char *team = root_of(world, admin.organization_id);
    for (int level = 2; level <= LEVELS; level++) {
        struct answer *made = make_below(world, &admin, team);
        expect_status(made, 200);
        team = text_at(made, "data.id");
    }
    expect_error(make_below(world, &admin, team), 422, "parent_id");
    struct answer *answer = tree(world, &admin, admin.organization_id);
    expect_nine_keys(answer->json);
    struct json_object *at = answer->json;
    for (int level = 1; level < LEVELS; level++) {
        at = json_object_array_get_idx(json_object_object_get(at, "teams"), 0);
    }
    assert_string_equal(json_object_get_string(json_object_object_get(at, "id")), team);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(admins_see_the_whole_tree),
        cmocka_unit_test(who_sees_one_team_gets_it_as_the_root),
        cmocka_unit_test(who_administers_a_team_sees_those_below_it),
        cmocka_unit_test(who_learns_below_what_it_administers_still_sees_one_tree),
        cmocka_unit_test(several_teams_of_one_parent_stand_below_it),
        cmocka_unit_test(several_teams_without_a_common_parent_stand_below_the_root),
        cmocka_unit_test(teams_at_different_depths_stand_below_the_root),
        cmocka_unit_test(who_has_no_team_is_404),
        cmocka_unit_test(trees_elsewhere_are_404_as_if_they_did_not_exist),
        cmocka_unit_test(who_left_sees_no_tree),
        cmocka_unit_test(a_membership_elsewhere_shows_only_the_tree_there),
        cmocka_unit_test(sisters_are_in_the_order_of_their_names),
        cmocka_unit_test(a_tree_has_at_most_50_levels_and_is_written_whole),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
