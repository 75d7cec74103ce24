/* Changes of the directory that meet: they wait for each other in one order, so that none is ever broken off,
 * and who comes second sees what the first has done. Each test holds one transaction open where the other
 * comes. */
#include <time.h>

#include "support/company.h"
#include "support/expect.h"
#include "support/world_parts.h"

static struct company company;
static PGconn *first;
static PGconn *second;

/* One more connection like the one of world_sql(). */
static PGconn *connect_again(const struct world *world)
{
    PQconninfoOption *options = PQconninfo(world->database);
    const char *keywords[64] = {NULL};
    const char *values[64] = {NULL};
    size_t count = 0;
    for (const PQconninfoOption *option = options; option->keyword != NULL && count < COUNT(keywords) - 1;
         option++) {
        if (option->val != NULL && *option->val != '\0') {
            keywords[count] = option->keyword;
            values[count++] = option->val;
        }
    }
    PGconn *connection = PQconnectdbParams(keywords, values, 0);
    PQconninfoFree(options);
    assert_int_equal(PQstatus(connection), CONNECTION_OK);
    return connection;
}

static int setup(void **state)
{
    world_setup(state);
    company = make_company(*state);
    first = connect_again(*state);
    second = connect_again(*state);
    return 0;
}

static int teardown(void **state)
{
    PQfinish(first);
    PQfinish(second);
    return world_teardown(state);
}

/* Runs a statement and says whether it was carried out. */
static bool run(PGconn *connection, const char *statement)
{
    PGresult *result = PQexec(connection, statement);
    ExecStatusType status = PQresultStatus(result);
    PQclear(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

/* Sends a statement on the second connection and returns as soon as it waits for a lock. */
static void send_until_it_waits(struct world *world, const char *statement)
{
    const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};
    const char *process = world_print(world, "%d", PQbackendPID(second));
    assert_int_equal(PQsendQuery(second, statement), 1);
    while (*world_sql(world,
                      "SELECT pid FROM pg_stat_activity WHERE pid = $1::integer AND wait_event_type = 'Lock'",
                      process, NULL) == '\0') {
        assert_int_equal(PQconsumeInput(second), 1);
        if (PQisBusy(second) == 0) {
            fail_msg("it does not wait: %s", statement);
        }
        nanosleep(&pause, NULL);
    }
}

/* What was sent is carried out in the end. */
static void expect_done(void)
{
    PGresult *result = PQgetResult(second);
    for (; result != NULL; result = PQgetResult(second)) {
        if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK) {
            fail_msg("%s", PQresultErrorMessage(result));
        }
        PQclear(result);
    }
}

/* While the organization's counts are locked, the statement waits for them, and holds none of the team's. */
static void expect_organization_first(struct world *world, const char *team, const char *statement)
{
    assert_true(
        run(first,
            world_print(
                world,
                "BEGIN; SELECT FROM organization_statistics WHERE organization_id = '%s' FOR NO KEY UPDATE",
                company.organization)));
    send_until_it_waits(world, statement);
    if (!run(first,
             world_print(world, "SELECT FROM team_statistics WHERE team_id = '%s' FOR NO KEY UPDATE NOWAIT",
                         team))) {
        fail_msg("it locks the team first: %s", statement);
    }
    assert_true(run(first, "ROLLBACK"));
    expect_done();
}

static const char *new_team(struct world *world)
{
    return place_team(world, company.organization, company.root, "LEARNER", "Met");
}

static void counts_of_the_organization_are_locked_before_those_of_teams(void **state)
{
    struct world *world = *state;
    const char *team = new_team(world);
    struct person person = make_member(world, company.organization, "Mette");
    const char *place =
        world_print(world, "('%s', '%s', '%s')", team, person.membership_id, company.organization);
    const char *changes[] = {
        world_print(world, "INSERT INTO team_members VALUES %s", place),
        world_print(world, "INSERT INTO team_admins VALUES %s", place),
        world_print(world, "UPDATE memberships SET status = 'inactive' WHERE id = '%s'",
                    person.membership_id),
        world_print(world, "UPDATE memberships SET status = 'active' WHERE id = '%s'", person.membership_id),
        world_print(world, "DELETE FROM team_admins WHERE team_id = '%s'", team),
        world_print(world, "DELETE FROM team_members WHERE team_id = '%s'", team),
        world_print(world, "INSERT INTO team_members VALUES %s", place),
        world_print(world, "DELETE FROM memberships WHERE id = '%s'", person.membership_id),
    };
    for (size_t i = 0; i < COUNT(changes); i++) {
        expect_organization_first(world, team, changes[i]);
    }
}

static void a_team_that_goes_locks_its_organization_first(void **state)
{
    struct world *world = *state;
    const char *team = new_team(world);
    struct person person = make_member(world, company.organization, "Geert");
    place_learner(world, team, person.membership_id);
    place_leader(world, team, person.membership_id);
    expect_organization_first(world, team, world_print(world, "DELETE FROM teams WHERE id = '%s'", team));
}

static const char *counts_of(struct world *world, const char *team)
{
    return world_sql(
        world,
        "SELECT active_count || ' ' || invited_count || ' ' || admins_count FROM team_statistics "
        "WHERE team_id = $1::uuid",
        team, NULL);
}

/* Somebody is placed in a team, or taken out of it, while the status changes. */
static void who_is_counted_in_a_team_is_counted_by_the_status_that_stays(void **state)
{
    struct world *world = *state;
    const char *team = new_team(world);
    struct person person = make_member(world, company.organization, "Stine");
    const char *leave = world_print(
        world, "BEGIN; UPDATE memberships SET status = 'inactive' WHERE id = '%s'", person.membership_id);
    const char *return_ = world_print(
        world, "BEGIN; UPDATE memberships SET status = 'active' WHERE id = '%s'", person.membership_id);
    const char *place = world_print(world, "INSERT INTO team_members VALUES ('%s', '%s', '%s')", team,
                                    person.membership_id, company.organization);

    assert_true(run(first, leave));
    send_until_it_waits(world, place);
    assert_true(run(first, "COMMIT"));
    expect_done();
    assert_string_equal(counts_of(world, team), "0 0 0");

    assert_true(run(first, return_));
    send_until_it_waits(world, world_print(world, "DELETE FROM team_members WHERE team_id = '%s'", team));
    assert_true(run(first, "COMMIT"));
    expect_done();
    assert_string_equal(counts_of(world, team), "0 0 0");
}

static void who_joins_during_a_change_of_the_name_is_listed_by_the_new_one(void **state)
{
    struct world *world = *state;
    struct person person = make_employee(world, "Elder");
    const char *code = make_invitation(world, company.organization, "Elder", NULL);
    assert_true(
        run(first, world_print(world, "BEGIN; UPDATE users SET first_name = 'Younger' WHERE id = '%s'",
                               person.user_id)));
    send_until_it_waits(world, world_print(world,
                                           "UPDATE memberships SET status = 'active', user_id = users.id, "
                                           "user_created_at = users.created_at FROM users "
                                           "WHERE users.id = '%s' AND memberships.id = '%s'",
                                           person.user_id, membership_of_code(world, code)));
    assert_true(run(first, "COMMIT"));
    expect_done();
    assert_string_equal(world_sql(world,
                                  "SELECT first_name FROM organization_people WHERE user_id = $1::uuid",
                                  person.user_id, NULL),
                        "Younger");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_of_the_organization_are_locked_before_those_of_teams),
        cmocka_unit_test(a_team_that_goes_locks_its_organization_first),
        cmocka_unit_test(who_is_counted_in_a_team_is_counted_by_the_status_that_stays),
        cmocka_unit_test(who_joins_during_a_change_of_the_name_is_listed_by_the_new_one),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
