/* Moab's user groups, which are the teams of teams that Worklete shows. */
#include "support/company.h"
#include "support/expect.h"
#include "support/machines.h"

#define GROUPS "/api/v1/usergroup"

static struct company company;
static const char *token;

static int setup(void **state)
{
    world_setup(state);
    company = make_company(*state);
    token = make_security_token(*state, &company.admin);
    return 0;
}

static struct answer *post(struct world *world, const char *body)
{
    return call_with(world, token, "POST", GROUPS, body);
}

static struct answer *about(struct world *world, const char *method, const char *number)
{
    return call_with(world, token, method, world_print(world, GROUPS "/%s", number), NULL);
}

static const char *make_one(struct world *world, const char *name)
{
    struct answer *answer =
        post(world, world_print(world, "{\"name\": \"%s\", \"description\": \"About it\"}", name));
    const char *number = world_print(world, "%lld", (long long)integer_at(answer, "id"));
    expect_body(
        answer,
        world_print(world, "{\"id\":%s,\"status\":\"success\",\"message\":\"user group created\"}", number));
    return number;
}

static void a_group_is_made_and_shown(void **state)
{
    struct world *world = *state;
    const char *number = make_one(world, "Drivers");
    struct answer *answer = about(world, "GET", number);
    expect_status(answer, 200);
    expect_body(answer,
                world_print(world, "{\"id\":%s,\"name\":\"Drivers\",\"description\":\"About it\"}", number));
    struct answer *bare = post(world, "{\"NAME\": \"  Spaced out  \"}");
    answer = about(world, "GET", world_print(world, "%lld", (long long)integer_at(bare, "id")));
    expect_text(answer, "name", "Spaced out");
    expect_text(answer, "description", "");
}

static void a_group_is_a_team_of_teams_below_the_root(void **state)
{
    struct world *world = *state;
    const char *number = make_one(world, "Crossing");
    const char *team = world_sql(world, "SELECT id FROM teams WHERE number = $1::bigint", number, NULL);
    struct answer *answer =
        call_as(world, &company.admin, "GET", world_print(world, "/api/v1/teams/%s", team), NULL);
    expect_text(answer, "data.name", "Crossing");
    expect_text(answer, "data.type", "META");
    expect_text(answer, "data.parent_id", company.root);
}

static void a_team_of_teams_of_worklete_is_a_group(void **state)
{
    struct world *world = *state;
    const char *number = world_sql(world, "SELECT number FROM teams WHERE id = $1::uuid", company.area, NULL);
    const char *people = world_sql(world, "SELECT number FROM teams WHERE id = $1::uuid", company.team, NULL);
    const char *root = world_sql(world, "SELECT number FROM teams WHERE id = $1::uuid", company.root, NULL);
    struct answer *list = call_with(world, token, "GET", GROUPS, NULL);
    assert_non_null(strstr(list->body, world_print(world, "{\"id\":%s,", number)));
    expect_status(about(world, "GET", number), 200);
    expect_status(about(world, "GET", people), 404);
    expect_status(about(world, "GET", root), 404);
    expect_text(about(world, "DELETE", root), "message", "user group deletion failed");
    expect_text(about(world, "DELETE", people), "message", "user group deletion failed");
}

static void a_taken_name_fails_with_200(void **state)
{
    static const char failure[] =
        "{\"id\":\"0\",\"status\":\"error\",\"message\":\"user group creation failed\"}";
    struct world *world = *state;
    make_one(world, "Taken Name");
    expect_body(post(world, "{\"name\": \"Taken Name\"}"), failure);
    expect_body(post(world, "{\"name\": \" taken NAME \"}"), failure);
    const char *team = world_sql(world, "SELECT name FROM teams WHERE id = $1::uuid", company.area, NULL);
    expect_body(post(world, world_print(world, "{\"name\": \"%s\"}", team)), failure);
    struct person other = make_admin(world, make_organization(world, "Other"), "Oda");
    expect_text(
        call_with(world, make_security_token(world, &other), "POST", GROUPS, "{\"name\": \"Taken Name\"}"),
        "status", "success");
}

static void a_name_is_needed(void **state)
{
    static const char *const bodies[] = {"{}",
                                         "{\"name\": \"\"}",
                                         "{\"name\": \"  \"}",
                                         "{\"name\": null}",
                                         "{\"name\": 5}",
                                         "{\"description\": \"x\"}"};
    struct world *world = *state;
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct answer *answer = post(world, bodies[i]);
        expect_status(answer, 400);
        expect_length(answer, "errors.name", 1);
    }
    expect_status(post(world, world_print(world, "{\"name\": \"%0201d\"}", 1)), 400);
    expect_status(post(world, world_print(world, "{\"name\": \"%0200d\"}", 1)), 200);
}

static void the_list_is_in_the_order_of_making(void **state)
{
    struct world *world = *state;
    struct person admin = make_admin(world, make_organization(world, "Ordered"), "Ann");
    const char *own = make_security_token(world, &admin);
    expect_body(call_with(world, own, "GET", GROUPS, NULL), "[]");
    for (int i = 0; i < 3; i++) {
        call_with(world, own, "POST", GROUPS, world_print(world, "{\"name\": \"Group %c\"}", 'c' - i));
    }
    struct answer *answer = call_with(world, own, "GET", GROUPS, NULL);
    expect_length(answer, "", 3);
    expect_text(answer, "0.name", "Group c");
    expect_text(answer, "2.name", "Group a");
    answer = call_with(world, own, "GET", GROUPS "?size=2&page=2", NULL);
    expect_length(answer, "", 1);
    expect_text(answer, "0.name", "Group a");
    assert_non_null(answer_header(answer, "Link"));
}

static void a_deleted_group_leaves_its_people(void **state)
{
    struct world *world = *state;
    const char *number = make_one(world, "Leaving");
    struct person person = make_member(world, company.organization, "Lea");
    world_sql(world,
              "INSERT INTO team_members (team_id, membership_id, organization_id) SELECT id, $2::uuid, "
              "organization_id "
              "FROM teams WHERE number = $1::bigint",
              number, person.membership_id, NULL);
    expect_body(
        about(world, "DELETE", number),
        world_print(world, "{\"id\":%s,\"status\":\"success\",\"message\":\"user group deleted\"}", number));
    expect_body(about(world, "DELETE", number),
                world_print(world,
                            "{\"id\":%s,\"status\":\"error\",\"message\":\"user group deletion failed\"}",
                            number));
    expect_status(about(world, "GET", number), 404);
    const char *user = world_print(world, "/api/v1/user/%s", number_of(world, &person));
    expect_integer(call_with(world, token, "GET", user, NULL), "userGroup", 0);
}

static void a_group_with_teams_below_it_stays(void **state)
{
    struct world *world = *state;
    const char *number = world_sql(world, "SELECT number FROM teams WHERE id = $1::uuid", company.area, NULL);
    expect_body(about(world, "DELETE", number),
                world_print(world,
                            "{\"id\":%s,\"status\":\"error\",\"message\":\"user group deletion failed\"}",
                            number));
    expect_status(about(world, "GET", number), 200);
}

static void groups_of_other_organizations_are_unknown(void **state)
{
    struct world *world = *state;
    const char *foreign = make_group(world, company.stranger.organization_id, "Foreign ");
    expect_status(about(world, "GET", foreign), 404);
    expect_text(about(world, "DELETE", foreign), "message", "user group deletion failed");
    assert_null(strstr(call_with(world, token, "GET", GROUPS, NULL)->body,
                       world_print(world, "{\"id\":%s,", foreign)));
    expect_status(about(world, "GET", "abc"), 400);
    expect_status(about(world, "DELETE", "0"), 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_is_made_and_shown),
        cmocka_unit_test(a_group_is_a_team_of_teams_below_the_root),
        cmocka_unit_test(a_team_of_teams_of_worklete_is_a_group),
        cmocka_unit_test(a_taken_name_fails_with_200),
        cmocka_unit_test(a_name_is_needed),
        cmocka_unit_test(the_list_is_in_the_order_of_making),
        cmocka_unit_test(a_deleted_group_leaves_its_people),
        cmocka_unit_test(a_group_with_teams_below_it_stays),
        cmocka_unit_test(groups_of_other_organizations_are_unknown),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
