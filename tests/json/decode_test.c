/* Bodies by their shape: what each type takes, what is told of each fault, and which faults count. */
#include "support/context.h"

#include "json/decode.h"
#include "json/json.h"

#define UUID_1 "0b9b4ffe-6a0e-4e0f-8c2c-0d6f1f0a4d51"
#define UUID_2 "ffffffff-ffff-4fff-bfff-ffffffffffff"

static struct values values;

static enum problem decode(const struct shape *shape, struct text body)
{
    struct json_object *object = NULL;

    assert_int_equal(json_parse_object(&test_context, body, &object), PROBLEM_NONE);
    return decode_object(&test_context, shape, object, &values);
}

static size_t count_faults(void)
{
    size_t count = 0;

    for (const struct fault *fault = test_context.faults; fault != NULL; fault = fault->next) {
        count++;
    }
    return count;
}

/* Expects exactly these sentences, each followed by a line end. */
static void expect_faults(const char *sentences)
{
    struct builder all;

    builder_start(&all, test_context.arena, 1024, 64 * 1024);
    for (const struct fault *fault = test_context.faults; fault != NULL; fault = fault->next) {
        builder_add_format(&all, "%s\n", fault->sentence);
    }
    expect_text(builder_text(&all), sentences);
}

static const char *const statuses[] = {"draft", "published", NULL};

static const struct field person_fields[] = {
    {.name = "username", .type = FIELD_TEXT, .required = true, .minimum = 4, .maximum = 10},
    {.name = "password", .type = FIELD_PASSWORD, .required = true, .minimum = 6, .maximum = 128},
    {.name = "email", .type = FIELD_EMAIL, .nullable = true},
    {.name = "first_name", .type = FIELD_TEXT},
    {.name = "note", .type = FIELD_TEXT, .blank_allowed = true},
    {.name = "status", .type = FIELD_TEXT, .choices = statuses},
};
static const struct shape person = SHAPE("Person", "A person.", person_fields);

static const struct field any_fields[] = {
    {.name = "uuid", .type = FIELD_UUID},
    {.name = "integer", .type = FIELD_INTEGER},
    {.name = "small", .type = FIELD_INTEGER, .minimum = 1, .maximum = 5},
    {.name = "positive", .type = FIELD_INTEGER, .minimum = 1},
    {.name = "boolean", .type = FIELD_BOOLEAN},
    {.name = "time", .type = FIELD_TIME},
    {.name = "date", .type = FIELD_DATE},
    {.name = "unix_time", .type = FIELD_UNIX_TIME},
    {.name = "address", .type = FIELD_ADDRESS},
    {.name = "email", .type = FIELD_EMAIL},
    {.name = "url", .type = FIELD_URL},
    {.name = "json", .type = FIELD_JSON},
    {.name = "uuids", .type = FIELD_UUIDS},
    {.name = "texts", .type = FIELD_TEXTS, .maximum = 3},
    {.name = "text", .type = FIELD_TEXT},
};
static const struct shape any = SHAPE("Any", "One field of each type.", any_fields);

static void decodes_a_person(void **state)
{
    (void)state;
    assert_int_equal(
        decode(
            &person,
            TEXT("{\"unknown\":[1,{\"x\":2}],\"username\":\" \\tnam\\u00e9 \\n\",\"password\":\"  spaces  \","
                 "\"email\":\"Some.One@Example.COM\",\"note\":\"  \",\"status\":\"draft\"}")),
        PROBLEM_NONE);
    expect_text(text_value(&values, "username"), "nam\xc3\xa9");
    expect_text(text_value(&values, "password"), "  spaces  ");
    expect_text(text_value(&values, "email"), "some.one@example.com");
    expect_text(text_value(&values, "note"), "");
    assert_false(value_of(&values, "first_name")->given);
    assert_true(value_of(&values, "first_name")->null);
    assert_null(text_value(&values, "first_name").data);
    expect_text(text_value(&values, "status"), "draft");
    assert_int_equal(count_faults(), 0);
}

static void tells_all_that_is_missing(void **state)
{
    (void)state;
    assert_int_equal(decode(&person, TEXT("{}")), PROBLEM_REFUSED);
    expect_faults("username is required.\npassword is required.\n");
    assert_string_equal(test_context.faults->field, "username");
    start_again();
    assert_int_equal(decode_object(&test_context, &person, NULL, &values), PROBLEM_REFUSED);
    expect_faults("username is required.\npassword is required.\n");
    start_again();
    assert_int_equal(decode(&person, TEXT("{\"username\":null,\"password\":\"\",\"first_name\":\" \"}")),
                     PROBLEM_REFUSED);
    expect_faults("username is required.\npassword is required.\nfirst_name must not be empty.\n");
    start_again();
    assert_int_equal(decode(&person, TEXT("{\"username\":\" \\n \",\"password\":\"123456\"}")),
                     PROBLEM_REFUSED);
    expect_faults("username is required.\n");
}

static void tells_all_that_is_refused(void **state)
{
    (void)state;
    assert_int_equal(
        decode(
            &person,
            TEXT(
                "{\"username\":\" abc \",\"password\":\"12345\",\"email\":\"nobody\",\"status\":\"Draft\"}")),
        PROBLEM_REFUSED);
    expect_faults("username is too short (minimum is 4 characters).\n"
                  "password is too short (minimum is 6 characters).\n"
                  "email is not an e-mail address.\n"
                  "status must be one of draft, published.\n");
    start_again();
    assert_int_equal(
        decode(&person, TEXT("{\"username\":\"12345678901\",\"password\":\"123456\",\"email\":\"\"}")),
        PROBLEM_REFUSED);
    expect_faults("username is too long (maximum is 10 characters).\nemail is not an e-mail address.\n");
}

static void counts_characters_and_not_bytes(void **state)
{
    (void)state;
    const struct text body = TEXT(
        "{\"username\":\"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\","
        "\"password\":\"123456\"}");

    assert_int_equal(decode(&person, body), PROBLEM_NONE);
    assert_int_equal(text_value(&values, "username").length, 20);
}

static void a_wrong_type_gives_the_status(void **state)
{
    (void)state;
    assert_int_equal(
        decode(&person, TEXT("{\"username\":\"abc\",\"password\":12,\"email\":\"x\",\"first_name\":[]}")),
        PROBLEM_MALFORMED);
    expect_faults("username is too short (minimum is 4 characters).\n"
                  "password must be text.\n"
                  "email is not an e-mail address.\n"
                  "first_name must be text.\n");
    assert_int_equal(test_context.problem, PROBLEM_MALFORMED);
}

static void null_is_a_value_only_where_it_may_be(void **state)
{
    (void)state;
    assert_int_equal(
        decode(&person,
               TEXT("{\"username\":\"name\",\"password\":\"123456\",\"email\":null,\"first_name\":null}")),
        PROBLEM_NONE);
    assert_true(value_of(&values, "email")->given);
    assert_true(value_of(&values, "email")->null);
    assert_false(value_of(&values, "first_name")->given);
    assert_true(value_of(&values, "first_name")->null);
}

static void texts_have_a_default_maximum(void **state)
{
    (void)state;
    struct builder body;

    builder_start(&body, test_context.arena, 16 * 1024, 16 * 1024);
    builder_add_string(&body, "{\"text\":\"");
    for (int count = 0; count < 10000; count++) {
        builder_add_character(&body, 'x');
    }
    const size_t length = body.length;
    builder_add_string(&body, "\"}");
    assert_int_equal(decode(&any, builder_text(&body)), PROBLEM_NONE);
    assert_int_equal(text_value(&values, "text").length, 10000);
    body.length = length;
    builder_add_string(&body, "x\"}");
    assert_int_equal(decode(&any, builder_text(&body)), PROBLEM_REFUSED);
    expect_faults("text is too long (maximum is 10000 characters).\n");
}

static void decodes_each_type(void **state)
{
    (void)state;
    assert_int_equal(
        decode(&any,
               TEXT("{\"uuid\":\"" UUID_1
                    "\",\"integer\":-9223372036854775808,\"small\":5,\"positive\":9223372036854775807,"
                    "\"boolean\":true,\"time\":\"2019-05-01T16:44:18.407999-01:00\",\"date\":\"2020-02-29\","
                    "\"unix_time\":1556729058,\"address\":\"2001:DB8:0::1\",\"url\":\"https://example.com/"
                    "a?b=c#d\"}")),
        PROBLEM_NONE);
    expect_text(text_value(&values, "uuid"), UUID_1);
    assert_true(value_of(&values, "integer")->integer == INT64_MIN);
    expect_text(text_value(&values, "integer"), "-9223372036854775808");
    assert_int_equal(value_of(&values, "small")->integer, 5);
    assert_true(value_of(&values, "positive")->integer == INT64_MAX);
    assert_true(value_of(&values, "boolean")->boolean);
    expect_text(text_value(&values, "boolean"), "true");
    expect_text(text_value(&values, "time"), "2019-05-01T17:44:18.407Z");
    assert_true(value_of(&values, "time")->integer == INT64_C(1556732658407000));
    expect_text(text_value(&values, "date"), "2020-02-29");
    assert_int_equal(value_of(&values, "unix_time")->integer, 1556729058);
    expect_text(text_value(&values, "address"), "2001:db8::1");
    expect_text(text_value(&values, "url"), "https://example.com/a?b=c#d");
}

struct row {
    const char *body;
    enum problem problem;
    const char *faults;
};

static void expect_rows(const struct shape *shape, const struct row *rows, size_t count)
{
    for (size_t index = 0; index < count; index++) {
        const enum problem problem = decode(shape, text_of(rows[index].body));
        if (problem != rows[index].problem) {
            fail_msg("%s: %s", rows[index].body, problem_name(problem));
        }
        expect_faults(rows[index].faults);
        start_again();
    }
}

static void refuses_wrong_values_of_each_type(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"{\"uuid\":\"0B9B4FFE-6A0E-4E0F-8C2C-0D6F1F0A4D51\"}", PROBLEM_MALFORMED,
         "uuid must be a UUID in lower case.\n"},
        {"{\"uuid\":7}", PROBLEM_MALFORMED, "uuid must be a UUID in lower case.\n"},
        {"{\"uuid\":\"\"}", PROBLEM_MALFORMED, "uuid must be a UUID in lower case.\n"},
        {"{\"integer\":\"1\"}", PROBLEM_MALFORMED, "integer must be a whole number.\n"},
        {"{\"integer\":1.0}", PROBLEM_MALFORMED, "integer must be a whole number.\n"},
        {"{\"integer\":1e2}", PROBLEM_MALFORMED, "integer must be a whole number.\n"},
        {"{\"integer\":true}", PROBLEM_MALFORMED, "integer must be a whole number.\n"},
        {"{\"integer\":9223372036854775808}", PROBLEM_REFUSED, "integer is out of range.\n"},
        {"{\"integer\":-9223372036854775809}", PROBLEM_REFUSED, "integer is out of range.\n"},
        {"{\"integer\":123456789012345678901234567890}", PROBLEM_REFUSED, "integer is out of range.\n"},
        {"{\"small\":0}", PROBLEM_REFUSED, "small must be between 1 and 5.\n"},
        {"{\"small\":6}", PROBLEM_REFUSED, "small must be between 1 and 5.\n"},
        {"{\"small\":-0}", PROBLEM_REFUSED, "small must be between 1 and 5.\n"},
        {"{\"positive\":0}", PROBLEM_REFUSED, "positive must be at least 1.\n"},
        {"{\"boolean\":\"true\"}", PROBLEM_MALFORMED, "boolean must be true or false.\n"},
        {"{\"boolean\":1}", PROBLEM_MALFORMED, "boolean must be true or false.\n"},
        {"{\"time\":\"2019-02-29T00:00:00Z\"}", PROBLEM_MALFORMED,
         "time must be a time such as 2019-05-01T16:44:18.407Z.\n"},
        {"{\"time\":1556729058}", PROBLEM_MALFORMED,
         "time must be a time such as 2019-05-01T16:44:18.407Z.\n"},
        {"{\"date\":\"2019-02-29\"}", PROBLEM_REFUSED, "date is not a date such as 2019-05-01.\n"},
        {"{\"date\":\"2019-5-1\"}", PROBLEM_REFUSED, "date is not a date such as 2019-05-01.\n"},
        {"{\"date\":20190501}", PROBLEM_MALFORMED, "date must be text.\n"},
        {"{\"unix_time\":\"1\"}", PROBLEM_MALFORMED, "unix_time must be a whole number of seconds.\n"},
        {"{\"address\":\"1.2.3\"}", PROBLEM_REFUSED, "address is not an IP address.\n"},
        {"{\"address\":\"1.2.3.4/8\"}", PROBLEM_REFUSED, "address is not an IP address.\n"},
        {"{\"email\":\" a@b.c\"}", PROBLEM_REFUSED, "email is not an e-mail address.\n"},
        {"{\"url\":\"javascript:alert(1)\"}", PROBLEM_REFUSED,
         "url is not an address that begins with http:// or https://.\n"},
        {"{\"url\":\"https://\"}", PROBLEM_REFUSED,
         "url is not an address that begins with http:// or https://.\n"},
        {"{\"url\":\"http:///a\"}", PROBLEM_REFUSED,
         "url is not an address that begins with http:// or https://.\n"},
        {"{\"url\":\"http://a b\"}", PROBLEM_REFUSED,
         "url is not an address that begins with http:// or https://.\n"},
        {"{\"json\":[]}", PROBLEM_MALFORMED, "json must be a JSON object.\n"},
        {"{\"json\":\"{}\"}", PROBLEM_MALFORMED, "json must be a JSON object.\n"},
        {"{\"uuids\":\"" UUID_1 "\"}", PROBLEM_MALFORMED, "uuids must be a list of UUIDs in lower case.\n"},
        {"{\"uuids\":[\"" UUID_1 "\",\"x\",\"y\"]}", PROBLEM_MALFORMED,
         "uuids must be a list of UUIDs in lower case.\n"},
        {"{\"uuids\":[null]}", PROBLEM_MALFORMED, "uuids must be a list of UUIDs in lower case.\n"},
        {"{\"texts\":{}}", PROBLEM_MALFORMED, "texts must be a list of texts.\n"},
        {"{\"texts\":[\"a\",1]}", PROBLEM_MALFORMED, "texts must be a list of texts.\n"},
        {"{\"texts\":[\"a\",\" \"]}", PROBLEM_REFUSED, "texts must not hold an empty text.\n"},
        {"{\"texts\":[\"a\",\"b\",\"c\",\"d\"]}", PROBLEM_REFUSED,
         "texts has too many elements (maximum is 3 elements).\n"},
        {"{\"text\":{}}", PROBLEM_MALFORMED, "text must be text.\n"},
        {"{\"text\":false}", PROBLEM_MALFORMED, "text must be text.\n"},
    };

    expect_rows(&any, rows, sizeof(rows) / sizeof(rows[0]));
}

static void minus_zero_is_zero(void **state)
{
    (void)state;
    assert_int_equal(decode(&any, TEXT("{\"integer\":-0}")), PROBLEM_NONE);
    assert_int_equal(value_of(&values, "integer")->integer, 0);
    expect_text(text_value(&values, "integer"), "0");
}

static void arrays_become_literals(void **state)
{
    (void)state;
    assert_int_equal(decode(&any, TEXT("{\"uuids\":[\"" UUID_1 "\", \"" UUID_2
                                       "\"],\"texts\":[\" a,b \",\"c\\\"d\\\\e{}\",\"NULL\"]}")),
                     PROBLEM_NONE);
    expect_text(text_value(&values, "uuids"), "{\"" UUID_1 "\",\"" UUID_2 "\"}");
    expect_text(text_value(&values, "texts"), "{\"a,b\",\"c\\\"d\\\\e{}\",\"NULL\"}");
    assert_int_equal(decode(&any, TEXT("{\"uuids\":[],\"texts\":[]}")), PROBLEM_NONE);
    expect_text(text_value(&values, "uuids"), "{}");
    expect_text(text_value(&values, "texts"), "{}");
}

static void json_is_kept_as_it_was_written(void **state)
{
    (void)state;
    assert_int_equal(
        decode(&any,
               TEXT(" { \"a\\u0062\" : [\"}\\\"\", {\"x\":\"]\"}] ,\"n\":1e2, \"json\" :\t{ \"b\" : 1.50, "
                    "\"a\":\n[ ],"
                    "\"big\":123456789012345678901234567890,\"s\":\"\\u00e9\\\\\" } , \"integer\" : 12 } ")),
        PROBLEM_NONE);
    expect_text(text_value(&values, "json"),
                "{ \"b\" : 1.50, \"a\":\n[ ],\"big\":123456789012345678901234567890,\"s\":\"\\u00e9\\\\\" }");
    assert_int_equal(value_of(&values, "integer")->integer, 12);
}

static const struct field member_fields[] = {
    {.name = "email", .type = FIELD_EMAIL, .required = true},
    {.name = "age", .type = FIELD_INTEGER, .required = true},
};
static const struct shape member = SHAPE("Member", "A member.", member_fields);
static const struct field team_fields[] = {
    {.name = "leader", .type = FIELD_OBJECT, .shape = &member},
    {.name = "people", .type = FIELD_LIST, .shape = &member, .required = true, .maximum = 200},
};
static const struct shape team = SHAPE("Team", "A team.", team_fields);

static void decodes_nested_shapes(void **state)
{
    (void)state;
    assert_int_equal(decode(&team, TEXT("{\"leader\":{\"email\":\"L@x.y\",\"age\":1},\"people\":[ {\"age\":2 "
                                        ",\"email\":\"A@x.y\"},{\"email\":\"b@x.y\",\"age\":3}]}")),
                     PROBLEM_NONE);
    const struct field_value *people = value_of(&values, "people");
    const struct field_value *leader = value_of(&values, "leader");
    assert_int_equal(people->element_count, 2);
    expect_text(text_value(&people->elements[0], "email"), "a@x.y");
    assert_int_equal(value_of(&people->elements[0], "age")->integer, 2);
    assert_int_equal(value_of(&people->elements[1], "age")->integer, 3);
    expect_text(people->text, "[ {\"age\":2 ,\"email\":\"A@x.y\"},{\"email\":\"b@x.y\",\"age\":3}]");
    assert_int_equal(leader->element_count, 1);
    expect_text(text_value(&leader->elements[0], "email"), "l@x.y");
    expect_text(leader->text, "{\"email\":\"L@x.y\",\"age\":1}");
}

static void tells_where_a_nested_fault_is(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"{}", PROBLEM_REFUSED, "people is required.\n"},
        {"{\"people\":[]}", PROBLEM_REFUSED, "people is required.\n"},
        {"{\"people\":{}}", PROBLEM_MALFORMED, "people must be a list of JSON objects.\n"},
        {"{\"people\":[{\"email\":\"a@b.c\",\"age\":1},3]}", PROBLEM_MALFORMED,
         "people must be a list of JSON objects.\n"},
        {"{\"leader\":[],\"people\":[]}", PROBLEM_MALFORMED,
         "leader must be a JSON object.\npeople is required.\n"},
        {"{\"leader\":{\"age\":1},\"people\":[{\"email\":\"a@b.c\",\"age\":1},{\"email\":\"x\",\"age\":1},{}]"
         "}",
         PROBLEM_REFUSED,
         "leader.email is required.\npeople[1].email is not an e-mail address.\npeople[2].email is "
         "required.\npeople[2].age is required.\n"},
        {"{\"leader\":{},\"people\":[{\"email\":1,\"age\":1}]}", PROBLEM_MALFORMED,
         "leader.email is required.\nleader.age is required.\npeople[0].email must be text.\n"},
    };

    expect_rows(&team, rows, sizeof(rows) / sizeof(rows[0]));
}

static void tells_at_most_100_faults(void **state)
{
    (void)state;
    struct builder body;

    builder_start(&body, test_context.arena, 4096, 4096);
    builder_add_string(&body, "{\"people\":[{}");
    for (int count = 1; count < 100; count++) {
        builder_add_string(&body, ",{}");
    }
    builder_add_string(&body, "]}");
    assert_int_equal(decode(&team, builder_text(&body)), PROBLEM_REFUSED);
    assert_int_equal(count_faults(), 100);
}

static void parameters_fill_what_the_body_lacks(void **state)
{
    (void)state;
    struct json_object *object = NULL;
    struct parameters parameters;

    assert_int_equal(
        parameters_read(&test_context, TEXT("username=other&password=123456"), true, &parameters),
        PROBLEM_NONE);
    assert_int_equal(json_parse_object(&test_context, TEXT("{\"username\":\"name\"}"), &object),
                     PROBLEM_NONE);
    assert_int_equal(decode_object_or_parameters(&test_context, &person, object, parameters, &values),
                     PROBLEM_NONE);
    expect_text(text_value(&values, "username"), "name");
    expect_text(text_value(&values, "password"), "123456");
}

static void only_an_object_is_decoded(void **state)
{
    (void)state;
    struct json_object *value = NULL;

    assert_int_equal(json_parse(&test_context, TEXT("[1.5]"), &value), PROBLEM_NONE);
    assert_int_equal(decode_object(&test_context, &any, value, &values), PROBLEM_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_CONTEXT(decodes_a_person),
        IN_CONTEXT(tells_all_that_is_missing),
        IN_CONTEXT(tells_all_that_is_refused),
        IN_CONTEXT(counts_characters_and_not_bytes),
        IN_CONTEXT(a_wrong_type_gives_the_status),
        IN_CONTEXT(null_is_a_value_only_where_it_may_be),
        IN_CONTEXT(texts_have_a_default_maximum),
        IN_CONTEXT(decodes_each_type),
        IN_CONTEXT(refuses_wrong_values_of_each_type),
        IN_CONTEXT(minus_zero_is_zero),
        IN_CONTEXT(arrays_become_literals),
        IN_CONTEXT(json_is_kept_as_it_was_written),
        IN_CONTEXT(decodes_nested_shapes),
        IN_CONTEXT(tells_where_a_nested_fault_is),
        IN_CONTEXT(tells_at_most_100_faults),
        IN_CONTEXT(parameters_fill_what_the_body_lacks),
        IN_CONTEXT(only_an_object_is_decoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
