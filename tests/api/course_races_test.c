/* Versions of one course made and published at once: numbers have no gaps and no doubles, and one version is
 * published at any moment. */
#include "support/expect.h"
#include "support/learning.h"

#define PARALLEL 50
#define ROUNDS   3

static struct person employee;

static int setup(void **state)
{
    world_setup(state);
    employee = make_employee(*state, "Emil");
    return 0;
}

static struct call calling(const char *method, const char *path, const char *body)
{
    return (struct call){.method = method, .path = path, .body = body, .session = &employee.session};
}

/* Runs the calls at once; how many were answered 200. The others were refused with `refused`. */
static size_t run(struct world *world, const struct call *calls, size_t count, int refused)
{
    struct answer *answers[PARALLEL];
    size_t successes = 0;
    assert_true(count <= PARALLEL);
    call_together(world, calls, count, answers);
    for (size_t i = 0; i < count; i++) {
        successes += answers[i]->status == 200;
        if (answers[i]->status != 200 && answers[i]->status != refused) {
            fail_msg("%s: status %d\n%s", answers[i]->request, answers[i]->status, answers[i]->body);
        }
    }
    return successes;
}

/* What contradicts itself about the versions of a course; "" where nothing does. */
static void expect_consistent(struct world *world, const char *course, int versions)
{
    assert_string_equal(
        world_sql(world,
                  "SELECT concat_ws(' ', count(*), min(number), max(number), count(DISTINCT number), "
                  "count(*) FILTER (WHERE status = 'published') <= 1, "
                  "max(id::text) FILTER (WHERE status = 'published') IS NOT DISTINCT FROM "
                  "(SELECT published_version_id::text FROM courses WHERE id = $1::uuid), "
                  "(SELECT versions_count FROM courses WHERE id = $1::uuid)) "
                  "FROM course_versions WHERE course_id = $1::uuid",
                  course, NULL),
        world_print(world, "%d 1 %d %d t t %d", versions, versions, versions, versions));
}

static void of_50_versions_made_at_once_each_has_its_number(void **state)
{
    struct world *world = *state;
    for (int round = 0; round < ROUNDS; round++) {
        struct call calls[PARALLEL];
        const char *course = make_course(world, &employee, "Raced", false);
        for (size_t i = 0; i < PARALLEL; i++) {
            calls[i] = calling("POST", versions_path(world, course, NULL),
                               version_body(world, "T", "{\"a\": 1}", NULL));
        }
        assert_int_equal(run(world, calls, PARALLEL, 200), PARALLEL);
        expect_consistent(world, course, PARALLEL);
        /* The order of the times is that of the numbers. */
        assert_string_equal(
            world_sql(world,
                      "SELECT count(*) FROM course_versions AS one JOIN course_versions AS other "
                      "ON other.course_id = one.course_id AND other.number > one.number AND "
                      "other.created_at < one.created_at WHERE one.course_id = $1::uuid",
                      course, NULL),
            "0");
    }
}

static void refused_ones_among_them_leave_no_gap(void **state)
{
    struct world *world = *state;
    struct call calls[PARALLEL];
    const char *course = make_course(world, &employee, "Gaps", false);
    for (size_t i = 0; i < PARALLEL; i++) {
        calls[i] = calling("POST", versions_path(world, course, NULL),
                           version_body(world, i % 2 == 0 ? "T" : "", NULL, NULL));
    }
    assert_int_equal(run(world, calls, PARALLEL, 422), PARALLEL / 2);
    expect_consistent(world, course, PARALLEL / 2);
}

static void of_versions_published_at_once_one_stays(void **state)
{
    struct world *world = *state;
    for (int round = 0; round < ROUNDS; round++) {
        struct call calls[PARALLEL];
        const char *course = make_course(world, &employee, "Published", false);
        for (size_t i = 0; i < PARALLEL; i++) {
            const char *version = i % 2 == 0 ? make_version(world, &employee, course, "T", NULL) : NULL;
            calls[i] = calling(version != NULL ? "PATCH" : "POST", versions_path(world, course, version),
                               version_body(world, "T", NULL, "published"));
        }
        assert_int_equal(run(world, calls, PARALLEL, 200), PARALLEL);
        expect_consistent(world, course, PARALLEL);
        assert_int_equal(count_rows(world,
                                    "SELECT count(*) FROM course_versions WHERE course_id = $1::uuid AND "
                                    "status = 'archived' AND published_at IS NOT NULL",
                                    course),
                         PARALLEL - 1);
    }
}

/* Whoever comes second finds a published version, which cannot change; or its change came first and is
 * published. */
static void a_change_never_reaches_what_is_published(void **state)
{
    struct world *world = *state;
    for (int round = 0; round < 4 * ROUNDS; round++) {
        const char *course = make_course(world, &employee, "Changed", false);
        const char *version = make_version(world, &employee, course, "Old", NULL);
        const char *path = versions_path(world, course, version);
        const struct call calls[] = {calling("PATCH", path, version_body(world, NULL, NULL, "published")),
                                     calling("PATCH", path, version_body(world, "New", NULL, NULL))};
        struct answer *answers[2];
        call_together(world, calls, 2, answers);
        expect_status(answers[0], 200);
        assert_true(answers[1]->status == 200 || answers[1]->status == 409);
        expect_text(call_as(world, &employee, "GET", path, NULL), "data.title",
                    answers[1]->status == 200 ? "New" : "Old");
        expect_text(call_as(world, &employee, "GET", path, NULL), "data.status", "published");
    }
}

/* Of changes that are all bound to one state exactly one is made. */
static void of_changes_bound_to_one_state_one_wins(void **state)
{
    struct world *world = *state;
    for (int round = 0; round < ROUNDS; round++) {
        struct call calls[8];
        const char *course = make_course(world, &employee, "Bound", false);
        const char *version = make_version(world, &employee, course, "Old", NULL);
        const char *path = versions_path(world, course, version);
        const char *tag = answer_header(call_as(world, &employee, "GET", path, NULL), "ETag");
        for (size_t i = 0; i < COUNT(calls); i++) {
            calls[i] =
                calling("PATCH", path, version_body(world, world_print(world, "New %zu", i), NULL, NULL));
            calls[i].headers[0] = world_print(world, "If-Match: %s", tag);
        }
        assert_int_equal(run(world, calls, COUNT(calls), 412), 1);
    }
}

static void of_one_category_name_at_once_exactly_one_is_made(void **state)
{
    struct world *world = *state;
    const char *organization = make_organization(world, "Categories");
    const char *path =
        world_print(world, "/api/v1/worklete_admin/organizations/%s/training_categories", organization);
    for (int round = 0; round < ROUNDS; round++) {
        struct call calls[16];
        const char *name = make_name(world, "Raced");
        for (size_t i = 0; i < COUNT(calls); i++) {
            calls[i] =
                calling("POST", path,
                        text_body(world, "name",
                                  i % 2 == 0 ? name : world_sql(world, "SELECT upper($1)", name, NULL)));
        }
        assert_int_equal(run(world, calls, COUNT(calls), 409), 1);
    }
}

/* Whatever the order, the lists are those of one of the calls, whole. */
static void lists_that_replace_each_other_are_never_mixed(void **state)
{
    struct world *world = *state;
    const char *organization = make_organization(world, "Lists");
    const char *category = place_category(world, organization, NULL);
    const char *path = world_print(world, "/api/v1/worklete_admin/organizations/%s/training_categories/%s",
                                   organization, category);
    for (int round = 0; round < ROUNDS; round++) {
        struct call calls[16];
        for (size_t i = 0; i < COUNT(calls); i++) {
            const char *letter = i % 2 == 0 ? "a" : "b";
            calls[i] = calling("PATCH", path,
                               world_print(world, "{\"job_titles\": [\"%s1\", \"shared\", \"%s2\", \"%s3\"]}",
                                           letter, letter, letter));
        }
        assert_int_equal(run(world, calls, COUNT(calls), 200), COUNT(calls));
        const char *titles = world_sql(world,
                                       "SELECT string_agg(job_title, ' ' ORDER BY position) FROM "
                                       "training_category_job_titles WHERE training_category_id = $1::uuid",
                                       category, NULL);
        assert_true(strcmp(titles, "a1 shared a2 a3") == 0 || strcmp(titles, "b1 shared b2 b3") == 0);
    }
}

static void certifications_of_one_user_at_once_are_one(void **state)
{
    struct world *world = *state;
    struct call calls[16];
    struct answer *answers[16];
    for (size_t i = 0; i < COUNT(calls); i++) {
        calls[i] = calling("POST", "/api/v1/worklete_admin/champion_certifications",
                           world_print(world, "{\"user_id\": \"%s\", \"date\": \"2019-05-%02zu\"}",
                                       employee.user_id, i + 1));
    }
    call_together(world, calls, COUNT(calls), answers);
    for (size_t i = 0; i < COUNT(calls); i++) {
        expect_status(answers[i], 200);
        expect_text(answers[i], "data.id", text_at(answers[0], "data.id"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_50_versions_made_at_once_each_has_its_number),
        cmocka_unit_test(refused_ones_among_them_leave_no_gap),
        cmocka_unit_test(of_versions_published_at_once_one_stays),
        cmocka_unit_test(a_change_never_reaches_what_is_published),
        cmocka_unit_test(of_changes_bound_to_one_state_one_wins),
        cmocka_unit_test(of_one_category_name_at_once_exactly_one_is_made),
        cmocka_unit_test(lists_that_replace_each_other_are_never_mixed),
        cmocka_unit_test(certifications_of_one_user_at_once_are_one),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
