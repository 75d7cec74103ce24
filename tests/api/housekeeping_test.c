/* Work that nobody asks for: each day's assignments for members who do not ask for theirs, and scores that
 * wait. */
#include <unistd.h>

#include "support/expect.h"
#include "support/learning.h"

#define PATIENCE 300 /* tenths of a second */

static struct person employee;
static const char *basics;

static int setup(void **state)
{
    *state = world_start("housekeeping_interval = 0 s\n");
    employee = make_employee(*state, "Emil");
    basics = make_course(*state, &employee, "Basics", true);
    make_version(*state, &employee, basics, "First", "published");
    return 0;
}

static const char *housekeep(struct world *world)
{
    return world_command(world, NULL, "housekeeping", NULL);
}

static int64_t count_assignments(struct world *world, const struct person *person)
{
    return count_rows(world, "SELECT count(*) FROM assignments WHERE membership_id = $1::uuid",
                      person->membership_id);
}

static struct person new_member(struct world *world)
{
    return make_member(world, make_organization(world, "Kept"), "Ida");
}

static void the_idle_get_their_assignments(void **state)
{
    struct world *world = *state;
    struct person one = new_member(world);
    struct person other = new_member(world);
    housekeep(world);
    assert_int_equal(count_assignments(world, &one), 1);
    assert_int_equal(count_assignments(world, &other), 1);
    assert_string_equal(world_sql(world,
                                  "SELECT course_id || status || (due_on - (assigned_at AT TIME ZONE "
                                  "'UTC')::date) FROM assignments WHERE membership_id = $1::uuid",
                                  one.membership_id, NULL),
                        world_print(world, "%snot_started30", basics));
    assert_int_equal(count_rows(world,
                                "SELECT count(*) FROM audit_events WHERE action = 'assignment.create' AND "
                                "operation = 'housekeeping' AND after ->> 'membership_id' = $1",
                                one.membership_id),
                     1);
    assert_int_equal(count_rows(world, "SELECT count(*) FROM score_marks WHERE $1 <> ''", "x"), 0);
    assert_int_equal(count_rows(world, "SELECT count(*) FROM daily_work WHERE done_on = $1::date",
                                world_sql(world, "SELECT (now() AT TIME ZONE 'UTC')::date", NULL)),
                     1);
    housekeep(world);
    assert_int_equal(count_assignments(world, &one), 1);
}

static void only_those_who_count_get_one(void **state)
{
    struct world *world = *state;
    struct person waiting = new_member(world);
    struct person away = new_member(world);
    const char *invited =
        membership_of_code(world, make_invitation(world, make_organization(world, "Kept"), "Iris", NULL));
    world_sql(world, "UPDATE memberships SET active_from = now() + interval '1 hour' WHERE id = $1::uuid",
              waiting.membership_id, NULL);
    world_sql(world, "UPDATE memberships SET status = 'inactive' WHERE id = $1::uuid", away.membership_id,
              NULL);
    housekeep(world);
    assert_int_equal(count_assignments(world, &waiting), 0);
    assert_int_equal(count_assignments(world, &away), 0);
    assert_int_equal(
        count_rows(world, "SELECT count(*) FROM assignments WHERE membership_id = $1::uuid", invited), 0);
    world_sql(world, "UPDATE memberships SET active_from = now() WHERE id = $1::uuid", waiting.membership_id,
              NULL);
    housekeep(world);
    assert_int_equal(count_assignments(world, &waiting), 1);
}

static void what_became_current_meanwhile_is_assigned(void **state)
{
    struct world *world = *state;
    struct person person = new_member(world);
    housekeep(world);
    world_sql(
        world,
        "UPDATE assignments SET status = 'completed', completed_at = now() WHERE membership_id = $1::uuid",
        person.membership_id, NULL);
    housekeep(world);
    assert_int_equal(count_assignments(world, &person), 1);
    const char *course = make_course(world, &employee, "More", false);
    make_version(world, &employee, course, "First", "published");
    world_sql(world, "UPDATE memberships SET job_title = 'Driver' WHERE id = $1::uuid", person.membership_id,
              NULL);
    place_in_category(world, place_category(world, person.organization_id, "driver"), course);
    housekeep(world);
    assert_int_equal(count_assignments(world, &person), 2);
}

static void everybody_is_reached(void **state)
{
    struct world *world = *state;
    const char *organization = make_organization(world, "Crowd");
    world_sql(world,
              "INSERT INTO memberships (organization_id, first_name, last_name, status, active_from) SELECT "
              "$1::uuid, 'A', 'B', 'active', now() FROM generate_series(1, 2345)",
              organization, NULL);
    const char *out = world_command(world, NULL, "housekeeping", "--json", NULL);
    assert_non_null(strstr(out, "{\"assignments\":2345,\"organizations\":"));
    assert_int_equal(count_rows(world,
                                "SELECT count(DISTINCT membership_id) FROM assignments WHERE organization_id "
                                "= $1::uuid",
                                organization),
                     2345);
}

static void one_process_does_it_at_a_time(void **state)
{
    struct world *world = *state;
    struct person person = new_member(world);
    static const char *const arguments[] = {"housekeeping", NULL};
    world_sql(world, "SELECT pg_advisory_lock(7215303)", NULL);
    struct output output = world_run(world, NULL, arguments);
    world_sql(world, "SELECT pg_advisory_unlock(7215303)", NULL);
    assert_int_equal(output.status, 1);
    assert_non_null(strstr(output.error, "another process"));
    assert_int_equal(count_assignments(world, &person), 0);
    housekeep(world);
    assert_int_equal(count_assignments(world, &person), 1);
}

/* Scores of organizations that are gone wait for nobody. */
static void marks_of_what_is_gone_are_cleared(void **state)
{
    struct world *world = *state;
    const char *organization = make_organization(world, "Gone");
    world_sql(world, "DELETE FROM teams WHERE organization_id = $1::uuid", organization, NULL);
    world_sql(world, "DELETE FROM organizations WHERE id = $1::uuid", organization, NULL);
    assert_true(count_rows(world, "SELECT count(*) FROM score_marks WHERE organization_id = $1::uuid",
                           organization) > 0);
    housekeep(world);
    assert_int_equal(
        count_rows(world, "SELECT count(*) FROM score_marks WHERE organization_id = $1::uuid", organization),
        0);
    assert_int_equal(
        count_rows(world, "SELECT count(*) FROM team_scores WHERE organization_id = $1::uuid", organization),
        0);
}

/* Waits until a statement counts something. */
static void wait_until(struct world *world, const char *statement, const char *argument)
{
    for (int tenth = 0; count_rows(world, statement, argument) == 0; tenth++) {
        assert_true(tenth < PATIENCE);
        usleep(100000);
        world_sql(world, "SELECT pg_stat_clear_snapshot()", NULL);
    }
}

static void the_server_does_it_once_a_day(void **state)
{
    struct world *world = *state;
    struct person person = new_member(world);
    world_sql(world, "DELETE FROM daily_work", NULL);
    world_restart(world, "housekeeping_interval = 100 ms\n");
    wait_until(world, "SELECT count(*) FROM assignments WHERE membership_id = $1::uuid",
               person.membership_id);
    wait_until(world, "SELECT count(*) FROM daily_work WHERE name = $1", "assignments");
    struct person late = new_member(world);
    wait_until(world,
               "SELECT count(*) FROM organizations WHERE id = $1::uuid AND NOT EXISTS (SELECT FROM "
               "score_marks WHERE organization_id = $1::uuid)",
               late.organization_id);
    assert_int_equal(count_assignments(world, &late), 0);
    world_sql(world, "UPDATE daily_work SET done_on = done_on - 1", NULL);
    wait_until(world, "SELECT count(*) FROM assignments WHERE membership_id = $1::uuid", late.membership_id);
    world_restart(world, "housekeeping_interval = 0 s\n");
}

/* A housekeeper that waits for a lock is no reason to stay. */
static void a_stop_does_not_wait_for_it(void **state)
{
    struct world *world = *state;
    world_restart(world, "housekeeping_interval = 100 ms\ndrain_time = 10 min\n");
    world_sql(world, "BEGIN", NULL);
    world_sql(world, "LOCK TABLE daily_work IN ACCESS EXCLUSIVE MODE", NULL);
    wait_until(world,
               "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = "
               "'Lock'",
               "muster housekeeping");
    world_restart(world, "housekeeping_interval = 0 s\n");
    world_sql(world, "ROLLBACK", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_idle_get_their_assignments),
        cmocka_unit_test(only_those_who_count_get_one),
        cmocka_unit_test(what_became_current_meanwhile_is_assigned),
        cmocka_unit_test(everybody_is_reached),
        cmocka_unit_test(one_process_does_it_at_a_time),
        cmocka_unit_test(marks_of_what_is_gone_are_cleared),
        cmocka_unit_test(the_server_does_it_once_a_day),
        cmocka_unit_test(a_stop_does_not_wait_for_it),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
