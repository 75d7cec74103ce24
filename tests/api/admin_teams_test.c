/* Teams of any organization with their people, as employees list, show, make and change them. */
#include "support/company.h"
#include "support/expect.h"

static struct company company;

static int setup(void **state)
{
    world_setup(state);
    company = make_company(*state);
    return 0;
}

static struct answer *call_in(struct world *world, const struct person *caller, const char *method,
                              const char *organization, const char *rest, const char *body)
{
    const char *path = world_print(world, "/api/v1/worklete_admin/organizations/%s/teams%s%s", organization,
                                   *rest != '\0' && *rest != '?' ? "/" : "", rest);
    return call_as(world, caller, method, path, body);
}

static struct answer *make(struct world *world, const char *body)
{
    return call_in(world, &company.employee, "POST", company.organization, "", body);
}

static struct answer *show(struct world *world, const char *team)
{
    return call_in(world, &company.employee, "GET", company.organization, team, NULL);
}

static struct answer *change(struct world *world, const char *team, const char *body)
{
    return call_in(world, &company.employee, "PATCH", company.organization, team, body);
}

static const char *new_team(struct world *world, const char *parent, const char *type)
{
    return place_team(world, company.organization, parent, type, "New");
}

static const char *id_list(struct world *world, const char *name, const char *first, const char *second)
{
    return world_print(world, "\"%s\": [\"%s\"%s%s%s]", name, first, second != NULL ? ", \"" : "",
                       second != NULL ? second : "", second != NULL ? "\"" : "");
}

static const char *move_body(struct world *world, const char *parent)
{
    return text_body(world, "parent_id", parent);
}

static const char *type_of(struct world *world, const char *team)
{
    return world_sql(world, "SELECT type FROM teams WHERE id = $1::uuid", team, NULL);
}

/* --- GET --- */

static void the_list_is_whole_unless_a_page_is_asked_for(void **state)
{
    struct world *world = *state;
    const char *organization = make_organization(world, "Listed");
    expect_length(call_in(world, &company.employee, "GET", organization, "", NULL), "data", 0);
    world_sql(world,
              "INSERT INTO teams (organization_id, parent_id, type, name, created_at) "
              "SELECT $1::uuid, $2::uuid, 'LEARNER', 'T' || number, '2019-05-01' FROM generate_series(1, 30) "
              "AS number",
              organization, root_of(world, organization), NULL);
    struct answer *whole = call_in(world, &company.employee, "GET", organization, "", NULL);
    expect_length(whole, "data", 30);
    expect_absent(whole, "meta");
    struct answer *page = call_in(world, &company.employee, "GET", organization, "?page=2&size=20", NULL);
    expect_length(page, "data", 10);
    expect_text(page, "data.0.id", text_at(whole, "data.20.id"));
    expect_integer(page, "meta.page", 2);
    expect_integer(page, "meta.total", 30);
    expect_error(call_in(world, &company.employee, "GET", organization, "?page=0", NULL), 400, "page");
    expect_error(call_in(world, &company.employee, "GET", NOBODY, "", NULL), 404, NULL);
    expect_error(call_in(world, &company.employee, "GET", "x", "", NULL), 404, NULL);
}

static void a_team_is_shown_with_members_and_admins(void **state)
{
    struct answer *answer = show(*state, company.team);
    expect_text(answer, "data.id", company.team);
    expect_integer(answer, "data.status.members", 1);
    expect_length(answer, "data.members", 1);
    expect_text(answer, "data.members.0.id", company.learner.membership_id);
    expect_text(answer, "data.members.0.teams.0.id", company.team);
    expect_length(answer, "data.admins", 1);
    expect_text(answer, "data.admins.0.id", company.leader.membership_id);
    assert_non_null(strstr(answer->body, "\"meta\":{}}"));
    expect_text(show(*state, company.root), "data.type", "ORGANIZATION");
    expect_length(show(*state, company.area), "data.members", 0);
}

static void a_team_of_another_organization_is_404(void **state)
{
    struct world *world = *state;
    expect_hidden(show(world, company.foreign_team), show(world, NOBODY));
    expect_hidden(change(world, company.foreign_team, "{\"name\": \"Taken\"}"),
                  change(world, NOBODY, "{\"name\": \"Taken\"}"));
    expect_error(show(world, "x"), 404, NULL);
    expect_error(call_in(world, &company.employee, "GET", NOBODY, company.team, NULL), 404, NULL);
    expect_error(call_in(world, &company.employee, "PATCH", NOBODY, company.team, "{}"), 404, NULL);
}

/* --- POST --- */

static void a_team_is_made_with_its_people(void **state)
{
    struct world *world = *state;
    const char *name = make_name(world, "Staffed");
    const char *body = world_print(
        world, "{\"data\": {\"name\": \"%s\", \"parent_id\": \"%s\", \"type\": \"LEARNER\", %s, %s}}", name,
        company.area,
        id_list(world, "membership_ids", company.learner.membership_id, company.outsider.membership_id),
        id_list(world, "admin_ids", company.leader.membership_id, NULL));
    struct answer *answer = make(world, body);
    expect_status(answer, 200);
    expect_text(answer, "data.name", name);
    expect_text(answer, "data.parent_id", company.area);
    expect_integer(answer, "data.status.members", 2);
    expect_integer(answer, "data.status.admins", 1);
    expect_length(answer, "data.members", 2);
    expect_text(answer, "data.admins.0.id", company.leader.membership_id);
    expect_body(show(world, text_at(answer, "data.id")), answer->body);
    expect_error(make(world, body), 409, "name");
}

static void the_least_is_a_name_and_a_body_may_be_bare(void **state)
{
    struct world *world = *state;
    struct answer *answer = make(world, text_body(world, "name", make_name(world, "Bare")));
    expect_text(answer, "data.type", "LEARNER");
    expect_text(answer, "data.parent_id", company.root);
    expect_length(answer, "data.members", 0);
    expect_length(answer, "data.admins", 0);
    answer =
        make(world,
             world_print(
                 world, "{\"name\": \"%s\", \"type\": \"META\", \"membership_ids\": [], \"admin_ids\": null}",
                 make_name(world, "Meta")));
    expect_text(answer, "data.type", "META");
}

static void bad_drafts_are_refused_and_leave_nothing(void **state)
{
    struct world *world = *state;
    const struct {
        const char *more;
        int status;
        const char *field;
    } bad[] = {{"\"name\": null", 422, "name"},
               {"\"name\": \"\"", 422, "name"},
               {"\"name\": 5", 400, "name"},
               {"\"name\": \"Bad\", \"type\": \"ORGANIZATION\"", 422, "type"},
               {"\"name\": \"Bad\", \"type\": \"learner\"", 422, "type"},
               {"\"name\": \"Bad\", \"type\": 5", 400, "type"},
               {"\"name\": \"Bad\", \"parent_id\": \"" NOBODY "\"", 422, "parent_id"},
               {world_print(world, "\"name\": \"Bad\", \"parent_id\": \"%s\"", company.foreign_team), 422,
                "parent_id"},
               {"\"name\": \"Bad\", \"parent_id\": \"x\"", 400, "parent_id"},
               {world_print(world, "\"name\": \"Bad\", \"parent_id\": \"%s\"", company.team), 409, NULL},
               {"\"name\": \"Bad\", \"membership_ids\": [\"" NOBODY "\"]", 422, "membership_ids"},
               {world_print(world, "\"name\": \"Bad\", %s",
                            id_list(world, "membership_ids", company.learner.membership_id,
                                    company.stranger.membership_id)),
                422, "membership_ids"},
               {world_print(world, "\"name\": \"Bad\", %s",
                            id_list(world, "admin_ids", company.stranger.membership_id, NULL)),
                422, "admin_ids"},
               {world_print(world, "\"name\": \"Bad\", \"type\": \"META\", %s",
                            id_list(world, "membership_ids", company.learner.membership_id, NULL)),
                422, "membership_ids"},
               {"\"name\": \"Bad\", \"membership_ids\": \"x\"", 400, "membership_ids"},
               {"\"name\": \"Bad\", \"membership_ids\": [null]", 400, "membership_ids"},
               {"\"name\": \"Bad\", \"admin_ids\": [\"x\"]", 400, "admin_ids"}};
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_error(make(world, world_print(world, "{%s}", bad[i].more)), bad[i].status, bad[i].field);
        expect_error(make(world, world_print(world, "{\"data\": {%s}}", bad[i].more)), bad[i].status,
                     bad[i].field);
    }
    static const char *const fields[] = {"name", "type", "parent_id", "membership_ids", "admin_ids"};
    const char *faulty = "{\"name\": \"\", \"type\": \"bad\", \"parent_id\": \"" NOBODY
                         "\", \"membership_ids\": [\"" NOBODY "\"], \"admin_ids\": [\"" NOBODY "\"]}";
    struct answer *answers[] = {make(world, faulty), change(world, company.team, faulty)};
    for (size_t i = 0; i < COUNT(answers) * COUNT(fields); i++) {
        expect_error(answers[i / COUNT(fields)], 422, fields[i % COUNT(fields)]);
        expect_length(answers[i / COUNT(fields)], "errors", COUNT(fields));
    }
    expect_error(make(world, NULL), 400, NULL);
    expect_error(make(world, "{\"data\": 5}"), 400, "data");
    expect_error(call_in(world, &company.employee, "POST", NOBODY, "", "{\"name\": \"Bad\"}"), 404, NULL);
    assert_string_equal(world_sql(world, "SELECT count(*) FROM teams WHERE name = 'Bad'", NULL), "0");
}

/* --- PATCH --- */

static void lists_replace_and_what_is_missing_stays(void **state)
{
    struct world *world = *state;
    const char *team = new_team(world, company.area, "LEARNER");
    place_learner(world, team, company.learner.membership_id);
    place_leader(world, team, company.leader.membership_id);
    struct answer *answer = change(world, team, "{}");
    expect_length(answer, "data.members", 1);
    expect_length(answer, "data.admins", 1);
    const char *body = world_print(
        world, "{\"data\": {%s}}",
        id_list(world, "membership_ids", company.outsider.membership_id, company.leader.membership_id));
    answer = change(world, team, body);
    expect_length(answer, "data.members", 2);
    assert_int_equal(position_of(world, answer, "data.members", "id", company.learner.membership_id), -1);
    expect_length(answer, "data.admins", 1);
    expect_integer(answer, "data.status.members", 2);
    struct answer *again = change(world, team, body);
    expect_integer(again, "data.status.members", 2);
    expect_length(again, "data.members", 2);
    answer = change(world, team,
                    world_print(world, "{%s, \"membership_ids\": []}",
                                id_list(world, "admin_ids", company.outsider.membership_id,
                                        company.outsider.membership_id)));
    expect_length(answer, "data.members", 0);
    expect_length(answer, "data.admins", 1);
    expect_text(answer, "data.admins.0.id", company.outsider.membership_id);
    expect_integer(answer, "data.status.members", 0);
    expect_length(change(world, team, "{\"admin_ids\": []}"), "data.admins", 0);
}

static void a_team_is_renamed_and_moved(void **state)
{
    struct world *world = *state;
    const char *region = new_team(world, company.root, "META");
    const char *team = new_team(world, company.area, "LEARNER");
    const char *name = make_name(world, "Moved");
    struct answer *answer =
        change(world, team, world_print(world, "{\"name\": \"%s\", \"parent_id\": \"%s\"}", name, region));
    expect_text(answer, "data.name", name);
    expect_text(answer, "data.parent_id", region);
    expect_text(change(world, team, move_body(world, region)), "data.parent_id", region);
    const char *empty = new_team(world, company.root, "LEARNER");
    expect_text(change(world, team, move_body(world, empty)), "data.parent_id", empty);
    assert_string_equal(type_of(world, empty), "META");
    expect_text(change(world, team, move_body(world, company.root)), "data.parent_id", company.root);
    expect_text(change(world, team, "{\"parent_id\": null}"), "data.parent_id", company.root);
}

static void sisters_have_different_names_also_after_a_move(void **state)
{
    struct world *world = *state;
    const char *first = new_team(world, company.area, "LEARNER");
    const char *second = new_team(world, company.root, "LEARNER");
    expect_status(change(world, first, "{\"name\": \"Same\"}"), 200);
    expect_status(change(world, second, "{\"name\": \" sAME \"}"), 200);
    expect_error(change(world, second, move_body(world, company.area)), 409, "name");
    expect_text(show(world, second), "data.parent_id", company.root);
}

static void a_team_never_stands_below_itself(void **state)
{
    struct world *world = *state;
    const char *top = new_team(world, company.root, "META");
    const char *middle = new_team(world, top, "META");
    const char *bottom = new_team(world, middle, "LEARNER");
    const char *below[] = {top, middle, bottom};
    for (size_t i = 0; i < COUNT(below); i++) {
        expect_error(change(world, top, move_body(world, below[i])), 409, NULL);
    }
    expect_error(change(world, middle, move_body(world, bottom)), 409, NULL);
    assert_string_equal(type_of(world, bottom), "LEARNER");
    expect_text(show(world, top), "data.parent_id", company.root);
}

static void a_tree_grows_no_deeper_than_50_levels_by_moves(void **state)
{
    struct world *world = *state;
    const char *team = new_team(world, company.root, "META");
    const char *chain = new_team(world, company.root, "META");
    const char *second = new_team(world, chain, "META");
    const char *third = new_team(world, second, "LEARNER");
    for (int level = 3; level <= 47; level++) {
        team = new_team(world, team, "META");
    }
    expect_status(change(world, chain, move_body(world, team)), 200);
    team = new_team(world, chain, "META");
    expect_error(change(world, second, move_body(world, team)), 422, "parent_id");
    expect_status(change(world, third, move_body(world, team)), 200);
}

static void a_type_agrees_with_what_is_in_the_team(void **state)
{
    struct world *world = *state;
    const char *team = new_team(world, company.root, "LEARNER");
    expect_text(change(world, team, "{\"type\": \"META\"}"), "data.type", "META");
    expect_text(change(world, team, "{\"type\": \"LEARNER\"}"), "data.type", "LEARNER");
    expect_error(change(world, company.team, "{\"type\": \"META\"}"), 409, NULL);
    expect_error(change(world, company.area, "{\"type\": \"LEARNER\"}"), 409, NULL);
    expect_error(change(world, team, "{\"type\": \"ORGANIZATION\"}"), 422, "type");
    const char *people = id_list(world, "membership_ids", company.learner.membership_id, NULL);
    expect_error(change(world, company.area, world_print(world, "{%s}", people)), 409, NULL);
    expect_error(change(world, team, world_print(world, "{\"type\": \"META\", %s}", people)), 409, NULL);
    expect_text(change(world, team, world_print(world, "{%s}", people)), "data.type", "LEARNER");
    expect_text(change(world, team, "{\"type\": \"META\", \"membership_ids\": []}"), "data.type", "META");
    assert_string_equal(type_of(world, company.area), "META");
}

static void bad_changes_are_refused_and_change_nothing(void **state)
{
    struct world *world = *state;
    const char *before = show(world, company.team)->body;
    const struct {
        const char *body;
        int status;
    } bad[] = {{"{\"name\": 5}", 400},
               {"{\"name\": \"\"}", 422},
               {move_body(world, NOBODY), 422},
               {move_body(world, company.foreign_team), 422},
               {move_body(world, "x"), 400},
               {"{\"name\": \"New name\", \"membership_ids\": [\"" NOBODY "\"]}", 422},
               {world_print(world, "{\"name\": \"New name\", %s}",
                            id_list(world, "admin_ids", company.stranger.membership_id, NULL)),
                422},
               {"{\"membership_ids\": {}}", 400},
               {"{\"data\": []}", 400},
               {"[]", 400}};
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_error(change(world, company.team, bad[i].body), bad[i].status, NULL);
    }
    expect_body(show(world, company.team), before);
}

static void the_root_keeps_its_name_its_place_and_its_type(void **state)
{
    struct world *world = *state;
    expect_error(change(world, company.root, "{\"name\": \"Other\"}"), 409, NULL);
    expect_error(change(world, company.root, move_body(world, company.area)), 409, NULL);
    expect_error(change(world, company.root, "{\"type\": \"META\"}"), 409, NULL);
    expect_error(change(world, company.root,
                        world_print(world, "{%s}",
                                    id_list(world, "membership_ids", company.learner.membership_id, NULL))),
                 409, NULL);
    struct answer *answer =
        change(world, company.root,
               world_print(world, "{%s}", id_list(world, "admin_ids", company.outsider.membership_id, NULL)));
    expect_length(answer, "data.admins", 1);
    expect_length(change(world, company.root, "{\"admin_ids\": []}"), "data.admins", 0);
}

static void only_employees_may(void **state)
{
    struct world *world = *state;
    const struct person *callers[] = {&company.admin, &company.leader_of_area, &company.stranger, NULL};
    for (size_t i = 0; i < COUNT(callers); i++) {
        int status = callers[i] == NULL ? 401 : 403;
        expect_error(call_in(world, callers[i], "GET", company.organization, "", NULL), status, NULL);
        expect_error(call_in(world, callers[i], "POST", company.organization, "", "{\"name\": \"Mine\"}"),
                     status, NULL);
        expect_error(call_in(world, callers[i], "GET", company.organization, company.team, NULL), status,
                     NULL);
        expect_error(call_in(world, callers[i], "GET", NOBODY, NOBODY, NULL), status, NULL);
        expect_error(
            call_in(world, callers[i], "PATCH", company.organization, company.team, "{\"name\": \"Mine\"}"),
            status, NULL);
    }
    assert_string_equal(world_sql(world, "SELECT count(*) FROM teams WHERE name = 'Mine'", NULL), "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_is_whole_unless_a_page_is_asked_for),
        cmocka_unit_test(a_team_is_shown_with_members_and_admins),
        cmocka_unit_test(a_team_of_another_organization_is_404),
        cmocka_unit_test(a_team_is_made_with_its_people),
        cmocka_unit_test(the_least_is_a_name_and_a_body_may_be_bare),
        cmocka_unit_test(bad_drafts_are_refused_and_leave_nothing),
        cmocka_unit_test(lists_replace_and_what_is_missing_stays),
        cmocka_unit_test(a_team_is_renamed_and_moved),
        cmocka_unit_test(sisters_have_different_names_also_after_a_move),
        cmocka_unit_test(a_team_never_stands_below_itself),
        cmocka_unit_test(a_tree_grows_no_deeper_than_50_levels_by_moves),
        cmocka_unit_test(a_type_agrees_with_what_is_in_the_team),
        cmocka_unit_test(bad_changes_are_refused_and_change_nothing),
        cmocka_unit_test(the_root_keeps_its_name_its_place_and_its_type),
        cmocka_unit_test(only_employees_may),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
