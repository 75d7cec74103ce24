/* Who of a team has not used the invitation yet: learners alone (deprecated), and with the admins. */
#include <json-c/json.h>

#include "support/company.h"
#include "support/expect.h"

static struct company company;
static const char *learner_code, *learner, *leader_code, *leader;

static int setup(void **state)
{
    world_setup(state);
    struct world *world = *state;
    company = make_company(world);
    const char *const options[] = {"--team", company.team, NULL};
    learner_code = make_invitation(world, company.organization, "Ivy", options);
    learner = membership_of_code(world, learner_code);
    leader_code = make_invitation(world, company.organization, "Ian", NULL);
    leader = membership_of_code(world, leader_code);
    place_leader(world, company.team, leader);
    return 0;
}

static struct answer *list(struct world *world, const struct person *caller, const char *team,
                           const char *name)
{
    return call_as(world, caller, "GET", world_print(world, "/api/v1/teams/%s/%s", team, name), NULL);
}

static const char *const names[] = {"invites", "unused_invites"};

static void invites_are_of_learners(void **state)
{
    struct answer *answer = list(*state, &company.admin, company.team, "invites");
    expect_length(answer, "data", 1);
    expect_text(answer, "data.0.id", learner);
    expect_text(answer, "data.0.status", "invited");
    expect_text(answer, "data.0.invite_code", learner_code);
    expect_text(answer, "data.0.teams.0.id", company.team);
    expect_absent(answer, "meta");
}

static void unused_invites_are_of_learners_and_admins(void **state)
{
    struct answer *answer = list(*state, &company.admin, company.team, "unused_invites");
    expect_length(answer, "data", 2);
    expect_text(answer, "data.0.id", learner);
    expect_text(answer, "data.0.invite_code", learner_code);
    expect_text(answer, "data.1.id", leader);
    expect_text(answer, "data.1.invite_code", leader_code);
}

static void admins_of_the_team_are_shown_the_codes(void **state)
{
    const struct person *callers[] = {&company.leader, &company.leader_of_area, &company.admin,
                                      &company.employee};
    for (size_t i = 0; i < COUNT(callers); i++) {
        expect_text(list(*state, callers[i], company.team, "invites"), "data.0.invite_code", learner_code);
        expect_text(list(*state, callers[i], company.team, "unused_invites"), "data.1.invite_code",
                    leader_code);
    }
}

/* Whether the OpenAPI document marks GET of the path as deprecated. */
static void expect_marked(struct world *world, const char *path, bool deprecated)
{
    struct json_object *document = CALL(world, .path = "/openapi.json")->json;
    struct json_object *paths = json_object_object_get(document, "paths");
    struct json_object *operation = json_object_object_get(json_object_object_get(paths, path), "get");
    assert_non_null(operation);
    assert_int_equal(json_object_get_boolean(json_object_object_get(operation, "deprecated")), deprecated);
}

static void the_deprecated_list_names_its_successor(void **state)
{
    struct world *world = *state;
    struct answer *answer = list(world, &company.leader, company.team, "invites");
    assert_non_null(answer_header(answer, "Deprecation"));
    expect_header(answer, "Link",
                  world_print(world, "<%s/api/v1/teams/%s/unused_invites>; rel=\"successor-version\"",
                              world_url(world), company.team));
    answer = list(world, &company.leader, company.team, "invites?page=1");
    assert_int_equal(answer_header_count(answer, "Link"), 2);
    answer = list(world, &company.leader, company.team, "unused_invites");
    expect_no_header(answer, "Deprecation");
    expect_no_header(answer, "Link");
    expect_marked(world, "/api/v1/teams/{team_id}/invites", true);
    expect_marked(world, "/api/v1/teams/{team_id}/unused_invites", false);
}

static void who_learns_and_administers_is_listed_once(void **state)
{
    struct world *world = *state;
    place_leader(world, company.team, learner);
    struct answer *answer = list(world, &company.admin, company.team, "unused_invites");
    expect_length(answer, "data", 2);
    expect_true(answer, "data.0.teams.0.admin");
    expect_length(list(world, &company.admin, company.team, "invites"), "data", 1);
    world_sql(world, "DELETE FROM team_admins WHERE membership_id = $1::uuid", learner, NULL);
}

static void used_invitations_and_other_teams_are_left_out(void **state)
{
    struct world *world = *state;
    const char *const options[] = {"--team", company.sister, NULL};
    const char *code = make_invitation(world, company.organization, "Una", options);
    expect_length(list(world, &company.admin, company.sister, "unused_invites"), "data", 1);
    expect_length(list(world, &company.admin, company.team, "unused_invites"), "data", 2);
    expect_length(list(world, &company.admin, company.area, "unused_invites"), "data", 0);
    join_with(world, company.organization, code, "Una");
    for (size_t i = 0; i < COUNT(names); i++) {
        expect_length(list(world, &company.admin, company.sister, names[i]), "data", 0);
    }
}

static void inactive_people_are_left_out(void **state)
{
    struct world *world = *state;
    const char *const options[] = {"--team", company.sister, NULL};
    const char *id = membership_of_code(world, make_invitation(world, company.organization, "Ina", options));
    world_sql(world, "UPDATE memberships SET status = 'inactive' WHERE id = $1::uuid", id, NULL);
    for (size_t i = 0; i < COUNT(names); i++) {
        expect_length(list(world, &company.admin, company.sister, names[i]), "data", 0);
    }
}

static void a_list_is_a_page_where_one_is_asked_for(void **state)
{
    struct world *world = *state;
    struct answer *page = list(world, &company.admin, company.team, "unused_invites?page=2&size=1");
    expect_length(page, "data", 1);
    expect_text(page, "data.0.id", leader);
    expect_integer(page, "meta.total", 2);
    expect_integer(page, "meta.pages", 2);
    page = list(world, &company.admin, company.team, "invites?size=5");
    expect_integer(page, "meta.page", 1);
    expect_integer(page, "meta.total", 1);
    page = list(world, &company.admin, company.sister, "invites?page=1");
    expect_integer(page, "meta.pages", 0);
    for (size_t i = 0; i < COUNT(names); i++) {
        expect_error(list(world, &company.admin, company.team, world_print(world, "%s?page=0", names[i])),
                     400, "page");
        expect_error(list(world, &company.admin, company.team, world_print(world, "%s?size=101", names[i])),
                     400, "size");
    }
}

static void others_see_no_invites(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < COUNT(names); i++) {
        expect_error(list(world, &company.learner, company.team, names[i]), 403, NULL);
        expect_error(list(world, &company.outsider, company.team, names[i]), 403, NULL);
        expect_error(list(world, &company.outsider, company.sister, names[i]), 403, NULL);
        expect_error(list(world, &company.leader, company.sister, names[i]), 403, NULL);
        expect_error(list(world, &company.leader, company.area, names[i]), 403, NULL);
        expect_error(list(world, &company.employee, NOBODY, names[i]), 404, NULL);
        expect_error(list(world, &company.admin, "x", names[i]), 404, NULL);
        expect_error(list(world, NULL, company.team, names[i]), 401, NULL);
    }
    expect_hidden(list(world, &company.stranger, company.team, "unused_invites"),
                  list(world, &company.stranger, NOBODY, "unused_invites"));
    struct answer *foreign = list(world, &company.stranger, company.team, "invites");
    expect_error(foreign, 404, NULL);
    expect_body(foreign, list(world, &company.stranger, NOBODY, "invites")->body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(invites_are_of_learners),
        cmocka_unit_test(unused_invites_are_of_learners_and_admins),
        cmocka_unit_test(admins_of_the_team_are_shown_the_codes),
        cmocka_unit_test(the_deprecated_list_names_its_successor),
        cmocka_unit_test(who_learns_and_administers_is_listed_once),
        cmocka_unit_test(used_invitations_and_other_teams_are_left_out),
        cmocka_unit_test(inactive_people_are_left_out),
        cmocka_unit_test(a_list_is_a_page_where_one_is_asked_for),
        cmocka_unit_test(others_see_no_invites),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
