/* muster import-history: what becomes of each line, and of the scores. */
#include <json-c/json.h>

#include "base/clock.h"
#include "support/expect.h"
#include "support/learning.h"

static struct company company;
static const char *courses[3];

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

/* Somebody of the organization who learns in a team, with the employee id that is also its name. */
static struct person make_employed(struct world *world, const char *organization, const char *team,
                                   const char *id)
{
    const char *options[] = {"--employee-id", id, "--team", team, NULL};
    return join_with(world, organization, make_invitation(world, organization, "Erna", options), "Erna");
}

static const char *new_id(struct world *world)
{
    return make_name(world, "E-");
}

static const char *new_team(struct world *world)
{
    return place_team(world, company.organization, company.root, "LEARNER", "Imported");
}

static const char *write_file(struct world *world, const char *content)
{
    const char *path = world_print(world, "%s/history.csv", world_folder(world));
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return path;
}

static struct output import(struct world *world, const char *content)
{
    const char *arguments[] = {"import-history", write_file(world, content), "--organization",
                               company.organization, NULL};
    return world_run(world, NULL, arguments);
}

static void expect_import(struct world *world, const char *content, const char *report)
{
    struct output output = import(world, content);
    assert_string_equal(output.error, "");
    assert_string_equal(output.out, report);
    assert_int_equal(output.status, 0);
}

#define HEADER "employee_id,course_id,assigned_at,due_on,completed_at\n"

static const char *assignment_of(struct world *world, const struct person *person, const char *course)
{
    return world_sql(world,
                     "SELECT concat_ws(' ', status, assigned_at, due_on, completed_at) FROM assignments "
                     "WHERE membership_id = $1::uuid AND course_id = $2::uuid",
                     person->membership_id, course, NULL);
}

static void each_line_becomes_an_assignment(void **state)
{
    struct world *world = *state;
    const char *id = new_id(world);
    struct person person = make_employed(world, company.organization, new_team(world), id);
    expect_import(world,
                  world_print(world,
                              HEADER "%s,%s,2019-05-01,2019-06-10,2019-05-20T10:00:00+02:00\n"
                                     "\"%s\",%s,2024-01-30T12:00:00Z,,\r\n"
                                     "%s , %s,2019-05-01T23:59:59.999Z,2019-05-02,2019-05-03\n",
                              id, courses[0], id, courses[1], id, courses[2]),
                  "3 imported, 0 unchanged, 0 refused");
    assert_string_equal(assignment_of(world, &person, courses[0]),
                        "completed 2019-05-01 00:00:00+00 2019-06-10 2019-05-20 08:00:00+00");
    assert_string_equal(assignment_of(world, &person, courses[1]),
                        "not_started 2024-01-30 12:00:00+00 2024-02-29");
    assert_string_equal(assignment_of(world, &person, courses[2]),
                        "completed 2019-05-01 23:59:59.999+00 2019-05-02 2019-05-03 00:00:00+00");
    assert_int_equal(count_rows(world,
                                "SELECT count(*) FROM assignments WHERE membership_id = $1::uuid AND "
                                "course_version_id = (SELECT published_version_id FROM courses WHERE "
                                "courses.id = course_id)",
                                person.membership_id),
                     3);
    assert_int_equal(count_rows(world,
                                "SELECT count(*) FROM audit_events WHERE operation = 'import-history' AND "
                                "action = 'assignment.create' AND after ->> 'membership_id' = $1",
                                person.membership_id),
                     3);
}

static void columns_stand_in_any_order_and_others_are_ignored(void **state)
{
    struct world *world = *state;
    const char *id = new_id(world);
    struct person person = make_employed(world, company.organization, new_team(world), id);
    expect_import(world,
                  world_print(world,
                              "\xef\xbb\xbfName, Assigned_At ,course_id,EMPLOYEE_ID\nErna,2019-05-01,%s,%s\n",
                              courses[0], id),
                  "1 imported, 0 unchanged, 0 refused");
    assert_string_equal(assignment_of(world, &person, courses[0]),
                        "not_started 2019-05-01 00:00:00+00 2019-05-31");
}

static void the_same_again_changes_nothing(void **state)
{
    struct world *world = *state;
    const char *id = new_id(world);
    struct person person = make_employed(world, company.organization, new_team(world), id);
    const char *content =
        world_print(world, HEADER "%s,%s,2019-05-01,2019-06-10,2019-05-20\n", id, courses[0]);
    expect_import(world, content, "1 imported, 0 unchanged, 0 refused");
    const char *active = world_sql(world, "SELECT active_from FROM memberships WHERE id = $1::uuid",
                                   person.membership_id, NULL);
    expect_import(world, content, "0 imported, 1 unchanged, 0 refused");
    assert_string_equal(world_sql(world, "SELECT active_from FROM memberships WHERE id = $1::uuid",
                                  person.membership_id, NULL),
                        active);
    expect_import(world, world_print(world, HEADER "%s,%s,2019-05-01,2019-06-11,\n", id, courses[0]),
                  "1 imported, 0 unchanged, 0 refused");
    assert_string_equal(assignment_of(world, &person, courses[0]),
                        "completed 2019-05-01 00:00:00+00 2019-06-11 2019-05-20 00:00:00+00");
    expect_import(world,
                  world_print(world, HEADER "%s,%s,2019-05-01,2019-06-11,2019-05-25\n", id, courses[0]),
                  "0 imported, 1 unchanged, 0 refused");
    expect_import(world,
                  world_print(world, HEADER "%s,%s,2019-05-01,2019-06-11,2019-05-15\n", id, courses[0]),
                  "1 imported, 0 unchanged, 0 refused");
    assert_string_equal(assignment_of(world, &person, courses[0]),
                        "completed 2019-05-01 00:00:00+00 2019-06-11 2019-05-15 00:00:00+00");
}

static void what_is_begun_here_is_completed_by_history(void **state)
{
    struct world *world = *state;
    const char *id = new_id(world);
    struct person person = make_employed(world, company.organization, new_team(world), id);
    world_sql(
        world,
        "INSERT INTO assignments (organization_id, membership_id, course_id, course_version_id, due_on, "
        "status, started_at) SELECT $1::uuid, $2::uuid, id, published_version_id, '2030-01-01', "
        "'in_progress', now() FROM courses WHERE id = $3::uuid",
        company.organization, person.membership_id, courses[0], NULL);
    expect_import(world,
                  world_print(world, HEADER "%s,%s,2019-05-01,2019-06-10,2019-05-20\n", id, courses[0]),
                  "1 imported, 0 unchanged, 0 refused");
    assert_string_equal(assignment_of(world, &person, courses[0]),
                        "completed 2019-05-01 00:00:00+00 2019-06-10 2019-05-20 00:00:00+00");
}

static void good_lines_are_imported_beside_refused_ones(void **state)
{
    struct world *world = *state;
    const char *id = new_id(world);
    const char *draft = make_course(world, &company.employee, "Draft", false);
    struct person person = make_employed(world, company.organization, new_team(world), id);
    const char *tomorrow = world_sql(world, "SELECT ((now() AT TIME ZONE 'UTC')::date + 1)::text", NULL);
    struct output output =
        import(world, world_print(world,
                                  HEADER "%s,%s,2019-05-01,,\n"
                                         "\n"
                                         "nobody,%s,2019-05-01,,\n"
                                         ",%s,2019-05-01,,\n"
                                         "%s,x,2019-05-01,,\n"
                                         "%s," NOBODY ",2019-05-01,,\n"
                                         "%s,%s,2019-05-01,,\n"
                                         "%s,%s,2019-02-29,,\n"
                                         "%s,%s,%s,,\n"
                                         "%s,%s,2019-05-01,soon,\n"
                                         "%s,%s,2019-05-01,,%s\n"
                                         "%s,%s,2019-06-01,,\n"
                                         "%s,%s,2019-05-01,,,,\n"
                                         "\"%s\"x,%s,2019-05-01,,\n"
                                         "%s,%s,2019-05-01,,2019-05-02\n",
                                  id, courses[0], courses[1], courses[1], id, id, id, draft, id, courses[1],
                                  id, courses[1], tomorrow, id, courses[1], id, courses[1], tomorrow, id,
                                  courses[0], id, courses[1], id, courses[1], id, courses[1]));
    assert_int_equal(output.status, 1);
    assert_string_equal(output.out,
                        "2 imported, 0 unchanged, 12 refused\n"
                        "line 4: employee_id is not known in this organization.\n"
                        "line 5: employee_id is missing or too long.\n"
                        "line 6: course_id is not an id.\n"
                        "line 7: course_id is not a course.\n"
                        "line 8: course_id is a course without a published version.\n"
                        "line 9: assigned_at is neither a date nor a time such as 2019-05-01T16:44:18Z.\n"
                        "line 10: assigned_at lies in the future.\n"
                        "line 11: due_on is not a date such as 2019-05-01.\n"
                        "line 12: completed_at lies in the future.\n"
                        "line 13: employee_id and course_id are those of line 2.\n"
                        "line 14: There are more fields than in the header.\n"
                        "line 15: Something stands behind a closing quote.");
    assert_string_equal(assignment_of(world, &person, courses[1]),
                        "completed 2019-05-01 00:00:00+00 2019-05-31 2019-05-02 00:00:00+00");
}

static void the_report_comes_as_json_too(void **state)
{
    struct world *world = *state;
    const char *arguments[] = {"import-history", write_file(world, HEADER "nobody,x,2019-05-01,,\n"),
                               "--organization", company.organization,
                               "--json",         NULL};
    struct output output = world_run(world, NULL, arguments);
    assert_int_equal(output.status, 1);
    assert_string_equal(output.out, "{\"imported\":0,\"unchanged\":0,\"refused\":[{\"line\":2,\"reason\":"
                                    "\"course_id is not an id.\"}]}");
}

static void expect_failure(struct world *world, const char *file, const char *organization, int status,
                           const char *part)
{
    const char *arguments[] = {"import-history", file, "--organization", organization, NULL};
    struct output output = world_run(world, NULL, arguments);
    assert_int_equal(output.status, status);
    assert_string_equal(output.out, "");
    assert_non_null(strstr(output.error, part));
}

static void what_cannot_be_read_at_all_is_told(void **state)
{
    struct world *world = *state;
    expect_failure(world, "/nonexistent.csv", company.organization, 1, "No such file");
    expect_failure(world, world_folder(world), company.organization, 1, "cannot be read");
    expect_failure(world, write_file(world, ""), company.organization, 1, "is empty");
    expect_failure(world, write_file(world, "employee_id,course_id\n"), company.organization, 1,
                   "no column assigned_at");
    expect_failure(world, write_file(world, HEADER), "x", 2, "is not an id");
    expect_failure(world, write_file(world, HEADER), NOBODY, 1, "There is no organization");
    const char *arguments[] = {"import-history", "--organization", company.organization, NULL};
    assert_int_equal(world_run(world, NULL, arguments).status, 2);
}

static void people_of_other_organizations_are_not_known(void **state)
{
    struct world *world = *state;
    const char *id = new_id(world);
    struct person foreign = make_employed(world, company.stranger.organization_id, company.foreign_team, id);
    struct output output = import(world, world_print(world, HEADER "%s,%s,2019-05-01,,\n", id, courses[0]));
    assert_int_equal(output.status, 1);
    assert_string_equal(assignment_of(world, &foreign, courses[0]), "");
}

/* "learners due completed" of a month so long ago. */
static const char *point(struct world *world, const char *team, int months_ago)
{
    struct answer *answer = call_as(world, &company.admin, "GET",
                                    world_print(world, "/api/v1/teams/%s/worklete_score", team), NULL);
    const char *path = world_print(world, "data.data_points.%d", 11 - months_ago);
    return world_print(world, "%lld %lld %lld",
                       (long long)integer_at(answer, world_print(world, "%s.learners", path)),
                       (long long)integer_at(answer, world_print(world, "%s.due", path)),
                       (long long)integer_at(answer, world_print(world, "%s.completed", path)));
}

static void scores_are_right_from_the_first_day(void **state)
{
    struct world *world = *state;
    const char *id = new_id(world);
    const char *team = new_team(world);
    struct person person = make_employed(world, company.organization, team, id);
    expect_import(world,
                  world_print(world, HEADER "%s,%s,%s,%s,%s\n%s,%s,%s,%s,\n%s,%s,%s,%s,%s\n", id, courses[0],
                              day(world, 4, 2), day(world, 3, 1), day(world, 3, 1), id, courses[1],
                              day(world, 3, 2), day(world, 2, 1), id, courses[2], day(world, 2, 2),
                              day(world, 1, 1), day(world, 1, 1)),
                  "3 imported, 0 unchanged, 0 refused");
    struct answer *shown =
        call_as(world, &company.admin, "GET", world_print(world, "/api/v1/teams/%s", team), NULL);
    expect_integer(shown, "data.overall_worklete_score", 67);
    assert_string_equal(point(world, team, 5), "0 0 0");
    assert_string_equal(point(world, team, 4), "1 0 0");
    assert_string_equal(point(world, team, 3), "1 1 1");
    assert_string_equal(point(world, team, 2), "1 1 0");
    assert_string_equal(point(world, team, 1), "1 1 1");
    struct answer *membership = call_as(
        world, &person, "GET", world_print(world, "/api/v1/memberships/%s", person.membership_id), NULL);
    expect_text(membership, "data.active_from", world_print(world, "%sT00:00:00.000Z", day(world, 4, 2)));
}

static void the_teams_of_the_import_are_those_of_the_past(void **state)
{
    struct world *world = *state;
    const char *id = new_id(world);
    const char *first = new_team(world);
    const char *second = new_team(world);
    struct person person = make_employed(world, company.organization, first, id);
    place_learner(world, second, person.membership_id);
    expect_import(
        world,
        world_print(world, HEADER "%s,%s,%s,%s,\n", id, courses[0], day(world, 4, 2), day(world, 3, 1)),
        "1 imported, 0 unchanged, 0 refused");
    assert_string_equal(point(world, first, 3), "1 1 0");
    assert_string_equal(point(world, second, 3), "1 1 0");
    world_sql(world, "DELETE FROM team_members WHERE team_id = $1::uuid", first, NULL);
    const char *third = new_team(world);
    place_learner(world, third, person.membership_id);
    assert_string_equal(point(world, first, 3), "1 1 0");
    assert_string_equal(point(world, third, 3), "0 0 0");
    assert_string_equal(point(world, third, 0), "1 0 0");
}

static void the_delay_for_new_hires_runs_from_the_first_assignment(void **state)
{
    struct world *world = *state;
    const char *id = new_id(world);
    const char *team = new_team(world);
    world_sql(world, "UPDATE organizations SET new_hire_delay_days = 62 WHERE id = $1::uuid",
              company.organization, NULL);
    make_employed(world, company.organization, team, id);
    assert_string_equal(point(world, team, 0), "0 0 0");
    expect_import(world,
                  world_print(world, HEADER "%s,%s,%s,%s,\n%s,%s,%s,%s,\n", id, courses[0], day(world, 5, 0),
                              day(world, 4, 1), id, courses[1], day(world, 3, 0), day(world, 2, 1)),
                  "2 imported, 0 unchanged, 0 refused");
    world_sql(world, "UPDATE organizations SET new_hire_delay_days = 0 WHERE id = $1::uuid",
              company.organization, NULL);
    assert_string_equal(point(world, team, 4), "0 0 0");
    assert_string_equal(point(world, team, 2), "1 1 0");
}

static void who_joins_later_counts_with_its_history(void **state)
{
    struct world *world = *state;
    const char *id = new_id(world);
    const char *team = new_team(world);
    const char *options[] = {"--employee-id", id, NULL};
    const char *code = make_invitation(world, company.organization, "Late", options);
    expect_import(world,
                  world_print(world, HEADER "%s,%s,%s,%s,%s\n", id, courses[0], day(world, 4, 0),
                              day(world, 3, 1), day(world, 3, 0)),
                  "1 imported, 0 unchanged, 0 refused");
    place_learner(world, team, membership_of_code(world, code));
    assert_string_equal(point(world, team, 3), "0 0 0");
    join_with(world, company.organization, code, "Late");
    assert_string_equal(point(world, team, 3), "1 1 1");
    assert_string_equal(point(world, team, 5), "0 0 0");
}

static void many_lines_are_imported_in_one_go(void **state)
{
    struct world *world = *state;
    const char *organization = make_organization(world, "Crowd");
    const size_t count = 2500;
    const char *path = world_print(world, "%s/crowd.csv", world_folder(world));
    world_sql(world,
              "INSERT INTO memberships (organization_id, first_name, last_name, employee_id, status) SELECT "
              "$1::uuid, 'A', 'B', 'C-' || number, 'active' FROM generate_series(1, $2::integer) AS number",
              organization, world_print(world, "%zu", count), NULL);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(HEADER, file);
    for (size_t i = 1; i <= count; i++) {
        fprintf(file, "C-%zu,%s,2019-05-01,2019-05-31,2019-05-%02zu\n", i, courses[0], 1 + i % 30);
    }
    fprintf(file, "C-7,%s,2019-05-01,,\n", courses[0]);
    fclose(file);
    const char *arguments[] = {"import-history", path, "--organization", organization, NULL};
    struct output output = world_run(world, NULL, arguments);
    assert_int_equal(output.status, 1);
    assert_string_equal(output.out, "2500 imported, 0 unchanged, 1 refused\n"
                                    "line 2502: employee_id and course_id are those of line 8.");
    assert_int_equal(
        count_rows(world, "SELECT count(*) FROM assignments WHERE organization_id = $1::uuid", organization),
        count);
    assert_int_equal(
        count_rows(world, "SELECT count(*) FROM score_marks WHERE organization_id = $1::uuid", organization),
        0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_line_becomes_an_assignment),
        cmocka_unit_test(columns_stand_in_any_order_and_others_are_ignored),
        cmocka_unit_test(the_same_again_changes_nothing),
        cmocka_unit_test(what_is_begun_here_is_completed_by_history),
        cmocka_unit_test(good_lines_are_imported_beside_refused_ones),
        cmocka_unit_test(the_report_comes_as_json_too),
        cmocka_unit_test(what_cannot_be_read_at_all_is_told),
        cmocka_unit_test(people_of_other_organizations_are_not_known),
        cmocka_unit_test(scores_are_right_from_the_first_day),
        cmocka_unit_test(the_teams_of_the_import_are_those_of_the_past),
        cmocka_unit_test(the_delay_for_new_hires_runs_from_the_first_assignment),
        cmocka_unit_test(who_joins_later_counts_with_its_history),
        cmocka_unit_test(many_lines_are_imported_in_one_go),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
