/* The course player: which course is current, when its assignment is made, and who may open what. */
#include "support/expect.h"
#include "support/learning.h"

#define MY_COURSE "/api/v1/player/my_course"

static struct company company;

static int setup(void **state)
{
    world_setup(state);
    company = make_company(*state);
    return 0;
}

/* An organization of its own, so that tests do not meet; basics are everybody's, hence removed again. */
static struct person make_learner(struct world *world, const char *job_title)
{
    const char *options[] = {"--job-title", job_title, NULL};
    const char *organization = make_organization(world, "School");
    return join_with(world, organization,
                     make_invitation(world, organization, "Lea", job_title != NULL ? options : NULL), "Lea");
}

static const char *make_published(struct world *world, const char *name, bool basics)
{
    const char *course = make_course(world, &company.employee, name, basics);
    make_version(world, &company.employee, course, "First", "published");
    return course;
}

static void retire_basics(struct world *world, const char *course)
{
    world_sql(world, "UPDATE courses SET basics = false WHERE id = $1::uuid", course, NULL);
}

static struct answer *my_course(struct world *world, const struct person *person)
{
    return call_as(world, person, "GET", MY_COURSE, NULL);
}

static struct answer *open_course(struct world *world, const struct person *person, const char *course)
{
    return call_as(world, person, "GET", world_print(world, "/api/v1/player/courses/%s", course), NULL);
}

static void complete(struct world *world, const struct person *person, const char *course)
{
    world_sql(world,
              "UPDATE assignments SET status = 'completed', completed_at = now() WHERE membership_id = "
              "$1::uuid AND course_id = $2::uuid",
              person->membership_id, course, NULL);
}

static int64_t count_assignments(struct world *world, const struct person *person)
{
    return count_rows(world, "SELECT count(*) FROM assignments WHERE membership_id = $1::uuid",
                      person->membership_id);
}

static void who_has_nothing_to_learn_gets_three_nulls(void **state)
{
    struct person person = make_learner(*state, NULL);
    struct answer *answer = my_course(*state, &person);
    expect_status(answer, 200);
    expect_body(answer, "{\"data\":{\"course\":null,\"version\":null,\"assignment\":null}}");
}

static void the_current_course_comes_with_its_version_and_a_new_assignment(void **state)
{
    struct world *world = *state;
    struct person person = make_learner(world, " driver");
    const char *course = make_published(world, "Driving", false);
    place_in_category(world, place_category(world, person.organization_id, "DRIVER "), course);
    assert_int_equal(count_assignments(world, &person), 0);
    struct answer *answer = my_course(world, &person);
    expect_text(answer, "data.course.id", course);
    expect_text(answer, "data.course.name", "Driving");
    expect_integer(answer, "data.course.versions_count", 1);
    expect_text(answer, "data.version.course_id", course);
    expect_text(answer, "data.version.id", text_at(answer, "data.course.published_version_id"));
    expect_text(answer, "data.version.status", "published");
    expect_integer(answer, "data.version.number", 1);
    expect_text(answer, "data.assignment.course_id", course);
    expect_text(answer, "data.assignment.course_version_id", text_at(answer, "data.version.id"));
    expect_text(answer, "data.assignment.membership_id", person.membership_id);
    expect_text(answer, "data.assignment.status", "not_started");
    assert_non_null(strstr(answer->body, "\"progress\":{}"));
    expect_null(answer, "data.assignment.started_at");
    expect_null(answer, "data.assignment.completed_at");
    expect_text(answer, "data.assignment.due_on",
                world_sql(world, "SELECT (now() AT TIME ZONE 'UTC')::date + 30", NULL));
    expect_body(my_course(world, &person), answer->body);
    assert_int_equal(count_assignments(world, &person), 1);
}

static void making_an_assignment_by_asking_leaves_an_event(void **state)
{
    struct world *world = *state;
    struct person person = make_learner(world, "Clerk");
    place_in_category(world, place_category(world, person.organization_id, "Clerk"),
                      make_published(world, "Filing", false));
    expect_status(
        CALL(world, .path = MY_COURSE, .session = &person.session, .headers = {"X-Request-Id: first-look"}),
        200);
    assert_int_equal(count_rows(world,
                                "SELECT count(*) FROM audit_events WHERE request_id = 'first-look' AND "
                                "operation = 'show_my_course' AND action = 'assignment.create' AND actor = "
                                "$1::uuid",
                                person.user_id),
                     1);
}

/* Basics by age, then categories by name without case, then their courses in order, each once. */
static void courses_follow_each_other_in_their_order(void **state)
{
    struct world *world = *state;
    struct person person = make_learner(world, "Packer");
    const char *basics[] = {make_published(world, "Basics 1", true), make_published(world, "Basics 2", true)};
    const char *other[] = {make_published(world, "C", false), make_published(world, "A", false),
                           make_published(world, "B", false)};
    const char *later = place_category(world, person.organization_id, "packer");
    const char *first = place_category(world, person.organization_id, "PACKER");
    world_sql(world, "UPDATE training_categories SET name = 'b' WHERE id = $1::uuid", later, NULL);
    world_sql(world, "UPDATE training_categories SET name = 'A' WHERE id = $1::uuid", first, NULL);
    place_in_category(world, later, other[2]);
    place_in_category(world, first, other[0]);
    place_in_category(world, first, basics[1]);
    place_in_category(world, first, other[1]);
    place_in_category(world, later, other[0]);
    const char *expected[] = {basics[0], basics[1], other[0], other[1], other[2]};
    for (size_t i = 0; i < COUNT(expected); i++) {
        expect_text(my_course(world, &person), "data.course.id", expected[i]);
        assert_int_equal(count_assignments(world, &person), i + 1);
        complete(world, &person, expected[i]);
    }
    expect_null(my_course(world, &person), "data.course");
    retire_basics(world, basics[0]);
    retire_basics(world, basics[1]);
}

static void a_course_is_skipped_until_it_is_published(void **state)
{
    struct world *world = *state;
    struct person person = make_learner(world, "Welder");
    const char *category = place_category(world, person.organization_id, "Welder");
    const char *draft = make_course(world, &company.employee, "Later", false);
    const char *course = make_published(world, "Now", false);
    make_version(world, &company.employee, draft, "First", "draft");
    place_in_category(world, category, draft);
    place_in_category(world, category, course);
    expect_text(my_course(world, &person), "data.course.id", course);
    expect_error(open_course(world, &person, draft), 404, NULL);
    make_version(world, &company.employee, draft, "Second", "published");
    struct answer *answer = my_course(world, &person);
    expect_text(answer, "data.course.id", draft);
    expect_integer(answer, "data.version.number", 2);
}

static void a_learner_keeps_the_version_it_began(void **state)
{
    struct world *world = *state;
    struct person person = make_learner(world, "Cook");
    const char *category = place_category(world, person.organization_id, "Cook");
    const char *course = make_published(world, "Soups", false);
    place_in_category(world, category, course);
    const char *version = text_at(my_course(world, &person), "data.version.id");
    const char *newer = make_version(world, &company.employee, course, "Second", "published");
    struct answer *answer = my_course(world, &person);
    expect_text(answer, "data.version.id", version);
    expect_text(answer, "data.version.status", "archived");
    expect_text(answer, "data.assignment.course_version_id", version);
    expect_text(answer, "data.course.published_version_id", newer);
    expect_text(open_course(world, &person, course), "data.version.id", version);
    const char *options[] = {"--job-title", "Cook", NULL};
    struct person second = join_with(world, person.organization_id,
                                     make_invitation(world, person.organization_id, "Nina", options), "Nina");
    expect_text(my_course(world, &second), "data.version.id", newer);
}

static void opening_any_of_its_courses_makes_the_assignment(void **state)
{
    struct world *world = *state;
    struct person person = make_learner(world, "Guard");
    const char *category = place_category(world, person.organization_id, "Guard");
    const char *first = make_published(world, "Gates", false);
    const char *second = make_published(world, "Fences", false);
    place_in_category(world, category, first);
    place_in_category(world, category, second);
    struct answer *answer = open_course(world, &person, second);
    expect_text(answer, "data.course.id", second);
    expect_text(answer, "data.assignment.status", "not_started");
    expect_body(open_course(world, &person, second), answer->body);
    assert_int_equal(count_assignments(world, &person), 1);
    expect_text(my_course(world, &person), "data.course.id", first);
}

static void others_courses_are_403_and_what_is_no_course_404(void **state)
{
    struct world *world = *state;
    struct person person = make_learner(world, "Pilot");
    struct person stranger = make_learner(world, "Pilot");
    const char *course = make_published(world, "Landing", false);
    place_in_category(world, place_category(world, person.organization_id, "Pilot"), course);
    expect_status(open_course(world, &person, course), 200);
    expect_error(open_course(world, &stranger, course), 403, NULL);
    expect_error(open_course(world, &person, NOBODY), 404, NULL);
    expect_error(open_course(world, &person, "x"), 404, NULL);
    expect_error(open_course(world, NULL, course), 401, NULL);
    assert_int_equal(count_assignments(world, &stranger), 0);
}

static void a_course_that_leaves_the_category_may_be_finished(void **state)
{
    struct world *world = *state;
    struct person person = make_learner(world, "Nurse");
    struct person late = make_learner(world, "Nurse");
    const char *course = make_published(world, "Hygiene", false);
    const char *category = place_category(world, person.organization_id, "Nurse");
    place_in_category(world, category, course);
    expect_status(open_course(world, &person, course), 200);
    world_sql(world, "DELETE FROM training_category_courses WHERE course_id = $1::uuid", course, NULL);
    expect_null(my_course(world, &person), "data.course");
    expect_text(open_course(world, &person, course), "data.assignment.status", "not_started");
    expect_error(open_course(world, &late, course), 403, NULL);
}

static const char *in(struct world *world, const char *path, const char *organization)
{
    return world_print(world, "%s?organization_id=%s", path, organization);
}

/* Somebody who learns in two organizations. */
static void the_oldest_active_membership_learns_unless_another_is_named(void **state)
{
    struct world *world = *state;
    struct person person = make_learner(world, "Baker");
    const char *other = make_organization(world, "Second school");
    const char *membership = add_membership(world, other, &person, 3, "active");
    world_sql(world, "UPDATE memberships SET job_title = 'Miller' WHERE id = $1::uuid", membership, NULL);
    const char *bread = make_published(world, "Bread", false);
    const char *flour = make_published(world, "Flour", false);
    place_in_category(world, place_category(world, person.organization_id, "Baker"), bread);
    place_in_category(world, place_category(world, other, "Miller"), flour);
    expect_text(my_course(world, &person), "data.course.id", bread);
    struct answer *answer = call_as(world, &person, "GET", in(world, MY_COURSE, other), NULL);
    expect_text(answer, "data.course.id", flour);
    expect_text(answer, "data.assignment.membership_id", membership);
    expect_error(open_course(world, &person, flour), 403, NULL);
    expect_status(call_as(world, &person, "GET",
                          in(world, world_print(world, "/api/v1/player/courses/%s", flour), other), NULL),
                  200);
    world_sql(world, "UPDATE memberships SET status = 'inactive' WHERE id = $1::uuid", person.membership_id,
              NULL);
    expect_text(my_course(world, &person), "data.course.id", flour);
    expect_error(call_as(world, &person, "GET", in(world, MY_COURSE, person.organization_id), NULL), 403,
                 NULL);
}

static void who_belongs_nowhere_is_403(void **state)
{
    struct world *world = *state;
    struct person person = make_learner(world, NULL);
    struct answer *unknown = call_as(world, &person, "GET", in(world, MY_COURSE, NOBODY), NULL);
    expect_error(my_course(world, &company.employee), 403, NULL);
    expect_error(unknown, 403, NULL);
    expect_body(call_as(world, &person, "GET", in(world, MY_COURSE, company.organization), NULL),
                unknown->body);
    expect_error(call_as(world, &person, "GET", in(world, MY_COURSE, "x"), NULL), 400, "organization_id");
    world_sql(world, "UPDATE memberships SET status = 'inactive' WHERE id = $1::uuid", person.membership_id,
              NULL);
    expect_error(my_course(world, &person), 403, NULL);
    expect_error(my_course(world, NULL), 401, NULL);
}

static void before_active_from_one_may_learn(void **state)
{
    struct world *world = *state;
    struct person person = make_learner(world, "Rigger");
    place_in_category(world, place_category(world, person.organization_id, "Rigger"),
                      make_published(world, "Knots", false));
    world_sql(world, "UPDATE memberships SET active_from = now() + interval '9 days' WHERE id = $1::uuid",
              person.membership_id, NULL);
    expect_text(my_course(world, &person), "data.assignment.status", "not_started");
}

#define TOGETHER 16

static void of_many_who_ask_at_once_all_get_one_assignment(void **state)
{
    struct world *world = *state;
    struct person person = make_learner(world, "Diver");
    const char *course = make_published(world, "Depth", false);
    place_in_category(world, place_category(world, person.organization_id, "Diver"), course);
    struct call calls[TOGETHER];
    struct answer *answers[TOGETHER];
    for (size_t i = 0; i < TOGETHER; i++) {
        calls[i] = (struct call){.path = i % 2 == 0 ? MY_COURSE
                                                    : world_print(world, "/api/v1/player/courses/%s", course),
                                 .session = &person.session};
    }
    call_together(world, calls, TOGETHER, answers);
    for (size_t i = 0; i < TOGETHER; i++) {
        expect_status(answers[i], 200);
        expect_body(answers[i], answers[0]->body);
    }
    assert_int_equal(count_assignments(world, &person), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_has_nothing_to_learn_gets_three_nulls),
        cmocka_unit_test(the_current_course_comes_with_its_version_and_a_new_assignment),
        cmocka_unit_test(making_an_assignment_by_asking_leaves_an_event),
        cmocka_unit_test(courses_follow_each_other_in_their_order),
        cmocka_unit_test(a_course_is_skipped_until_it_is_published),
        cmocka_unit_test(a_learner_keeps_the_version_it_began),
        cmocka_unit_test(opening_any_of_its_courses_makes_the_assignment),
        cmocka_unit_test(others_courses_are_403_and_what_is_no_course_404),
        cmocka_unit_test(a_course_that_leaves_the_category_may_be_finished),
        cmocka_unit_test(the_oldest_active_membership_learns_unless_another_is_named),
        cmocka_unit_test(who_belongs_nowhere_is_403),
        cmocka_unit_test(before_active_from_one_may_learn),
        cmocka_unit_test(of_many_who_ask_at_once_all_get_one_assignment),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
