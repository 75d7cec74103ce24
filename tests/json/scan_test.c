/* The strict pass and the parser over JSONTestSuite, our stricter rules, and texts at and past each limit. */
#include "support/context.h"

#include <dirent.h>

#include "json/json.h"

#define SUITE "tests/data/json-test-suite/test_parsing"

/* Valid JSON that is refused here on purpose: duplicate keys and U+0000. */
static const char *const refused_on_purpose[] = {
    "y_object_duplicated_key.json",
    "y_object_duplicated_key_and_value.json",
    "y_object_escaped_null_in_key.json",
    "y_string_null_escape.json",
};

static bool is_refused_on_purpose(const char *name)
{
    for (size_t index = 0; index < sizeof(refused_on_purpose) / sizeof(refused_on_purpose[0]); index++) {
        if (strcmp(name, refused_on_purpose[index]) == 0) {
            return true;
        }
    }
    return false;
}

static const char *suite_path(const char *name)
{
    const char *source = getenv("srcdir");

    return arena_print(test_context.arena, "%s/%s/%s", source != NULL ? source : ".", SUITE, name);
}

static struct text read_document(const char *name)
{
    FILE *file = fopen(suite_path(name), "rb");
    assert_non_null(file);
    char *data = arena_allocate(test_context.arena, 512 * 1024);
    const size_t length = fread(data, 1, 512 * 1024, file);
    assert_true(feof(file));
    assert_int_equal(fclose(file), 0);
    return (struct text){data, length};
}

static enum problem parse(struct text text)
{
    struct json_object *value = NULL;

    return json_parse(&test_context, text, &value);
}

/* The scan decides; what it takes json-c must take too, so that the two never disagree. */
static void check_document(const char *name)
{
    const struct text text = read_document(name);
    const bool well_formed = json_scan(text, JSON_MAXIMUM_DEPTH).fault == NULL;
    const enum problem problem = parse(text);

    if (name[0] == 'n' && well_formed) {
        fail_msg("%s is not JSON but was taken", name);
    }
    if (name[0] == 'y' && (problem == PROBLEM_NONE) == is_refused_on_purpose(name)) {
        fail_msg("%s: %s", name, test_context.detail != NULL ? test_context.detail : "taken");
    }
    assert_true(problem == PROBLEM_NONE || problem == PROBLEM_MALFORMED);
    assert_true(well_formed || problem == PROBLEM_MALFORMED);
}

static void takes_and_refuses_what_the_suite_says(void **state)
{
    (void)state;
    size_t valid = 0;
    size_t invalid = 0;
    DIR *folder = opendir(suite_path(""));
    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] != '.') {
            const char name_start = entry->d_name[0];
            valid += name_start == 'y';
            invalid += name_start == 'n';
            check_document(entry->d_name);
            start_again();
        }
    }
    assert_int_equal(closedir(folder), 0);
    assert_int_equal(valid, 95);
    assert_int_equal(invalid, 188);
}

static void tells_what_is_wrong_and_where(void **state)
{
    (void)state;
    static const struct {
        struct text text;
        const char *fault;
        size_t position;
    } rows[] = {
        {{"", 0}, "ends where a value is missing", 0},
        {{"  ", 2}, "ends where a value is missing", 2},
        {{"\xef\xbb\xbf{}", 5}, "begins with a byte order mark", 0},
        {{"[1,]", 4}, "has something else where a value is expected", 3},
        {{"[01]", 4}, "has a number that begins with 0", 2},
        {{"[-]", 3}, "has a minus sign without digits", 2},
        {{"[1.]", 4}, "has a number without digits behind its point", 3},
        {{"[1e+]", 5}, "has a number without digits in its exponent", 4},
        {{"[1 2]", 5}, "lacks a comma or a closing bracket", 3},
        {{"[1}", 3}, "lacks a comma or a closing bracket", 2},
        {{"[1", 2}, "ends before it is complete", 2},
        {{"{} x", 4}, "has something behind its end", 3},
        {{"{a:1}", 5}, "has an object without a key in quotes", 1},
        {{"{\"a\" 1}", 7}, "has a key without a colon", 5},
        {{"nul", 3}, "has an unknown word", 0},
        {{"\"a", 2}, "ends inside a string", 2},
        {{"\"\\x\"", 4}, "has an unknown escape in a string", 2},
        {{"\"\\u12g4\"", 8}, "has a \\u escape without four hexadecimal digits", 5},
        {{"\"\\u0000\"", 8}, "has the character U+0000", 7},
        {{"\"a\0b\"", 5}, "has the character U+0000", 2},
        {{"\"a\nb\"", 5}, "has a control character in a string", 2},
        {{"\"\\ud800\"", 8}, "has half of a surrogate pair", 7},
        {{"\"\\udc00\\ud800\"", 14}, "has half of a surrogate pair", 7},
        {{"\"\\ud800\\u0041\"", 14}, "has half of a surrogate pair", 13},
        {{"\"\xc0\xaf\"", 4}, "has bytes that are not UTF-8", 1},
        {{"\"\xed\xa0\x80\"", 5}, "has bytes that are not UTF-8", 1},
        {{"\"\xf4\x90\x80\x80\"", 6}, "has bytes that are not UTF-8", 1},
        {{"1\0", 2}, "has something behind its end", 1},
    };

    for (size_t index = 0; index < sizeof(rows) / sizeof(rows[0]); index++) {
        const struct json_scan scan = json_scan(rows[index].text, JSON_MAXIMUM_DEPTH);
        assert_non_null(scan.fault);
        assert_string_equal(scan.fault, rows[index].fault);
        assert_int_equal(scan.position, rows[index].position);
        assert_int_equal(parse(rows[index].text), PROBLEM_MALFORMED);
        start_again();
    }
}

static void takes_every_kind_of_value(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "0",
        "-0",
        "12",
        "-1.5e-3",
        "1E+2",
        "true",
        " false ",
        "null",
        "\"\"",
        "[]",
        "{}",
        "\r\n\t [ ] ",
        "{\"\":0}",
        "[[],{},\"\\ud834\\udd1e\",\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"]",
        "123456789012345678901234567890",
        "1e999",
        "[0.1, 5e-324, 1.7976931348623157e308]",
        "\"\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf"
        "\xbf\"",
    };

    for (size_t index = 0; index < sizeof(texts) / sizeof(texts[0]); index++) {
        assert_int_equal(parse(text_of(texts[index])), PROBLEM_NONE);
        start_again();
    }
}

static void counts_keys_and_values(void **state)
{
    (void)state;
    const struct json_scan scan = json_scan(TEXT("{\"a\":[1,{\"b\":null}],\"c\":{}}"), JSON_MAXIMUM_DEPTH);

    assert_null(scan.fault);
    assert_int_equal(scan.keys, 3);
    assert_int_equal(scan.values, 6);
    assert_int_equal(scan.containers, 4);
}

/* `levels` containers inside each other, with a scalar in the innermost. */
static struct text nested(size_t levels, bool objects)
{
    struct builder text;

    builder_start(&text, test_context.arena, 64, 4096);
    for (size_t level = 0; level < levels; level++) {
        builder_add_string(&text, objects ? "{\"a\":" : "[");
    }
    builder_add_character(&text, '1');
    for (size_t level = 0; level < levels; level++) {
        builder_add_character(&text, objects ? '}' : ']');
    }
    return builder_text(&text);
}

static void the_outermost_container_is_level_1_of_32(void **state)
{
    (void)state;
    assert_int_equal(parse(nested(32, true)), PROBLEM_NONE);
    assert_int_equal(parse(nested(32, false)), PROBLEM_NONE);
    assert_int_equal(parse(nested(33, true)), PROBLEM_MALFORMED);
    assert_string_equal(test_context.detail, "The JSON text is nested too deep (at byte 161).");
    assert_int_equal(parse(nested(33, false)), PROBLEM_MALFORMED);
    assert_null(json_scan(nested(64, true), 64).fault);
    assert_non_null(json_scan(nested(65, false), 64).fault);
}

static void refuses_duplicate_keys_at_every_level(void **state)
{
    (void)state;
    static const char *const texts[] = {"{\"a\":1,\"a\":1}", "{\"a\":1,\"\\u0061\":2}",
                                        "[[{\"x\":{\"a\":1,\"b\":2,\"a\":3}}]]", "{\"\":1,\"\":2}"};

    for (size_t index = 0; index < sizeof(texts) / sizeof(texts[0]); index++) {
        assert_int_equal(parse(text_of(texts[index])), PROBLEM_MALFORMED);
        assert_string_equal(test_context.detail, "The JSON text has a duplicate key.");
        start_again();
    }
    assert_int_equal(parse(TEXT("{\"a\":{\"a\":1},\"b\":[{\"a\":1},{\"a\":2}]}")), PROBLEM_NONE);
}

static void bodies_are_objects(void **state)
{
    (void)state;
    static const char *const texts[] = {"null", "[]", "1", "\"{}\"", "true"};
    struct json_object *object = NULL;

    for (size_t index = 0; index < sizeof(texts) / sizeof(texts[0]); index++) {
        assert_int_equal(json_parse_object(&test_context, text_of(texts[index]), &object), PROBLEM_MALFORMED);
        assert_string_equal(test_context.detail, "The JSON text must be an object.");
        start_again();
    }
    assert_int_equal(json_parse_object(&test_context, TEXT(" {} "), &object), PROBLEM_NONE);
    assert_non_null(object);
}

static struct text many_keys(size_t count)
{
    struct builder text;

    builder_start(&text, test_context.arena, 1024, (size_t)16 * 1024 * 1024);
    for (size_t key = 0; key < count; key++) {
        builder_add_format(&text, "%s\"key%zu\":%zu", key == 0 ? "{" : ",", key, key);
    }
    builder_add_character(&text, '}');
    return builder_text(&text);
}

static void takes_100000_keys(void **state)
{
    (void)state;
    const struct text text = many_keys(100000);

    assert_int_equal(json_scan(text, JSON_MAXIMUM_DEPTH).keys, 100000);
    assert_int_equal(parse(text), PROBLEM_NONE);
}

/* `count` empty arrays in one. */
static struct text many_arrays(size_t count)
{
    struct builder text;

    builder_start(&text, test_context.arena, 4 * count, 8 * count);
    for (size_t index = 0; index < count; index++) {
        builder_add_string(&text, index == 0 ? "[[]" : ",[]");
    }
    builder_add_character(&text, ']');
    return builder_text(&text);
}

static void bounds_the_number_of_values(void **state)
{
    (void)state;
    assert_int_equal(parse(many_arrays(JSON_MAXIMUM_CONTAINERS - 1)), PROBLEM_NONE);
    assert_int_equal(parse(many_arrays(JSON_MAXIMUM_CONTAINERS)), PROBLEM_MALFORMED);
    assert_string_equal(test_context.detail, "The JSON text has too many values.");
}

/* A special byte at each place of a long string, so that no step of eight bytes overlooks one. */
static void sees_every_byte_of_a_long_string(void **state)
{
    (void)state;
    char text[67];

    for (size_t place = 1; place + 1 < sizeof(text); place++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            memset(text, 'x', sizeof(text));
            text[0] = '"';
            text[sizeof(text) - 1] = '"';
            text[place] = (char)byte;
            const bool good = json_scan((struct text){text, sizeof(text)}, 1).fault == NULL;
            const bool plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
            assert_true(good == plain);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_CONTEXT(takes_and_refuses_what_the_suite_says),
        IN_CONTEXT(tells_what_is_wrong_and_where),
        IN_CONTEXT(takes_every_kind_of_value),
        IN_CONTEXT(counts_keys_and_values),
        IN_CONTEXT(the_outermost_container_is_level_1_of_32),
        IN_CONTEXT(refuses_duplicate_keys_at_every_level),
        IN_CONTEXT(bodies_are_objects),
        IN_CONTEXT(takes_100000_keys),
        IN_CONTEXT(bounds_the_number_of_values),
        IN_CONTEXT(sees_every_byte_of_a_long_string),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
