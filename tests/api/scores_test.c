/* The score of a team, month by month: GET /teams/{id}/worklete_score. Facts are put into the past by hand;
 * what follows from them is asked of the server. */
#include <json-c/json.h>

#include "support/expect.h"
#include "support/learning.h"

#define POINTS 12

/* Months are told by how long ago they are; 0 is the one that is running. */
static struct company company;
static const char *courses[8];

static int setup(void **state)
{
    world_setup(state);
    company = make_company(*state);
    for (size_t i = 0; i < COUNT(courses); i++) {
        courses[i] = make_course(*state, &company.employee, make_name(*state, "Course "), false);
        make_version(*state, &company.employee, courses[i], "First", "published");
    }
    return 0;
}

/* Somebody who counts since `months_ago` (the whole of that month too), and learns in the team since then. */
static const char *place_counted(struct world *world, const char *team, int months_ago)
{
    const char *since = day(world, months_ago, 0);
    const char *membership = world_sql(
        world,
        "INSERT INTO memberships (organization_id, first_name, last_name, status, joined_at, active_from) "
        "SELECT organization_id, 'A', 'B', 'active', $2::timestamptz, $2::timestamptz FROM teams WHERE id = "
        "$1::uuid RETURNING id",
        team, since, NULL);
    place_learner(world, team, membership);
    world_sql(world, "UPDATE team_stays SET since = $2::timestamptz WHERE membership_id = $1::uuid",
              membership, since, NULL);
    return membership;
}

static const char *new_team(struct world *world, const char *parent, const char *type)
{
    return place_team(world, company.organization, parent, type, "Scored");
}

static struct answer *score(struct world *world, const struct person *caller, const char *team)
{
    return call_as(world, caller, "GET", world_print(world, "/api/v1/teams/%s/worklete_score", team), NULL);
}

/* "score learners due completed planned done" of a month so long ago. */
static const char *point(struct world *world, const char *team, int months_ago)
{
    struct answer *answer = score(world, &company.admin, team);
    static const char *const names[] = {"learners", "due", "completed", "refinements_planned",
                                        "refinements_done"};
    const char *path = world_print(world, "data.data_points.%d", POINTS - 1 - months_ago);
    struct json_object *value;
    assert_true(json_at(answer, world_print(world, "%s.score", path), &value));
    const char *text =
        value == NULL
            ? "-"
            : world_print(world, "%lld", (long long)integer_at(answer, world_print(world, "%s.score", path)));
    for (size_t i = 0; i < COUNT(names); i++) {
        text = world_print(world, "%s %lld", text,
                           (long long)integer_at(answer, world_print(world, "%s.%s", path, names[i])));
    }
    return text;
}

static void a_team_without_data_has_twelve_empty_points(void **state)
{
    struct world *world = *state;
    struct answer *answer = score(world, &company.learner, company.team);
    expect_status(answer, 200);
    expect_text(answer, "data.team_id", company.team);
    expect_integer(answer, "data.formula_version", 1);
    expect_null(answer, "data.overall_worklete_score");
    expect_text(answer, "data.overall_worklete_score_label", "NO_DATA");
    expect_length(answer, "data.data_points", POINTS);
    for (int i = 0; i < POINTS; i++) {
        const char *path = world_print(world, "data.data_points.%d", i);
        expect_text(answer, world_print(world, "%s.month", path),
                    world_print(world, "%.7s", day(world, POINTS - 1 - i, 0)));
        expect_null(answer, world_print(world, "%s.score", path));
        expect_text(answer, world_print(world, "%s.label", path), "NO_DATA");
        expect_integer(answer, world_print(world, "%s.learners", path), i == POINTS - 1 ? 1 : 0);
    }
}

static void who_may_see_the_team_may_see_its_score(void **state)
{
    struct world *world = *state;
    const struct person *callers[] = {&company.learner, &company.leader, &company.leader_of_area,
                                      &company.admin, &company.employee};
    for (size_t i = 0; i < COUNT(callers); i++) {
        expect_status(score(world, callers[i], company.team), 200);
    }
    expect_error(score(world, &company.outsider, company.team), 403, NULL);
    expect_error(score(world, NULL, company.team), 401, NULL);
    expect_hidden(score(world, &company.stranger, company.team), score(world, &company.stranger, NOBODY));
    expect_error(score(world, &company.admin, "x"), 404, NULL);
}

/* By the formula: round(100 × (0.7 learn + 0.3 refine)), one half alone counting fully. */
static void a_months_score_is_that_of_the_formula(void **state)
{
    static const struct {
        int due, completed, planned, done, cancelled;
        const char *score;
        const char *label;
    } cases[] = {
        {0, 0, 0, 0, 0, "-", "NO_DATA"},      {0, 0, 0, 0, 2, "-", "NO_DATA"},
        {1, 0, 0, 0, 0, "0", "LOW"},          {1, 1, 0, 0, 0, "100", "EXCELLENT"},
        {8, 1, 0, 0, 1, "13", "LOW"},         {8, 3, 0, 0, 0, "38", "LOW"},
        {0, 0, 3, 2, 0, "67", "FAIR"},        {0, 0, 2, 1, 1, "50", "FAIR"},
        {2, 1, 2, 1, 0, "50", "FAIR"},        {4, 3, 2, 1, 0, "68", "FAIR"},
        {3, 3, 1, 0, 0, "70", "FAIR"},        {1, 0, 1, 1, 0, "30", "LOW"},
        {7, 3, 3, 1, 0, "40", "LOW"},         {8, 7, 1, 1, 1, "91", "EXCELLENT"},
        {6, 5, 6, 5, 0, "83", "GOOD"},        {8, 6, 2, 1, 0, "68", "FAIR"},
        {2, 2, 20, 13, 0, "90", "EXCELLENT"}, {4, 2, 1, 0, 0, "35", "LOW"},
    };
    struct world *world = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *team = new_team(world, company.root, "LEARNER");
        const char *member = place_counted(world, team, 5);
        for (int j = 0; j < cases[i].due; j++) {
            place_assignment(world, member, courses[j], day(world, 3, j),
                             j < cases[i].completed ? day(world, 3, 1) : NULL);
        }
        for (int j = 0; j < cases[i].planned; j++) {
            place_refinement(world, team, day(world, 3, j), j < cases[i].done ? "done" : "planned");
        }
        for (int j = 0; j < cases[i].cancelled; j++) {
            place_refinement(world, team, day(world, 3, j), "cancelled");
        }
        assert_string_equal(point(world, team, 3),
                            world_print(world, "%s 1 %d %d %d %d", cases[i].score, cases[i].due,
                                        cases[i].completed, cases[i].planned, cases[i].done));
        struct answer *answer = score(world, &company.admin, team);
        expect_text(answer, "data.data_points.8.label", cases[i].label);
        expect_text(answer, "data.overall_worklete_score_label", cases[i].label);
    }
}

/* A score of so many hundredths in a month, by ten refinements. */
static void place_tenths(struct world *world, const char *team, int months_ago, int tenths)
{
    for (int i = 0; i < 10; i++) {
        place_refinement(world, team, day(world, months_ago, i), i < tenths ? "done" : "planned");
    }
}

static void the_overall_score_is_the_mean_of_the_last_three_whole_months_with_data(void **state)
{
    struct world *world = *state;
    const char *team = new_team(world, company.root, "LEARNER");
    place_tenths(world, team, 0, 0);
    expect_null(score(world, &company.admin, team), "data.overall_worklete_score");
    place_tenths(world, team, 12, 0);
    expect_null(score(world, &company.admin, team), "data.overall_worklete_score");
    place_tenths(world, team, 11, 1);
    expect_integer(score(world, &company.admin, team), "data.overall_worklete_score", 10);
    place_tenths(world, team, 9, 4);
    expect_integer(score(world, &company.admin, team), "data.overall_worklete_score", 25);
    place_tenths(world, team, 5, 5);
    expect_integer(score(world, &company.admin, team), "data.overall_worklete_score", 33);
    place_tenths(world, team, 1, 8);
    struct answer *answer = score(world, &company.admin, team);
    expect_integer(answer, "data.overall_worklete_score", 57);
    expect_text(answer, "data.overall_worklete_score_label", "FAIR");
    struct answer *shown =
        call_as(world, &company.admin, "GET", world_print(world, "/api/v1/teams/%s", team), NULL);
    expect_integer(shown, "data.overall_worklete_score", 57);
    expect_text(shown, "data.overall_worklete_score_label", "FAIR");
}

static void half_a_point_of_the_mean_is_rounded_up(void **state)
{
    struct world *world = *state;
    const char *team = new_team(world, company.root, "LEARNER");
    const char *member = place_counted(world, team, 5);
    place_tenths(world, team, 2, 5);
    place_assignment(world, member, courses[0], day(world, 3, 0), day(world, 3, 0));
    place_assignment(world, member, courses[1], day(world, 3, 0), day(world, 3, 0));
    place_assignment(world, member, courses[2], day(world, 3, 0), NULL);
    assert_string_equal(point(world, team, 3), "67 1 3 2 0 0");
    expect_integer(score(world, &company.admin, team), "data.overall_worklete_score", 59);
}

static void the_month_ends_at_midnight_in_utc(void **state)
{
    struct world *world = *state;
    const char *team = new_team(world, company.root, "LEARNER");
    const char *member = place_counted(world, team, 5);
    const char *last = day(world, 2, -1);
    place_assignment(world, member, courses[0], last, world_print(world, "%s 23:59:59.999+00", last));
    place_assignment(world, member, courses[1], last, world_print(world, "%s 00:00:00+00", day(world, 2, 0)));
    place_assignment(world, member, courses[2], day(world, 2, 0),
                     world_print(world, "%s 01:00+02", day(world, 2, 0)));
    assert_string_equal(point(world, team, 3), "50 1 2 1 0 0");
    assert_string_equal(point(world, team, 2), "100 1 1 1 0 0");
}

static void months_are_counted_over_leap_days_and_years(void **state)
{
    assert_string_equal(
        world_sql(*state,
                  "SELECT string_agg(muster_month_name(muster_month(day)), ' ' ORDER BY place) FROM "
                  "unnest(ARRAY['2024-02-28', '2024-02-29', '2024-03-01', '2023-12-31', '2024-01-01', "
                  "'2100-02-28', '0001-01-01']::date[]) WITH ORDINALITY AS days (day, place)",
                  NULL),
        "2024-02 2024-02 2024-03 2023-12 2024-01 2100-02 0001-01");
    assert_string_equal(
        world_sql(*state,
                  "SELECT muster_month_name(muster_month(timestamptz '2024-03-01 00:59:59.999+01')) || "
                  "muster_month_name(muster_month(timestamptz '2024-02-29 23:00:00-01'))",
                  NULL),
        "2024-022024-03");
}

static void before_active_from_nobody_counts(void **state)
{
    struct world *world = *state;
    const char *team = new_team(world, company.root, "LEARNER");
    const char *member = place_counted(world, team, 6);
    for (int ago = 1; ago <= 4; ago++) {
        place_assignment(world, member, courses[ago], day(world, ago, 3), NULL);
    }
    world_sql(world, "UPDATE memberships SET active_from = $2::date - interval '1 ms' WHERE id = $1::uuid",
              member, day(world, 2, 0), NULL);
    assert_string_equal(point(world, team, 4), "- 0 0 0 0 0");
    assert_string_equal(point(world, team, 3), "0 1 1 0 0 0");
    world_sql(world, "UPDATE memberships SET active_from = $2::date WHERE id = $1::uuid", member,
              day(world, 2, 0), NULL);
    assert_string_equal(point(world, team, 3), "- 0 0 0 0 0");
    assert_string_equal(point(world, team, 2), "0 1 1 0 0 0");
    world_sql(world, "UPDATE memberships SET active_from = NULL WHERE id = $1::uuid", member, NULL);
    assert_string_equal(point(world, team, 2), "- 0 0 0 0 0");
}

static void invited_people_do_not_count_until_they_join(void **state)
{
    struct world *world = *state;
    const char *team = new_team(world, company.root, "LEARNER");
    const char *options[] = {"--team", team, NULL};
    const char *code = make_invitation(world, company.organization, "Ina", options);
    assert_string_equal(point(world, team, 0), "- 0 0 0 0 0");
    join_with(world, company.organization, code, "Ina");
    assert_string_equal(point(world, team, 0), "- 1 0 0 0 0");
}

static void who_was_away_at_the_end_of_a_month_does_not_count_in_it(void **state)
{
    struct world *world = *state;
    const char *team = new_team(world, company.root, "LEARNER");
    const char *member = place_counted(world, team, 6);
    world_sql(world, "UPDATE memberships SET status = 'inactive' WHERE id = $1::uuid", member, NULL);
    assert_string_equal(point(world, team, 0), "- 0 0 0 0 0");
    assert_string_equal(point(world, team, 1), "- 1 0 0 0 0");
    world_sql(world, "UPDATE membership_absences SET since = $2::date + 3 WHERE membership_id = $1::uuid",
              member, day(world, 3, 0), NULL);
    world_sql(world, "UPDATE memberships SET status = 'active' WHERE id = $1::uuid", member, NULL);
    assert_string_equal(point(world, team, 4), "- 1 0 0 0 0");
    assert_string_equal(point(world, team, 3), "- 0 0 0 0 0");
    assert_string_equal(point(world, team, 1), "- 0 0 0 0 0");
    assert_string_equal(point(world, team, 0), "- 1 0 0 0 0");
}

static void a_team_includes_all_teams_below_it_and_each_learner_once(void **state)
{
    struct world *world = *state;
    const char *area = new_team(world, company.root, "META");
    const char *inner = new_team(world, area, "META");
    const char *first = new_team(world, inner, "LEARNER");
    const char *second = new_team(world, area, "LEARNER");
    const char *both = place_counted(world, first, 4);
    const char *one = place_counted(world, second, 4);
    place_learner(world, second, both);
    world_sql(world, "UPDATE team_stays SET since = $1::date", day(world, 5, 0), NULL);
    place_assignment(world, both, courses[0], day(world, 2, 1), day(world, 2, 1));
    place_assignment(world, one, courses[0], day(world, 2, 1), NULL);
    place_refinement(world, first, day(world, 2, 1), "done");
    place_refinement(world, area, day(world, 2, 1), "planned");
    assert_string_equal(point(world, first, 2), "100 1 1 1 1 1");
    assert_string_equal(point(world, inner, 2), "100 1 1 1 1 1");
    assert_string_equal(point(world, second, 2), "50 2 2 1 0 0");
    assert_string_equal(point(world, area, 2), "50 2 2 1 2 1");
    const char *root = point(world, company.root, 2);
    world_sql(world, "UPDATE teams SET parent_id = $2::uuid WHERE id = $1::uuid", inner, company.root, NULL);
    assert_string_equal(point(world, area, 2), "35 2 2 1 1 0");
    assert_string_equal(point(world, inner, 2), "100 1 1 1 1 1");
    assert_string_equal(point(world, company.root, 2), root);
}

static void replace_members(struct world *world, const char *team, const char *membership)
{
    expect_status(call_as(world, &company.employee, "PATCH",
                          world_print(world, "/api/v1/worklete_admin/organizations/%s/teams/%s",
                                      company.organization, team),
                          membership == NULL
                              ? "{\"membership_ids\": []}"
                              : world_print(world, "{\"membership_ids\": [\"%s\"]}", membership)),
                  200);
}

static void a_member_counts_for_the_team_it_was_in_whatever_came_later(void **state)
{
    struct world *world = *state;
    const char *before = new_team(world, company.root, "LEARNER");
    const char *after = new_team(world, company.root, "LEARNER");
    const char *member = place_counted(world, before, 4);
    place_assignment(world, member, courses[0], day(world, 2, 1), day(world, 2, 1));
    replace_members(world, before, NULL);
    replace_members(world, after, member);
    assert_string_equal(point(world, before, 2), "100 1 1 1 0 0");
    assert_string_equal(point(world, after, 2), "- 0 0 0 0 0");
    assert_string_equal(point(world, after, 0), "- 1 0 0 0 0");
    assert_string_equal(point(world, before, 0), "- 1 0 0 0 0");
    world_sql(world, "UPDATE team_stays SET until = $2::date - interval '1 s' WHERE team_id = $1::uuid",
              before, day(world, 0, 0), NULL);
    assert_string_equal(point(world, before, 0), "- 0 0 0 0 0");
    assert_string_equal(point(world, before, 1), "- 1 0 0 0 0");
    world_sql(world, "DELETE FROM team_members WHERE team_id = $1::uuid", after, NULL);
    replace_members(world, after, member);
    assert_int_equal(count_rows(world, "SELECT count(*) FROM team_stays WHERE team_id = $1::uuid", after), 1);
}

static void who_was_in_a_team_that_is_gone_still_counts_above_it(void **state)
{
    struct world *world = *state;
    const char *area = new_team(world, company.root, "META");
    const char *team = new_team(world, area, "LEARNER");
    const char *member = place_counted(world, team, 4);
    place_assignment(world, member, courses[0], day(world, 2, 1), day(world, 2, 1));
    place_refinement(world, team, day(world, 2, 1), "done");
    assert_string_equal(point(world, area, 2), "100 1 1 1 1 1");
    expect_status(
        call_as(world, &company.admin, "DELETE", world_print(world, "/api/v1/teams/%s", team), NULL), 204);
    assert_string_equal(point(world, area, 2), "100 1 1 1 0 0");
    assert_int_equal(count_rows(world, "SELECT count(*) FROM team_months WHERE team_id = $1::uuid", team), 0);
    assert_int_equal(count_rows(world, "SELECT count(*) FROM team_scores WHERE team_id = $1::uuid", team), 0);
}

static void erased_people_count_no_more(void **state)
{
    struct world *world = *state;
    const char *team = new_team(world, company.root, "LEARNER");
    const char *member = place_counted(world, team, 4);
    place_assignment(world, member, courses[0], day(world, 2, 1), NULL);
    assert_string_equal(point(world, team, 2), "0 1 1 0 0 0");
    world_sql(world, "DELETE FROM memberships WHERE id = $1::uuid", member, NULL);
    assert_string_equal(point(world, team, 2), "- 0 0 0 0 0");
    assert_int_equal(
        count_rows(world, "SELECT count(*) FROM score_contributions WHERE contributor = $1::uuid", member),
        0);
}

static void a_refinement_shows_in_the_scores_at_once(void **state)
{
    struct world *world = *state;
    const char *area = new_team(world, company.root, "META");
    const char *team = new_team(world, area, "LEARNER");
    const char *path = world_print(world, "/api/v1/worklete_admin/teams/%s/refinements", team);
    struct answer *made = call_as(world, &company.employee, "POST", path,
                                  world_print(world, "{\"starts_on\": \"%s\", \"ends_on\": \"%s\"}",
                                              day(world, 1, 0), day(world, 1, 5)));
    const char *shown = world_print(world, "/api/v1/teams/%s", area);
    expect_integer(call_as(world, &company.admin, "GET", shown, NULL), "data.overall_worklete_score", 0);
    expect_status(call_as(world, &company.employee, "PATCH",
                          world_print(world, "%s/%s", path, text_at(made, "data.id")),
                          "{\"status\": \"done\"}"),
                  200);
    expect_integer(call_as(world, &company.admin, "GET", shown, NULL), "data.overall_worklete_score", 100);
}

/* A month that begins asks for nothing but to be looked at. */
static void scores_go_on_when_a_month_begins(void **state)
{
    struct world *world = *state;
    const char *team = new_team(world, company.root, "LEARNER");
    place_counted(world, team, 4);
    const char *now = point(world, team, 0);
    world_sql(world,
              "UPDATE team_scores SET month = month - 1, data_points = '[]' WHERE organization_id = $1::uuid",
              company.organization, NULL);
    assert_string_equal(point(world, team, 0), now);
    assert_string_equal(point(world, team, 4), now);
}

static struct answer *tree(struct world *world, const struct person *caller)
{
    return call_as(
        world, caller, "GET",
        world_print(world, "/api/v1/organizations/%s/my_teams/worklete_score", company.organization), NULL);
}

/* The ten keys of a team and of all teams below it, in their order, with what the team alone is told. */
static void expect_ten_keys(struct world *world, struct json_object *team)
{
    static const char *const keys[] = {"id",
                                       "name",
                                       "status",
                                       "type",
                                       "teams",
                                       "parent_id",
                                       "organization_id",
                                       "overall_worklete_score",
                                       "overall_worklete_score_label",
                                       "data_points"};
    size_t count = 0;
    json_object_object_foreach(team, key, value)
    {
        (void)value;
        assert_true(count < COUNT(keys));
        assert_string_equal(key, keys[count]);
        count++;
    }
    assert_int_equal(count, COUNT(keys));
    struct answer *alone =
        score(world, &company.admin, json_object_get_string(json_object_object_get(team, "id")));
    struct json_object *points;
    assert_true(json_at(alone, "data.data_points", &points));
    assert_true(json_object_equal(json_object_object_get(team, "data_points"), points) == 1);
    struct json_object *teams = json_object_object_get(team, "teams");
    for (size_t i = 0; i < json_object_array_length(teams); i++) {
        expect_ten_keys(world, json_object_array_get_idx(teams, i));
    }
}

static void the_tree_tells_each_teams_points(void **state)
{
    struct world *world = *state;
    place_refinement(world, company.team, day(world, 2, 1), "done");
    struct answer *answer = tree(world, &company.leader_of_area);
    expect_status(answer, 200);
    expect_text(answer, "id", company.area);
    expect_integer(answer, "overall_worklete_score", 100);
    expect_length(answer, "teams", 2);
    expect_ten_keys(world, answer->json);
    answer = tree(world, &company.admin);
    expect_text(answer, "id", company.root);
    expect_null(answer, "parent_id");
    expect_ten_keys(world, answer->json);
    answer = tree(world, &company.learner);
    expect_text(answer, "id", company.team);
    expect_length(answer, "data_points", POINTS);
}

static void trees_of_scores_are_hidden_as_trees_are(void **state)
{
    struct world *world = *state;
    expect_error(tree(world, &company.outsider), 404, NULL);
    expect_error(tree(world, &company.stranger), 404, NULL);
    expect_error(tree(world, NULL), 401, NULL);
}

static void several_teams_stand_below_the_root_with_its_own_points(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, company.organization, "Sven");
    const char *cousin = new_team(world, company.root, "LEARNER");
    place_learner(world, company.team, person.membership_id);
    place_learner(world, cousin, person.membership_id);
    struct answer *answer = tree(world, &person);
    expect_text(answer, "id", company.root);
    expect_length(answer, "teams", 2);
    expect_ten_keys(world, answer->json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_team_without_data_has_twelve_empty_points),
        cmocka_unit_test(who_may_see_the_team_may_see_its_score),
        cmocka_unit_test(a_months_score_is_that_of_the_formula),
        cmocka_unit_test(the_overall_score_is_the_mean_of_the_last_three_whole_months_with_data),
        cmocka_unit_test(half_a_point_of_the_mean_is_rounded_up),
        cmocka_unit_test(the_month_ends_at_midnight_in_utc),
        cmocka_unit_test(months_are_counted_over_leap_days_and_years),
        cmocka_unit_test(before_active_from_nobody_counts),
        cmocka_unit_test(invited_people_do_not_count_until_they_join),
        cmocka_unit_test(who_was_away_at_the_end_of_a_month_does_not_count_in_it),
        cmocka_unit_test(a_team_includes_all_teams_below_it_and_each_learner_once),
        cmocka_unit_test(a_member_counts_for_the_team_it_was_in_whatever_came_later),
        cmocka_unit_test(who_was_in_a_team_that_is_gone_still_counts_above_it),
        cmocka_unit_test(erased_people_count_no_more),
        cmocka_unit_test(a_refinement_shows_in_the_scores_at_once),
        cmocka_unit_test(scores_go_on_when_a_month_begins),
        cmocka_unit_test(the_tree_tells_each_teams_points),
        cmocka_unit_test(trees_of_scores_are_hidden_as_trees_are),
        cmocka_unit_test(several_teams_stand_below_the_root_with_its_own_points),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
