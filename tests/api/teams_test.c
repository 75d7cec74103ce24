/* One team: who sees it, who renames it, who deletes it, and what that leaves. */
#include "support/company.h"
#include "support/expect.h"

static struct company company;

static int setup(void **state)
{
    world_setup(state);
    company = make_company(*state);
    return 0;
}

static struct answer *on_team(struct world *world, const struct person *caller, const char *method,
                              const char *team, const char *body)
{
    return call_as(world, caller, method, world_print(world, "/api/v1/teams/%s", team), body);
}

static struct answer *show(struct world *world, const struct person *caller, const char *team)
{
    return on_team(world, caller, "GET", team, NULL);
}

static struct answer *rename_to(struct world *world, const struct person *caller, const char *team,
                                const char *name)
{
    return on_team(world, caller, "PATCH", team, text_body(world, "name", name));
}

static const char *name_of(struct world *world, const char *team)
{
    return world_sql(world, "SELECT name FROM teams WHERE id = $1::uuid", team, NULL);
}

static const char *new_team(struct world *world)
{
    return place_team(world, company.organization, company.area, "LEARNER", "New");
}

/* --- GET --- */

static void a_team_is_shown_to_its_people_and_those_above(void **state)
{
    const struct person *callers[] = {&company.learner, &company.leader, &company.leader_of_area,
                                      &company.admin, &company.employee};
    for (size_t i = 0; i < COUNT(callers); i++) {
        struct answer *answer = show(*state, callers[i], company.team);
        expect_status(answer, 200);
        expect_text(answer, "data.id", company.team);
        expect_text(answer, "data.organization_id", company.organization);
        expect_text(answer, "data.parent_id", company.area);
        expect_text(answer, "data.name", name_of(*state, company.team));
        expect_text(answer, "data.type", "LEARNER");
        expect_integer(answer, "data.status.members", 1);
        expect_integer(answer, "data.status.active", 1);
        expect_integer(answer, "data.status.invited", 0);
        expect_integer(answer, "data.status.admins", 1);
        expect_null(answer, "data.overall_worklete_score");
        expect_text(answer, "data.overall_worklete_score_label", "NO_DATA");
    }
}

static void others_of_the_organization_are_403(void **state)
{
    expect_error(show(*state, &company.outsider, company.team), 403, NULL);
    expect_error(show(*state, &company.learner, company.sister), 403, NULL);
    expect_error(show(*state, &company.learner, company.area), 403, NULL);
    expect_error(show(*state, &company.leader, company.sister), 403, NULL);
    expect_error(show(*state, &company.leader, company.area), 403, NULL);
    expect_error(show(*state, &company.leader_of_area, company.root), 403, NULL);
}

static void the_root_has_no_parent(void **state)
{
    struct answer *answer = show(*state, &company.admin, company.root);
    expect_text(answer, "data.type", "ORGANIZATION");
    expect_null(answer, "data.parent_id");
    expect_text(
        answer, "data.name",
        world_sql(*state, "SELECT name FROM organizations WHERE id = $1::uuid", company.organization, NULL));
}

static void scores_have_their_words(void **state)
{
    static const struct {
        const char *score, *label;
    } scores[] = {{"0", "LOW"},   {"49", "LOW"},  {"50", "FAIR"},      {"74", "FAIR"},
                  {"75", "GOOD"}, {"89", "GOOD"}, {"90", "EXCELLENT"}, {"100", "EXCELLENT"}};
    const char *team = new_team(*state);
    for (size_t i = 0; i < COUNT(scores); i++) {
        world_sql(*state,
                  "INSERT INTO team_scores (team_id, organization_id, month, data_points, "
                  "overall_worklete_score) VALUES ($2::uuid, $3::uuid, 0, '[]', $1::smallint) ON CONFLICT "
                  "(team_id) DO UPDATE SET overall_worklete_score = excluded.overall_worklete_score",
                  scores[i].score, team, company.organization, NULL);
        expect_text(show(*state, &company.admin, team), "data.overall_worklete_score_label", scores[i].label);
    }
}

static void status_counts_learners_by_their_state_and_admins_apart(void **state)
{
    struct world *world = *state;
    const char *team = new_team(world);
    const char *const options[] = {"--team", team, NULL};
    const char *invited =
        membership_of_code(world, make_invitation(world, company.organization, "Ivy", options));
    const char *second =
        membership_of_code(world, make_invitation(world, company.organization, "Ian", options));
    place_learner(world, team, company.outsider.membership_id);
    place_leader(world, team, company.outsider.membership_id);
    place_leader(world, team, invited);
    world_sql(world, "UPDATE memberships SET status = 'inactive' WHERE id = $1::uuid", second, NULL);
    struct answer *answer = show(world, &company.admin, team);
    expect_integer(answer, "data.status.members", 2);
    expect_integer(answer, "data.status.active", 1);
    expect_integer(answer, "data.status.invited", 1);
    expect_integer(answer, "data.status.admins", 2);
}

/* --- What is hidden, for every method --- */

static const char *const methods[] = {"GET", "PUT", "PATCH", "DELETE"};

static const char *body_of(const char *method)
{
    return method[0] == 'P' ? "{\"name\": \"Taken over\"}" : NULL;
}

static void teams_elsewhere_are_404_as_if_they_did_not_exist(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < COUNT(methods); i++) {
        const char *body = body_of(methods[i]);
        struct answer *unknown = on_team(world, &company.stranger, methods[i], NOBODY, body);
        expect_hidden(on_team(world, &company.stranger, methods[i], company.team, body), unknown);
        expect_hidden(on_team(world, &company.admin, methods[i], company.foreign_team, body),
                      on_team(world, &company.admin, methods[i], NOBODY, body));
        expect_error(on_team(world, &company.employee, methods[i], NOBODY, body), 404, NULL);
    }
    assert_string_not_equal(name_of(world, company.team), "Taken over");
    assert_string_not_equal(name_of(world, company.foreign_team), "Taken over");
}

static void malformed_ids_are_404(void **state)
{
    const char *upper =
        world_sql(*state, "SELECT upper(id::text) FROM teams WHERE id::text ~ '[a-f]' LIMIT 1", NULL);
    const char *bad[] = {"x", "1", upper, NOBODY "0", "%20" NOBODY, "-"};
    for (size_t i = 0; i < COUNT(bad) * COUNT(methods); i++) {
        const char *method = methods[i % COUNT(methods)];
        expect_error(on_team(*state, &company.employee, method, bad[i / COUNT(methods)], body_of(method)),
                     404, NULL);
    }
}

static void without_a_session_it_is_401(void **state)
{
    for (size_t i = 0; i < COUNT(methods); i++) {
        expect_error(on_team(*state, NULL, methods[i], company.team, body_of(methods[i])), 401, NULL);
        expect_error(on_team(*state, NULL, methods[i], NOBODY, body_of(methods[i])), 401, NULL);
    }
}

static void an_inactive_admin_finds_nothing_there_any_more(void **state)
{
    struct world *world = *state;
    struct person former = make_admin(world, company.organization, "Fred");
    expect_status(show(world, &former, company.team), 200);
    world_sql(world, "UPDATE memberships SET status = 'inactive' WHERE id = $1::uuid", former.membership_id,
              NULL);
    for (size_t i = 0; i < COUNT(methods); i++) {
        expect_error(on_team(world, &former, methods[i], company.team, body_of(methods[i])), 404, NULL);
    }
}

/* --- PUT, PATCH --- */

static void those_who_administer_a_team_rename_it(void **state)
{
    struct world *world = *state;
    const struct person *callers[] = {&company.leader, &company.leader_of_area, &company.admin,
                                      &company.employee};
    static const char *const both[] = {"PUT", "PATCH"};
    for (size_t i = 0; i < COUNT(callers) * 2; i++) {
        const char *name = make_name(world, "Renamed");
        struct answer *answer =
            on_team(world, callers[i / 2], both[i % 2], company.team, text_body(world, "name", name));
        expect_status(answer, 200);
        expect_text(answer, "data.name", name);
        expect_text(answer, "data.id", company.team);
        expect_integer(answer, "data.status.members", 1);
        assert_string_equal(name_of(world, company.team), name);
    }
}

static void others_of_the_organization_rename_nothing(void **state)
{
    struct world *world = *state;
    const char *name = name_of(world, company.team);
    expect_error(rename_to(world, &company.learner, company.team, "Mine"), 403, NULL);
    expect_error(rename_to(world, &company.outsider, company.team, "Mine"), 403, NULL);
    expect_error(rename_to(world, &company.leader, company.sister, "Mine"), 403, NULL);
    expect_error(rename_to(world, &company.leader, company.area, "Mine"), 403, NULL);
    assert_string_equal(name_of(world, company.team), name);
}

static void a_second_rename_of_the_same_kind_changes_nothing(void **state)
{
    struct world *world = *state;
    const char *team = new_team(world);
    struct answer *first = rename_to(world, &company.admin, team, "Twice");
    struct answer *second = rename_to(world, &company.admin, team, "Twice");
    expect_status(second, 200);
    expect_body(second, first->body);
}

static void a_name_is_trimmed_and_has_1_to_200_characters(void **state)
{
    struct world *world = *state;
    const char *team = new_team(world);
    const char *most = world_sql(world, "SELECT repeat('ü', 200)", NULL);
    expect_text(rename_to(world, &company.admin, team, most), "data.name", most);
    expect_error(rename_to(world, &company.admin, team, world_print(world, "%sx", most)), 422, "name");
    expect_text(rename_to(world, &company.admin, team, "  Night \\\"shift\\\"  "), "data.name",
                "Night \"shift\"");
    expect_text(rename_to(world, &company.admin, team, "x"), "data.name", "x");
}

static void bad_bodies_are_refused(void **state)
{
    static const struct {
        const char *body;
        int status;
    } bad[] = {{"{}", 422},
               {"{\"name\": null}", 422},
               {"{\"name\": \"\"}", 422},
               {"{\"name\": \"  \"}", 422},
               {NULL, 400},
               {"{\"name\": 1}", 400},
               {"{\"name\": [\"a\"]}", 400},
               {"{\"name\": {}}", 400},
               {"[]", 400},
               {"{\"name\": \"a\", }", 400},
               {"{\"name\": \"a\\u0000\"}", 400},
               {"{\"name\": true}", 400}};
    struct world *world = *state;
    const char *name = name_of(world, company.team);
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_error(on_team(world, &company.admin, "PATCH", company.team, bad[i].body), bad[i].status, NULL);
        expect_error(on_team(world, &company.admin, "PUT", company.team, bad[i].body), bad[i].status, NULL);
    }
    assert_string_equal(name_of(world, company.team), name);
}

static void only_the_name_can_be_changed(void **state)
{
    struct world *world = *state;
    const char *team = new_team(world);
    struct answer *answer = on_team(
        world, &company.leader_of_area, "PATCH", team,
        world_print(world,
                    "{\"name\": \"Named\", \"parent_id\": \"%s\", \"type\": \"META\", \"id\": \"" NOBODY
                    "\", \"organization_id\": \"%s\", \"overall_worklete_score\": 100}",
                    company.root, company.stranger.organization_id));
    expect_status(answer, 200);
    expect_text(answer, "data.id", team);
    expect_text(answer, "data.parent_id", company.area);
    expect_text(answer, "data.organization_id", company.organization);
    expect_text(answer, "data.type", "LEARNER");
    expect_null(answer, "data.overall_worklete_score");
}

static void sisters_have_different_names_whatever_their_case_and_spaces(void **state)
{
    struct world *world = *state;
    const char *team = new_team(world);
    const char *other = new_team(world);
    const char *cousin = place_team(world, company.organization, company.root, "LEARNER", "Cousin");
    expect_status(rename_to(world, &company.admin, team, "Spät Schicht"), 200);
    expect_error(rename_to(world, &company.admin, other, "Spät Schicht"), 409, "name");
    expect_error(rename_to(world, &company.admin, other, "  sPÄT sCHICHT "), 409, "name");
    expect_status(rename_to(world, &company.admin, cousin, "Spät Schicht"), 200);
    expect_text(rename_to(world, &company.admin, team, "SPÄT Schicht"), "data.name", "SPÄT Schicht");
    world_sql(world, "DELETE FROM teams WHERE id IN ($1::uuid, $2::uuid, $3::uuid)", team, other, cousin,
              NULL);
}

static void the_root_cannot_be_renamed(void **state)
{
    struct world *world = *state;
    const char *name = name_of(world, company.root);
    expect_error(rename_to(world, &company.admin, company.root, "Other"), 409, NULL);
    expect_error(rename_to(world, &company.employee, company.root, "Other"), 409, NULL);
    expect_error(rename_to(world, &company.leader_of_area, company.root, "Other"), 403, NULL);
    assert_string_equal(name_of(world, company.root), name);
}

/* --- DELETE --- */

static void an_admin_deletes_a_team_and_its_people_stay(void **state)
{
    struct world *world = *state;
    const char *team = new_team(world);
    place_learner(world, team, company.learner.membership_id);
    place_leader(world, team, company.leader.membership_id);
    struct answer *answer = on_team(world, &company.admin, "DELETE", team, NULL);
    expect_status(answer, 204);
    assert_int_equal(answer->body_length, 0);
    expect_error(show(world, &company.admin, team), 404, NULL);
    expect_error(on_team(world, &company.admin, "DELETE", team, NULL), 404, NULL);
    struct answer *membership =
        call_get(world, &company.admin.session,
                 world_print(world, "/api/v1/memberships/%s", company.learner.membership_id));
    expect_text(membership, "data.status", "active");
    expect_length(membership, "data.teams", 1);
    expect_text(membership, "data.teams.0.id", company.team);
}

static void an_employee_deletes_a_team(void **state)
{
    expect_status(on_team(*state, &company.employee, "DELETE", new_team(*state), NULL), 204);
}

static void team_admins_and_members_delete_nothing(void **state)
{
    const struct person *callers[] = {&company.leader, &company.leader_of_area, &company.learner,
                                      &company.outsider};
    for (size_t i = 0; i < COUNT(callers); i++) {
        expect_error(on_team(*state, callers[i], "DELETE", company.team, NULL), 403, NULL);
    }
    expect_status(show(*state, &company.admin, company.team), 200);
}

static void a_team_with_teams_below_it_stays(void **state)
{
    struct world *world = *state;
    const char *above = place_team(world, company.organization, company.root, "META", "Above");
    const char *below = place_team(world, company.organization, above, "LEARNER", "Below");
    expect_error(on_team(world, &company.admin, "DELETE", above, NULL), 409, NULL);
    expect_status(show(world, &company.admin, below), 200);
    expect_status(on_team(world, &company.admin, "DELETE", below, NULL), 204);
    expect_status(on_team(world, &company.admin, "DELETE", above, NULL), 204);
}

static void the_root_stays(void **state)
{
    struct world *world = *state;
    struct person admin = make_admin(world, make_organization(world, "Bare"), "Bea");
    const char *root = root_of(world, admin.organization_id);
    expect_error(on_team(world, &admin, "DELETE", root, NULL), 409, NULL);
    expect_error(on_team(world, &company.employee, "DELETE", root, NULL), 409, NULL);
    expect_status(show(world, &admin, root), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_team_is_shown_to_its_people_and_those_above),
        cmocka_unit_test(others_of_the_organization_are_403),
        cmocka_unit_test(the_root_has_no_parent),
        cmocka_unit_test(scores_have_their_words),
        cmocka_unit_test(status_counts_learners_by_their_state_and_admins_apart),
        cmocka_unit_test(teams_elsewhere_are_404_as_if_they_did_not_exist),
        cmocka_unit_test(malformed_ids_are_404),
        cmocka_unit_test(without_a_session_it_is_401),
        cmocka_unit_test(an_inactive_admin_finds_nothing_there_any_more),
        cmocka_unit_test(those_who_administer_a_team_rename_it),
        cmocka_unit_test(others_of_the_organization_rename_nothing),
        cmocka_unit_test(a_second_rename_of_the_same_kind_changes_nothing),
        cmocka_unit_test(a_name_is_trimmed_and_has_1_to_200_characters),
        cmocka_unit_test(bad_bodies_are_refused),
        cmocka_unit_test(only_the_name_can_be_changed),
        cmocka_unit_test(sisters_have_different_names_whatever_their_case_and_spaces),
        cmocka_unit_test(the_root_cannot_be_renamed),
        cmocka_unit_test(an_admin_deletes_a_team_and_its_people_stay),
        cmocka_unit_test(an_employee_deletes_a_team),
        cmocka_unit_test(team_admins_and_members_delete_nothing),
        cmocka_unit_test(a_team_with_teams_below_it_stays),
        cmocka_unit_test(the_root_stays),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
