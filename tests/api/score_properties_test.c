/* Whatever happens to an organization: what is kept of its scores is what follows from the facts. */
#include "base/random.h"
#include "support/expect.h"
#include "support/learning.h"

#define HISTORIES 4
#define ROUNDS    8
#define STEPS     60

static struct person employee;

static void load(struct world *world, const char *name)
{
    const char *text =
        world_read_file(world, world_print(world, SOURCE_FOLDER "/tests/data/scores/%s.sql", name));
    assert_non_null(text);
    world_sql(world, text, NULL);
}

static int setup(void **state)
{
    world_setup(state);
    employee = make_employee(*state, "Emil");
    for (size_t i = 0; i < 8; i++) {
        make_version(*state, &employee, make_course(*state, &employee, make_name(*state, "Course "), false),
                     "First", "published");
    }
    load(*state, "truth");
    load(*state, "told");
    load(*state, "history");
    return 0;
}

/* The first difference between two of the functions, "" where there is none. */
static const char *difference(struct world *world, const char *organization)
{
    return world_sql(world,
                     "SELECT string_agg(difference::text, E'\\n') FROM ((SELECT 'truth', * FROM "
                     "pg_temp.truth($1::uuid) EXCEPT SELECT 'truth', * FROM pg_temp.told($1::uuid)) UNION "
                     "ALL (SELECT 'told', * FROM pg_temp.told($1::uuid) EXCEPT SELECT 'told', * FROM "
                     "pg_temp.truth($1::uuid)) LIMIT 5) AS difference",
                     organization, NULL);
}

/* Everything that is kept to be told and to go on from, in an order of its own. */
static const char *kept(struct world *world, const char *organization)
{
    return world_sql(
        world,
        "SELECT md5((SELECT string_agg(team_scores::text, ' ' ORDER BY team_id) FROM team_scores WHERE "
        "organization_id = $1::uuid) || (SELECT string_agg(concat_ws(' ', team_id, month, learners_change, "
        "due, completed, planned, done), ' ' ORDER BY team_id, month) FROM team_months WHERE organization_id "
        "= $1::uuid AND (learners_change, due, completed, planned, done) <> (0, 0, 0, 0, 0)))",
        organization, NULL);
}

static void refresh(struct world *world, const char *organization, const char *at_most)
{
    const char *more = "t";
    for (int i = 0; i < 1000 && strcmp(more, "t") == 0; i++) {
        more = world_sql(world, "SELECT scores_refresh($1::uuid, $2::bigint)", organization, at_most, NULL);
    }
    assert_string_equal(more, "f");
}

static void live(struct world *world, const char *organization)
{
    world_sql(world, "SELECT pg_temp.live($1::uuid, $2::integer)", organization,
              world_print(world, "%d", STEPS), NULL);
}

static const char *seed(struct world *world)
{
    const char *number = world_print(world, "0.%05u", random_below(100000));
    print_message("setseed(%s)\n", number);
    world_sql(world, "SELECT setseed($1::double precision)", number, NULL);
    return number;
}

static void expect_truth(struct world *world, const char *organization)
{
    const char *found = difference(world, organization);
    if (found[0] != '\0') {
        fail_msg("what is told is not what follows from the facts:\n%s", found);
    }
}

/* Marks are taken one by one, a few at a time, or all at once. */
static void what_is_told_follows_from_the_facts(void **state)
{
    static const char *const at_most[] = {"1", "7", "1000000"};
    struct world *world = *state;
    int64_t seen = 0;
    for (size_t history = 0; history < HISTORIES; history++) {
        const char *organization = make_organization(world, "Random");
        seed(world);
        for (size_t round = 0; round < ROUNDS; round++) {
            live(world, organization);
            refresh(world, organization, at_most[round % COUNT(at_most)]);
            expect_truth(world, organization);
        }
        seen += count_rows(world,
                           "SELECT least(sum(learners), sum(due), sum(completed), sum(planned), sum(done)) "
                           "FROM pg_temp.told($1::uuid)",
                           organization);
    }
    assert_true(seen > 10);
}

static void recomputing_changes_nothing_that_was_right(void **state)
{
    struct world *world = *state;
    const char *organization = make_organization(world, "Recomputed");
    seed(world);
    for (size_t round = 0; round < ROUNDS; round++) {
        live(world, organization);
    }
    refresh(world, organization, "1000000");
    const char *before = kept(world, organization);
    assert_string_equal(
        world_command(world, NULL, "scores", "recompute", "--organization", organization, NULL), "");
    assert_string_equal(kept(world, organization), before);
    world_command(world, NULL, "scores", "recompute", NULL);
    assert_string_equal(kept(world, organization), before);
    live(world, organization);
    refresh(world, organization, "1000000");
    expect_truth(world, organization);
}

static void recomputing_mends_what_was_broken(void **state)
{
    static const char *const damages[] = {
        "UPDATE team_months SET due = due + 1, learners_change = learners_change - 2 WHERE organization_id = "
        "$1::uuid",
        "DELETE FROM team_months WHERE organization_id = $1::uuid",
        "UPDATE score_contributions SET due = '{9}', completed = '{1}', planned = '{1}', done = '{0}', "
        "months = '{24300}' WHERE organization_id = $1::uuid",
        "DELETE FROM score_contributions WHERE organization_id = $1::uuid",
        "UPDATE team_scores SET data_points = '[]', overall_worklete_score = 1 WHERE organization_id = "
        "$1::uuid",
        "DELETE FROM team_scores WHERE organization_id = $1::uuid",
    };
    struct world *world = *state;
    const char *organization = make_organization(world, "Broken");
    seed(world);
    for (size_t round = 0; round < ROUNDS; round++) {
        live(world, organization);
    }
    refresh(world, organization, "1000000");
    const char *before = kept(world, organization);
    for (size_t i = 0; i < COUNT(damages); i++) {
        world_sql(world, damages[i], organization, NULL);
        const char *output =
            world_command(world, NULL, "scores", "recompute", "--organization", organization, "--json", NULL);
        assert_string_equal(
            output,
            world_print(world, "{\"organizations\":1,\"teams\":%s}",
                        world_sql(world, "SELECT count(*) FROM teams WHERE organization_id = $1::uuid",
                                  organization, NULL)));
        assert_string_equal(kept(world, organization), before);
    }
}

static void a_month_is_recomputed_with_those_before_it(void **state)
{
    struct world *world = *state;
    const char *organization = make_organization(world, "Month");
    seed(world);
    for (size_t round = 0; round < ROUNDS; round++) {
        live(world, organization);
    }
    refresh(world, organization, "1000000");
    const char *before = kept(world, organization);
    const char *month = world_sql(world, "SELECT to_char(now() - interval '4 months', 'YYYY-MM')", NULL);
    world_sql(world,
              "UPDATE team_months SET due = due + 1, learners_change = learners_change + 1 WHERE "
              "organization_id = $1::uuid AND month <= muster_month(($2 || '-01')::date)",
              organization, month, NULL);
    world_command(world, NULL, "scores", "recompute", "--month", month, NULL);
    assert_string_equal(kept(world, organization), before);
    world_sql(world,
              "UPDATE team_months SET due = due + 1 WHERE organization_id = $1::uuid AND month > "
              "muster_month(($2 || '-01')::date)",
              organization, month, NULL);
    world_command(world, NULL, "scores", "recompute", "--month", month, NULL);
    assert_string_not_equal(kept(world, organization), before);
}

static void a_bad_option_is_wrong_usage(void **state)
{
    static const char *const cases[][3] = {
        {"--organization", "x", "is not an id"},
        {"--month", "2019-13", "is not a month"},
        {"--month", "2019-05-01", "is not a month"},
        {"--month", "", "is not a month"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *arguments[] = {"scores", "recompute", cases[i][0], cases[i][1], NULL};
        struct output output = world_run(*state, NULL, arguments);
        assert_int_equal(output.status, 2);
        assert_non_null(strstr(output.error, cases[i][2]));
    }
    const char *arguments[] = {"scores", "recompute", "--organization", NOBODY, NULL};
    struct output output = world_run(*state, NULL, arguments);
    assert_int_equal(output.status, 1);
    assert_non_null(strstr(output.error, "There is no organization"));
}

/* Changes and readers at once: nobody waits for another for long, and in the end everything is right. */
static void changes_and_readers_at_once_lead_to_the_truth(void **state)
{
    struct world *world = *state;
    struct company company = make_company(world);
    const char *course = world_sql(world, "SELECT id FROM courses LIMIT 1", NULL);
    place_in_category(world, place_category(world, company.organization, "Driver"), course);
    world_sql(world, "UPDATE memberships SET job_title = 'Driver' WHERE organization_id = $1::uuid",
              company.organization, NULL);
    for (int round = 0; round < 6; round++) {
        struct call calls[16];
        struct answer *answers[16];
        for (size_t i = 0; i < COUNT(calls); i++) {
            const struct person *callers[] = {&company.admin, &company.learner, &company.leader,
                                              &company.outsider};
            const struct person *caller = callers[(i + (size_t)round) % COUNT(callers)];
            calls[i] =
                (struct call){.path = world_print(world, "/api/v1/organizations/%s/my_teams/worklete_score",
                                                  company.organization),
                              .session = &company.admin.session};
            if (i % 4 == 1) {
                calls[i] = (struct call){
                    .method = "POST",
                    .session = &caller->session,
                    .path = world_print(world, "/api/v1/player/courses/%s/user_course_statuses", course),
                    .body = "{\"event_type\": \"complete\", \"player_session_id\": \"" NOBODY
                            "\", \"client_supplied_occured_at_in_ms\": 1}"};
            } else if (i % 4 == 2) {
                calls[i] = (struct call){
                    .method = "PATCH",
                    .session = &employee.session,
                    .path = world_print(world, "/api/v1/worklete_admin/organizations/%s/teams/%s",
                                        company.organization, i < 8 ? company.team : company.sister),
                    .body = world_print(world, "{\"membership_ids\": [\"%s\"]}", caller->membership_id)};
            } else if (i % 4 == 3) {
                calls[i] = (struct call){
                    .method = "POST",
                    .session = &employee.session,
                    .path = world_print(world, "/api/v1/worklete_admin/teams/%s/refinements", company.sister),
                    .body = "{\"starts_on\": \"2019-05-01\", \"ends_on\": \"2019-05-01\"}"};
            }
        }
        call_together(world, calls, COUNT(calls), answers);
        for (size_t i = 0; i < COUNT(calls); i++) {
            expect_status(answers[i], 200);
        }
    }
    refresh(world, company.organization, "1000000");
    expect_truth(world, company.organization);
}

/* The comparison sees what it is meant to see. */
static void a_difference_is_noticed(void **state)
{
    struct world *world = *state;
    struct company company = make_company(world);
    refresh(world, company.organization, "1000000");
    expect_truth(world, company.organization);
    world_sql(world, "ALTER TABLE refinements DISABLE TRIGGER score_in", NULL);
    world_sql(world,
              "INSERT INTO refinements (organization_id, team_id, starts_on, ends_on) VALUES ($1::uuid, "
              "$2::uuid, now(), now())",
              company.organization, company.team, NULL);
    world_sql(world, "ALTER TABLE refinements ENABLE TRIGGER score_in", NULL);
    refresh(world, company.organization, "1000000");
    assert_string_not_equal(difference(world, company.organization), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_told_follows_from_the_facts),
        cmocka_unit_test(recomputing_changes_nothing_that_was_right),
        cmocka_unit_test(recomputing_mends_what_was_broken),
        cmocka_unit_test(a_month_is_recomputed_with_those_before_it),
        cmocka_unit_test(a_bad_option_is_wrong_usage),
        cmocka_unit_test(changes_and_readers_at_once_lead_to_the_truth),
        cmocka_unit_test(a_difference_is_noticed),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
