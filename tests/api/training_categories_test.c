/* Training categories: their names, and the lists of job titles and courses that replace each other. */
#include "support/expect.h"
#include "support/learning.h"

static struct company company;
static const char *courses[3];

static int setup(void **state)
{
    world_setup(state);
    company = make_company(*state);
    for (size_t i = 0; i < COUNT(courses); i++) {
        courses[i] = make_course(*state, &company.employee, "Course", false);
    }
    return 0;
}

static const char *path_of(struct world *world, const char *organization, const char *category)
{
    return world_print(world, "/api/v1/worklete_admin/organizations/%s/training_categories%s%s", organization,
                       category != NULL ? "/" : "", category != NULL ? category : "");
}

static struct answer *call(struct world *world, const char *method, const char *category, const char *body)
{
    return call_as(world, &company.employee, method, path_of(world, company.organization, category), body);
}

static struct answer *make(struct world *world, const char *body)
{
    return call(world, "POST", NULL, body);
}

static struct answer *change(struct world *world, const char *category, const char *body)
{
    return call(world, "PATCH", category, body);
}

static const char *new_category(struct world *world)
{
    return text_at(make(world, text_body(world, "name", make_name(world, "Category "))), "data.id");
}

static void a_category_begins_empty(void **state)
{
    struct world *world = *state;
    struct answer *answer = make(world, "{\"name\": \"  Warehouse \"}");
    expect_status(answer, 200);
    expect_text(answer, "data.name", "Warehouse");
    expect_text(answer, "data.organization_id", company.organization);
    expect_length(answer, "data.job_titles", 0);
    expect_length(answer, "data.course_ids", 0);
    assert_string_equal(text_at(answer, "data.created_at"), text_at(answer, "data.updated_at"));
    expect_status(make(world, "{\"data\": {\"name\": \"Wrapped\"}}"), 200);
}

static void names_are_needed_and_an_empty_one_is_400(void **state)
{
    static const char *const bad[] = {"{\"name\": \"\"}", "{\"name\": \" \\t \"}", "{\"name\": null}",
                                      "{\"name\": 5}"};
    struct world *world = *state;
    const char *category = new_category(world);
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_error(make(world, bad[i]), 400, "name");
        expect_error(change(world, category, bad[i]), 400, "name");
    }
    expect_error(make(world, "{}"), 400, "name");
    expect_error(make(world, ""), 400, NULL);
    expect_error(make(world, world_print(world, "{\"name\": \"%0201d\"}", 0)), 422, "name");
    expect_error(change(world, category, world_print(world, "{\"name\": \"%0201d\"}", 0)), 422, "name");
}

static void a_taken_name_is_409_without_case(void **state)
{
    struct world *world = *state;
    const char *name = make_name(world, "\xc3\x84rzte ");
    expect_status(make(world, text_body(world, "name", name)), 200);
    const char *other = world_sql(world, "SELECT ' ' || lower($1) || ' '", name, NULL);
    expect_error(make(world, text_body(world, "name", name)), 409, "name");
    expect_error(make(world, text_body(world, "name", other)), 409, "name");
    const char *category = new_category(world);
    expect_error(change(world, category, text_body(world, "name", other)), 409, "name");
    const char *own = make_name(world, "own ");
    expect_text(change(world, category, text_body(world, "name", own)), "data.name", own);
    own = world_sql(world, "SELECT upper($1)", own, NULL);
    expect_text(change(world, category, text_body(world, "name", own)), "data.name", own);
    /* Another organization's names are its own. */
    expect_status(call_as(world, &company.employee, "POST",
                          path_of(world, company.stranger.organization_id, NULL),
                          text_body(world, "name", name)),
                  200);
}

/* {"job_titles": …, "course_ids": …}; courses by their letters a, b, c. */
static const char *lists_body(struct world *world, const char *titles, const char *letters)
{
    const char *ids = "";
    for (const char *letter = letters; *letter != '\0'; letter++) {
        ids = world_print(world, "%s%s\"%s\"", ids, *ids != '\0' ? "," : "", courses[*letter - 'a']);
    }
    return world_print(world, "{\"job_titles\": [%s], \"course_ids\": [%s]}", titles, ids);
}

static void expect_lists(struct world *world, const struct answer *answer, const char *titles,
                         const char *letters)
{
    expect_status(answer, 200);
    expect_length(answer, "data.course_ids", strlen(letters));
    for (size_t i = 0; letters[i] != '\0'; i++) {
        expect_text(answer, world_print(world, "data.course_ids.%zu", i), courses[letters[i] - 'a']);
    }
    if (strstr(answer->body, world_print(world, "\"job_titles\":[%s],", titles)) == NULL) {
        fail_msg("the titles should be %s: %s", titles, answer->body);
    }
}

static void lists_replace_and_keep_their_order(void **state)
{
    static const struct {
        const char *titles;
        const char *letters;
    } steps[] = {
        {"\"Driver\",\"Cook\"", "ab"},
        {"\"Cook\",\"Driver\"", "ba"},
        {"\"Cook\",\"Nurse\",\"Driver\"", "bca"},
        {"\"cook\",\"Nurse\"", "ca"},
        {"\"Nurse\"", "c"},
        {"", ""},
        {"\"A \\\"quoted\\\", {braced} \\\\ title\",\"NULL\",\"\xc3\x89\"", "abc"},
    };
    struct world *world = *state;
    const char *category = new_category(world);
    for (size_t i = 0; i < COUNT(steps); i++) {
        const char *body = lists_body(world, steps[i].titles, steps[i].letters);
        struct answer *answer = change(world, category, body);
        expect_lists(world, answer, steps[i].titles, steps[i].letters);
        expect_body(change(world, category, body), answer->body);
    }
}

static void what_is_not_given_stays(void **state)
{
    struct world *world = *state;
    const char *category = new_category(world);
    struct answer *answer = change(world, category, lists_body(world, "\" Driver \"", "ca"));
    const char *name = text_at(answer, "data.name");
    expect_lists(world, answer, "\"Driver\"", "ca");
    expect_lists(world, change(world, category, "{\"job_titles\": [\"Cook\"]}"), "\"Cook\"", "ca");
    expect_lists(world, change(world, category, "{\"course_ids\": []}"), "\"Cook\"", "");
    answer = change(world, category, "{\"course_ids\": null, \"job_titles\": null}");
    expect_error(answer, 422, "course_ids");
    expect_error(answer, 422, "job_titles");
    answer = change(world, category, "{\"name\": \"Just renamed\"}");
    expect_lists(world, answer, "\"Cook\"", "");
    assert_string_not_equal(name, "Just renamed");
    expect_body(change(world, category, "{}"), answer->body);
}

static void a_change_is_dated_and_its_repetition_is_not(void **state)
{
    static const char *const changes[] = {"{\"name\": \"Dated\"}", "{\"job_titles\": [\"A\", \"B\"]}",
                                          "{\"job_titles\": [\"B\", \"A\"]}",
                                          "{\"job_titles\": [\"B\", \"a\"]}", "{\"job_titles\": [\"a\"]}"};
    struct world *world = *state;
    const char *category = new_category(world);
    for (size_t i = 0; i < COUNT(changes); i++) {
        world_sql(world, "UPDATE training_categories SET updated_at = '2019-05-01' WHERE id = $1::uuid",
                  category, NULL);
        struct answer *answer = change(world, category, changes[i]);
        assert_string_not_equal(text_at(answer, "data.updated_at"), "2019-05-01T00:00:00.000Z");
        expect_body(change(world, category, changes[i]), answer->body);
    }
}

static void bad_lists_are_refused_whole(void **state)
{
    struct world *world = *state;
    const char *category = new_category(world);
    struct answer *before = change(world, category, lists_body(world, "\"Driver\"", "a"));
    const struct {
        const char *body;
        int status;
        const char *part;
    } bad[] = {
        {"{\"job_titles\": [\"Cook\", \" cook \"]}", 422, "job_titles"},
        {"{\"job_titles\": [\"\xc3\x84rzte\", \"\xc3\xa4RZTE\"]}", 422, "job_titles"},
        {"{\"job_titles\": [\"\"]}", 422, "job_titles"},
        {"{\"job_titles\": [\"  \"]}", 422, "job_titles"},
        {world_print(world, "{\"job_titles\": [\"Cook\", \"%0201d\"]}", 0), 422, "job_titles"},
        {"{\"job_titles\": \"Cook\"}", 400, "job_titles"},
        {"{\"job_titles\": [5]}", 400, "job_titles"},
        {"{\"job_titles\": [null]}", 400, "job_titles"},
        {lists_body(world, "\"New\"", "aba"), 422, "course_ids"},
        {"{\"name\": \"Other\", \"course_ids\": [\"" NOBODY "\"]}", 422, "course_ids"},
        {"{\"job_titles\": [], \"course_ids\": [\"no-id\"]}", 400, "course_ids"},
        {"{\"course_ids\": [5]}", 400, "course_ids"},
        {"{\"course_ids\": {}}", 400, "course_ids"},
        {world_print(world, "{\"course_ids\": [\"%s\"]}",
                     world_sql(world, "SELECT upper($1)", courses[0], NULL)),
         400, "course_ids"},
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_error(change(world, category, bad[i].body), bad[i].status, bad[i].part);
        expect_body(change(world, category, "{}"), before->body);
    }
    struct answer *answer =
        change(world, category, "{\"job_titles\": [\"a\", \"A\"], \"course_ids\": [\"" NOBODY "\"]}");
    expect_error(answer, 422, "job_titles");
    expect_error(answer, 422, "course_ids");
}

static void what_does_not_exist_is_404(void **state)
{
    struct world *world = *state;
    const char *foreign = place_category(world, company.stranger.organization_id, NULL);
    const char *body = "{\"name\": \"x\", \"job_titles\": [\"Driver\"]}";
    expect_error(change(world, NOBODY, body), 404, NULL);
    expect_error(change(world, foreign, body), 404, NULL);
    expect_error(change(world, "no-id", body), 404, NULL);
    const char *const organizations[] = {NOBODY, "no-id"};
    for (size_t i = 0; i < COUNT(organizations); i++) {
        const char *path = path_of(world, organizations[i], NULL);
        expect_error(call_as(world, &company.employee, "GET", path, NULL), 404, NULL);
        expect_error(call_as(world, &company.employee, "POST", path, "{\"name\": \"x\"}"), 404, NULL);
    }
    assert_string_equal(
        world_sql(world,
                  "SELECT count(*) FROM training_category_job_titles WHERE training_category_id = $1::uuid",
                  foreign, NULL),
        "0");
}

static void the_list_is_sorted_by_name_without_case(void **state)
{
    struct world *world = *state;
    const char *organization = make_organization(world, "Sorted");
    static const char *const names[] = {"delta", "Alpha", "charlie", "BRAVO", "Echo"};
    const char *path = path_of(world, organization, NULL);
    expect_length(call_as(world, &company.employee, "GET", path, NULL), "data", 0);
    for (size_t i = 0; i < COUNT(names); i++) {
        expect_status(call_as(world, &company.employee, "POST", path, text_body(world, "name", names[i])),
                      200);
    }
    struct answer *answer = call_as(world, &company.employee, "GET", path, NULL);
    static const char *const sorted[] = {"Alpha", "BRAVO", "charlie", "delta", "Echo"};
    expect_length(answer, "data", COUNT(sorted));
    expect_absent(answer, "meta");
    for (size_t i = 0; i < COUNT(sorted); i++) {
        expect_text(answer, world_print(world, "data.%zu.name", i), sorted[i]);
    }
    answer = call_as(world, &company.employee, "GET", world_print(world, "%s?size=2&page=2", path), NULL);
    expect_length(answer, "data", 2);
    expect_text(answer, "data.0.name", "charlie");
    expect_integer(answer, "meta.total", COUNT(sorted));
}

static void a_list_shows_what_each_category_holds(void **state)
{
    struct world *world = *state;
    const char *category = new_category(world);
    struct answer *changed = change(world, category, lists_body(world, "\"Cook\",\"Driver\"", "cb"));
    struct answer *answer = call(world, "GET", NULL, NULL);
    int position = position_of(world, answer, "data", "id", category);
    assert_true(position >= 0);
    expect_text(answer, world_print(world, "data.%d.job_titles.1", position), "Driver");
    expect_text(answer, world_print(world, "data.%d.course_ids.0", position), courses[2]);
    expect_text(answer, world_print(world, "data.%d.updated_at", position),
                text_at(changed, "data.updated_at"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_category_begins_empty),
        cmocka_unit_test(names_are_needed_and_an_empty_one_is_400),
        cmocka_unit_test(a_taken_name_is_409_without_case),
        cmocka_unit_test(lists_replace_and_keep_their_order),
        cmocka_unit_test(what_is_not_given_stays),
        cmocka_unit_test(a_change_is_dated_and_its_repetition_is_not),
        cmocka_unit_test(bad_lists_are_refused_whole),
        cmocka_unit_test(what_does_not_exist_is_404),
        cmocka_unit_test(the_list_is_sorted_by_name_without_case),
        cmocka_unit_test(a_list_shows_what_each_category_holds),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
