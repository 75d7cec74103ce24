/* How many people of a team a training category has is kept and not counted. It is always what a count over
 * the tables gives: after any series of changes of people, teams and categories, and however two of them
 * meet. The series is random, but always the same. */
#include "support/learning.h"
#include "support/world_parts.h"

#define SEED        UINT64_C(20190502)
#define CONNECTIONS 4
#define ROUNDS      150
#define TEAMS       3
#define PEOPLE      6
#define CATEGORIES  3

static const char *organization;
static const char *teams[TEAMS];
static const char *people[PEOPLE];
static const char *categories[CATEGORIES];
static PGconn *connections[CONNECTIONS];
static uint64_t random_state = SEED;

static const char *place_person(struct world *world)
{
    return world_sql(
        world,
        "INSERT INTO memberships (organization_id, first_name, last_name, job_title, status) VALUES "
        "($1::uuid, 'A', 'B', 'Driver', 'active') RETURNING id",
        organization, NULL);
}

static int setup(void **state)
{
    world_setup(state);
    struct world *world = *state;
    organization = make_organization(world, "Counted");
    for (size_t i = 0; i < TEAMS; i++) {
        teams[i] = place_team(world, organization, root_of(world, organization), "LEARNER", "Team");
    }
    for (size_t i = 0; i < PEOPLE; i++) {
        people[i] = place_person(world);
    }
    for (size_t i = 0; i < CATEGORIES; i++) {
        categories[i] = place_category(world, organization, i == 0 ? "Driver" : NULL);
    }
    for (size_t i = 0; i < CONNECTIONS; i++) {
        connections[i] = PQconnectdb(world_owner_url(world));
        assert_int_equal(PQstatus(connections[i]), CONNECTION_OK);
        /* As commands and jobs do. */
        PQclear(PQexec(connections[i], "SET muster.everything = 'true'"));
    }
    return 0;
}

static int teardown(void **state)
{
    for (size_t i = 0; i < CONNECTIONS; i++) {
        PQfinish(connections[i]);
    }
    return world_teardown(state);
}

static void expect_true_counts(struct world *world)
{
    const char *wrong = world_sql(
        world,
        "SELECT string_agg(format('%s %s: kept %s, counted %s', team_id, training_category_id, kept, "
        "counted), E'\\n') "
        "FROM (SELECT team_id, training_category_id, members_count AS kept FROM course_pools) AS kept FULL "
        "JOIN "
        "(SELECT team_id, training_category_id, count(*) AS counted FROM team_members JOIN memberships ON "
        "memberships.id = membership_id JOIN training_category_job_titles AS titles ON "
        "titles.organization_id = "
        "memberships.organization_id AND title_key = lower(btrim(memberships.job_title)) WHERE status <> "
        "'inactive' "
        "GROUP BY 1, 2) AS counted USING (team_id, training_category_id) WHERE kept IS DISTINCT FROM counted",
        NULL);
    assert_string_equal(wrong, "");
    assert_string_equal(
        world_sql(world,
                  "SELECT string_agg(organization_id::text, ' ') FROM organization_statistics AS kept WHERE "
                  "course_pools_count <> (SELECT count(*) FROM course_pools AS counted WHERE "
                  "counted.organization_id = "
                  "kept.organization_id)",
                  NULL),
        "");
}

/* Marsaglia's xorshift. */
static unsigned pick(unsigned count)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)((random_state >> 11) % count);
}

static const char *any_person(void)
{
    return people[pick(PEOPLE)];
}

static const char *joining(struct world *world, const char *person, const char *team)
{
    return world_print(
        world,
        "INSERT INTO team_members (team_id, membership_id, organization_id) SELECT teams.id, "
        "memberships.id, teams.organization_id FROM teams, memberships WHERE teams.id = '%s' AND "
        "memberships.id = '%s' ON CONFLICT DO NOTHING",
        team, person);
}

static const char *leaving(struct world *world, const char *person, const char *team)
{
    return world_print(world, "DELETE FROM team_members WHERE membership_id = '%s' AND team_id = '%s'",
                       person, team);
}

static const char *titled(struct world *world, const char *person, const char *title)
{
    return world_print(world, "UPDATE memberships SET job_title = %s WHERE id = '%s'", title, person);
}

static const char *set_to(struct world *world, const char *person, const char *status)
{
    return world_print(world, "UPDATE memberships SET status = '%s' WHERE id = '%s'", status, person);
}

static const char *named(struct world *world, const char *category, const char *title)
{
    return world_print(
        world,
        "INSERT INTO training_category_job_titles (training_category_id, organization_id, job_title, "
        "position) SELECT id, organization_id, %s, 1 FROM training_categories WHERE id = '%s' ON CONFLICT "
        "DO NOTHING",
        title, category);
}

static const char *unnamed(struct world *world, const char *category, const char *title)
{
    return world_print(
        world,
        "DELETE FROM training_category_job_titles WHERE training_category_id = '%s' AND title_key = "
        "lower(%s)",
        category, title);
}

/* One change of people or of a category. */
static const char *any_change(struct world *world)
{
    static const char *const titles[] = {"NULL", "'Driver'", "' DRIVER'", "'Cook'", "''", "'cook '"};
    static const char *const statuses[] = {"active", "invited", "inactive"};
    const char *category = categories[pick(CATEGORIES)];
    switch (pick(10)) {
    case 0:
    case 1:
        return joining(world, any_person(), teams[pick(TEAMS)]);
    case 2:
        return leaving(world, any_person(), teams[pick(TEAMS)]);
    case 3:
        return set_to(world, any_person(), statuses[pick(3)]);
    case 4:
        return world_print(world, "UPDATE memberships SET job_title = %s WHERE id IN ('%s', '%s')",
                           titles[pick(6)], any_person(), any_person());
    case 5:
        return world_print(
            world,
            "WITH gone AS (DELETE FROM team_members WHERE team_id = '%s') INSERT INTO team_members "
            "SELECT '%s', id, organization_id FROM memberships WHERE id IN ('%s', '%s') ON CONFLICT DO "
            "NOTHING",
            teams[0], teams[1 + pick(2)], any_person(), any_person());
    case 6:
        return unnamed(world, category, pick(2) == 0 ? "'Driver'" : "'Cook'");
    case 7:
    case 8:
        return named(world, category, pick(2) == 0 ? "'driver'" : "'Cook'");
    default:
        return titled(world, any_person(), titles[pick(6)]);
    }
}

/* A change, or two in one transaction with time for others between them. */
static const char *any_transaction(struct world *world)
{
    const char *change = any_change(world);
    return pick(2) == 0 ? change
                        : world_print(world, "%s; SELECT pg_sleep(0.002); %s", change, any_change(world));
}

static void send_statement(PGconn *connection, const char *statement)
{
    assert_int_equal(PQsendQuery(connection, statement), 1);
}

/* Waits for the end; only a deadlock may have prevented it, or that somebody else did the same. */
static void finish_statement(PGconn *connection)
{
    PGresult *result;
    while ((result = PQgetResult(connection)) != NULL) {
        const char *error = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        if (error != NULL && strcmp(error, "40P01") != 0) {
            fail_msg("%s", PQresultErrorMessage(result));
        }
        PQclear(result);
    }
}

static void kept_counts_are_true_after_any_series_of_changes(void **state)
{
    struct world *world = *state;
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < CONNECTIONS; i++) {
            send_statement(connections[i], any_transaction(world));
        }
        for (size_t i = 0; i < CONNECTIONS; i++) {
            finish_statement(connections[i]);
        }
        expect_true_counts(world);
    }
    assert_string_not_equal(
        world_sql(world, "SELECT coalesce(sum(members_count), 0) FROM course_pools", NULL), "0");
}

/* The second change begins while the first is not yet committed. */
static void meet(struct world *world, const char *first, const char *second)
{
    send_statement(connections[0], world_print(world, "BEGIN; %s", first));
    finish_statement(connections[0]);
    send_statement(connections[1], second);
    PQflush(connections[1]);
    world_sql(world, "SELECT pg_sleep(0.02)", NULL);
    send_statement(connections[0], "COMMIT");
    finish_statement(connections[0]);
    finish_statement(connections[1]);
    expect_true_counts(world);
}

/* Both in both orders. */
static void meet_twice(struct world *world, const char *one, const char *other, const char *before)
{
    for (int order = 0; order < 2; order++) {
        send_statement(connections[0], before);
        finish_statement(connections[0]);
        meet(world, order == 0 ? one : other, order == 0 ? other : one);
    }
}

static void changes_of_one_person_that_meet_are_both_counted(void **state)
{
    struct world *world = *state;
    const char *person = place_person(world);
    const char *active = world_print(
        world, "UPDATE memberships SET status = 'active', job_title = 'Driver' WHERE id = '%s'", person);
    const char *outside = world_print(world, "%s; %s", active, leaving(world, person, teams[0]));
    const char *inside = world_print(world, "%s; %s", active, joining(world, person, teams[0]));
    const char *others[] = {titled(world, person, "'Cook'"), titled(world, person, "NULL"),
                            set_to(world, person, "inactive")};
    for (size_t i = 0; i < COUNT(others); i++) {
        meet_twice(world, joining(world, person, teams[0]), others[i], outside);
        meet_twice(world, leaving(world, person, teams[0]), others[i], inside);
    }
}

static void changes_of_people_and_categories_that_meet_are_both_counted(void **state)
{
    struct world *world = *state;
    const char *person = place_person(world);
    const char *category = categories[1];
    const char *drops = world_print(
        world, "UPDATE memberships SET status = 'active', job_title = 'Pilot' WHERE id = '%s'", person);
    const char *outside = world_print(world, "%s; %s", drops, leaving(world, person, teams[0]));
    const char *inside = world_print(world, "%s; %s", drops, joining(world, person, teams[0]));
    const char *without = unnamed(world, category, "'Pilot'");
    const char *with = named(world, category, "'Pilot'");
    meet_twice(world, joining(world, person, teams[0]), with, world_print(world, "%s; %s", outside, without));
    meet_twice(world, joining(world, person, teams[0]), without, world_print(world, "%s; %s", outside, with));
    meet_twice(world, leaving(world, person, teams[0]), with, world_print(world, "%s; %s", inside, without));
    meet_twice(world, leaving(world, person, teams[0]), without, world_print(world, "%s; %s", inside, with));
    meet_twice(world, titled(world, person, "'Cook'"), with, world_print(world, "%s; %s", inside, without));
    meet_twice(world, set_to(world, person, "inactive"), without, world_print(world, "%s; %s", inside, with));
    meet_twice(world, named(world, categories[2], "'Pilot'"), with,
               world_print(world, "%s; %s", inside, without));
}

static void those_who_go_are_counted_no_more(void **state)
{
    struct world *world = *state;
    const char *person = place_person(world);
    const char *team = place_team(world, organization, root_of(world, organization), "LEARNER", "Gone");
    place_learner(world, team, person);
    place_learner(world, teams[0], person);
    place_category(world, organization, "driver");
    expect_true_counts(world);
    world_sql(world, "DELETE FROM teams WHERE id = $1::uuid", team, NULL);
    assert_int_equal(count_rows(world, "SELECT count(*) FROM course_pools WHERE team_id = $1::uuid", team),
                     0);
    world_sql(world, "DELETE FROM memberships WHERE id = $1::uuid", person, NULL);
    expect_true_counts(world);
    world_sql(world, "DELETE FROM training_categories WHERE id = $1::uuid", categories[0], NULL);
    expect_true_counts(world);
    world_sql(world, "DELETE FROM organizations WHERE id = $1::uuid", organization, NULL);
    assert_string_equal(world_sql(world, "SELECT count(*) FROM course_pools", NULL), "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_counts_are_true_after_any_series_of_changes),
        cmocka_unit_test(changes_of_one_person_that_meet_are_both_counted),
        cmocka_unit_test(changes_of_people_and_categories_that_meet_are_both_counted),
        cmocka_unit_test(those_who_go_are_counted_no_more),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
