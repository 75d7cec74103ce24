/* Refinements, as employees plan them: GET, POST and PATCH below /worklete_admin/teams/{id}/refinements. */
#include <unistd.h>

#include "support/expect.h"
#include "support/learning.h"

static struct company company;

static int setup(void **state)
{
    world_setup(state);
    company = make_company(*state);
    return 0;
}

static const char *path_of(struct world *world, const char *team, const char *refinement)
{
    return world_print(world, "/api/v1/worklete_admin/teams/%s/refinements%s%s", team,
                       refinement != NULL ? "/" : "", refinement != NULL ? refinement : "");
}

static struct answer *create(struct world *world, const char *team, const char *body)
{
    return call_as(world, &company.employee, "POST", path_of(world, team, NULL), body);
}

static struct answer *change(struct world *world, const char *refinement, const char *body)
{
    return call_as(world, &company.employee, "PATCH", path_of(world, company.team, refinement), body);
}

static struct answer *show(struct world *world, const char *team, const char *refinement)
{
    return call_as(world, &company.employee, "GET", path_of(world, team, refinement), NULL);
}

#define DATES "\"starts_on\": \"2019-05-01\", \"ends_on\": \"2019-05-31\""

static const char *new_refinement(struct world *world)
{
    return text_at(create(world, company.team, "{\"data\": {" DATES "}}"), "data.id");
}

static void a_refinement_is_made_of_what_is_given(void **state)
{
    struct world *world = *state;
    const char *course = make_course(world, &company.employee, "Lifting", false);
    struct answer *answer =
        create(world, company.team,
               world_print(world,
                           "{\"data\": {\"course_id\": \"%s\", \"title\": \" Legs \", \"description\": "
                           "\"Bend them.\", " DATES ", \"extra\": { \"place\" : 1.50 }}}",
                           course));
    expect_status(answer, 200);
    expect_text(answer, "data.team_id", company.team);
    expect_text(answer, "data.course_id", course);
    expect_text(answer, "data.title", "Legs");
    expect_text(answer, "data.description", "Bend them.");
    expect_text(answer, "data.starts_on", "2019-05-01");
    expect_text(answer, "data.ends_on", "2019-05-31");
    expect_text(answer, "data.status", "planned");
    expect_null(answer, "data.completed_at");
    assert_non_null(strstr(answer->body, "\"extra\":{ \"place\" : 1.50 }"));
    expect_body(show(world, company.team, text_at(answer, "data.id")), answer->body);
}

static void bare_fields_and_defaults_are_taken(void **state)
{
    struct answer *answer = create(*state, company.team, "{" DATES "}");
    expect_status(answer, 200);
    expect_null(answer, "data.course_id");
    expect_null(answer, "data.title");
    expect_null(answer, "data.description");
    assert_non_null(strstr(answer->body, "\"extra\":{}"));
}

static void what_is_missing_or_wrong_is_told(void **state)
{
    static const struct {
        const char *body;
        int status;
        const char *part;
    } cases[] = {
        {"{\"starts_on\": \"2019-05-01\"}", 422, "ends_on"},
        {"{\"ends_on\": \"2019-05-01\"}", 422, "starts_on"},
        {"{\"starts_on\": null, \"ends_on\": \"2019-05-01\"}", 422, "starts_on"},
        {"{\"starts_on\": \"2019-05-02\", \"ends_on\": \"2019-05-01\"}", 422, "ends_on"},
        {"{\"starts_on\": \"2019-02-29\", \"ends_on\": \"2019-05-01\"}", 422, "starts_on"},
        {"{\"starts_on\": 1, \"ends_on\": \"2019-05-01\"}", 400, "starts_on"},
        {"{" DATES ", \"status\": \"open\"}", 422, "status"},
        {"{" DATES ", \"course_id\": \"" NOBODY "\"}", 422, "course_id"},
        {"{" DATES ", \"course_id\": \"x\"}", 400, "course_id"},
        {"{" DATES ", \"extra\": []}", 400, "extra"},
        {"{" DATES ", \"completed_at\": \"yesterday\"}", 400, "completed_at"},
        {"[]", 400, NULL},
    };
    struct world *world = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        expect_error(create(world, company.team, cases[i].body), cases[i].status, cases[i].part);
    }
    expect_error(create(world, company.team, world_print(world, "{" DATES ", \"title\": \"%0*d\"}", 201, 0)),
                 422, "title");
}

static void a_leap_day_is_a_day(void **state)
{
    struct answer *answer =
        create(*state, company.team, "{\"starts_on\": \"2024-02-29\", \"ends_on\": \"2024-02-29\"}");
    expect_text(answer, "data.ends_on", "2024-02-29");
}

static void what_is_given_replaces_and_the_rest_stays(void **state)
{
    struct world *world = *state;
    const char *refinement = new_refinement(world);
    struct answer *answer =
        change(world, refinement, "{\"data\": {\"title\": \"New\", \"extra\": {\"a\": 1}}}");
    expect_text(answer, "data.title", "New");
    expect_text(answer, "data.starts_on", "2019-05-01");
    expect_integer(answer, "data.extra.a", 1);
    answer = change(world, refinement, "{\"title\": null, \"ends_on\": \"2019-06-30\"}");
    expect_null(answer, "data.title");
    expect_text(answer, "data.ends_on", "2019-06-30");
    expect_integer(answer, "data.extra.a", 1);
    expect_error(change(world, refinement, "{\"starts_on\": \"2019-07-01\"}"), 422, "ends_on");
    expect_status(change(world, refinement, "{}"), 200);
}

/* A refinement always has its two days and a status; what may be empty is null then. */
static void nothing_that_is_needed_can_be_taken_away(void **state)
{
    struct world *world = *state;
    const char *refinement = new_refinement(world);
    static const char *const needed[] = {"starts_on", "ends_on", "status", "extra"};
    for (size_t i = 0; i < COUNT(needed); i++) {
        expect_error(change(world, refinement, world_print(world, "{\"%s\": null}", needed[i])), 422,
                     needed[i]);
    }
    struct answer *answer = change(world, refinement, "{\"title\": \" \", \"description\": \"\"}");
    expect_null(answer, "data.title");
    expect_null(answer, "data.description");
    answer = create(world, company.team, "{" DATES ", \"title\": \"\", \"description\": \" \"}");
    expect_null(answer, "data.title");
    expect_null(answer, "data.description");
}

static void a_change_is_dated_and_its_repetition_is_not(void **state)
{
    static const char *const changes[] = {"{\"title\": \"Dated\"}",
                                          "{\"description\": \"D\"}",
                                          "{\"starts_on\": \"2019-04-01\"}",
                                          "{\"ends_on\": \"2019-06-01\"}",
                                          "{\"status\": \"done\"}",
                                          "{\"extra\": {\"a\": 1}}",
                                          "{\"status\": \"cancelled\"}",
                                          "{\"title\": null}",
                                          "{\"completed_at\": \"2019-05-20T10:00:00.123Z\"}"};
    struct world *world = *state;
    const char *refinement = new_refinement(world);
    for (size_t i = 0; i < COUNT(changes); i++) {
        const char *before = text_at(show(world, company.team, refinement), "data.updated_at");
        usleep(2000);
        struct answer *answer = change(world, refinement, changes[i]);
        assert_string_not_equal(text_at(answer, "data.updated_at"), before);
        usleep(2000);
        expect_body(change(world, refinement, changes[i]), answer->body);
        expect_body(show(world, company.team, refinement), answer->body);
    }
}

static void what_becomes_done_was_done_now_or_when_it_is_said(void **state)
{
    struct world *world = *state;
    const char *refinement = new_refinement(world);
    struct answer *answer = change(world, refinement, "{\"status\": \"done\"}");
    expect_text(answer, "data.status", "done");
    const char *done = text_at(answer, "data.completed_at");
    expect_text(change(world, refinement, "{\"status\": \"done\"}"), "data.completed_at", done);
    expect_text(change(world, refinement, "{\"title\": \"x\"}"), "data.completed_at", done);
    expect_null(change(world, refinement, "{\"status\": \"planned\"}"), "data.completed_at");
    expect_text(
        change(world, refinement, "{\"status\": \"done\", \"completed_at\": \"2019-05-20T10:00:00+02:00\"}"),
        "data.completed_at", "2019-05-20T08:00:00.000Z");
    expect_null(change(world, refinement, "{\"status\": \"cancelled\"}"), "data.completed_at");
    answer = create(world, company.team, "{" DATES ", \"status\": \"done\"}");
    assert_non_null(text_at(answer, "data.completed_at"));
}

static void a_teams_refinements_are_a_page_in_the_order_of_their_making(void **state)
{
    struct world *world = *state;
    const char *team = place_team(world, company.organization, company.root, "LEARNER", "Listed");
    expect_length(show(world, team, NULL), "data", 0);
    const char *ids[3];
    for (size_t i = 0; i < COUNT(ids); i++) {
        ids[i] = text_at(create(world, team, "{" DATES "}"), "data.id");
    }
    struct answer *answer = show(world, team, NULL);
    expect_length(answer, "data", COUNT(ids));
    expect_integer(answer, "meta.total", COUNT(ids));
    for (size_t i = 0; i < COUNT(ids); i++) {
        expect_text(answer, world_print(world, "data.%zu.id", i), ids[i]);
    }
    answer = call_as(world, &company.employee, "GET",
                     world_print(world, "%s?page=2&size=2", path_of(world, team, NULL)), NULL);
    expect_length(answer, "data", 1);
    expect_text(answer, "data.0.id", ids[2]);
}

static void of_another_team_or_unknown_is_404(void **state)
{
    struct world *world = *state;
    const char *refinement = new_refinement(world);
    expect_error(show(world, company.sister, refinement), 404, NULL);
    expect_error(show(world, company.team, NOBODY), 404, NULL);
    expect_error(show(world, NOBODY, NULL), 404, NULL);
    expect_error(show(world, NOBODY, refinement), 404, NULL);
    expect_error(create(world, NOBODY, "{" DATES "}"), 404, NULL);
    expect_error(change(world, NOBODY, "{}"), 404, NULL);
    expect_error(call_as(world, &company.employee, "PATCH", path_of(world, company.sister, refinement), "{}"),
                 404, NULL);
}

static void only_employees_may(void **state)
{
    struct world *world = *state;
    const char *refinement = new_refinement(world);
    const struct person *callers[] = {&company.admin, &company.leader, &company.learner};
    for (size_t i = 0; i < COUNT(callers); i++) {
        expect_error(call_as(world, callers[i], "GET", path_of(world, company.team, NULL), NULL), 403, NULL);
        expect_error(call_as(world, callers[i], "POST", path_of(world, company.team, NULL), "{" DATES "}"),
                     403, NULL);
        expect_error(call_as(world, callers[i], "PATCH", path_of(world, company.team, refinement), "{}"), 403,
                     NULL);
    }
    expect_error(call_as(world, NULL, "GET", path_of(world, company.team, NULL), NULL), 401, NULL);
}

static void refinements_go_with_their_team(void **state)
{
    struct world *world = *state;
    const char *team = place_team(world, company.organization, company.root, "LEARNER", "Short-lived");
    expect_status(create(world, team, "{" DATES "}"), 200);
    expect_status(
        call_as(world, &company.admin, "DELETE", world_print(world, "/api/v1/teams/%s", team), NULL), 204);
    assert_int_equal(count_rows(world, "SELECT count(*) FROM refinements WHERE team_id = $1::uuid", team), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refinement_is_made_of_what_is_given),
        cmocka_unit_test(bare_fields_and_defaults_are_taken),
        cmocka_unit_test(what_is_missing_or_wrong_is_told),
        cmocka_unit_test(a_leap_day_is_a_day),
        cmocka_unit_test(what_is_given_replaces_and_the_rest_stays),
        cmocka_unit_test(nothing_that_is_needed_can_be_taken_away),
        cmocka_unit_test(a_change_is_dated_and_its_repetition_is_not),
        cmocka_unit_test(what_becomes_done_was_done_now_or_when_it_is_said),
        cmocka_unit_test(a_teams_refinements_are_a_page_in_the_order_of_their_making),
        cmocka_unit_test(of_another_team_or_unknown_is_404),
        cmocka_unit_test(only_employees_may),
        cmocka_unit_test(refinements_go_with_their_team),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
