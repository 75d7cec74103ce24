/* The tree of a large organization with its scores, which is kept ready made: it is always that of now. */
#include <json-c/json.h>

#include "support/expect.h"
#include "support/learning.h"

/* So many that their tree is large enough to be kept. */
#define TEAMS 60

static struct company company;

static int setup(void **state)
{
    world_setup(state);
    company = make_company(*state);
    for (size_t i = 0; i < TEAMS; i++) {
        place_team(*state, company.organization, company.area, "LEARNER", "Many");
    }
    return 0;
}

static const char *path_of(struct world *world)
{
    return world_print(world, "/api/v1/organizations/%s/my_teams/worklete_score", company.organization);
}

static struct answer *tree(struct world *world, const struct person *caller)
{
    return call_as(world, caller, "GET", path_of(world), NULL);
}

static struct answer *packed_tree(struct world *world, const struct person *caller)
{
    return CALL(world, .path = path_of(world), .session = &caller->session,
                .headers = {"X-Request-Id: same", "Accept-Encoding: gzip"});
}

/* What a leader of everything is told, who is no admin of the organization: it is never kept. */
static struct answer *fresh_tree(struct world *world)
{
    static struct person leader;
    if (leader.user_id == NULL) {
        leader = make_member(world, company.organization, "Lara");
        place_leader(world, company.root, leader.membership_id);
    }
    return tree(world, &leader);
}

static void expect_now(struct world *world)
{
    struct answer *fresh = fresh_tree(world);
    expect_status(fresh, 200);
    assert_true(fresh->body_length > 65536);
    for (int again = 0; again < 3; again++) {
        expect_body(tree(world, &company.admin), fresh->body);
        expect_body(tree(world, &company.employee), fresh->body);
        expect_body(packed_tree(world, &company.admin), fresh->body);
    }
}

static void the_kept_tree_is_what_is_told_without_it(void **state)
{
    expect_now(*state);
}

static void it_goes_compressed_to_whom_takes_that(void **state)
{
    struct world *world = *state;
    struct answer *packed = packed_tree(world, &company.admin);
    expect_header(packed, "Content-Encoding", "gzip");
    assert_non_null(strstr(answer_header(packed, "Vary"), "Accept-Encoding"));
    assert_true(strtol(answer_header(packed, "Content-Length"), NULL, 10) < (long)packed->body_length / 4);
    expect_no_header(tree(world, &company.admin), "Content-Encoding");
    struct answer *refused = CALL(world, .path = path_of(world), .session = &company.admin.session,
                                  .headers = {"X-Request-Id: same", "Accept-Encoding: gzip;q=0"});
    expect_no_header(refused, "Content-Encoding");
    expect_body(refused, packed->body);
    struct answer *head =
        CALL(world, .method = "HEAD", .path = path_of(world), .session = &company.admin.session);
    expect_status(head, 200);
    assert_int_equal(head->body_length, 0);
}

static void put(struct world *world, const char *method, const char *path, const char *body)
{
    struct answer *answer = call_as(world, &company.employee, method, path, body);
    assert_true(answer->status < 300);
}

/* After each change of anything that it shows. */
static void every_change_shows_at_once(void **state)
{
    struct world *world = *state;
    const char *team = world_print(world, "/api/v1/teams/%s", company.team);
    const char *admin_team = world_print(world, "/api/v1/worklete_admin/organizations/%s/teams/%s",
                                         company.organization, company.team);
    expect_now(world);
    put(world, "PATCH", team, text_body(world, "name", "Renamed"));
    expect_now(world);
    put(world, "PATCH", admin_team,
        world_print(world, "{\"membership_ids\": [\"%s\", \"%s\"]}", company.learner.membership_id,
                    company.outsider.membership_id));
    expect_now(world);
    put(world, "PATCH", admin_team, text_body(world, "parent_id", company.root));
    expect_now(world);
    put(world, "POST", world_print(world, "/api/v1/organizations/%s/teams", company.organization),
        text_body(world, "name", "New one"));
    expect_now(world);
    put(world, "POST", world_print(world, "/api/v1/worklete_admin/teams/%s/refinements", company.team),
        "{\"starts_on\": \"2019-05-01\", \"ends_on\": \"2019-05-01\", \"status\": \"done\"}");
    expect_now(world);
    put(world, "PATCH", world_print(world, "/api/v1/worklete_admin/organizations/%s", company.organization),
        text_body(world, "name", make_name(world, "Company with another name ")));
    expect_now(world);
    make_invitation(world, company.organization, "Ingo", (const char *const[]){"--team", company.team, NULL});
    expect_now(world);
    put(world, "DELETE", world_print(world, "/api/v1/teams/%s", company.sister), NULL);
    expect_now(world);
}

static void a_completion_shows_at_once(void **state)
{
    struct world *world = *state;
    const char *course = make_course(world, &company.employee, "Counted", true);
    make_version(world, &company.employee, course, "First", "published");
    put(world, "PATCH",
        world_print(world, "/api/v1/worklete_admin/organizations/%s/teams/%s", company.organization,
                    company.team),
        world_print(world, "{\"membership_ids\": [\"%s\"]}", company.learner.membership_id));
    expect_status(call_as(world, &company.learner, "GET", "/api/v1/player/my_course", NULL), 200);
    world_sql(
        world,
        "UPDATE assignments SET due_on = (now() AT TIME ZONE 'UTC')::date WHERE membership_id = $1::uuid",
        company.learner.membership_id, NULL);
    expect_now(world);
    expect_integer(tree(world, &company.admin), "data_points.11.score", 0);
    expect_status(call_as(world, &company.learner, "POST",
                          world_print(world, "/api/v1/player/courses/%s/user_course_statuses", course),
                          "{\"event_type\": \"complete\", \"player_session_id\": \"" NOBODY
                          "\", \"client_supplied_occured_at_in_ms\": 1}"),
                  200);
    expect_integer(tree(world, &company.admin), "data_points.11.score", 100);
    expect_now(world);
}

static void a_month_that_begins_shows(void **state)
{
    struct world *world = *state;
    expect_now(world);
    world_sql(world,
              "UPDATE team_scores SET month = month - 1, data_points = replace(data_points, '\"learners\"', "
              "'\"lerners\"') WHERE organization_id = $1::uuid",
              company.organization, NULL);
    expect_now(world);
    assert_null(strstr(tree(world, &company.admin)->body, "lerners"));
}

static void what_is_kept_is_shown_to_nobody_else(void **state)
{
    struct world *world = *state;
    expect_status(tree(world, &company.admin), 200);
    expect_error(tree(world, &company.stranger), 404, NULL);
    expect_error(tree(world, &company.outsider), 404, NULL);
    expect_error(tree(world, NULL), 401, NULL);
    expect_text(tree(world, &company.learner), "id", company.team);
    world_sql(world, "UPDATE memberships SET role = 3 WHERE id = $1::uuid", company.admin.membership_id,
              NULL);
    expect_error(tree(world, &company.admin), 404, NULL);
    world_sql(world, "UPDATE memberships SET role = 1 WHERE id = $1::uuid", company.admin.membership_id,
              NULL);
    expect_status(tree(world, &company.admin), 200);
}

/* Many readers while the tree changes: each gets a whole one. */
static void readers_at_once_get_whole_trees(void **state)
{
    struct world *world = *state;
    for (int round = 0; round < 4; round++) {
        struct call calls[24];
        struct answer *answers[24];
        for (size_t i = 0; i < COUNT(calls); i++) {
            calls[i] = (struct call){.path = path_of(world), .session = &company.admin.session};
            if (i % 6 == 5) {
                calls[i] = (struct call){.method = "PATCH",
                                         .session = &company.admin.session,
                                         .path = world_print(world, "/api/v1/teams/%s", company.team),
                                         .body = text_body(world, "name", make_name(world, "Busy "))};
            }
        }
        call_together(world, calls, COUNT(calls), answers);
        for (size_t i = 0; i < COUNT(calls); i++) {
            expect_status(answers[i], 200);
        }
        expect_now(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kept_tree_is_what_is_told_without_it),
        cmocka_unit_test(it_goes_compressed_to_whom_takes_that),
        cmocka_unit_test(every_change_shows_at_once),
        cmocka_unit_test(a_completion_shows_at_once),
        cmocka_unit_test(a_month_that_begins_shows),
        cmocka_unit_test(what_is_kept_is_shown_to_nobody_else),
        cmocka_unit_test(readers_at_once_get_whole_trees),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
