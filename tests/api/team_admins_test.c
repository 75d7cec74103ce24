/* Who administers a team: listed, added, removed; and that an admin of a team counts for the teams below it.
 */
#include "support/company.h"
#include "support/expect.h"

#define ADDERS 20

static struct company company;

static int setup(void **state)
{
    world_setup(state);
    company = make_company(*state);
    return 0;
}

static struct answer *list(struct world *world, const struct person *caller, const char *team,
                           const char *query)
{
    return call_as(world, caller, "GET", world_print(world, "/api/v1/teams/%s/admins%s", team, query), NULL);
}

static struct answer *add_with(struct world *world, const struct person *caller, const char *team,
                               const char *body)
{
    return call_as(world, caller, "POST", world_print(world, "/api/v1/teams/%s/admins", team), body);
}

static const char *draft(struct world *world, const char *team, const char *membership)
{
    return world_print(world, "{\"team_id\": \"%s\", \"membership_id\": \"%s\"}", team, membership);
}

static struct answer *add(struct world *world, const struct person *caller, const char *team,
                          const char *membership)
{
    return add_with(world, caller, team, draft(world, team, membership));
}

static struct answer *take_away(struct world *world, const struct person *caller, const char *team,
                                const char *membership)
{
    return call_as(world, caller, "DELETE",
                   world_print(world, "/api/v1/teams/%s/admins/%s", team, membership), NULL);
}

static int64_t count_admins(struct world *world, const char *team)
{
    return count_rows(world, "SELECT count(*) FROM team_admins WHERE team_id = $1::uuid", team);
}

static const char *new_team(struct world *world)
{
    return place_team(world, company.organization, company.area, "LEARNER", "New");
}

/* --- GET --- */

static void the_list_is_of_the_teams_own_admins(void **state)
{
    const struct person *callers[] = {&company.learner, &company.leader, &company.leader_of_area,
                                      &company.admin, &company.employee};
    for (size_t i = 0; i < COUNT(callers); i++) {
        struct answer *answer = list(*state, callers[i], company.team, "");
        expect_length(answer, "data", 1);
        expect_text(answer, "data.0.id", company.leader.membership_id);
        expect_length(answer, "data.0.teams", 1);
        expect_true(answer, "data.0.teams.0.admin");
        expect_absent(answer, "meta");
    }
    expect_length(list(*state, &company.admin, company.sister, ""), "data", 0);
}

static void others_do_not_see_the_list(void **state)
{
    struct world *world = *state;
    expect_error(list(world, &company.outsider, company.team, ""), 403, NULL);
    expect_error(list(world, &company.leader, company.sister, ""), 403, NULL);
    expect_error(list(world, &company.leader, company.area, ""), 403, NULL);
    expect_hidden(list(world, &company.stranger, company.team, ""),
                  list(world, &company.stranger, NOBODY, ""));
    expect_error(list(world, NULL, company.team, ""), 401, NULL);
    expect_error(list(world, &company.admin, "x", ""), 404, NULL);
}

static void the_list_is_whole_unless_a_page_is_asked_for(void **state)
{
    struct world *world = *state;
    const char *team = new_team(world);
    world_sql(world,
              "WITH made AS (INSERT INTO memberships (organization_id, first_name, last_name, created_at) "
              "SELECT $1::uuid, 'Many', 'M' || number, '2019-05-01' FROM generate_series(1, 30) AS number "
              "RETURNING id, organization_id) "
              "INSERT INTO team_admins (team_id, membership_id, organization_id) SELECT $2::uuid, id, "
              "organization_id FROM made",
              company.organization, team, NULL);
    struct answer *whole = list(world, &company.admin, team, "");
    expect_length(whole, "data", 30);
    expect_no_header(whole, "Link");
    struct answer *page = list(world, &company.admin, team, "?page=2&size=20");
    expect_length(page, "data", 10);
    expect_integer(page, "meta.total", 30);
    expect_integer(page, "meta.pages", 2);
    expect_text(page, "data.0.id", text_at(whole, "data.20.id"));
    expect_length(list(world, &company.admin, team, "?page=1"), "data", 25);
    struct answer *behind = list(world, &company.admin, team, "?page=3&size=20");
    expect_length(behind, "data", 0);
    expect_integer(behind, "meta.total", 30);
    expect_error(list(world, &company.admin, team, "?page=0"), 400, "page");
    expect_error(list(world, &company.admin, team, "?size=101"), 400, "size");
}

static void codes_of_invited_admins_are_shown_to_the_organizations_admins_only(void **state)
{
    struct world *world = *state;
    const char *team = new_team(world);
    const char *code = make_invitation(world, company.organization, "Ivy", NULL);
    place_leader(world, team, membership_of_code(world, code));
    expect_text(list(world, &company.admin, team, ""), "data.0.invite_code", code);
    expect_text(list(world, &company.employee, team, ""), "data.0.invite_code", code);
    expect_null(list(world, &company.leader_of_area, team, ""), "data.0.invite_code");
}

/* --- POST --- */

static void those_who_administer_a_team_add_admins(void **state)
{
    struct world *world = *state;
    const struct person *callers[] = {&company.leader_of_area, &company.admin, &company.employee};
    for (size_t i = 0; i < COUNT(callers); i++) {
        const char *team = new_team(world);
        struct answer *answer = add(world, callers[i], team, company.outsider.membership_id);
        expect_status(answer, 200);
        expect_text(answer, "data.id", company.outsider.membership_id);
        assert_true(position_of(world, answer, "data.teams", "id", team) >= 0);
        assert_int_equal(count_admins(world, team), 1);
        struct answer *again = add(world, callers[i], team, company.outsider.membership_id);
        expect_status(again, 200);
        expect_body(again, answer->body);
        assert_int_equal(count_admins(world, team), 1);
        take_away(world, callers[i], team, company.outsider.membership_id);
    }
}

static void a_new_admin_administers_at_once_and_below_too(void **state)
{
    struct world *world = *state;
    const char *area = place_team(world, company.organization, company.root, "META", "Region");
    const char *middle = place_team(world, company.organization, area, "META", "Middle");
    const char *team = place_team(world, company.organization, middle, "LEARNER", "Deep");
    const char *body = text_body(world, "name", "Renamed");
    const char *path = world_print(world, "/api/v1/teams/%s", team);
    expect_error(call_as(world, &company.outsider, "PATCH", path, body), 403, NULL);
    expect_status(add(world, &company.admin, area, company.outsider.membership_id), 200);
    expect_status(call_as(world, &company.outsider, "PATCH", path, body), 200);
    expect_status(add(world, &company.outsider, team, company.learner.membership_id), 200);
    expect_error(add(world, &company.outsider, company.team, company.learner.membership_id), 403, NULL);
    expect_status(take_away(world, &company.outsider, team, company.learner.membership_id), 200);
    expect_status(take_away(world, &company.admin, area, company.outsider.membership_id), 200);
    expect_error(call_as(world, &company.outsider, "PATCH", path, body), 403, NULL);
}

static void others_add_nobody(void **state)
{
    struct world *world = *state;
    const struct person *callers[] = {&company.learner, &company.outsider};
    for (size_t i = 0; i < COUNT(callers); i++) {
        expect_error(add(world, callers[i], company.team, callers[i]->membership_id), 403, NULL);
    }
    expect_error(add(world, &company.leader, company.sister, company.leader.membership_id), 403, NULL);
    expect_error(add(world, &company.leader, company.area, company.leader.membership_id), 403, NULL);
    expect_hidden(add(world, &company.stranger, company.team, company.stranger.membership_id),
                  add(world, &company.stranger, NOBODY, company.stranger.membership_id));
    expect_error(add(world, NULL, company.team, company.learner.membership_id), 401, NULL);
    assert_int_equal(count_admins(world, company.team), 1);
    assert_int_equal(count_admins(world, company.area), 1);
}

static void ids_that_do_not_agree_are_422(void **state)
{
    struct world *world = *state;
    const char *good = company.outsider.membership_id;
    expect_error(add_with(world, &company.admin, company.team, draft(world, company.sister, good)), 422,
                 "team_id");
    struct answer *unknown = add(world, &company.admin, company.team, NOBODY);
    struct answer *foreign = add(world, &company.admin, company.team, company.stranger.membership_id);
    expect_error(unknown, 422, "membership_id");
    struct answer *both = add_with(world, &company.admin, company.team,
                                   "{\"team_id\": \"" NOBODY "\", \"membership_id\": \"\"}");
    expect_error(both, 422, "team_id");
    expect_error(both, 422, "membership_id");
    expect_status(foreign, 422);
    expect_body(foreign, unknown->body);
    struct person former = make_member(world, company.organization, "Fred");
    world_sql(world, "UPDATE memberships SET status = 'inactive' WHERE id = $1::uuid", former.membership_id,
              NULL);
    expect_error(add(world, &company.admin, company.team, former.membership_id), 422, "membership_id");
    assert_int_equal(count_admins(world, company.team), 1);
}

static void the_team_of_the_path_is_enough(void **state)
{
    struct world *world = *state;
    const char *team = new_team(world);
    const char *membership =
        membership_of_code(world, make_invitation(world, company.organization, "Ina", NULL));
    struct answer *answer =
        add_with(world, &company.leader_of_area, team, text_body(world, "membership_id", membership));
    expect_text(answer, "data.id", membership);
    expect_null(answer, "data.invite_code");
    assert_non_null(text_at(add(world, &company.admin, team, membership), "data.invite_code"));
}

static void bad_bodies_are_refused(void **state)
{
    static const struct {
        const char *body;
        int status;
    } bad[] = {{NULL, 400},
               {"{}", 422},
               {"{\"membership_id\": null}", 422},
               {"{\"membership_id\": \"\"}", 422},
               {"{\"membership_id\": \"x\"}", 400},
               {"{\"membership_id\": 5}", 400},
               {"{\"membership_id\": [\"" NOBODY "\"]}", 400},
               {"{\"membership_id\": \"" NOBODY "\", \"team_id\": \"x\"}", 400},
               {"{\"membership_id\": \"" NOBODY "\"", 400},
               {"[]", 400}};
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_error(add_with(*state, &company.admin, company.team, bad[i].body), bad[i].status, NULL);
    }
}

/* --- DELETE --- */

static void those_who_administer_a_team_take_admins_away(void **state)
{
    struct world *world = *state;
    const struct person *callers[] = {&company.leader_of_area, &company.admin, &company.employee,
                                      &company.outsider};
    for (size_t i = 0; i < COUNT(callers); i++) {
        const char *team = new_team(world);
        place_leader(world, team, company.outsider.membership_id);
        struct answer *answer = take_away(world, callers[i], team, company.outsider.membership_id);
        expect_status(answer, 200);
        expect_text(answer, "data.id", company.outsider.membership_id);
        assert_int_equal(position_of(world, answer, "data.teams", "id", team), -1);
        assert_int_equal(count_admins(world, team), 0);
        expect_error(take_away(world, &company.admin, team, company.outsider.membership_id), 404, NULL);
    }
}

static void who_is_no_admin_of_the_team_is_404(void **state)
{
    struct world *world = *state;
    struct answer *unknown = take_away(world, &company.admin, company.team, NOBODY);
    expect_hidden(take_away(world, &company.admin, company.team, company.learner.membership_id), unknown);
    expect_hidden(take_away(world, &company.admin, company.team, company.leader_of_area.membership_id),
                  unknown);
    expect_hidden(take_away(world, &company.admin, company.team, company.stranger.membership_id), unknown);
    expect_error(take_away(world, &company.admin, company.team, "x"), 404, NULL);
    assert_int_equal(count_admins(world, company.area), 1);
}

static void others_take_nobody_away(void **state)
{
    struct world *world = *state;
    const char *leader = company.leader.membership_id;
    expect_error(take_away(world, &company.learner, company.team, leader), 403, NULL);
    expect_error(take_away(world, &company.outsider, company.team, leader), 403, NULL);
    expect_error(take_away(world, &company.leader, company.area, company.leader_of_area.membership_id), 403,
                 NULL);
    expect_hidden(take_away(world, &company.stranger, company.team, leader),
                  take_away(world, &company.stranger, NOBODY, leader));
    expect_error(take_away(world, NULL, company.team, leader), 401, NULL);
    assert_int_equal(count_admins(world, company.team), 1);
}

/* --- At once --- */

static void of_many_adds_at_once_all_succeed_and_one_admin_is_there(void **state)
{
    struct world *world = *state;
    const char *team = new_team(world);
    struct call calls[ADDERS];
    struct answer *answers[ADDERS];
    for (size_t i = 0; i < ADDERS; i++) {
        calls[i] =
            (struct call){.method = "POST",
                          .path = world_print(world, "/api/v1/teams/%s/admins", team),
                          .session = i % 2 == 0 ? &company.admin.session : &company.leader_of_area.session,
                          .body = draft(world, team, company.outsider.membership_id)};
    }
    call_together(world, calls, ADDERS, answers);
    for (size_t i = 0; i < ADDERS; i++) {
        expect_status(answers[i], 200);
        expect_text(answers[i], "data.id", company.outsider.membership_id);
    }
    assert_int_equal(count_admins(world, team), 1);
    struct answer *shown =
        call_as(world, &company.admin, "GET", world_print(world, "/api/v1/teams/%s", team), NULL);
    expect_integer(shown, "data.status.admins", 1);
}

static void adds_and_removals_at_once_leave_the_count_true(void **state)
{
    struct world *world = *state;
    const char *team = new_team(world);
    const char *people[] = {company.outsider.membership_id, company.learner.membership_id,
                            company.leader.membership_id};
    struct call calls[ADDERS];
    struct answer *answers[ADDERS];
    for (size_t i = 0; i < ADDERS; i++) {
        const char *who = people[i % COUNT(people)];
        bool adds = i % 2 == 0;
        calls[i] = (struct call){
            .method = adds ? "POST" : "DELETE",
            .path = world_print(world, "/api/v1/teams/%s/admins%s%s", team, adds ? "" : "/", adds ? "" : who),
            .session = &company.admin.session,
            .body = adds ? draft(world, team, who) : NULL};
    }
    call_together(world, calls, ADDERS, answers);
    for (size_t i = 0; i < ADDERS; i++) {
        assert_true(answers[i]->status == 200 || (i % 2 == 1 && answers[i]->status == 404));
    }
    struct answer *shown =
        call_as(world, &company.admin, "GET", world_print(world, "/api/v1/teams/%s", team), NULL);
    expect_integer(shown, "data.status.admins", count_admins(world, team));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_is_of_the_teams_own_admins),
        cmocka_unit_test(others_do_not_see_the_list),
        cmocka_unit_test(the_list_is_whole_unless_a_page_is_asked_for),
        cmocka_unit_test(codes_of_invited_admins_are_shown_to_the_organizations_admins_only),
        cmocka_unit_test(those_who_administer_a_team_add_admins),
        cmocka_unit_test(a_new_admin_administers_at_once_and_below_too),
        cmocka_unit_test(others_add_nobody),
        cmocka_unit_test(ids_that_do_not_agree_are_422),
        cmocka_unit_test(the_team_of_the_path_is_enough),
        cmocka_unit_test(bad_bodies_are_refused),
        cmocka_unit_test(those_who_administer_a_team_take_admins_away),
        cmocka_unit_test(who_is_no_admin_of_the_team_is_404),
        cmocka_unit_test(others_take_nobody_away),
        cmocka_unit_test(of_many_adds_at_once_all_succeed_and_one_admin_is_there),
        cmocka_unit_test(adds_and_removals_at_once_leave_the_count_true),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
