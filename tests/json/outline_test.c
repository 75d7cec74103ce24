/* Bodies of which parts are kept as they were written: those parts cost no tree, and nothing else differs. */
#include "support/context.h"

#include "json/decode.h"
#include "json/duplicates.h"
#include "json/json.h"
#include "json/outline.h"

static const struct field page_fields[] = {
    {.name = "name", .type = FIELD_TEXT},
    {.name = "inside", .type = FIELD_JSON, .nullable = true},
};
static const struct shape page = SHAPE("Page", "A page.", page_fields);

static const struct field book_fields[] = {
    {.name = "title", .type = FIELD_TEXT, .required = true},
    {.name = "content", .type = FIELD_JSON},
    {.name = "cover", .type = FIELD_OBJECT, .shape = &page},
    {.name = "pages", .type = FIELD_LIST, .shape = &page},
};
static const struct shape book = SHAPE("Book", "A book.", book_fields);

static const struct field plain_fields[] = {{.name = "title", .type = FIELD_TEXT}};
static const struct shape plain = SHAPE("Plain", "Nothing that is kept.", plain_fields);

static void expect_outline(const char *text, const char *wrapper, const char *expected)
{
    struct text outline;

    assert_int_equal(json_outline(&test_context, text_of(text), &book, wrapper, &outline), PROBLEM_NONE);
    expect_text(outline, expected);
}

static void what_is_kept_is_left_out(void **state)
{
    (void)state;
    expect_outline("{}", NULL, "{}");
    expect_outline("{\"title\":\"a\"}", NULL, "{\"title\":\"a\"}");
    expect_outline("{\"title\" : 1, \"content\" : { \"b\" : [ 1 , {} ] } , \"x\":{\"content\":{\"y\":1}}}",
                   NULL, "{\"title\" : 1, \"content\" : {} , \"x\":{\"content\":{\"y\":1}}}");
    expect_outline("{\"cover\":{\"inside\":{\"a\":1},\"content\":{\"b\":1}},\"content\":{\"c\":1}}", NULL,
                   "{\"cover\":{\"inside\":{},\"content\":{\"b\":1}},\"content\":{}}");
    expect_outline("{\"pages\":[{\"inside\":{\"a\":1}},3,{\"inside\":null},{\"inside\":{\"b\":2}}]}", NULL,
                   "{\"pages\":[{\"inside\":{}},3,{\"inside\":null},{\"inside\":{}}]}");
    expect_outline(
        "{\"content\":[{\"a\":1}],\"cover\":[{\"inside\":{\"a\":1}}],\"pages\":{\"inside\":{\"a\":1}}}", NULL,
        "{\"content\":[{\"a\":1}],\"cover\":[{\"inside\":{\"a\":1}}],\"pages\":{\"inside\":{\"a\":1}}}");
}

static void a_wrapper_is_looked_into(void **state)
{
    (void)state;
    expect_outline("{\"data\":{\"content\":{\"a\":1}},\"content\":{\"b\":2}}", "data",
                   "{\"data\":{\"content\":{}},\"content\":{}}");
    expect_outline("{\"data\":{\"data\":{\"content\":{\"a\":1}}}}", "data",
                   "{\"data\":{\"data\":{\"content\":{\"a\":1}}}}");
    expect_outline("{\"data\":{\"content\":{\"a\":1}}}", NULL, "{\"data\":{\"content\":{\"a\":1}}}");
    expect_outline("{\"data\":[{\"content\":{\"a\":1}}]}", "data", "{\"data\":[{\"content\":{\"a\":1}}]}");
}

static void shapes_tell_whether_they_keep_anything(void **state)
{
    (void)state;
    assert_true(shape_keeps_json(&book));
    assert_true(shape_keeps_json(&page));
    assert_false(shape_keeps_json(&plain));
}

static struct values read_body(const char *text, const char *wrapper)
{
    struct json_object *object;
    struct values values;

    assert_int_equal(json_parse_body(&test_context, text_of(text), &book, wrapper, &object), PROBLEM_NONE);
    if (wrapper != NULL) {
        assert_int_equal(json_inner_object(&test_context, object, wrapper, &object), PROBLEM_NONE);
    }
    assert_int_equal(decode_object(&test_context, &book, object, &values), PROBLEM_NONE);
    return values;
}

static void what_is_kept_is_found_as_it_was_written(void **state)
{
    (void)state;
    struct values values =
        read_body(" {\"title\":\"t\",\"content\": {\"z\":1.0, \"a\":1e400,\n\"\\u0062\":\"\\/\"} } ", NULL);
    expect_text(text_value(&values, "content"), "{\"z\":1.0, \"a\":1e400,\n\"\\u0062\":\"\\/\"}");
    values = read_body("{\"x\":{\"content\":{\"a\":1}},\"data\":{\"content\":{ },\"title\":\"t\"}}", "data");
    expect_text(text_value(&values, "content"), "{ }");
    values = read_body("{\"content\":{\"q\":-0.0},\"title\":\"t\"}", "data");
    expect_text(text_value(&values, "content"), "{\"q\":-0.0}");
    values = read_body(
        "{\"title\":\"t\",\"pages\":[{\"inside\":{\"a\":1.50}},{\"name\":\"n\",\"inside\":{\"b\":2}}],"
        "\"cover\":{\"inside\":{\"c\":3}}}",
        NULL);
    const struct field_value *pages = value_of(&values, "pages");
    assert_int_equal(pages->element_count, 2);
    expect_text(text_value(&pages->elements[0], "inside"), "{\"a\":1.50}");
    expect_text(text_value(&pages->elements[1], "inside"), "{\"b\":2}");
    expect_text(text_value(&value_of(&values, "cover")->elements[0], "inside"), "{\"c\":3}");
}

/* A key that is written with escapes means the same. */
static void a_field_whose_key_has_escapes_is_kept_too(void **state)
{
    (void)state;
    struct values values = read_body("{\"title\":\"t\",\"c\\u006fntent\":{\"a\":1.0}}", NULL);
    expect_text(text_value(&values, "content"), "{\"a\":1.0}");
}

static enum problem problem_of(const char *text)
{
    struct json_object *object = NULL;

    start_again();
    return json_parse_body(&test_context, text_of(text), &book, "data", &object);
}

static void duplicate_keys_are_found_everywhere(void **state)
{
    static const char *const twice[] = {
        "{\"content\":{\"a\":1,\"a\":1}}",
        "{\"content\":{\"a\":1,\"b\":{},\"\\u0061\":2}}",
        "{\"content\":{\"x\":[{\"a\":1},{\"b\":[1,{\"c\":1,\"d\":\"c\",\"c\":2}]}]}}",
        "{\"content\":{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}}",
        "{\"content\":{\"\\u00e9\":1,\"\xc3\xa9\":2}}",
        "{\"content\":{\"\\u20ac\":1,\"\xe2\x82\xac\":2}}",
        "{\"content\":{\"a\\tb\":1,\"a\\u0009b\":2}}",
        "{\"content\":{\"\\/\":1,\"/\":2}}",
        "{\"content\":{\"\\\\\":1,\"\\u005C\":2}}",
        "{\"content\":{\"\\\"\":1,\"\\u0022\":2}}",
        "{\"content\":{\"\":1,\"\":2}}",
        "{\"content\":{},\"content\":{}}",
        "{\"content\":{},\"c\\u006fntent\":{}}",
        "{\"data\":{\"content\":{\"a\":1,\"a\":1}}}",
        "{\"pages\":[{\"inside\":{\"a\":1,\"a\":1}}]}",
        "{\"a\":1,\"a\":1,\"content\":{}}",
        "{\"content\":{\"a\":0,\"b\":0,\"c\":0,\"d\":0,\"e\":0,\"f\":0,\"g\":0,\"h\":0,\"i\":0,\"j\":0,\"k\":"
        "0,"
        "\"l\":0,\"m\":0,\"n\":0,\"g\":1}}",
    };
    static const char *const once[] = {
        "{\"content\":{\"a\":{\"a\":{\"a\":1}},\"b\":[\"a\",\"a\"],\"c\":\"a\"}}",
        "{\"content\":{\"a\":\"\\\",\\\"a\\\":\",\"b\":1}}",
        "{\"content\":{\"a\":[{\"a\":1},{\"a\":1}],\"A\":1,\"aa\":1}}",
        "{\"content\":{\"b\":{\"x\":1},\"c\":{\"x\":1},\"x\":1}}",
        "{\"content\":{\"a\":0,\"b\":0,\"c\":0,\"d\":0,\"e\":0,\"f\":0,\"g\":0,\"h\":0,\"i\":0,\"j\":0,\"k\":"
        "0,"
        "\"l\":0,\"m\":0,\"n\":0,\"\":0}}",
        "{\"data\":{\"content\":{\"a\":1}},\"content\":{\"a\":1}}",
    };
    (void)state;
    for (size_t index = 0; index < sizeof(twice) / sizeof(twice[0]); index++) {
        assert_int_equal(problem_of(twice[index]), PROBLEM_MALFORMED);
        assert_string_equal(test_context.detail, JSON_DUPLICATE_KEY);
    }
    for (size_t index = 0; index < sizeof(once) / sizeof(once[0]); index++) {
        assert_int_equal(problem_of(once[index]), PROBLEM_NONE);
    }
}

static void what_is_no_json_or_no_object_is_refused(void **state)
{
    static const char *const texts[] = {"",
                                        "[]",
                                        "null",
                                        "3",
                                        "{\"content\":{\"a\":01}}",
                                        "{\"content\":{\"a\":1}",
                                        "{\"content\":{\"a\":\"\\ud800\"}}",
                                        "{\"content\":{\"a\":\"\xff\"}}",
                                        "{\"content\":{}} x",
                                        "\xef\xbb\xbf{\"content\":{}}"};
    (void)state;
    for (size_t index = 0; index < sizeof(texts) / sizeof(texts[0]); index++) {
        assert_int_equal(problem_of(texts[index]), PROBLEM_MALFORMED);
    }
}

/* A body of which so many objects and arrays stand inside each other. */
static struct text nested_body(int levels)
{
    struct builder text;

    builder_start(&text, test_context.arena, 256, 1024);
    builder_add_string(&text, "{\"content\":{\"a\":");
    for (int level = 2; level < levels; level++) {
        builder_add_character(&text, '[');
    }
    for (int level = 2; level < levels; level++) {
        builder_add_character(&text, ']');
    }
    builder_add_string(&text, "}}");
    return builder_text(&text);
}

static void what_is_kept_counts_as_levels_too(void **state)
{
    (void)state;
    struct json_object *object;
    assert_int_equal(json_parse_body(&test_context, nested_body(JSON_MAXIMUM_DEPTH), &book, NULL, &object),
                     PROBLEM_NONE);
    assert_int_equal(
        json_parse_body(&test_context, nested_body(JSON_MAXIMUM_DEPTH + 1), &book, NULL, &object),
        PROBLEM_MALFORMED);
}

/* A body with `count` objects in an array of the field. */
static struct text crowded(const char *field, size_t count)
{
    struct builder text;

    builder_start(&text, test_context.arena, 1024, (size_t)16 << 20);
    builder_add_format(&text, "{\"title\":\"t\",\"%s\":{\"a\":[", field);
    for (size_t index = 0; index < count; index++) {
        builder_add_string(&text, index > 0 ? ",{\"b\":1}" : "{\"b\":1}");
    }
    builder_add_string(&text, "]}}");
    return builder_text(&text);
}

static void the_number_of_values_that_are_kept_has_no_bound(void **state)
{
    (void)state;
    struct json_object *object;
    struct text body = crowded("content", JSON_MAXIMUM_VALUES);
    assert_int_equal(json_parse_body(&test_context, body, &book, NULL, &object), PROBLEM_NONE);
    body = crowded("other", JSON_MAXIMUM_VALUES);
    assert_int_equal(json_parse_body(&test_context, body, &book, NULL, &object), PROBLEM_MALFORMED);
}

/* Keys by the hundred thousand in one object, the last of which may be there already. */
static bool many_keys_hold_one_twice(size_t count, bool twice)
{
    struct builder text;

    builder_start(&text, test_context.arena, 1024, (size_t)16 << 20);
    for (size_t index = 0; index < count; index++) {
        builder_add_format(&text, "%s\"k%zu\":1", index > 0 ? "," : "{", index);
    }
    builder_add_format(&text, ",\"%s\":1}", twice ? "\\u006b77" : "k");
    return json_has_duplicate_keys(test_context.arena, builder_text(&text), count + 1);
}

static void one_among_very_many_keys_is_found(void **state)
{
    (void)state;
    assert_true(many_keys_hold_one_twice(100000, true));
    assert_false(many_keys_hold_one_twice(100000, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_CONTEXT(what_is_kept_is_left_out),
        IN_CONTEXT(a_wrapper_is_looked_into),
        IN_CONTEXT(shapes_tell_whether_they_keep_anything),
        IN_CONTEXT(what_is_kept_is_found_as_it_was_written),
        IN_CONTEXT(a_field_whose_key_has_escapes_is_kept_too),
        IN_CONTEXT(duplicate_keys_are_found_everywhere),
        IN_CONTEXT(what_is_no_json_or_no_object_is_refused),
        IN_CONTEXT(what_is_kept_counts_as_levels_too),
        IN_CONTEXT(the_number_of_values_that_are_kept_has_no_bound),
        IN_CONTEXT(one_among_very_many_keys_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
