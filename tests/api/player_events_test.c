/* Events of the course player: kept once each, in whatever order and however often they arrive. */
#include <json-c/json.h>

#include "base/clock.h"
#include "base/random.h"
#include "support/expect.h"
#include "support/learning.h"

#define SESSION_A "aaaaaaaa-0000-4000-8000-000000000000"
#define SESSION_B "bbbbbbbb-0000-4000-8000-000000000000"

/* A day of 2019. */
#define MORNING INT64_C(1556690400000)
#define DAY     INT64_C(86400000)

static struct company company;
static struct person learner;
static const char *category;

static int setup(void **state)
{
    static const char *const options[] = {"--job-title", "Driver", NULL};
    world_setup(state);
    company = make_company(*state);
    learner = join_with(*state, company.organization,
                        make_invitation(*state, company.organization, "Ella", options), "Ella");
    category = place_category(*state, company.organization, "Driver");
    return 0;
}

/* A published course of the learner's. */
static const char *new_course(struct world *world)
{
    const char *course = make_course(world, &company.employee, make_name(world, "Course "), false);
    make_version(world, &company.employee, course, "First", "published");
    place_in_category(world, category, course);
    return course;
}

static const char *path_of(struct world *world, const char *course)
{
    return world_print(world, "/api/v1/player/courses/%s/user_course_statuses", course);
}

static const char *event_body(struct world *world, const char *type, const char *session, int64_t time,
                              const char *progress)
{
    return world_print(world,
                       "{\"event_type\": \"%s\", \"player_session_id\": \"%s\", "
                       "\"client_supplied_occured_at_in_ms\": %lld, \"progress\": %s}",
                       type, session, (long long)time, progress);
}

static struct answer *send(struct world *world, const char *course, const char *body)
{
    return call_as(world, &learner, "POST", path_of(world, course), body);
}

static struct answer *send_progress(struct world *world, const char *course, int64_t time,
                                    const char *progress)
{
    return send(world, course, event_body(world, "update_progress", SESSION_A, time, progress));
}

static struct answer *send_complete(struct world *world, const char *course, int64_t time,
                                    const char *progress)
{
    return send(world, course, event_body(world, "complete", SESSION_A, time, progress));
}

static int64_t count_events(struct world *world, const char *course)
{
    return count_rows(world,
                      "SELECT count(*) FROM player_events JOIN assignments ON number = assignment WHERE "
                      "course_id = $1::uuid",
                      course);
}

static void progress_starts_the_assignment(void **state)
{
    struct world *world = *state;
    const char *course = new_course(world);
    struct answer *answer = send_progress(world, course, MORNING + 407, "{ \"slide\" : 3.0, \"a\": [1] }");
    expect_status(answer, 200);
    expect_text(answer, "data.course_id", course);
    expect_text(answer, "data.membership_id", learner.membership_id);
    expect_text(answer, "data.status", "in_progress");
    expect_text(answer, "data.started_at", "2019-05-01T06:00:00.407Z");
    expect_null(answer, "data.completed_at");
    assert_non_null(strstr(answer->body, "\"progress\":{ \"slide\" : 3.0, \"a\": [1] }"));
    assert_int_equal(count_events(world, course), 1);
}

static void completing_is_kept_with_the_clients_time(void **state)
{
    struct world *world = *state;
    const char *course = new_course(world);
    struct answer *answer = send_complete(world, course, MORNING, "{\"slide\":9}");
    expect_status(answer, 200);
    expect_text(answer, "data.status", "completed");
    expect_text(answer, "data.started_at", "2019-05-01T06:00:00.000Z");
    expect_text(answer, "data.completed_at", "2019-05-01T06:00:00.000Z");
    expect_integer(answer, "data.progress.slide", 9);
}

static void completed_is_never_undone(void **state)
{
    struct world *world = *state;
    const char *course = new_course(world);
    expect_status(send_complete(world, course, MORNING, "{\"slide\":9}"), 200);
    struct answer *answer = send_progress(world, course, MORNING + 1000, "{\"slide\":2}");
    expect_text(answer, "data.status", "completed");
    expect_text(answer, "data.completed_at", "2019-05-01T06:00:00.000Z");
    expect_integer(answer, "data.progress.slide", 2);
    answer = send_complete(world, course, MORNING + 2000, "{\"slide\":10}");
    expect_text(answer, "data.completed_at", "2019-05-01T06:00:00.000Z");
    expect_integer(answer, "data.progress.slide", 10);
    answer = send_complete(world, course, MORNING - 1000, "{\"slide\":1}");
    expect_text(answer, "data.completed_at", "2019-05-01T05:59:59.000Z");
    expect_integer(answer, "data.progress.slide", 10);
    assert_int_equal(count_events(world, course), 4);
}

static void an_older_event_never_overwrites_a_newer_one(void **state)
{
    struct world *world = *state;
    const char *course = new_course(world);
    expect_status(send_progress(world, course, MORNING, "{\"slide\":5}"), 200);
    struct answer *answer = send_progress(world, course, MORNING - 1, "{\"slide\":4}");
    expect_status(answer, 200);
    expect_integer(answer, "data.progress.slide", 5);
    expect_text(answer, "data.started_at", "2019-05-01T05:59:59.999Z");
    expect_integer(send_progress(world, course, MORNING + 1, "{\"slide\":6}"), "data.progress.slide", 6);
    assert_int_equal(count_events(world, course), 3);
}

static void the_same_event_again_changes_nothing_and_gets_the_same_answer(void **state)
{
    struct world *world = *state;
    const char *course = new_course(world);
    const char *bodies[] = {event_body(world, "update_progress", SESSION_A, MORNING, "{\"slide\":1}"),
                            event_body(world, "complete", SESSION_A, MORNING, "{\"slide\":1}")};
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct answer *first = send(world, course, bodies[i]);
        expect_status(first, 200);
        const char *row =
            world_sql(world, "SELECT xmin FROM assignments WHERE course_id = $1::uuid", course, NULL);
        expect_body(send(world, course, bodies[i]), first->body);
        assert_string_equal(
            world_sql(world, "SELECT xmin FROM assignments WHERE course_id = $1::uuid", course, NULL), row);
        assert_int_equal(count_events(world, course), i + 1);
    }
    struct answer *present = send_progress(world, course, MORNING + 5, "{\"slide\":7}");
    expect_body(send(world, course, bodies[0]), present->body);
}

static void what_differs_in_anything_is_another_event(void **state)
{
    struct world *world = *state;
    const char *course = new_course(world);
    expect_status(send(world, course, event_body(world, "update_progress", SESSION_A, MORNING, "{}")), 200);
    expect_status(send(world, course, event_body(world, "update_progress", SESSION_B, MORNING, "{}")), 200);
    expect_status(send(world, course, event_body(world, "complete", SESSION_A, MORNING, "{}")), 200);
    expect_status(send(world, course, event_body(world, "update_progress", SESSION_A, MORNING + 1, "{}")),
                  200);
    expect_status(send(world, course, event_body(world, "update_progress", SESSION_A, MORNING, "{\"a\":1}")),
                  200);
    assert_int_equal(count_events(world, course), 5);
}

#define KINDS 7

/* Events at few times, so that many are equal in them; every order must lead to the same end. */
static const char *const kinds[KINDS][3] = {
    {"update_progress", SESSION_A, "{\"e\":0}"}, {"update_progress", SESSION_B, "{\"e\":1}"},
    {"update_progress", SESSION_B, "{\"e\":2}"}, {"complete", SESSION_A, "{\"e\":3}"},
    {"complete", SESSION_B, "{\"e\":4}"},        {"update_progress", SESSION_A, "{\"e\":5}"},
    {"update_progress", SESSION_A, "{\"e\":6}"},
};
static const int64_t offsets[KINDS] = {0, 5, 5, 5, 3, 1, 0};

static void shuffle(size_t order[static KINDS])
{
    for (size_t i = 0; i < KINDS; i++) {
        order[i] = i;
    }
    for (size_t i = KINDS - 1; i > 0; i--) {
        size_t other = random_below((uint32_t)i + 1);
        size_t held = order[i];
        order[i] = order[other];
        order[other] = held;
    }
}

/* What does not depend on which course it is. */
static const char *end_of(struct world *world, const char *course)
{
    return world_sql(world,
                     "SELECT concat_ws(' ', status, progress, started_at, completed_at) FROM assignments "
                     "WHERE course_id = $1::uuid",
                     course, NULL);
}

static void the_order_of_events_makes_no_difference(void **state)
{
    struct world *world = *state;
    const char *expected = NULL;
    for (int round = 0; round < 12; round++) {
        const char *course = new_course(world);
        size_t order[KINDS];
        shuffle(order);
        for (size_t i = 0; i < KINDS; i++) {
            const char *const *kind = kinds[order[i]];
            const char *body = event_body(world, kind[0], kind[1], MORNING + offsets[order[i]], kind[2]);
            expect_status(send(world, course, body), 200);
            if (random_below(3) == 0) {
                expect_status(send(world, course, body), 200);
            }
        }
        assert_int_equal(count_events(world, course), KINDS);
        expected = expected != NULL ? expected : end_of(world, course);
        assert_string_equal(end_of(world, course), expected);
    }
    assert_non_null(strstr(expected, "completed"));
}

/* The state of an assignment is what its events say. */
static void the_assignment_can_be_told_from_its_events(void **state)
{
    assert_string_equal(
        world_sql(*state,
                  "SELECT string_agg(assignments.id::text, ' ') FROM assignments JOIN LATERAL (SELECT "
                  "bool_or(completes) AS done, min(at) AS started, min(at) FILTER (WHERE completes) AS "
                  "completed, (array_agg(progress ORDER BY at DESC, session_id DESC, digest DESC))[1] AS "
                  "latest FROM (SELECT *, least(timestamptz 'epoch' + client_time * interval '1 ms', "
                  "arrived_at) AS at FROM player_events WHERE assignment = number) AS events) AS told ON "
                  "true WHERE (started_at, completed_at, progress, status) IS DISTINCT FROM (told.started, "
                  "told.completed, coalesce(told.latest, '{}'), CASE WHEN told.done THEN 'completed' WHEN "
                  "told.started IS NULL THEN 'not_started' ELSE 'in_progress' END)",
                  NULL),
        "");
    assert_true(count_rows(*state, "SELECT count(*) FROM assignments WHERE $1 <> ''", "x") > 10);
}

#define COPIES 50

static void of_fifty_copies_at_once_one_is_stored(void **state)
{
    struct world *world = *state;
    for (int round = 0; round < 4; round++) {
        const char *course = new_course(world);
        const char *body = event_body(world, round % 2 == 0 ? "update_progress" : "complete", SESSION_A,
                                      MORNING, "{\"slide\":1}");
        struct call calls[COPIES];
        struct answer *answers[COPIES];
        if (round < 2) {
            expect_status(call_as(world, &learner, "GET",
                                  world_print(world, "/api/v1/player/courses/%s", course), NULL),
                          200);
        }
        for (size_t i = 0; i < COPIES; i++) {
            calls[i] = (struct call){
                .method = "POST", .path = path_of(world, course), .body = body, .session = &learner.session};
        }
        call_together(world, calls, COPIES, answers);
        for (size_t i = 0; i < COPIES; i++) {
            expect_status(answers[i], 200);
            expect_body(answers[i], answers[0]->body);
        }
        assert_int_equal(count_events(world, course), 1);
    }
}

static void of_different_events_at_once_all_are_stored_and_the_latest_shows(void **state)
{
    struct world *world = *state;
    const char *course = new_course(world);
    struct call calls[24];
    struct answer *answers[24];
    for (size_t i = 0; i < COUNT(calls); i++) {
        calls[i] = (struct call){.method = "POST",
                                 .path = path_of(world, course),
                                 .session = &learner.session,
                                 .body = event_body(world, i == 7 ? "complete" : "update_progress", SESSION_A,
                                                    MORNING + (int64_t)(i * 7 % COUNT(calls)),
                                                    world_print(world, "{\"n\":%zu}", i * 7 % COUNT(calls)))};
    }
    call_together(world, calls, COUNT(calls), answers);
    for (size_t i = 0; i < COUNT(calls); i++) {
        expect_status(answers[i], 200);
    }
    assert_int_equal(count_events(world, course), COUNT(calls));
    assert_string_equal(world_sql(world,
                                  "SELECT status || progress FROM assignments WHERE course_id = $1::uuid",
                                  course, NULL),
                        "completed{\"n\":23}");
}

static void a_completion_makes_the_next_assignment(void **state)
{
    struct world *world = *state;
    world_sql(world, "DELETE FROM training_category_courses", NULL);
    const char *first = new_course(world);
    const char *second = new_course(world);
    expect_status(send_complete(world, first, MORNING, "{}"), 200);
    assert_int_equal(count_rows(world,
                                "SELECT count(*) FROM assignments WHERE course_id = $1::uuid AND status = "
                                "'not_started'",
                                second),
                     1);
    expect_status(send_progress(world, second, MORNING, "{}"), 200);
    const char *third = new_course(world);
    assert_int_equal(count_rows(world, "SELECT count(*) FROM assignments WHERE course_id = $1::uuid", third),
                     0);
    expect_status(send_complete(world, second, MORNING, "{}"), 200);
    assert_int_equal(count_rows(world, "SELECT count(*) FROM assignments WHERE course_id = $1::uuid", third),
                     1);
}

static void a_time_up_to_a_day_ahead_counts_as_the_arrival(void **state)
{
    struct world *world = *state;
    const char *course = new_course(world);
    int64_t now = clock_now() / 1000;
    struct answer *answer = send_complete(world, course, now + DAY - 60000, "{\"slide\":1}");
    expect_status(answer, 200);
    assert_int_equal(count_rows(world,
                                "SELECT count(*) FROM assignments WHERE course_id = $1::uuid AND "
                                "completed_at BETWEEN now() - interval '1 minute' AND now()",
                                course),
                     1);
    expect_body(send_complete(world, course, now + DAY - 60000, "{\"slide\":1}"), answer->body);
    expect_error(send_progress(world, course, now + DAY + 60000, "{\"slide\":2}"), 422,
                 "client_supplied_occured_at_in_ms");
    expect_error(send_complete(world, course, INT64_C(253402300799999), "{}"), 422,
                 "client_supplied_occured_at_in_ms");
    assert_int_equal(count_events(world, course), 1);
}

static void old_times_are_taken(void **state)
{
    struct world *world = *state;
    const char *course = new_course(world);
    expect_text(send_progress(world, course, 0, "{}"), "data.started_at", "1970-01-01T00:00:00.000Z");
    expect_text(send_progress(world, course, -1, "{}"), "data.started_at", "1969-12-31T23:59:59.999Z");
    expect_text(send_progress(world, course, INT64_C(-62135596800000), "{}"), "data.started_at",
                "0001-01-01T00:00:00.000Z");
    expect_error(send_progress(world, course, INT64_C(-62135596800001), "{}"), 422,
                 "client_supplied_occured_at_in_ms");
}

static void a_bad_body_is_refused(void **state)
{
    static const struct {
        const char *body;
        int status;
        const char *part;
    } cases[] = {
        {"{\"event_type\": \"complete\", \"client_supplied_occured_at_in_ms\": 1}", 422, "player_session_id"},
        {"{\"event_type\": \"complete\", \"player_session_id\": \"" SESSION_A "\"}", 422,
         "client_supplied_occured_at_in_ms"},
        {"{\"player_session_id\": \"" SESSION_A "\", \"client_supplied_occured_at_in_ms\": 1}", 422,
         "event_type"},
        {"{\"event_type\": \"begin\", \"player_session_id\": \"" SESSION_A
         "\", \"client_supplied_occured_at_in_ms\": 1}",
         422, "event_type"},
        {"{\"event_type\": \"complete\", \"player_session_id\": \"x\", \"client_supplied_occured_at_in_ms\": "
         "1}",
         400, "player_session_id"},
        {"{\"event_type\": \"complete\", \"player_session_id\": \"" SESSION_A
         "\", \"client_supplied_occured_at_in_ms\": \"1\"}",
         400, "client_supplied_occured_at_in_ms"},
        {"{\"event_type\": \"complete\", \"player_session_id\": \"" SESSION_A
         "\", \"client_supplied_occured_at_in_ms\": 1.5}",
         400, "client_supplied_occured_at_in_ms"},
        {"{\"event_type\": \"complete\", \"player_session_id\": \"" SESSION_A
         "\", \"client_supplied_occured_at_in_ms\": 1, \"progress\": []}",
         400, "progress"},
        {"{}", 422, "event_type"},
        {"[]", 400, NULL},
    };
    struct world *world = *state;
    const char *course = new_course(world);
    for (size_t i = 0; i < COUNT(cases); i++) {
        expect_error(send(world, course, cases[i].body), cases[i].status, cases[i].part);
    }
    expect_error(call_as(world, &learner, "POST", path_of(world, course), NULL), 400, NULL);
    assert_int_equal(count_events(world, course), 0);
}

static void missing_progress_is_an_empty_object(void **state)
{
    struct world *world = *state;
    const char *course = new_course(world);
    struct answer *answer = send(world, course,
                                 "{\"event_type\": \"update_progress\", \"player_session_id\": \"" SESSION_A
                                 "\", \"client_supplied_occured_at_in_ms\": 1}");
    expect_status(answer, 200);
    assert_non_null(strstr(answer->body, "\"progress\":{}"));
    expect_body(send_progress(world, course, 1, "{}"), answer->body);
    assert_int_equal(count_events(world, course), 1);
}

static void who_does_not_learn_the_course_leaves_no_event(void **state)
{
    struct world *world = *state;
    const char *course = new_course(world);
    const char *body = event_body(world, "update_progress", SESSION_A, MORNING, "{}");
    const char *path = path_of(world, course);
    expect_error(call_as(world, NULL, "POST", path, body), 401, NULL);
    expect_error(call_as(world, &company.outsider, "POST", path, body), 403, NULL);
    expect_error(call_as(world, &company.stranger, "POST", path, body), 403, NULL);
    expect_error(call_as(world, &company.employee, "POST", path, body), 403, NULL);
    expect_error(call_as(world, &learner, "POST", path_of(world, NOBODY), body), 404, NULL);
    expect_error(call_as(world, &learner, "POST",
                         world_print(world, "%s?organization_id=%s", path, company.stranger.organization_id),
                         body),
                 403, NULL);
    assert_int_equal(count_events(world, course), 0);
    expect_status(call_as(world, &learner, "POST",
                          world_print(world, "%s?organization_id=%s", path, company.organization), body),
                  200);
}

/* A session that has ended must not write, though the statement runs along with its check. */
static void a_session_that_has_ended_leaves_no_event(void **state)
{
    struct world *world = *state;
    const char *course = new_course(world);
    struct person person = learner;
    person.session = open_session(world, learner.email, learner.password);
    expect_status(send_progress(world, course, MORNING, "{}"), 200);
    world_sql(world, "UPDATE sessions SET expires_at = now() WHERE client = $1", person.session.client, NULL);
    expect_error(call_as(world, &person, "POST", path_of(world, course),
                         event_body(world, "update_progress", SESSION_B, MORNING, "{}")),
                 401, NULL);
    assert_int_equal(count_events(world, course), 1);
}

static void events_cannot_be_changed(void **state)
{
    struct world *world = *state;
    world_sql(world,
              "CREATE FUNCTION pg_temp.outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN "
              "EXECUTE statement; RETURN 'done'; "
              "EXCEPTION WHEN insufficient_privilege THEN RETURN SQLERRM; END $$",
              NULL);
    assert_string_equal(
        world_sql(world, "SELECT pg_temp.outcome('UPDATE player_events SET progress = ''{}''')", NULL),
        "player_events is append-only");
    assert_string_equal(world_sql(world, "SELECT pg_temp.outcome('TRUNCATE player_events')", NULL),
                        "player_events is append-only");
}

static void events_go_with_the_person(void **state)
{
    struct world *world = *state;
    static const char *const options[] = {"--job-title", "Driver", NULL};
    struct person person = join_with(world, company.organization,
                                     make_invitation(world, company.organization, "Gone", options), "Gone");
    const char *course = new_course(world);
    expect_status(call_as(world, &person, "POST", path_of(world, course),
                          event_body(world, "complete", SESSION_A, MORNING, "{\"secret\": \"zanzibar\"}")),
                  200);
    world_sql(world, "DELETE FROM users WHERE id = $1::uuid", person.user_id, NULL);
    assert_int_equal(count_rows(world,
                                "SELECT count(*) FROM player_events WHERE progress LIKE '%' || $1 || '%'",
                                "zanzibar"),
                     0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(progress_starts_the_assignment),
        cmocka_unit_test(completing_is_kept_with_the_clients_time),
        cmocka_unit_test(completed_is_never_undone),
        cmocka_unit_test(an_older_event_never_overwrites_a_newer_one),
        cmocka_unit_test(the_same_event_again_changes_nothing_and_gets_the_same_answer),
        cmocka_unit_test(what_differs_in_anything_is_another_event),
        cmocka_unit_test(the_order_of_events_makes_no_difference),
        cmocka_unit_test(of_fifty_copies_at_once_one_is_stored),
        cmocka_unit_test(of_different_events_at_once_all_are_stored_and_the_latest_shows),
        cmocka_unit_test(the_assignment_can_be_told_from_its_events),
        cmocka_unit_test(a_time_up_to_a_day_ahead_counts_as_the_arrival),
        cmocka_unit_test(old_times_are_taken),
        cmocka_unit_test(a_bad_body_is_refused),
        cmocka_unit_test(missing_progress_is_an_empty_object),
        cmocka_unit_test(who_does_not_learn_the_course_leaves_no_event),
        cmocka_unit_test(a_session_that_has_ended_leaves_no_event),
        cmocka_unit_test(a_completion_makes_the_next_assignment),
        cmocka_unit_test(events_cannot_be_changed),
        cmocka_unit_test(events_go_with_the_person),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
