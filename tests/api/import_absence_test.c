/* muster import-memberships: who leaves and comes back, and what becomes of teams. */
#include "support/company.h"
#include "support/expect.h"
#include "support/roster.h"

/* --- Absence --- */

/* `count` people E1 to En, without those from `first` to `last`. */
static const char *people(struct world *world, int count, int first, int last)
{
    const char *content = "employee_id,first_name,last_name\n";
    for (int i = 1; i <= count; i++) {
        if (i < first || i > last) {
            content = world_print(world, "%sE%d,Given%d,Family\n", content, i, i);
        }
    }
    return content;
}

static void the_first_import_sends_nobody_away(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    join_employed(world, organization, "E99");
    expect_import(world, organization, people(world, 3, 0, 0),
                  "3 joined, 0 changed, 0 returned, 0 left, 0 unchanged, 0 refused, 0 teams made");
    assert_string_equal(member(world, organization, "E99"), "active|Erna|Tester|-|-|-|-");
}

static void who_is_absent_becomes_inactive_up_to_a_share(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    make_member(world, organization, "Without");
    expect_import(world, organization, people(world, 20, 0, 0),
                  "20 joined, 0 changed, 0 returned, 0 left, 0 unchanged, 0 refused, 0 teams made");
    struct output output = import_roster(world, organization, people(world, 20, 1, 3), NULL);
    assert_string_equal(
        output.error,
        "muster import-memberships: 3 of 20 people are not in the file, which is more than 10.00 %.");
    assert_int_equal(output.status, 1);
    assert_int_equal(imports_of(world, organization, "error"), 1);
    assert_string_equal(member(world, organization, "E1"), "invited|Given1|Family|-|-|-|-");
    expect_import(world, organization, people(world, 20, 1, 2),
                  "0 joined, 0 changed, 0 returned, 2 left, 18 unchanged, 0 refused, 0 teams made");
    assert_string_equal(member(world, organization, "E1"), "inactive|Given1|Family|-|-|-|-");
    const char *more[] = {"--max-removals", "5.56%", NULL};
    output = import_roster(world, organization, people(world, 20, 1, 3), more);
    assert_string_equal(output.out,
                        "0 joined, 0 changed, 0 returned, 1 left, 17 unchanged, 0 refused, 0 teams made");
    const char *none[] = {"--max-removals", "0", NULL};
    assert_int_equal(import_roster(world, organization, people(world, 20, 1, 4), none).status, 1);
    const char *all[] = {"--max-removals", "100%", NULL};
    assert_string_equal(import_roster(world, organization, people(world, 0, 0, 0), all).out,
                        "0 joined, 0 changed, 0 returned, 17 left, 0 unchanged, 0 refused, 0 teams made");
    assert_int_equal(
        count_rows(world,
                   "SELECT count(*) FROM memberships WHERE organization_id = $1::uuid AND status <> "
                   "'inactive'",
                   organization),
        1);
}

static void whose_line_is_refused_is_not_absent(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    expect_import(world, organization, people(world, 2, 0, 0),
                  "2 joined, 0 changed, 0 returned, 0 left, 0 unchanged, 0 refused, 0 teams made");
    const char *none[] = {"--max-removals", "0", NULL};
    struct output output = import_roster(
        world, organization,
        "employee_id,first_name,last_name,email\nE1,,Family,\nE2,Given2,Family,nonsense\n", none);
    assert_string_equal(output.out,
                        "0 joined, 0 changed, 0 returned, 0 left, 0 unchanged, 2 refused, 0 teams made\n"
                        "line 2: first_name is missing.\nline 3: email is not an address.");
    assert_string_equal(member(world, organization, "E1"), "invited|Given1|Family|-|-|-|-");
}

static void who_comes_back_has_the_teams_of_before(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    struct person erna = join_employed(world, organization, "E1");
    const char *content =
        "employee_id,first_name,last_name,team,supervisor\nE1,Erna,Tester,Day,E2\nE2,Bob,B,Day,\n";
    const char *alone = "employee_id,first_name,last_name\nE2,Bob,B\n";
    const char *all[] = {"--max-removals", "100", NULL};
    expect_import(world, organization, content,
                  "1 joined, 1 changed, 0 returned, 0 left, 0 unchanged, 0 refused, 1 teams made");
    expect_status(call_get(world, &erna.session, "/api/v1/session"), 200);
    assert_string_equal(import_roster(world, organization, alone, all).out,
                        "0 joined, 0 changed, 0 returned, 1 left, 1 unchanged, 0 refused, 0 teams made");
    expect_status(call_get(world, &erna.session, "/api/v1/session"), 401);
    struct session again = open_session(world, erna.email, erna.password);
    expect_status(call_get(world, &again, world_print(world, "/api/v1/organizations/%s/teams", organization)),
                  404);
    expect_import(world, organization, "employee_id,first_name,last_name\nE1,Erna,Tester\nE2,Bob,B\n",
                  "0 joined, 0 changed, 1 returned, 0 left, 1 unchanged, 0 refused, 0 teams made");
    assert_string_equal(member(world, organization, "E1"), "active|Erna|Tester|-|-|-|Day");
    expect_status(call_get(world, &again, world_print(world, "/api/v1/organizations/%s/teams", organization)),
                  200);
    assert_string_equal(
        world_sql(world,
                  "SELECT active_count || ' ' || invited_count FROM team_statistics JOIN teams ON "
                  "teams.id = team_id WHERE teams.organization_id = $1::uuid AND name = 'Day'",
                  organization, NULL),
        "1 1");
}

static void sessions_go_on_for_members_of_another_organization(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    struct person erna = join_employed(world, organization, "E1");
    add_membership(world, roster_organization(world), &erna, 3, "active");
    const char *all[] = {"--max-removals", "100", NULL};
    expect_import(world, organization, "employee_id,first_name,last_name\nE1,Erna,Tester\n",
                  "0 joined, 0 changed, 0 returned, 0 left, 1 unchanged, 0 refused, 0 teams made");
    assert_int_equal(import_roster(world, organization, "employee_id,first_name,last_name\n", all).status, 0);
    assert_string_equal(member(world, organization, "E1"), "inactive|Erna|Tester|-|-|-|-");
    expect_status(call_get(world, &erna.session, "/api/v1/session"), 200);
}

static void who_never_joined_gets_a_good_invitation_again(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    expect_import(world, organization, "employee_id,first_name,last_name,active\nE1,Ada,L,1\n",
                  "1 joined, 0 changed, 0 returned, 0 left, 0 unchanged, 0 refused, 0 teams made");
    expect_import(world, organization, "employee_id,first_name,last_name,active\nE1,Ada,L,0\n",
                  "0 joined, 0 changed, 0 returned, 1 left, 0 unchanged, 0 refused, 0 teams made");
    world_sql(world,
              "UPDATE invitations SET expires_at = now() - interval '1 day' WHERE organization_id = $1::uuid",
              organization, NULL);
    expect_import(world, organization, "employee_id,first_name,last_name,active\nE1,Ada,L,1\n",
                  "0 joined, 0 changed, 1 returned, 0 left, 0 unchanged, 0 refused, 0 teams made");
    const char *code = world_sql(
        world, "SELECT invite_code FROM invitations WHERE organization_id = $1::uuid", organization, NULL);
    join_with(world, organization, code, "Ada");
    assert_string_equal(member(world, organization, "E1"), "active|Ada|L|-|-|-|-");
}

/* --- Teams --- */

static void rename_team(struct world *world, const char *team, const char *name)
{
    world_sql(world, "UPDATE teams SET name = $2 WHERE id = $1::uuid", team, name, NULL);
}

static void a_person_is_in_the_team_of_the_column(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    const char *root = root_of(world, organization);
    const char *area = place_team(world, organization, root, "META", "Area");
    const char *depot = place_team(world, organization, area, "LEARNER", "Depot");
    const char *old = place_team(world, organization, root, "LEARNER", "Old");
    struct person erna = join_employed(world, organization, "E1");
    place_learner(world, old, erna.membership_id);
    place_learner(world, depot, erna.membership_id);
    place_learner(world, area, erna.membership_id);
    rename_team(world, area, "Area");
    rename_team(world, depot, "Depot");
    expect_import(world, organization, "employee_id,first_name,last_name,team\nE1,Erna,Tester, dePOT \n",
                  "0 joined, 1 changed, 0 returned, 0 left, 0 unchanged, 0 refused, 0 teams made");
    assert_string_equal(member(world, organization, "E1"), "active|Erna|Tester|-|-|-|Area,Depot");
    expect_import(world, organization, "employee_id,first_name,last_name,team\nE1,Erna,Tester,Depot\n",
                  "0 joined, 0 changed, 0 returned, 0 left, 1 unchanged, 0 refused, 0 teams made");
    expect_import(world, organization, "employee_id,first_name,last_name,team\nE1,Erna,Tester,\n",
                  "0 joined, 1 changed, 0 returned, 0 left, 0 unchanged, 0 refused, 0 teams made");
    assert_string_equal(member(world, organization, "E1"), "active|Erna|Tester|-|-|-|Area");
}

static void a_team_that_takes_nobody_is_refused(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    const char *root = root_of(world, organization);
    const char *area = place_team(world, organization, root, "META", "Area");
    rename_team(world, area, "Area");
    rename_team(world, place_team(world, organization, root, "LEARNER", "Night"), "Night");
    rename_team(world, place_team(world, organization, area, "LEARNER", "Night"), "night");
    expect_refusals(world, organization,
                    "employee_id,first_name,last_name,team\nE1,A,A,area\nE2,B,B,NIGHT\nE3,C,C,Day\n",
                    "1 joined, 0 changed, 0 returned, 0 left, 0 unchanged, 2 refused, 1 teams made\n"
                    "line 2: team is a team of teams, which has no people of its own.\n"
                    "line 3: team is the name of several teams.");
}

static void the_supervisor_takes_the_place_of_the_one_before(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    expect_import(
        world, organization,
        "employee_id,first_name,last_name,team,supervisor\nE1,A,A,Day,E2\nE2,B,B,Night,E1\nE3,C,C,Day,\n",
        "3 joined, 0 changed, 0 returned, 0 left, 0 unchanged, 0 refused, 2 teams made");
    assert_string_equal(admins_of(world, organization, "Day"), "E2");
    assert_string_equal(admins_of(world, organization, "Night"), "E1");
    expect_import(
        world, organization,
        "employee_id,first_name,last_name,team,supervisor\nE1,A,A,Day,E2\nE2,B,B,Night,\nE3,C,C,day,E3\n",
        "0 joined, 0 changed, 0 returned, 0 left, 3 unchanged, 0 refused, 0 teams made");
    assert_string_equal(admins_of(world, organization, "Day"), "E3");
    assert_string_equal(admins_of(world, organization, "Night"), "E1");
}

static void a_supervisor_must_be_there(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    expect_refusals(world, organization,
                    "employee_id,first_name,last_name,team,supervisor,active\n"
                    "E1,A,A,Day,E2,\n"
                    "E2,B,B,Night,E9,\n"
                    "E3,C,C,Late,E4,\n"
                    "E4,D,D,Day,,no\n"
                    "E5,E,E,Early,E5,\n"
                    "E6,F,F,,E9,\n",
                    "3 joined, 0 changed, 0 returned, 0 left, 0 unchanged, 3 refused, 2 teams made\n"
                    "line 2: supervisor is not the employee_id of somebody who is there.\n"
                    "line 3: supervisor is not the employee_id of somebody who is there.\n"
                    "line 4: supervisor is not the employee_id of somebody who is there.");
    const char *all[] = {"--max-removals", "100", NULL};
    struct output output = import_roster(
        world, organization, "employee_id,first_name,last_name,team,supervisor\nE6,F,F,Early,E5\n", all);
    assert_string_equal(output.out,
                        "0 joined, 0 changed, 0 returned, 1 left, 0 unchanged, 1 refused, 0 teams made\n"
                        "line 2: supervisor is not the employee_id of somebody who is there.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_import_sends_nobody_away),
        cmocka_unit_test(who_is_absent_becomes_inactive_up_to_a_share),
        cmocka_unit_test(whose_line_is_refused_is_not_absent),
        cmocka_unit_test(who_comes_back_has_the_teams_of_before),
        cmocka_unit_test(sessions_go_on_for_members_of_another_organization),
        cmocka_unit_test(who_never_joined_gets_a_good_invitation_again),
        cmocka_unit_test(a_person_is_in_the_team_of_the_column),
        cmocka_unit_test(a_team_that_takes_nobody_is_refused),
        cmocka_unit_test(the_supervisor_takes_the_place_of_the_one_before),
        cmocka_unit_test(a_supervisor_must_be_there),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
