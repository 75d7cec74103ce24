/* Lists of e-mail addresses, and bodies whose members match in any case. */
#include "support/context.h"

#include "json/decode.h"
#include "json/json.h"

static const struct field list_fields[] = {
    {.name = "emails", .type = FIELD_EMAILS, .maximum = 3},
    {.name = "other", .type = FIELD_EMAILS},
};
static const struct shape list_shape = SHAPE("List", "Addresses.", list_fields);

static const struct field person_fields[] = {
    {.name = "firstName", .type = FIELD_TEXT, .required = true},
    {.name = "role", .type = FIELD_INTEGER},
};
static const struct shape exact = SHAPE("Exact", "Names as they are.", person_fields);
static const struct shape loose = SHAPE_IN_ANY_CASE("Loose", "Names in any case.", person_fields);

static struct values values;

static enum problem decode(const struct shape *shape, struct text body)
{
    struct json_object *object = NULL;

    start_again();
    assert_int_equal(json_parse_object(&test_context, body, &object), PROBLEM_NONE);
    return decode_object(&test_context, shape, object, &values);
}

static void expect_sentence(const char *sentence)
{
    assert_non_null(test_context.faults);
    assert_string_equal(test_context.faults->sentence, sentence);
    assert_null(test_context.faults->next);
}

static void addresses_come_as_they_were_written(void **state)
{
    const struct field_value *value;

    (void)state;
    assert_int_equal(decode(&list_shape, TEXT("{\"emails\":[\"A@b.CD\",\"\\u0061@b.cd\",\"{x}@b.cd\"]}")),
                     PROBLEM_NONE);
    value = value_of(&values, "emails");
    assert_true(value->given);
    assert_false(value->null);
    assert_int_equal(value->element_count, 3);
    expect_text(value->texts[0], "A@b.CD");
    expect_text(value->texts[1], "a@b.cd");
    expect_text(value->texts[2], "{x}@b.cd");
    expect_text(value->text, "{\"A@b.CD\",\"a@b.cd\",\"{x}@b.cd\"}");
}

static void none_and_an_empty_list_are_no_fault(void **state)
{
    (void)state;
    assert_int_equal(decode(&list_shape, TEXT("{}")), PROBLEM_NONE);
    assert_false(value_of(&values, "emails")->given);
    assert_int_equal(value_of(&values, "emails")->element_count, 0);
    assert_int_equal(decode(&list_shape, TEXT("{\"emails\":[]}")), PROBLEM_NONE);
    assert_int_equal(value_of(&values, "emails")->element_count, 0);
    expect_text(value_of(&values, "emails")->text, "{}");
}

static void what_is_no_list_is_malformed(void **state)
{
    (void)state;
    assert_int_equal(decode(&list_shape, TEXT("{\"emails\":\"a@b.cd\"}")), PROBLEM_MALFORMED);
    expect_sentence("emails must be a list of e-mail addresses.");
    assert_int_equal(decode(&list_shape, TEXT("{\"emails\":{\"a\":1}}")), PROBLEM_MALFORMED);
}

static void an_entry_that_is_none_is_named_and_malformed(void **state)
{
    (void)state;
    assert_int_equal(decode(&list_shape, TEXT("{\"emails\":[\"a@b.cd\",\"x\"]}")), PROBLEM_MALFORMED);
    expect_sentence("emails has an entry that is no e-mail address: \"x\".");
    assert_int_equal(decode(&list_shape, TEXT("{\"emails\":[\"a@b.cd\", 12.50 ]}")), PROBLEM_MALFORMED);
    expect_sentence("emails has an entry that is no e-mail address: \"12.50\".");
    assert_int_equal(decode(&list_shape, TEXT("{\"emails\":[null]}")), PROBLEM_MALFORMED);
    expect_sentence("emails has an entry that is no e-mail address: \"null\".");
}

static void each_wrong_entry_is_told(void **state)
{
    (void)state;
    assert_int_equal(decode(&list_shape, TEXT("{\"emails\":[\"x\",\"a@b.cd\",\"y\"]}")), PROBLEM_MALFORMED);
    assert_string_equal(test_context.faults->sentence,
                        "emails has an entry that is no e-mail address: \"x\".");
    assert_string_equal(test_context.faults->next->sentence,
                        "emails has an entry that is no e-mail address: \"y\".");
    assert_null(test_context.faults->next->next);
}

static void a_long_entry_is_cut_between_characters(void **state)
{
    char body[1024];
    char address[601] = "";
    const char *sentence;

    (void)state;
    for (size_t i = 0; i < 600; i += 2) {
        memcpy(address + i, "\xc3\xa4", 2);
    }
    (void)snprintf(body, sizeof body, "{\"emails\":[\"a%s\"]}", address);
    assert_int_equal(decode(&list_shape, text_of(body)), PROBLEM_MALFORMED);
    sentence = test_context.faults->sentence;
    assert_true(text_is_utf8(text_of(sentence)));
    assert_true(strlen(sentence) < 330);
    assert_non_null(strstr(sentence, "\xc3\xa4\"\xe2\x80\xa6."));
}

static void too_many_are_refused(void **state)
{
    (void)state;
    assert_int_equal(decode(&list_shape, TEXT("{\"emails\":[\"a@b.cd\",\"a@b.cd\",\"a@b.cd\",\"a@b.cd\"]}")),
                     PROBLEM_REFUSED);
    expect_sentence("emails has too many elements (maximum is 3 elements).");
    assert_int_equal(decode(&list_shape, TEXT("{\"other\":[\"a@b.cd\",\"a@b.cd\",\"a@b.cd\",\"a@b.cd\"]}")),
                     PROBLEM_NONE);
}

static void parameters_may_repeat_with_brackets(void **state)
{
    struct parameters parameters;

    (void)state;
    assert_int_equal(
        parameters_read(&test_context, TEXT("emails[]=a%40b.cd&emails[]=c@d.ef"), true, &parameters),
        PROBLEM_NONE);
    assert_int_equal(decode_parameters(&test_context, &list_shape, parameters, PROBLEM_MALFORMED, &values),
                     PROBLEM_NONE);
    assert_int_equal(value_of(&values, "emails")->element_count, 2);
    expect_text(value_of(&values, "emails")->texts[1], "c@d.ef");
}

static void names_match_in_any_case_only_where_the_shape_says_so(void **state)
{
    (void)state;
    assert_int_equal(decode(&loose, TEXT("{\"FIRSTname\":\"A\",\"ROLE\":3}")), PROBLEM_NONE);
    expect_text(text_value(&values, "firstName"), "A");
    assert_int_equal(value_of(&values, "role")->integer, 3);
    assert_int_equal(decode(&exact, TEXT("{\"FIRSTname\":\"A\"}")), PROBLEM_REFUSED);
    expect_sentence("firstName is required.");
    assert_int_equal(decode(&loose, TEXT("{\"first_name\":\"A\"}")), PROBLEM_REFUSED);
}

static void two_members_of_one_name_are_malformed(void **state)
{
    (void)state;
    assert_int_equal(decode(&loose, TEXT("{\"firstName\":\"A\",\"FirstName\":\"A\"}")), PROBLEM_MALFORMED);
    expect_sentence("firstName is given twice.");
    assert_int_equal(decode(&loose, TEXT("{\"firstName\":\"A\",\"FirstName\":null,\"FIRSTNAME\":1}")),
                     PROBLEM_MALFORMED);
    assert_int_equal(decode(&exact, TEXT("{\"firstName\":\"A\",\"FirstName\":\"B\"}")), PROBLEM_NONE);
    expect_text(text_value(&values, "firstName"), "A");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_CONTEXT(addresses_come_as_they_were_written),
        IN_CONTEXT(none_and_an_empty_list_are_no_fault),
        IN_CONTEXT(what_is_no_list_is_malformed),
        IN_CONTEXT(an_entry_that_is_none_is_named_and_malformed),
        IN_CONTEXT(each_wrong_entry_is_told),
        IN_CONTEXT(a_long_entry_is_cut_between_characters),
        IN_CONTEXT(too_many_are_refused),
        IN_CONTEXT(parameters_may_repeat_with_brackets),
        IN_CONTEXT(names_match_in_any_case_only_where_the_shape_says_so),
        IN_CONTEXT(two_members_of_one_name_are_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
