/* Changes of one tree of teams at once: names, moves, deletions and people never contradict each other. */
#include "support/company.h"
#include "support/expect.h"

#define ROUNDS 12

static struct company company;

static int setup(void **state)
{
    world_setup(state);
    company = make_company(*state);
    return 0;
}

static const char *new_team(struct world *world, const char *parent, const char *type)
{
    return place_team(world, company.organization, parent, type, "New");
}

static struct call call_of(const char *method, const char *path, const char *body)
{
    return (struct call){.method = method, .path = path, .body = body, .session = &company.employee.session};
}

static struct call making(struct world *world, const char *parent, const char *name)
{
    return call_of("POST", world_print(world, "/api/v1/organizations/%s/teams", company.organization),
                   world_print(world, "{\"name\": \"%s\", \"parent_id\": \"%s\"}", name, parent));
}

static struct call changing(struct world *world, const char *team, const char *body)
{
    return call_of(
        "PATCH",
        world_print(world, "/api/v1/worklete_admin/organizations/%s/teams/%s", company.organization, team),
        body);
}

static struct call moving(struct world *world, const char *team, const char *parent)
{
    return changing(world, team, text_body(world, "parent_id", parent));
}

static struct call renaming(struct world *world, const char *team, const char *name)
{
    return call_of("PATCH", world_print(world, "/api/v1/teams/%s", team), text_body(world, "name", name));
}

static struct call deleting(struct world *world, const char *team)
{
    return call_of("DELETE", world_print(world, "/api/v1/teams/%s", team), NULL);
}

/* Runs the calls at once; how many succeeded. The others were refused with one of these statuses. */
static size_t run(struct world *world, const struct call *calls, size_t count, int refused, int or_refused)
{
    struct answer *answers[32];
    size_t successes = 0;
    call_together(world, calls, count, answers);
    for (size_t i = 0; i < count; i++) {
        bool success = answers[i]->status < 300;
        successes += success;
        if (!success && answers[i]->status != refused && answers[i]->status != or_refused) {
            fail_msg("%s: status %d\n%s", answers[i]->request, answers[i]->status, answers[i]->body);
        }
    }
    return successes;
}

/* How many teams cannot be reached from the root, or are teams of teams with people of their own. */
static const char *contradictions(struct world *world)
{
    return world_sql(
        world,
        "WITH RECURSIVE reached AS (SELECT id FROM teams WHERE organization_id = $1::uuid AND type = "
        "'ORGANIZATION' "
        "UNION SELECT teams.id FROM reached JOIN teams ON teams.parent_id = reached.id) "
        "SELECT count(*) FROM teams WHERE organization_id = $1::uuid "
        "AND (id NOT IN (SELECT id FROM reached) "
        "OR (type = 'META' AND EXISTS (SELECT 1 FROM team_members WHERE team_id = teams.id)) "
        "OR (type = 'LEARNER' AND EXISTS (SELECT 1 FROM teams AS below WHERE below.parent_id = teams.id)))",
        company.organization, NULL);
}

static void of_one_name_made_at_once_exactly_one_is_there(void **state)
{
    struct world *world = *state;
    for (int round = 0; round < ROUNDS; round++) {
        const char *name = make_name(world, "Raced");
        const char *parent = round % 2 == 0 ? company.area : company.root;
        const struct call calls[] = {
            making(world, parent, name), making(world, parent, name), making(world, parent, name),
            call_of("POST",
                    world_print(world, "/api/v1/worklete_admin/organizations/%s/teams", company.organization),
                    world_print(world, "{\"name\": \" %s\", \"parent_id\": \"%s\"}", name, parent))};
        assert_int_equal(run(world, calls, COUNT(calls), 409, 409), 1);
        assert_string_equal(world_sql(world, "SELECT count(*) FROM teams WHERE btrim(name) = $1", name, NULL),
                            "1");
    }
}

static void of_two_renames_to_one_name_exactly_one_wins(void **state)
{
    struct world *world = *state;
    const char *first = new_team(world, company.area, "LEARNER");
    const char *second = new_team(world, company.area, "LEARNER");
    for (int round = 0; round < ROUNDS; round++) {
        const char *name = make_name(world, "Renamed");
        const struct call calls[] = {renaming(world, first, name), renaming(world, second, name)};
        assert_int_equal(run(world, calls, COUNT(calls), 409, 409), 1);
    }
}

static void of_two_moves_below_each_other_exactly_one_wins(void **state)
{
    struct world *world = *state;
    for (int round = 0; round < ROUNDS; round++) {
        const char *first = new_team(world, company.root, "META");
        const char *second = new_team(world, company.root, "META");
        const struct call calls[] = {moving(world, first, second), moving(world, second, first)};
        assert_int_equal(run(world, calls, COUNT(calls), 409, 409), 1);
        assert_string_equal(contradictions(world), "0");
    }
}

static void three_moves_close_no_circle(void **state)
{
    struct world *world = *state;
    for (int round = 0; round < ROUNDS; round++) {
        const char *teams[] = {new_team(world, company.root, "META"), new_team(world, company.root, "META"),
                               new_team(world, company.root, "META")};
        const struct call calls[] = {moving(world, teams[0], teams[1]), moving(world, teams[1], teams[2]),
                                     moving(world, teams[2], teams[0])};
        assert_int_equal(run(world, calls, COUNT(calls), 409, 409), 2);
        assert_string_equal(contradictions(world), "0");
    }
}

static void a_team_moved_below_its_own_child_by_two_moves_makes_no_circle(void **state)
{
    struct world *world = *state;
    for (int round = 0; round < ROUNDS; round++) {
        const char *above = new_team(world, company.root, "META");
        const char *child = new_team(world, above, "META");
        const char *other = new_team(world, company.root, "META");
        const struct call calls[] = {moving(world, child, other), moving(world, other, above),
                                     moving(world, above, child)};
        run(world, calls, COUNT(calls), 409, 409);
        assert_string_equal(contradictions(world), "0");
    }
}

static void a_team_made_below_one_that_is_deleted_is_there_with_it_or_not_at_all(void **state)
{
    struct world *world = *state;
    for (int round = 0; round < ROUNDS; round++) {
        const char *parent = new_team(world, company.root, "LEARNER");
        const char *mover = new_team(world, company.root, "LEARNER");
        const struct call calls[] = {making(world, parent, "Child"), deleting(world, parent),
                                     moving(world, mover, parent)};
        assert_true(run(world, calls, COUNT(calls), 409, 422) >= 1);
        assert_string_equal(contradictions(world), "0");
    }
}

static void people_and_teams_below_never_meet_in_one_team(void **state)
{
    struct world *world = *state;
    for (int round = 0; round < ROUNDS; round++) {
        const char *team = new_team(world, company.root, "LEARNER");
        const char *ids =
            world_print(world, "{\"membership_ids\": [\"%s\"]}", company.outsider.membership_id);
        const char *draft = world_print(world,
                                        "{\"organization_id\": \"%s\", \"first_name\": \"A\", \"last_name\": "
                                        "\"B\", \"team_ids\": [\"%s\"]}",
                                        company.organization, team);
        struct call peopling = round % 3 == 0 ? changing(world, team, ids)
                                              : call_of("POST", "/api/v1/worklete_admin/memberships", draft);
        const struct call calls[] = {making(world, team, "Child"), peopling, peopling};
        assert_true(run(world, calls, COUNT(calls), 409, 422) >= 1);
        assert_string_equal(contradictions(world), "0");
    }
}

static void admins_of_a_team_that_is_deleted_go_with_it(void **state)
{
    struct world *world = *state;
    for (int round = 0; round < ROUNDS; round++) {
        const char *team = new_team(world, company.root, "LEARNER");
        const char *path = world_print(world, "/api/v1/teams/%s/admins", team);
        const char *ids = world_print(world, "{\"admin_ids\": [\"%s\"]}", company.learner.membership_id);
        const struct call calls[] = {
            call_of("POST", path, text_body(world, "membership_id", company.outsider.membership_id)),
            deleting(world, team), changing(world, team, ids),
            renaming(world, team, make_name(world, "Late"))};
        assert_true(run(world, calls, COUNT(calls), 404, 404) >= 1);
        assert_int_equal(count_rows(world, "SELECT count(*) FROM team_admins WHERE team_id = $1::uuid", team),
                         0);
        assert_int_equal(count_rows(world, "SELECT count(*) FROM teams WHERE id = $1::uuid", team), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_one_name_made_at_once_exactly_one_is_there),
        cmocka_unit_test(of_two_renames_to_one_name_exactly_one_wins),
        cmocka_unit_test(of_two_moves_below_each_other_exactly_one_wins),
        cmocka_unit_test(three_moves_close_no_circle),
        cmocka_unit_test(a_team_moved_below_its_own_child_by_two_moves_makes_no_circle),
        cmocka_unit_test(a_team_made_below_one_that_is_deleted_is_there_with_it_or_not_at_all),
        cmocka_unit_test(people_and_teams_below_never_meet_in_one_team),
        cmocka_unit_test(admins_of_a_team_that_is_deleted_go_with_it),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
