/* The counts that answers tell are always those of a count over the tables, after any series of operations,
 * one after the other and at once. The series is random, but always the same. */
#include <json-c/json.h>

#include "support/company.h"
#include "support/expect.h"

#define SEED     UINT64_C(20190501)
#define STEPS    250
#define ROUNDS   40
#define AT_ONCE  8
#define PEOPLE   10
#define MOST_IDS 4

static struct company company;
static struct person people[PEOPLE]; /* members of the stranger's organization, who may join */
static uint64_t random_state = SEED;

static int setup(void **state)
{
    world_setup(state);
    company = make_company(*state);
    for (size_t i = 0; i < PEOPLE; i++) {
        people[i] = make_member(*state, company.stranger.organization_id, "Joiner");
    }
    return 0;
}

/* Marsaglia's xorshift. */
static unsigned pick(unsigned count)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)((random_state >> 11) % count);
}

/* The id at a random place of what a statement selects by the organization, in the order of its making;
 * NOBODY where there is none. */
static const char *any(struct world *world, const char *from)
{
    const char *statement = world_print(
        world,
        "WITH choice AS (SELECT id, row_number() OVER (ORDER BY created_at, id) AS place, count(*) OVER () "
        "AS total "
        "FROM %s AND organization_id = $1::uuid) SELECT id FROM choice WHERE place = 1 + $2::bigint %% total",
        from);
    const char *id =
        world_sql(world, statement, company.organization, world_print(world, "%u", pick(1u << 30)), NULL);
    return *id != '\0' ? id : NOBODY;
}

static const char *any_team(struct world *world)
{
    return any(world, "teams WHERE type <> 'ORGANIZATION'");
}

static const char *any_membership(struct world *world)
{
    return any(world, "memberships WHERE true");
}

/* Up to MOST_IDS of them, as a JSON array. */
static const char *some(struct world *world, const char *(*choose)(struct world *))
{
    const char *list = "";
    for (unsigned count = pick(MOST_IDS + 1); count > 0; count--) {
        list = world_print(world, "%s%s\"%s\"", list, *list != '\0' ? ", " : "", choose(world));
    }
    return world_print(world, "[%s]", list);
}

static struct call by_employee(const char *method, const char *path, const char *body)
{
    return (struct call){.method = method, .path = path, .body = body, .session = &company.employee.session};
}

static struct call make_a_team(struct world *world)
{
    return by_employee(
        "POST", world_print(world, "/api/v1/worklete_admin/organizations/%s/teams", company.organization),
        world_print(world,
                    "{\"name\": \"%s\", \"parent_id\": \"%s\", \"membership_ids\": %s, \"admin_ids\": %s}",
                    make_name(world, "Random"), pick(3) == 0 ? any_team(world) : company.root,
                    some(world, any_membership), some(world, any_membership)));
}

static struct call change_a_team(struct world *world)
{
    const char *bodies[] = {world_print(world, "{\"membership_ids\": %s}", some(world, any_membership)),
                            world_print(world, "{\"admin_ids\": %s}", some(world, any_membership)),
                            text_body(world, "parent_id", any_team(world)),
                            text_body(world, "type", pick(2) == 0 ? "META" : "LEARNER"),
                            text_body(world, "name", make_name(world, "Renamed"))};
    return by_employee("PATCH",
                       world_print(world, "/api/v1/worklete_admin/organizations/%s/teams/%s",
                                   company.organization, any_team(world)),
                       bodies[pick(COUNT(bodies))]);
}

static struct call delete_a_team(struct world *world)
{
    return by_employee("DELETE", world_print(world, "/api/v1/teams/%s", any_team(world)), NULL);
}

static struct call invite_somebody(struct world *world)
{
    return by_employee(
        "POST", "/api/v1/worklete_admin/memberships",
        world_print(
            world,
            "{\"organization_id\": \"%s\", \"first_name\": \"A\", \"last_name\": \"B\", \"team_ids\": %s}",
            company.organization, some(world, any_team)));
}

static struct call accept_an_invitation(struct world *world)
{
    const char *membership = any(world, "memberships WHERE status = 'invited'");
    const char *code = world_sql(world, "SELECT invite_code FROM invitations WHERE membership_id = $1::uuid",
                                 membership, NULL);
    return (struct call){
        .method = "POST",
        .path = world_print(world, "/api/v1/invitations/%s/accept", *code != '\0' ? code : "ZZZZZZ"),
        .session = &people[pick(PEOPLE)].session};
}

static struct call add_an_admin(struct world *world)
{
    return by_employee("POST", world_print(world, "/api/v1/teams/%s/admins", any_team(world)),
                       text_body(world, "membership_id", any_membership(world)));
}

static struct call remove_an_admin(struct world *world)
{
    const char *team = any_team(world);
    const char *admin = world_sql(
        world,
        "SELECT membership_id FROM team_admins WHERE team_id = $1::uuid ORDER BY membership_id LIMIT 1", team,
        NULL);
    return by_employee(
        "DELETE", world_print(world, "/api/v1/teams/%s/admins/%s", team, *admin != '\0' ? admin : NOBODY),
        NULL);
}

/* People change their names and addresses. */
static struct call rename_a_user(struct world *world)
{
    const char *user = people[pick(PEOPLE)].user_id;
    const char *name = make_name(world, "renamed");
    const char *bodies[] = {text_body(world, "first_name", name), text_body(world, "last_name", name),
                            text_body(world, "username", name),
                            text_body(world, "email", world_print(world, "%s@example.test", name))};
    return by_employee("PATCH", world_print(world, "/api/v1/worklete_admin/users/%s", user),
                       bodies[pick(COUNT(bodies))]);
}

static struct call any_call(struct world *world)
{
    static struct call (*const kinds[])(struct world *) = {
        make_a_team,          make_a_team,          change_a_team, change_a_team,   change_a_team,
        delete_a_team,        add_an_admin,         add_an_admin,  remove_an_admin, invite_somebody,
        accept_an_invitation, accept_an_invitation, rename_a_user};
    return kinds[pick(COUNT(kinds))](world);
}

/* What operations to come will do: people leave, come back, and are removed. */
static void change_a_membership(struct world *world)
{
    static const char *const changes[] = {"UPDATE memberships SET status = 'inactive' WHERE id = $1::uuid",
                                          "UPDATE memberships SET status = CASE WHEN user_id IS NULL THEN "
                                          "'invited' ELSE 'active' END WHERE id = $1::uuid",
                                          "DELETE FROM memberships WHERE id = $1::uuid"};
    world_sql(world, changes[pick(COUNT(changes))], any_membership(world), NULL);
}

/* Kept counts and copies that are not those of the tables, as text; "" where all are. */
static const char *differences(struct world *world)
{
    return world_sql(
        world,
        "SELECT string_agg(kept.what || ' ' || kept.id, ', ') FROM ("
        "SELECT 'organization' AS what, organization_id::text AS id FROM organization_statistics AS kept "
        "WHERE (teams_count, members_count, memberships_count, people_count) <> ("
        "(SELECT count(*) FROM teams WHERE organization_id = kept.organization_id AND type <> "
        "'ORGANIZATION'), "
        "(SELECT count(*) FROM memberships WHERE organization_id = kept.organization_id AND status <> "
        "'inactive'), "
        "(SELECT count(*) FROM memberships WHERE organization_id = kept.organization_id), "
        "(SELECT count(user_id) FROM memberships WHERE organization_id = kept.organization_id)) "
        "UNION ALL SELECT 'team', teams.id::text FROM teams LEFT JOIN team_statistics AS kept ON "
        "kept.team_id = teams.id "
        "WHERE (active_count, invited_count, admins_count) IS DISTINCT FROM ("
        "(SELECT count(*)::integer FROM team_members JOIN memberships ON memberships.id = membership_id "
        "WHERE team_id = teams.id AND status = 'active'), "
        "(SELECT count(*)::integer FROM team_members JOIN memberships ON memberships.id = membership_id "
        "WHERE team_id = teams.id AND status = 'invited'), "
        "(SELECT count(*)::integer FROM team_admins JOIN memberships ON memberships.id = membership_id WHERE "
        "team_id = teams.id AND status <> 'inactive')) "
        "UNION ALL SELECT 'directory', '' FROM directory_statistics WHERE (users_count, organizations_count) "
        "<> ((SELECT count(*) FROM users), (SELECT count(*) FROM organizations)) "
        "UNION ALL SELECT 'person', coalesce(copy.user_id, own.user_id)::text "
        "FROM (SELECT organization_id, user_id, first_name, last_name, username, created_at, search "
        "FROM organization_people) AS copy "
        "FULL JOIN (SELECT organization_id, user_id, users.first_name, users.last_name, username, "
        "users.created_at, muster_words_of(organization_id, concat_ws(' ', users.first_name, "
        "users.last_name, username, users.email)) AS search "
        "FROM memberships JOIN users ON users.id = user_id) AS own USING (organization_id, user_id) "
        "WHERE copy IS DISTINCT FROM own) AS kept",
        NULL);
}

static void expect_true_counts(struct world *world, const char *after)
{
    const char *wrong = differences(world);
    if (*wrong != '\0') {
        fail_msg("wrong counts after %s: %s", after, wrong);
    }
}

/* What the API tells equals a count, too. */
static void expect_true_answers(struct world *world)
{
    const char *path = world_print(world, "/api/v1/worklete_admin/organizations/%s", company.organization);
    struct answer *organization = call_as(world, &company.employee, "GET", path, NULL);
    struct answer *teams =
        call_as(world, &company.employee, "GET", world_print(world, "%s/teams", path), NULL);
    struct answer *memberships = call_as(
        world, &company.employee, "GET",
        world_print(world, "/api/v1/worklete_admin/memberships?organization_id=%s", company.organization),
        NULL);
    static const char members[] =
        "SELECT count(*) FROM memberships WHERE organization_id = $1::uuid AND status <> 'inactive'";
    expect_integer(organization, "data.teams_count", (int64_t)length_at(teams, "data"));
    expect_integer(organization, "data.members_count", count_rows(world, members, company.organization));
    expect_integer(memberships, "meta.total",
                   count_rows(world, "SELECT count(*) FROM memberships WHERE organization_id = $1::uuid",
                              company.organization));
    for (size_t i = 0; i < length_at(teams, "data"); i++) {
        const char *status = world_print(world, "data.%zu.status", i);
        int64_t active = integer_at(teams, world_print(world, "%s.active", status));
        int64_t invited = integer_at(teams, world_print(world, "%s.invited", status));
        const char *id = text_at(teams, world_print(world, "data.%zu.id", i));
        expect_integer(teams, world_print(world, "%s.members", status), active + invited);
        assert_int_equal(
            active + invited,
            count_rows(world,
                       "SELECT count(*) FROM team_members JOIN memberships ON memberships.id = membership_id "
                       "WHERE team_id = $1::uuid AND status <> 'inactive'",
                       id));
    }
}

static void expect_no_breakdown(const struct answer *answer)
{
    if (answer->status >= 500) {
        fail_msg("%s: status %d\n%s", answer->request, answer->status, answer->body);
    }
}

static void counts_are_true_after_each_of_many_operations(void **state)
{
    struct world *world = *state;
    size_t successes = 0;
    for (int step = 1; step <= STEPS; step++) {
        if (pick(6) == 0) {
            change_a_membership(world);
            expect_true_counts(world, "a membership changed");
            continue;
        }
        struct answer *answer = call_send(world, any_call(world));
        expect_no_breakdown(answer);
        successes += answer->status < 300;
        expect_true_counts(world, answer->request);
        if (step % 25 == 0) {
            expect_true_answers(world);
        }
    }
    assert_true(successes > STEPS / 3);
}

static void counts_are_true_after_operations_at_once(void **state)
{
    struct world *world = *state;
    size_t successes = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct call calls[AT_ONCE];
        struct answer *answers[AT_ONCE];
        for (size_t i = 0; i < AT_ONCE; i++) {
            calls[i] = any_call(world);
        }
        call_together(world, calls, AT_ONCE, answers);
        for (size_t i = 0; i < AT_ONCE; i++) {
            expect_no_breakdown(answers[i]);
            successes += answers[i]->status < 300;
        }
        change_a_membership(world);
        expect_true_counts(world, "operations at once");
    }
    expect_true_answers(world);
    assert_true(successes > ROUNDS * AT_ONCE / 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_true_after_each_of_many_operations),
        cmocka_unit_test(counts_are_true_after_operations_at_once),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
