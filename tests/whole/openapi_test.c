/* The OpenAPI document against the tables that it is printed from, and the committed copy against the
 * program. */
#include "support/cmocka_headers.h"

#include "http/endpoint.h"
#include "http/openapi.h"
#include "http/openapi_parts.h"
#include "json/json.h"

#define ARENA_MAXIMUM    ((size_t)256 * 1024 * 1024)
#define COMMITTED        "doc/openapi.json"
#define MAXIMUM_DOCUMENT ((size_t)16 * 1024 * 1024)

static struct context context;

static int start(void **state)
{
    (void)state;
    context_start(&context, arena_create(ARENA_MAXIMUM), NULL, NULL);
    return context.arena == NULL;
}

static int end(void **state)
{
    (void)state;
    arena_destroy(context.arena);
    return 0;
}

static struct text document(void)
{
    return arena_copy_text(context.arena, openapi_document(context.arena, OPENAPI_SERVER_URL));
}

static size_t occurrences(struct text text, const char *part)
{
    size_t count = 0;

    for (const char *found = strstr(text.data, part); found != NULL; found = strstr(found + 1, part)) {
        count++;
    }
    return count;
}

static struct text read_committed(void)
{
    const char *source = getenv("srcdir");
    const char *path = arena_print(context.arena, "%s/%s", source != NULL ? source : ".", COMMITTED);
    FILE *file = fopen(path, "rb");
    char *data = arena_allocate(context.arena, MAXIMUM_DOCUMENT);
    size_t length;

    if (file == NULL) {
        fail_msg("%s can't be opened", path);
    }
    length = fread(data, 1, MAXIMUM_DOCUMENT, file);
    fclose(file);
    return (struct text){data, length};
}

static void test_committed_document_is_current(void **state)
{
    (void)state;
    if (!text_equal(document(), read_committed())) {
        fail_msg("%s", COMMITTED " is stale; print it again: muster openapi > " COMMITTED);
    }
}

static void test_same_bytes_each_time(void **state)
{
    (void)state;
    assert_true(text_equal(document(), document()));
}

static void test_server_address_is_in_the_document(void **state)
{
    struct text text = openapi_document(context.arena, "https://muster.example.com/");

    (void)state;
    assert_int_equal(occurrences(text, "\"url\": \"https://muster.example.com/\""), 1);
    assert_false(text_equal(text, document()));
}

/* json_parse() also refuses a key that stands twice in an object. */
static void test_document_is_strict_json(void **state)
{
    struct json_object *value;

    (void)state;
    assert_int_equal(json_parse(&context, document(), &value), PROBLEM_NONE);
}

static void test_every_row_is_an_operation(void **state)
{
    struct text text = document();

    (void)state;
    for (size_t i = 0; i < endpoint_count; i++) {
        const char *member = arena_print(context.arena, "\"operationId\": \"%s\"", endpoints[i].name);

        if (occurrences(text, member) != 1) {
            fail_msg("%s is not in the document exactly once", endpoints[i].name);
        }
    }
    assert_int_equal(occurrences(text, "\"operationId\": "), endpoint_count);
}

static bool is_tag(const char *name)
{
    for (size_t i = 0; i < tag_count; i++) {
        if (strcmp(tags[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_used_tag(const char *name)
{
    for (size_t i = 0; i < endpoint_count; i++) {
        if (strcmp(endpoints[i].tag, name) == 0) {
            return true;
        }
    }
    return false;
}

static void test_tags_are_those_of_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < endpoint_count; i++) {
        if (!is_tag(endpoints[i].tag)) {
            fail_msg("%s has the tag %s, which tags.c has not", endpoints[i].name, endpoints[i].tag);
        }
    }
    for (size_t i = 0; i < tag_count; i++) {
        if (!is_used_tag(tags[i].name)) {
            fail_msg("no operation has the tag %s", tags[i].name);
        }
    }
}

/* All shapes that were met, to find two of one name. */
struct shapes {
    const struct shape *list[MAXIMUM_SCHEMAS];
    size_t count;
};

static bool same_text(const char *left, const char *right)
{
    return left == right || (left != NULL && right != NULL && strcmp(left, right) == 0);
}

/* Two shapes of one thing may differ in the columns that they are read from, which no document tells. */
static bool tell_the_same(const struct shape *left, const struct shape *right)
{
    bool same = left->count == right->count && same_text(left->about, right->about);
    for (size_t i = 0; same && i < left->count; i++) {
        const struct field *one = &left->fields[i];
        const struct field *other = &right->fields[i];
        same = same_text(one->name, other->name) && one->type == other->type &&
               same_text(one->about, other->about) && same_text(one->example, other->example) &&
               one->choices == other->choices && one->minimum == other->minimum &&
               one->maximum == other->maximum && one->shape == other->shape &&
               same_text(one->constant, other->constant) && one->not_null == other->not_null &&
               (one->when == NULL) == (other->when == NULL);
    }
    return same;
}

static void visit_shape(struct shapes *shapes, const struct shape *shape)
{
    if (shape == NULL || shape->name == NULL) {
        return;
    }
    for (size_t i = 0; i < shapes->count; i++) {
        if (strcmp(shapes->list[i]->name, shape->name) == 0) {
            if (!tell_the_same(shapes->list[i], shape)) {
                fail_msg("two shapes are named %s", shape->name);
            }
            return;
        }
    }
    assert_true(shapes->count < MAXIMUM_SCHEMAS);
    shapes->list[shapes->count++] = shape;
    for (size_t i = 0; i < shape->count; i++) {
        visit_shape(shapes, shape->fields[i].shape);
    }
}

static void test_names_of_shapes_are_unique(void **state)
{
    struct shapes shapes = {.count = 0};

    (void)state;
    for (size_t i = 0; i < endpoint_count; i++) {
        visit_shape(&shapes, endpoints[i].body);
        visit_shape(&shapes, endpoints[i].answer);
    }
    assert_true(shapes.count > 0);
}

static void check_json(const char *what, const char *name, const char *json)
{
    struct json_scan scan;

    if (json == NULL) {
        return;
    }
    scan = json_scan(text_of(json), JSON_MAXIMUM_DEPTH);
    if (scan.fault != NULL) {
        fail_msg("%s of %s is not JSON: it %s at %zu", what, name, scan.fault, scan.position);
    }
}

static void check_shape(const struct shape *shape)
{
    for (size_t i = 0; shape != NULL && i < shape->count; i++) {
        check_json("the example", shape->fields[i].name, shape->fields[i].example);
        check_json("the constant", shape->fields[i].name, shape->fields[i].constant);
        if (shape->fields[i].shape != shape) {
            check_shape(shape->fields[i].shape);
        }
    }
}

static void test_json_in_the_tables_is_json(void **state)
{
    (void)state;
    for (size_t i = 0; i < endpoint_count; i++) {
        check_json("answer_schema", endpoints[i].name, endpoints[i].answer_schema);
        check_shape(endpoints[i].body);
        check_shape(endpoints[i].query);
        check_shape(endpoints[i].answer);
    }
}

static void check_layout(const char *compact, const char *expected)
{
    struct text printed = openapi_print(context.arena, text_of(compact));

    assert_string_equal(arena_copy(context.arena, printed.data, printed.length), expected);
}

static void test_layout(void **state)
{
    (void)state;
    check_layout("{}", "{}\n");
    check_layout("[]", "[]\n");
    check_layout("{\"a\":[1,{\"b\":null}],\"c\":{}}",
                 "{\n  \"a\": [\n    1,\n    {\n      \"b\": null\n    }\n  ],\n  \"c\": {}\n}\n");
    check_layout("[\"{,:}\",\"\\\"[\\\\\",true]", "[\n  \"{,:}\",\n  \"\\\"[\\\\\",\n  true\n]\n");
    check_layout("{ \"a\" :\n[ 1 , 2 ] }", "{\n  \"a\": [\n    1,\n    2\n  ]\n}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_committed_document_is_current, start, end),
        cmocka_unit_test_setup_teardown(test_same_bytes_each_time, start, end),
        cmocka_unit_test_setup_teardown(test_server_address_is_in_the_document, start, end),
        cmocka_unit_test_setup_teardown(test_document_is_strict_json, start, end),
        cmocka_unit_test_setup_teardown(test_every_row_is_an_operation, start, end),
        cmocka_unit_test_setup_teardown(test_tags_are_those_of_the_table, start, end),
        cmocka_unit_test_setup_teardown(test_names_of_shapes_are_unique, start, end),
        cmocka_unit_test_setup_teardown(test_json_in_the_tables_is_json, start, end),
        cmocka_unit_test_setup_teardown(test_layout, start, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
