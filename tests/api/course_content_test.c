/* The content of versions: stored and answered exactly as its author wrote it, up to the limit of a body. */
#include "support/expect.h"
#include "support/learning.h"

/* large_body_maximum, and that of nginx. */
#define LIMIT ((size_t)8 << 20)

static struct person employee;
static const char *course;

static int setup(void **state)
{
    world_setup(state);
    employee = make_employee(*state, "Emil");
    course = make_course(*state, &employee, "Course", false);
    return 0;
}

static struct answer *make(struct world *world, const char *content)
{
    return call_as(world, &employee, "POST", versions_path(world, course, NULL),
                   version_body(world, "Title", content, NULL));
}

static void expect_content(const struct answer *answer, const char *content)
{
    expect_status(answer, 200);
    const char *found = strstr(answer->body, "\"content\":");
    assert_non_null(found);
    if (strncmp(found + 10, content, strlen(content)) != 0 ||
        strncmp(found + 10 + strlen(content), ",\"created_at\":", 14) != 0) {
        fail_msg("%s is not answered as it was given: %.300s", content, found);
    }
}

/* As it was written: in the answer, when it is fetched alone and in a list, and after a change. */
static void content_stays_as_it_was_written(void **state)
{
    static const char *const contents[] = {
        "{}",
        "{ }",
        "{\"z\":1,\"a\":2,\"m\":{\"y\":0,\"b\":0}}",
        "{\"n\":[1.0,1.10,-0,-0.0,1e2,1E+2,1e-400,123456789012345678901234567890,0."
        "1000000000000000055511151231257827]}",
        "{ \"spaced\" :\t[ 1 ,\n 2 ]\r\n}",
        "{\"\\u0061\":\"\\u00e9\\/\\b\\f\\n\\r\\t\\\\\\\"\",\"b\":\"\xc3\xa9 \xf0\x9f\x98\x80 "
        "\\ud83d\\ude00\"}",
        "{\"data\":{\"content\":{\"title\":\"x\"}},\"content\":[{\"content\":{}}],\"title\":null,\"status\":"
        "true}",
        "{\"\":\"\",\" \":[[],[[]],{}],\"DROP TABLE courses\":\"'; --\",\"$1\":\"{order:x}\"}",
    };
    struct world *world = *state;
    for (size_t i = 0; i < COUNT(contents); i++) {
        struct answer *answer = make(world, contents[i]);
        expect_content(answer, contents[i]);
        const char *path = versions_path(world, course, text_at(answer, "data.id"));
        expect_content(call_as(world, &employee, "GET", path, NULL), contents[i]);
        expect_content(
            call_as(world, &employee, "PATCH", path, version_body(world, "Other", "{\"x\":1}", NULL)),
            "{\"x\":1}");
        expect_content(call_as(world, &employee, "PATCH", path, version_body(world, NULL, contents[i], NULL)),
                       contents[i]);
        expect_content(call_as(world, &employee, "PATCH", path, version_body(world, NULL, NULL, "published")),
                       contents[i]);
        expect_content(
            call_as(world, &employee, "GET",
                    world_print(world, "%s?sort=-number&size=1", versions_path(world, course, NULL)), NULL),
            contents[i]);
    }
}

static void deep_content_counts_from_the_outermost_object(void **state)
{
    struct world *world = *state;
    /* Level 1 is the body, 2 its data, 3 the content. */
    static const char brackets[] = "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]";
    const char *nested = world_print(world, "{\"a\":%s}", brackets);
    assert_int_equal(strlen(brackets), (size_t)2 * (32 - 3));
    expect_content(make(world, nested), nested);
    expect_error(make(world, world_print(world, "{\"b\":%s}", nested)), 400, "deep");
}

/* `beginning`, `part` as often as there is room, `end`: `length` bytes in all, filled up with spaces. */
static char *fill(struct world *world, const char *beginning, const char *part, const char *end,
                  size_t length)
{
    char *text = arena_allocate(world_arena(world), length + 1);
    size_t used = strlen(beginning);
    memcpy(text, beginning, used);
    while (used + strlen(part) + strlen(end) <= length) {
        memcpy(text + used, part, strlen(part));
        used += strlen(part);
    }
    memset(text + used, ' ', length - used);
    memcpy(text + length - strlen(end), end, strlen(end));
    return text;
}

static struct answer *send(struct world *world, const char *method, const char *version, const char *body)
{
    return CALL(world, .method = method, .path = versions_path(world, course, version),
                .session = &employee.session, .body = body);
}

/* One long text, and very many small values: neither is cut, and both come back whole. */
static void content_may_have_8_mebibytes(void **state)
{
    struct world *world = *state;
    const char *const bodies[] = {
        fill(world, "{\"data\":{\"title\":\"Long\",\"content\":{\"text\":\"", "lorem ipsum ", "\"}}}", LIMIT),
        fill(world, "{\"data\":{\"title\":\"Many\",\"content\":{\"list\":[0", ",{\"a\":1}", "]}}}", LIMIT),
        fill(world, "{\"data\":{\"title\":\"Flat\",\"content\":{\"list\":[0", ",1", "]}}}", LIMIT),
    };
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct answer *answer = send(world, "POST", NULL, bodies[i]);
        expect_status(answer, 200);
        const char *given = strstr(bodies[i], "\"content\":") + strlen("\"content\":");
        size_t length = LIMIT - (size_t)(given - bodies[i]) - 2;
        const char *found = strstr(answer->body, "\"content\":") + strlen("\"content\":");
        assert_memory_equal(found, given, length);
        const char *version = text_at(answer, "data.id");
        expect_body(call_get(world, &employee.session, versions_path(world, course, version)), answer->body);
        expect_status(send(world, "PATCH", version, "{\"status\":\"published\"}"), 200);
    }
}

static void more_than_8_mebibytes_are_413(void **state)
{
    struct world *world = *state;
    const char *body =
        fill(world, "{\"data\":{\"title\":\"T\",\"content\":{\"a\":\"", "x", "\"}}}", LIMIT + 1);
    expect_error(send(world, "POST", NULL, body), 413, NULL);
    const char *version = make_version(world, &employee, course, "Small", NULL);
    expect_error(send(world, "PATCH", version, body), 413, NULL);
    /* Elsewhere the limit of all bodies holds. */
    body = fill(world, "{\"name\":\"", "x", "\"}", ((size_t)1 << 20) + 1);
    expect_error(
        CALL(world, .method = "POST", .path = COURSES_PATH, .session = &employee.session, .body = body), 413,
        NULL);
}

static void a_page_of_large_contents_is_asked_for_in_parts(void **state)
{
    struct world *world = *state;
    const char *own = course;
    course = make_course(world, &employee, "Heavy", false);
    const char *body = fill(world, "{\"title\":\"T\",\"content\":{\"a\":\"", "x", "\"}}", LIMIT);
    for (int i = 0; i < 7; i++) {
        expect_status(send(world, "POST", NULL, body), 200);
    }
    const char *path = versions_path(world, course, NULL);
    expect_error(call_get(world, &employee.session, path), 400, "size");
    struct answer *answer = call_get(world, &employee.session, world_print(world, "%s?size=5", path));
    expect_status(answer, 200);
    assert_true(answer->body_length > 5 * (LIMIT - 1024));
    expect_integer(answer, "meta.total", 7);
    expect_length(call_get(world, &employee.session, world_print(world, "%s?size=5&page=2", path)), "data",
                  2);
    course = own;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content_stays_as_it_was_written),
        cmocka_unit_test(deep_content_counts_from_the_outermost_object),
        cmocka_unit_test(content_may_have_8_mebibytes),
        cmocka_unit_test(more_than_8_mebibytes_are_413),
        cmocka_unit_test(a_page_of_large_contents_is_asked_for_in_parts),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
