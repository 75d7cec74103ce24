/* muster course export and import: a course comes back whole, byte by byte, as a new one; bad files change
 * nothing. */
#include <json-c/json.h>

#include "support/expect.h"
#include "support/learning.h"
#include "support/world_parts.h"

/* Keys out of order, numbers of every spelling, a key and a text with escapes, and as deep as a body may be.
 */
#define CONTENT                                                                                   \
    "{\"z\": 1.0, \"a\":[1e2,-0,12345678901234567890],\n \"\\u00e9\":\"\\/ \xc3\xa9\", \"deep\":" \
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}"

static struct person employee;

static int setup(void **state)
{
    world_setup(state);
    employee = make_employee(*state, "Emil");
    return 0;
}

/* Three versions: archived with the content above, published, and a draft. */
static const char *new_course(struct world *world)
{
    const char *course =
        text_at(call_as(world, &employee, "POST", COURSES_PATH,
                        "{\"name\": \"N\xc3\xa4me \\\"x\\\"\", \"description\": \"D\", \"basics\": "
                        "true, \"language_code\": \"de\"}"),
                "data.id");
    const char *path = versions_path(world, course, NULL);
    expect_status(call_as(world, &employee, "POST", path,
                          "{\"title\": \"One\", \"content\": " CONTENT ", \"status\": \"published\"}"),
                  200);
    make_version(world, &employee, course, "Two", "published");
    make_version(world, &employee, course, "Three", NULL);
    return course;
}

static struct output run(struct world *world, const char *action, const char *operand, bool json)
{
    const char *const arguments[] = {"course", action, operand, json ? "--json" : NULL, NULL};
    return world_run(world, NULL, arguments);
}

static const char *exported(struct world *world, const char *course)
{
    struct output output = run(world, "export", course, false);
    assert_int_equal(output.status, 0);
    assert_string_equal(output.error, "");
    return output.out;
}

static const char *file_of(struct world *world, const char *text)
{
    const char *path = world_path(world, make_name(world, "course"));
    world_write_file(path, text);
    return path;
}

/* All of a course but ids and the dates of its own row. */
static const char *essence(struct world *world, const char *course)
{
    return world_sql(
        world,
        "SELECT concat_ws(E'\\n', courses.name, description, basics, language_code, versions_count, "
        "(SELECT number FROM course_versions WHERE id = published_version_id), "
        "(SELECT string_agg(concat_ws(' ', number, status, title, content, created_at, updated_at, "
        "published_at), "
        "E'\\n' ORDER BY number) FROM course_versions WHERE course_id = courses.id)) FROM courses WHERE id = "
        "$1::uuid",
        course, NULL);
}

static void a_course_comes_back_whole_as_a_new_one(void **state)
{
    struct world *world = *state;
    const char *course = new_course(world);
    const char *before = essence(world, course);
    const char *file = file_of(world, exported(world, course));
    struct output output = run(world, "import", file, false);
    assert_int_equal(output.status, 0);
    assert_true(text_is_uuid(text_of(output.out)));
    assert_string_not_equal(output.out, course);
    assert_string_equal(essence(world, output.out), before);
    assert_string_equal(essence(world, course), before);
    struct answer *answer =
        call_as(world, &employee, "GET",
                world_print(world, COURSES_PATH "/%s/versions?sort=number", output.out), NULL);
    expect_integer(answer, "meta.total", 3);
    expect_text(answer, "data.1.status", "published");
    assert_non_null(strstr(answer->body, "\"content\":" CONTENT ","));
    answer = call_as(world, &employee, "GET", world_print(world, COURSES_PATH "/%s", output.out), NULL);
    expect_text(
        answer, "data.published_version_id",
        world_sql(world, "SELECT id FROM course_versions WHERE course_id = $1::uuid AND status = 'published'",
                  output.out, NULL));
}

static void an_imported_course_goes_on_as_any_other(void **state)
{
    struct world *world = *state;
    const char *file = file_of(world, exported(world, new_course(world)));
    const char *course = run(world, "import", file, false).out;
    struct answer *answer = call_as(world, &employee, "POST", versions_path(world, course, NULL),
                                    version_body(world, "Four", NULL, "published"));
    expect_integer(answer, "data.number", 4);
    expect_integer(call_as(world, &employee, "GET", world_print(world, COURSES_PATH "/%s", course), NULL),
                   "data.versions_count", 4);
}

static void each_import_makes_one_more(void **state)
{
    struct world *world = *state;
    const char *file = file_of(world, exported(world, new_course(world)));
    const char *first = run(world, "import", file, false).out;
    struct output second = run(world, "import", file, true);
    assert_int_equal(second.status, 0);
    struct json_object *object = json_tokener_parse(second.out);
    const char *id = json_object_get_string(json_object_object_get(object, "id"));
    assert_string_not_equal(id, first);
    assert_int_equal(json_object_object_length(object), 1);
    assert_string_equal(essence(world, id), essence(world, first));
    json_object_put(object);
    assert_string_equal(
        world_sql(world,
                  "SELECT operation FROM audit_events WHERE action = 'course.create' ORDER BY position "
                  "DESC LIMIT 1",
                  NULL),
        "course import");
}

static void an_export_is_one_json_value_as_the_api_shows_it(void **state)
{
    struct world *world = *state;
    const char *course = new_course(world);
    struct output output = run(world, "export", course, true);
    assert_int_equal(output.status, 0);
    assert_string_equal(output.out, exported(world, course));
    struct answer *shown =
        call_as(world, &employee, "GET", world_print(world, COURSES_PATH "/%s", course), NULL);
    struct answer *versions = call_as(
        world, &employee, "GET", world_print(world, COURSES_PATH "/%s/versions?sort=number", course), NULL);
    const char *end = strstr(versions->body, ",\"meta\":");
    assert_non_null(end);
    const char *expected = world_print(
        world, "{\"format\":\"muster-course/1\",\"course\":%.*s,\"versions\":%.*s}",
        (int)(strlen(shown->body) - strlen("{\"data\":}")), shown->body + strlen("{\"data\":"),
        (int)(end - versions->body - (ptrdiff_t)strlen("{\"data\":")), versions->body + strlen("{\"data\":"));
    assert_string_equal(output.out, expected);
}

static void a_course_without_versions_moves_too(void **state)
{
    struct world *world = *state;
    const char *course = make_course(world, &employee, "Empty", false);
    struct output output = run(world, "import", file_of(world, exported(world, course)), false);
    assert_int_equal(output.status, 0);
    assert_string_equal(essence(world, output.out), essence(world, course));
}

#define COURSE "{\"format\": \"muster-course/1\", \"course\": {\"name\": \"N\"}, \"versions\": [%s]}"
#define VERSION(number, status, more) \
    "{\"number\": " number ", \"status\": \"" status "\", \"title\": \"T\", \"content\": {}" more "}"

static void bad_files_are_refused_and_change_nothing(void **state)
{
    static const struct {
        const char *versions;
        const char *part;
    } bad[] = {
        {VERSION("2", "draft", ""), "not all before it"},
        {VERSION("1", "draft", "") "," VERSION("1", "archived", ""), "two versions 1"},
        {VERSION("1", "published", ""), "published_at"},
        {VERSION("1", "published", ", \"published_at\": \"2019-05-01T00:00:00Z\"") "," VERSION(
             "2", "published", ", \"published_at\": \"2019-05-01T00:00:00Z\""),
         "2 published versions"},
        {VERSION("0", "draft", ""), "number"},
        {VERSION("1", "new", ""), "status"},
        {VERSION("1", "draft", ", \"created_at\": \"yesterday\""), "created_at"},
        {"{\"number\": 1, \"status\": \"draft\", \"content\": {}}", "title"},
        {"{\"number\": 1, \"status\": \"draft\", \"title\": \"T\"}", "content"},
        {"{\"number\": 1, \"status\": \"draft\", \"title\": \"T\", \"content\": [1]}", "content"},
        {"{\"number\": 1, \"status\": \"draft\", \"title\": \"T\", \"content\": {\"a\": 1, \"a\": 2}}",
         "duplicate key"},
        {"7", "versions"},
    };
    static const char *const texts[] = {
        "",
        "{}",
        "[]",
        "not JSON",
        "{\"format\": \"other/1\", \"course\": {\"name\": \"N\"}, \"versions\": []}",
        "{\"format\": \"muster-course/1\", \"course\": {}, \"versions\": []}",
        "{\"format\": \"muster-course/1\", \"course\": {\"name\": \"N\"}}"};
    struct world *world = *state;
    const char *count = world_sql(world, "SELECT count(*) FROM courses", NULL);
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct output output =
            run(world, "import", file_of(world, world_print(world, COURSE, bad[i].versions)), false);
        assert_int_equal(output.status, 1);
        assert_string_equal(output.out, "");
        if (strstr(output.error, bad[i].part) == NULL) {
            fail_msg("%s is not told for %s: %s", bad[i].part, bad[i].versions, output.error);
        }
    }
    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_int_equal(run(world, "import", file_of(world, texts[i]), false).status, 1);
    }
    assert_string_equal(world_sql(world, "SELECT count(*) FROM courses", NULL), count);
}

static void what_is_not_there_is_refused(void **state)
{
    struct world *world = *state;
    struct output output = run(world, "export", NOBODY, false);
    assert_int_equal(output.status, 1);
    assert_non_null(strstr(output.error, NOBODY));
    assert_string_equal(output.out, "");
    assert_int_equal(run(world, "export", "no-id", false).status, 2);
    output = run(world, "import", "/nonexistent/file", false);
    assert_int_equal(output.status, 1);
    assert_non_null(strstr(output.error, "/nonexistent/file"));
    assert_int_equal(run(world, "import", world_folder(world), false).status, 1);
    const char *const nothing[] = {"course", "import", NULL};
    assert_int_equal(world_run(world, NULL, nothing).status, 2);
}

static void large_contents_move_too(void **state)
{
    struct world *world = *state;
    const char *course = make_course(world, &employee, "Large", false);
    world_sql(world,
              "INSERT INTO course_versions (course_id, number, title, content) SELECT $1::uuid, number, 'T', "
              "'{\"a\": [0' "
              "|| repeat(',{\"b\": 1}', 800000) || ']}' FROM generate_series(1, 3) AS number",
              course, NULL);
    world_sql(world, "UPDATE courses SET versions_count = 3 WHERE id = $1::uuid", course, NULL);
    const char *file = file_of(world, exported(world, course));
    struct output output = run(world, "import", file, false);
    assert_string_equal(output.error, "");
    assert_string_equal(
        world_sql(world,
                  "SELECT count(*) FROM course_versions AS one JOIN course_versions AS other USING "
                  "(number, content) WHERE one.course_id = $1::uuid AND other.course_id = $2::uuid",
                  course, output.out, NULL),
        "3");
    world_sql(
        world,
        "UPDATE course_versions SET content = content || repeat(' ', 2000000) WHERE course_id = $1::uuid",
        course, NULL);
    output = run(world, "import", file_of(world, exported(world, course)), false);
    assert_int_equal(output.status, 0);
    world_sql(world,
              "UPDATE course_versions SET content = '{\"a\": \"' || repeat('x', 9000000) || '\"}' WHERE "
              "course_id = "
              "$1::uuid",
              course, NULL);
    output = run(world, "import", file_of(world, exported(world, course)), false);
    assert_int_equal(output.status, 1);
    assert_non_null(strstr(output.error, "large_body_maximum"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_course_comes_back_whole_as_a_new_one),
        cmocka_unit_test(an_imported_course_goes_on_as_any_other),
        cmocka_unit_test(each_import_makes_one_more),
        cmocka_unit_test(an_export_is_one_json_value_as_the_api_shows_it),
        cmocka_unit_test(a_course_without_versions_moves_too),
        cmocka_unit_test(bad_files_are_refused_and_change_nothing),
        cmocka_unit_test(what_is_not_there_is_refused),
        cmocka_unit_test(large_contents_move_too),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
