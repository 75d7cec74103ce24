/* GET /memberships/{id}: oneself, team admins above, the organization's admins and employees; and who is
 * shown the code. */
#include <json-c/json.h>

#include "support/expect.h"
#include "support/people.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NOBODY       "00000000-0000-4000-8000-000000000000"

/* One organization with a team of teams, `area`, over two teams. The member learns in `team`. */
static struct {
    struct person admin, member, leader, leader_of_area, leader_elsewhere, contributor, stranger, employee;
    const char *organization, *area, *team, *sister;
} cast;

static void make_leader(struct world *world, const char *team, const struct person *person)
{
    world_sql(world,
              "INSERT INTO team_admins (team_id, membership_id, organization_id) VALUES ($1::uuid, $2::uuid, "
              "$3::uuid)",
              team, person->membership_id, cast.organization, NULL);
}

static void make_teams(struct world *world)
{
    cast.area = make_team(world, cast.organization, "Area");
    cast.team = make_team(world, cast.organization, "Team");
    cast.sister = make_team(world, cast.organization, "Sister");
    world_sql(world, "UPDATE teams SET type = 'META' WHERE id = $1::uuid", cast.area, NULL);
    world_sql(world, "UPDATE teams SET parent_id = $1::uuid WHERE id IN ($2::uuid, $3::uuid)", cast.area,
              cast.team, cast.sister, NULL);
}

static int setup(void **state)
{
    world_setup(state);
    struct world *world = *state;
    cast.organization = make_organization(world, "Members");
    make_teams(world);
    const char *const options[] = {"--team", cast.team, "--employee-id", "E-1", "--job-title",
                                   "Driver", NULL};
    cast.admin = make_admin(world, cast.organization, "Ada");
    cast.member = join_with(world, cast.organization,
                            make_invitation(world, cast.organization, "Mary", options), "Mary");
    cast.leader = make_member(world, cast.organization, "Leo");
    cast.leader_of_area = make_member(world, cast.organization, "Arne");
    cast.leader_elsewhere = make_member(world, cast.organization, "Silke");
    cast.contributor = make_member(world, cast.organization, "Carl");
    cast.stranger = make_admin(world, make_organization(world, "Strangers"), "Stan");
    cast.employee = make_employee(world, "Emil");
    make_leader(world, cast.team, &cast.leader);
    make_leader(world, cast.area, &cast.leader_of_area);
    make_leader(world, cast.sister, &cast.leader_elsewhere);
    world_sql(world, "UPDATE memberships SET role = 2 WHERE id = $1::uuid", cast.contributor.membership_id,
              NULL);
    return 0;
}

static struct answer *show(struct world *world, const struct person *caller, const char *id)
{
    return CALL(world, .path = world_print(world, "/api/v1/memberships/%s", id), .session = &caller->session,
                .headers = {"X-Request-Id: same"});
}

static void a_membership_is_shown_to_oneself_and_those_above(void **state)
{
    const struct person *callers[] = {&cast.member, &cast.leader, &cast.leader_of_area, &cast.admin,
                                      &cast.employee};
    for (size_t i = 0; i < COUNT(callers); i++) {
        struct answer *answer = show(*state, callers[i], cast.member.membership_id);
        expect_status(answer, 200);
        expect_text(answer, "data.id", cast.member.membership_id);
        expect_text(answer, "data.organization_id", cast.organization);
        expect_text(answer, "data.user_id", cast.member.user_id);
        expect_text(answer, "data.employee_id", "E-1");
        expect_text(answer, "data.job_title", "Driver");
        expect_integer(answer, "data.role", 3);
        expect_false(answer, "data.org_admin");
        expect_text(answer, "data.status", "active");
    }
}

static void others_of_the_organization_are_403(void **state)
{
    const struct person *callers[] = {&cast.leader_elsewhere, &cast.contributor};
    for (size_t i = 0; i < COUNT(callers); i++) {
        expect_error(show(*state, callers[i], cast.member.membership_id), 403, NULL);
    }
    expect_error(show(*state, &cast.member, cast.admin.membership_id), 403, NULL);
    expect_error(show(*state, &cast.member, cast.leader.membership_id), 403, NULL);
    expect_error(show(*state, &cast.leader, cast.leader_of_area.membership_id), 403, NULL);
    expect_error(show(*state, &cast.leader_of_area, cast.admin.membership_id), 403, NULL);
}

static void strangers_are_404_as_if_it_did_not_exist(void **state)
{
    struct world *world = *state;
    struct answer *unknown = show(world, &cast.stranger, NOBODY);
    expect_error(unknown, 404, NULL);
    struct answer *foreign = show(world, &cast.stranger, cast.member.membership_id);
    expect_status(foreign, 404);
    assert_string_equal(foreign->body, unknown->body);
    expect_error(show(world, &cast.admin, cast.stranger.membership_id), 404, NULL);
    expect_error(show(world, &cast.employee, NOBODY), 404, NULL);
}

static void malformed_ids_are_404(void **state)
{
    const char *upper =
        world_sql(*state, "SELECT upper(id::text) FROM memberships WHERE id::text ~ '[a-f]' LIMIT 1", NULL);
    const char *bad[] = {"x", "1", upper, NOBODY "0", "%20" NOBODY, "-"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_error(show(*state, &cast.employee, bad[i]), 404, NULL);
    }
}

static void an_inactive_member_finds_nothing_there_any_more(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, cast.organization, "Fred");
    world_sql(world, "UPDATE memberships SET status = 'inactive' WHERE id = $1::uuid", person.membership_id,
              NULL);
    expect_error(show(world, &person, person.membership_id), 404, NULL);
    expect_text(show(world, &cast.admin, person.membership_id), "data.status", "inactive");
}

static const char *invited(struct world *world, const char *code)
{
    return world_sql(world, "SELECT membership_id FROM invitations WHERE invite_code = $1", code, NULL);
}

static void the_code_is_shown_to_admins_and_employees_while_it_is_unused(void **state)
{
    struct world *world = *state;
    const char *const options[] = {"--team", cast.team, NULL};
    const char *code = make_invitation(world, cast.organization, "Ivy", options);
    const char *id = invited(world, code);
    expect_text(show(world, &cast.admin, id), "data.invite_code", code);
    expect_text(show(world, &cast.employee, id), "data.invite_code", code);
    expect_null(show(world, &cast.leader, id), "data.invite_code");
    expect_null(show(world, &cast.leader_of_area, id), "data.invite_code");
    expect_error(show(world, &cast.stranger, id), 404, NULL);
    struct person person = join_with(world, cast.organization, code, "Ivy");
    expect_null(show(world, &cast.admin, id), "data.invite_code");
    expect_null(show(world, &cast.employee, id), "data.invite_code");
    expect_null(show(world, &person, id), "data.invite_code");
}

static void an_invited_membership_has_no_user_yet(void **state)
{
    struct world *world = *state;
    const char *id = invited(world, make_invitation(world, cast.organization, "Una", NULL));
    struct answer *answer = show(world, &cast.admin, id);
    expect_text(answer, "data.status", "invited");
    expect_null(answer, "data.user_id");
    expect_null(answer, "data.joined_at");
    expect_null(answer, "data.active_from");
    expect_length(answer, "data.teams", 0);
    assert_non_null(text_at(answer, "data.invited_at"));
}

static void an_admins_role_is_1(void **state)
{
    struct answer *answer = show(*state, &cast.admin, cast.admin.membership_id);
    expect_integer(answer, "data.role", 1);
    expect_true(answer, "data.org_admin");
    answer = show(*state, &cast.contributor, cast.contributor.membership_id);
    expect_integer(answer, "data.role", 2);
    expect_false(answer, "data.org_admin");
}

static void teams_are_those_it_learns_in_and_those_it_administers(void **state)
{
    struct world *world = *state;
    struct answer *answer = show(world, &cast.member, cast.member.membership_id);
    expect_length(answer, "data.teams", 1);
    expect_text(answer, "data.teams.0.id", cast.team);
    expect_false(answer, "data.teams.0.admin");
    answer = show(world, &cast.leader_of_area, cast.leader_of_area.membership_id);
    expect_length(answer, "data.teams", 1);
    expect_text(answer, "data.teams.0.id", cast.area);
    expect_true(answer, "data.teams.0.admin");
}

static void a_team_that_it_learns_in_and_administers_is_listed_once(void **state)
{
    struct world *world = *state;
    const char *const options[] = {"--team", cast.team, "--team", cast.sister, NULL};
    struct person person =
        join_with(world, cast.organization, make_invitation(world, cast.organization, "Bo", options), "Bo");
    make_leader(world, cast.sister, &person);
    make_leader(world, cast.area, &person);
    struct answer *answer = show(world, &person, person.membership_id);
    expect_length(answer, "data.teams", 3);
    expect_text(answer, "data.teams.0.id", cast.area);
    expect_true(answer, "data.teams.0.admin");
    expect_text(answer, "data.teams.1.id", cast.team);
    expect_false(answer, "data.teams.1.admin");
    expect_text(answer, "data.teams.2.id", cast.sister);
    expect_true(answer, "data.teams.2.admin");
}

static void without_a_session_it_is_401(void **state)
{
    struct world *world = *state;
    expect_error(
        call_get(world, NULL, world_print(world, "/api/v1/memberships/%s", cast.member.membership_id)), 401,
        NULL);
    expect_error(call_get(world, NULL, "/api/v1/memberships/" NOBODY), 401, NULL);
    expect_error(call_get(world, NULL, "/api/v1/memberships/x"), 401, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_membership_is_shown_to_oneself_and_those_above),
        cmocka_unit_test(others_of_the_organization_are_403),
        cmocka_unit_test(strangers_are_404_as_if_it_did_not_exist),
        cmocka_unit_test(malformed_ids_are_404),
        cmocka_unit_test(an_inactive_member_finds_nothing_there_any_more),
        cmocka_unit_test(the_code_is_shown_to_admins_and_employees_while_it_is_unused),
        cmocka_unit_test(an_invited_membership_has_no_user_yet),
        cmocka_unit_test(an_admins_role_is_1),
        cmocka_unit_test(teams_are_those_it_learns_in_and_those_it_administers),
        cmocka_unit_test(a_team_that_it_learns_in_and_administers_is_listed_once),
        cmocka_unit_test(without_a_session_it_is_401),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
