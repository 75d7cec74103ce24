/* Courses, as employees list, make and change them. */
#include "support/expect.h"
#include "support/learning.h"

#define PATH COURSES_PATH

static struct person employee;

static int setup(void **state)
{
    world_setup(state);
    employee = make_employee(*state, "Emil");
    return 0;
}

static struct answer *call(struct world *world, const char *method, const char *path, const char *body)
{
    return call_as(world, &employee, method, path, body);
}

static struct answer *make(struct world *world, const char *body)
{
    return call(world, "POST", PATH, body);
}

static struct answer *show(struct world *world, const char *id)
{
    return call(world, "GET", world_print(world, PATH "/%s", id), NULL);
}

static struct answer *change(struct world *world, const char *id, const char *body)
{
    return call(world, "PUT", world_print(world, PATH "/%s", id), body);
}

static const char *new_course(struct world *world, const char *name, bool basics)
{
    return make_course(world, &employee, name, basics);
}

static void a_course_is_made_and_shown(void **state)
{
    struct world *world = *state;
    struct answer *answer = make(world, "{\"name\": \" Lifting safely \", \"description\": \"How to lift.\", "
                                        "\"basics\": true, \"language_code\": \"FR\"}");
    expect_status(answer, 200);
    expect_text(answer, "data.name", "Lifting safely");
    expect_text(answer, "data.description", "How to lift.");
    expect_true(answer, "data.basics");
    expect_text(answer, "data.language_code", "fr");
    expect_null(answer, "data.published_version_id");
    expect_integer(answer, "data.versions_count", 0);
    assert_string_equal(text_at(answer, "data.created_at"), text_at(answer, "data.updated_at"));
    expect_body(show(world, text_at(answer, "data.id")), answer->body);
}

static void what_is_not_given_has_its_usual_value(void **state)
{
    struct world *world = *state;
    struct answer *answer = make(world, "{\"data\": {\"name\": \"Plain\"}}");
    expect_null(answer, "data.description");
    expect_false(answer, "data.basics");
    expect_text(answer, "data.language_code", "en");
    expect_null(make(world, "{\"name\": \"Blank\", \"description\": \"  \"}"), "data.description");
    expect_null(make(world, "{\"name\": \"Null\", \"description\": null, \"basics\": null}"),
                "data.description");
}

static void bodies_come_bare_or_inside_data(void **state)
{
    struct world *world = *state;
    expect_text(make(world, "{\"name\": \"Outer\", \"data\": {\"name\": \"Inner\"}}"), "data.name", "Inner");
    const char *id = new_course(world, "Wrapped", false);
    expect_text(change(world, id, "{\"data\": {\"name\": \"One\"}}"), "data.name", "One");
    expect_text(change(world, id, "{\"name\": \"Two\"}"), "data.name", "Two");
    expect_error(change(world, id, "{\"data\": [{\"name\": \"x\"}]}"), 400, "data");
}

static void put_replaces_what_is_given_and_the_rest_stays(void **state)
{
    struct world *world = *state;
    const char *id = new_course(world, "Before", true);
    struct answer *answer = change(world, id, "{\"description\": \"Said.\"}");
    expect_text(answer, "data.name", "Before");
    expect_true(answer, "data.basics");
    expect_text(answer, "data.description", "Said.");
    answer = change(world, id, "{\"name\": \"After\", \"basics\": false, \"language_code\": \"de\"}");
    expect_text(answer, "data.name", "After");
    expect_false(answer, "data.basics");
    expect_text(answer, "data.language_code", "de");
    expect_text(answer, "data.description", "Said.");
    expect_null(change(world, id, "{\"description\": null}"), "data.description");
    answer = change(world, id, "{\"description\": \"Again.\"}");
    expect_null(change(world, id, "{\"description\": \"\"}"), "data.description");
    expect_body(show(world, id), change(world, id, "{}")->body);
}

static void the_same_put_again_changes_nothing(void **state)
{
    struct world *world = *state;
    const char *id = new_course(world, "Twice", false);
    const char *body =
        "{\"name\": \"Changed\", \"description\": \"D\", \"basics\": true, \"language_code\": \"es\"}";
    struct answer *first = change(world, id, body);
    expect_status(first, 200);
    expect_body(change(world, id, body), first->body);
    expect_body(change(world, id, "{}"), first->body);
}

static void bad_bodies_are_refused(void **state)
{
    static const struct {
        const char *body;
        int status;
        const char *part;
    } bad[] = {
        {"{\"name\": 5}", 400, "name"},
        {"{\"name\": \"\"}", 422, "name"},
        {"{\"name\": \"  \"}", 422, "name"},
        {"{\"name\": \"n\", \"basics\": \"true\"}", 400, "basics"},
        {"{\"name\": \"n\", \"description\": {}}", 400, "description"},
        {"{\"name\": \"n\", \"language_code\": \"english\"}", 422, "language_code"},
        {"{\"name\": \"n\", \"language_code\": \"e\"}", 422, "language_code"},
        {"{\"name\": \"n\", \"language_code\": \"1!\"}", 422, "language_code"},
        {"{\"name\": \"n\", \"language_code\": \"\"}", 422, "language_code"},
        {"{\"name\": \"n\", \"name\": \"n\"}", 400, NULL},
        {"[]", 400, NULL},
        {"{", 400, NULL},
    };
    struct world *world = *state;
    const char *id = new_course(world, "Good", false);
    struct answer *before = show(world, id);
    const char *courses = world_sql(world, "SELECT count(*) FROM courses", NULL);
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_error(make(world, bad[i].body), bad[i].status, bad[i].part);
        expect_error(change(world, id, bad[i].body), bad[i].status, bad[i].part);
    }
    struct answer *both = make(world, "{\"name\": \"\", \"language_code\": \"d1\"}");
    expect_error(both, 422, "name");
    expect_error(both, 422, "language_code");
    expect_error(make(world, "{}"), 422, "name");
    expect_error(make(world, ""), 400, NULL);
    expect_error(make(world, "{\"name\": null}"), 422, "name");
    expect_error(change(world, id, "{\"name\": null}"), 422, "name");
    expect_error(change(world, id, "{\"basics\": null}"), 422, "basics");
    expect_error(make(world, world_print(world, "{\"name\": \"%0201d\"}", 0)), 422, "name");
    expect_status(make(world, world_print(world, "{\"name\": \"%0200d\"}", 0)), 200);
    expect_body(show(world, id), before->body);
    assert_int_equal(strtol(world_sql(world, "SELECT count(*) FROM courses", NULL), NULL, 10),
                     strtol(courses, NULL, 10) + 1);
}

static void what_a_body_does_not_name_is_not_set(void **state)
{
    struct world *world = *state;
    struct answer *answer = make(world, "{\"name\": \"Own\", \"id\": \"" NOBODY "\", \"versions_count\": 7, "
                                        "\"published_version_id\": \"" NOBODY "\"}");
    expect_integer(answer, "data.versions_count", 0);
    expect_null(answer, "data.published_version_id");
    assert_string_not_equal(text_at(answer, "data.id"), NOBODY);
}

static void what_does_not_exist_is_404(void **state)
{
    struct world *world = *state;
    expect_error(show(world, NOBODY), 404, NULL);
    expect_error(show(world, "no-id"), 404, NULL);
    expect_error(change(world, NOBODY, "{\"name\": \"x\"}"), 404, NULL);
    expect_error(change(world, NOBODY, "{\"name\": \"\"}"), 422, "name");
}

static void lists_are_whole_and_the_oldest_comes_first(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 30; i++) {
        new_course(world, "Listed", i % 3 == 0);
    }
    struct answer *answer = call(world, "GET", PATH, NULL);
    int64_t total = strtol(world_sql(world, "SELECT count(*) FROM courses", NULL), NULL, 10);
    assert_true(total > 25);
    expect_length(answer, "data", (size_t)total);
    expect_absent(answer, "meta");
    expect_no_header(answer, "Link");
    for (int64_t i = 1; i < total; i++) {
        assert_true(strcmp(text_at(answer, world_print(world, "data.%d.created_at", (int)i - 1)),
                           text_at(answer, world_print(world, "data.%d.created_at", (int)i))) <= 0);
    }
    struct answer *page = call(world, "GET", PATH "?size=10&page=2", NULL);
    expect_length(page, "data", 10);
    expect_integer(page, "meta.total", total);
    expect_text(page, "data.0.id", text_at(answer, "data.10.id"));
    expect_integer(call(world, "GET", PATH "?page=1", NULL), "meta.size", 25);
    expect_length(call(world, "GET", PATH "?page=999", NULL), "data", 0);
    expect_error(call(world, "GET", PATH "?size=101", NULL), 400, "size");
}

static void a_filter_tells_the_basics_from_the_others(void **state)
{
    struct world *world = *state;
    const char *basics = new_course(world, "Basic", true);
    const char *other = new_course(world, "Other", false);
    struct answer *only = call(world, "GET", PATH "?filter=basics", NULL);
    struct answer *others = call(world, "GET", PATH "?filter=not_basics", NULL);
    assert_true(position_of(world, only, "data", "id", basics) >= 0);
    assert_int_equal(position_of(world, only, "data", "id", other), -1);
    assert_true(position_of(world, others, "data", "id", other) >= 0);
    assert_int_equal(position_of(world, others, "data", "id", basics), -1);
    assert_int_equal(length_at(only, "data") + length_at(others, "data"),
                     length_at(call(world, "GET", PATH, NULL), "data"));
    expect_integer(call(world, "GET", PATH "?filter=basics&size=1", NULL), "meta.total",
                   (int64_t)length_at(only, "data"));
}

static void unknown_filters_are_400(void **state)
{
    static const char *const bad[] = {"filter=all",        "filter=Basics",
                                      "filter=",           "filter=basics&filter=basics",
                                      "organization_id=x", "organization_id="};
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_error(call(*state, "GET", world_print(*state, PATH "?%s", bad[i]), NULL), 400, NULL);
    }
}

static struct answer *courses_of(struct world *world, const char *organization, const char *more)
{
    return call(world, "GET", world_print(world, PATH "?organization_id=%s%s", organization, more), NULL);
}

static void an_organizations_courses_are_those_of_its_pools(void **state)
{
    struct world *world = *state;
    struct company company = make_company(world);
    const char *pooled = new_course(world, "Pooled", false);
    const char *idle = new_course(world, "Idle", false);
    const char *basics = new_course(world, "Basic", true);
    const char *drivers = place_category(world, company.organization, "DRIVER");
    place_in_category(world, drivers, pooled);
    place_in_category(world, drivers, basics);
    place_in_category(world, place_category(world, company.organization, "Nobody's title"), idle);
    expect_length(courses_of(world, company.organization, ""), "data", 0);
    world_sql(world, "UPDATE memberships SET job_title = ' driver ' WHERE id = $1::uuid",
              company.learner.membership_id, NULL);
    struct answer *answer = courses_of(world, company.organization, "");
    expect_length(answer, "data", 1);
    expect_text(answer, "data.0.id", pooled);
    expect_length(courses_of(world, company.organization, "&filter=not_basics"), "data", 1);
    expect_length(courses_of(world, company.organization, "&filter=basics"), "data", 0);
    expect_integer(courses_of(world, company.organization, "&size=5"), "meta.total", 1);
    expect_length(courses_of(world, company.stranger.organization_id, ""), "data", 0);
    expect_length(courses_of(world, NOBODY, ""), "data", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_course_is_made_and_shown),
        cmocka_unit_test(what_is_not_given_has_its_usual_value),
        cmocka_unit_test(bodies_come_bare_or_inside_data),
        cmocka_unit_test(put_replaces_what_is_given_and_the_rest_stays),
        cmocka_unit_test(the_same_put_again_changes_nothing),
        cmocka_unit_test(bad_bodies_are_refused),
        cmocka_unit_test(what_a_body_does_not_name_is_not_set),
        cmocka_unit_test(what_does_not_exist_is_404),
        cmocka_unit_test(lists_are_whole_and_the_oldest_comes_first),
        cmocka_unit_test(a_filter_tells_the_basics_from_the_others),
        cmocka_unit_test(unknown_filters_are_400),
        cmocka_unit_test(an_organizations_courses_are_those_of_its_pools),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
