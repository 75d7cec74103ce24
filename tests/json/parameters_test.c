/* Query strings and forms: how they are split, what is refused, and how they are decoded by a shape. */
#include "support/context.h"

#include "json/decode.h"

static struct parameters parameters;
static struct values values;

static enum problem take(const char *encoded, bool unique)
{
    return parameters_read(&test_context, text_of(encoded), unique, &parameters);
}

static void splits_and_decodes(void **state)
{
    (void)state;
    assert_int_equal(take("q=a%20b+c&empty=&none&&x=1=2&%6eame=%C3%A9&plus=%2B&q=second", false),
                     PROBLEM_NONE);
    assert_int_equal(parameters.count, 7);
    expect_text(parameters_find(parameters, "q"), "a b c");
    expect_text(parameters_find(parameters, "empty"), "");
    expect_text(parameters_find(parameters, "none"), "");
    expect_text(parameters_find(parameters, "x"), "1=2");
    expect_text(parameters_find(parameters, "name"), "\xc3\xa9");
    expect_text(parameters_find(parameters, "plus"), "+");
    assert_null(parameters_find(parameters, "absent").data);
}

static void takes_nothing(void **state)
{
    (void)state;
    assert_int_equal(take("", true), PROBLEM_NONE);
    assert_int_equal(parameters.count, 0);
    assert_int_equal(parameters_read(&test_context, NO_TEXT, true, &parameters), PROBLEM_NONE);
    assert_int_equal(parameters.count, 0);
    assert_int_equal(take("&&&", true), PROBLEM_NONE);
    assert_int_equal(parameters.count, 0);
}

static void refuses_bad_escapes_and_bytes(void **state)
{
    (void)state;
    static const char *const bad[] = {"a=%",   "a=%4",     "a=%4g",       "%zz=1", "a=%00",
                                      "a=%ff", "a=%c0%af", "a=%ed%a0%80", "a=\xff"};

    for (size_t index = 0; index < sizeof(bad) / sizeof(bad[0]); index++) {
        if (take(bad[index], false) != PROBLEM_MALFORMED) {
            fail_msg("taken: %s", bad[index]);
        }
        start_again();
    }
}

static void one_name_may_come_twice_only_where_it_ends_in_brackets(void **state)
{
    (void)state;
    assert_int_equal(take("a=1&b=2&a=1", true), PROBLEM_MALFORMED);
    assert_string_equal(test_context.detail, "A parameter is given twice.");
    start_again();
    assert_int_equal(take("a=1&%61=2", true), PROBLEM_MALFORMED);
    start_again();
    assert_int_equal(take("a[]=1&a%5B%5D=2&a=3", true), PROBLEM_NONE);
    assert_int_equal(parameters.count, 3);
    assert_int_equal(take("a=1&a=2", false), PROBLEM_NONE);
    expect_text(parameters_find(parameters, "a"), "1");
}

static void takes_1000_parameters_and_no_more(void **state)
{
    (void)state;
    struct builder encoded;

    builder_start(&encoded, test_context.arena, 1024, 64 * 1024);
    for (int number = 1; number <= MAXIMUM_PARAMETERS; number++) {
        builder_add_format(&encoded, "%sp%d=%d", number == 1 ? "" : "&", number, number);
    }
    assert_int_equal(parameters_read(&test_context, builder_text(&encoded), true, &parameters), PROBLEM_NONE);
    assert_int_equal(parameters.count, MAXIMUM_PARAMETERS);
    expect_text(parameters_find(parameters, "p1000"), "1000");
    builder_add_string(&encoded, "&p=1");
    assert_int_equal(parameters_read(&test_context, builder_text(&encoded), true, &parameters),
                     PROBLEM_MALFORMED);
}

static const char *const sorts[] = {"name", "-name", NULL};
static const struct field fields[] = {
    {.name = "page", .type = FIELD_INTEGER, .minimum = 1, .maximum = 100},
    {.name = "team_id", .type = FIELD_UUID},
    {.name = "active", .type = FIELD_BOOLEAN},
    {.name = "sort", .type = FIELD_TEXT, .choices = sorts},
    {.name = "q", .type = FIELD_TEXT, .maximum = 5},
    {.name = "email", .type = FIELD_EMAIL},
    {.name = "tags", .type = FIELD_TEXTS},
    {.name = "since", .type = FIELD_TIME},
    {.name = "extra", .type = FIELD_JSON},
};
static const struct shape shape = SHAPE("Query", "A query.", fields);

static enum problem decode(const char *encoded, enum problem malformed)
{
    assert_int_equal(take(encoded, false), PROBLEM_NONE);
    return decode_parameters(&test_context, &shape, parameters, malformed, &values);
}

static void decodes_each_type(void **state)
{
    (void)state;
    assert_int_equal(
        decode("page=7&team_id=0b9b4ffe-6a0e-4e0f-8c2c-0d6f1f0a4d51&active=false&sort=-name&q=+x+"
               "&email=A@B.C&tags[]=one&tags%5B%5D=t%22wo&since=2019-05-01T18:44:18.4079%2B02:00",
               PROBLEM_MALFORMED),
        PROBLEM_NONE);
    assert_int_equal(value_of(&values, "page")->integer, 7);
    expect_text(text_value(&values, "page"), "7");
    expect_text(text_value(&values, "team_id"), "0b9b4ffe-6a0e-4e0f-8c2c-0d6f1f0a4d51");
    assert_true(value_of(&values, "active")->given);
    assert_false(value_of(&values, "active")->boolean);
    expect_text(text_value(&values, "sort"), "-name");
    expect_text(text_value(&values, "q"), "x");
    expect_text(text_value(&values, "email"), "a@b.c");
    expect_text(text_value(&values, "tags"), "{\"one\",\"t\\\"wo\"}");
    expect_text(text_value(&values, "since"), "2019-05-01T16:44:18.407Z");
    assert_false(value_of(&values, "extra")->given);
}

static void what_is_not_of_the_type_is_malformed(void **state)
{
    (void)state;
    static const char *const always[] = {
        "page=x",     "page=",   "page=1.0",  "page=+1", "page=01",      "team_id=7",
        "active=yes", "active=", "since=now", "since=",  "extra=%7B%7D", "team_id="};
    static const char *const by_origin[] = {"page=0",   "page=101", "page=-1", "page=99999999999999999999",
                                            "sort=age", "email=x"};

    for (size_t index = 0; index < sizeof(always) / sizeof(always[0]); index++) {
        assert_int_equal(decode(always[index], PROBLEM_REFUSED), PROBLEM_MALFORMED);
        start_again();
    }
    for (size_t index = 0; index < sizeof(by_origin) / sizeof(by_origin[0]); index++) {
        assert_int_equal(decode(by_origin[index], PROBLEM_REFUSED), PROBLEM_REFUSED);
        start_again();
        assert_int_equal(decode(by_origin[index], PROBLEM_MALFORMED), PROBLEM_MALFORMED);
        start_again();
    }
    assert_int_equal(decode("q=123456", PROBLEM_MALFORMED), PROBLEM_REFUSED);
    assert_string_equal(test_context.faults->sentence, "q is too long (maximum is 5 characters).");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_CONTEXT(splits_and_decodes),
        IN_CONTEXT(takes_nothing),
        IN_CONTEXT(refuses_bad_escapes_and_bytes),
        IN_CONTEXT(one_name_may_come_twice_only_where_it_ends_in_brackets),
        IN_CONTEXT(takes_1000_parameters_and_no_more),
        IN_CONTEXT(decodes_each_type),
        IN_CONTEXT(what_is_not_of_the_type_is_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
