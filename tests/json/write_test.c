/* The writer's commas, escapes and bounds. */
#include "support/context.h"

#include "json/json.h"
#include "json/write.h"

static struct builder output;
static struct json_writer writer;

static int start_writer(void **state)
{
    const int failed = start_context(state);

    builder_start(&output, test_context.arena, 16, 1024 * 1024);
    json_start(&writer, &output);
    return failed;
}

#define WITH_WRITER(test) cmocka_unit_test_setup_teardown(test, start_writer, end_context)

static void puts_commas_where_they_belong(void **state)
{
    (void)state;
    json_open_object(&writer);
    json_key(&writer, "empty");
    json_open_array(&writer);
    json_close_array(&writer);
    json_key(&writer, "list");
    json_open_array(&writer);
    json_integer(&writer, INT64_MIN);
    json_open_object(&writer);
    json_close_object(&writer);
    json_null(&writer);
    json_boolean(&writer, true);
    json_boolean(&writer, false);
    json_close_array(&writer);
    json_key(&writer, "raw");
    json_raw(&writer, TEXT("{\"a\":1}"));
    json_key(&writer, "last");
    json_string(&writer, "x");
    json_close_object(&writer);
    expect_text(builder_text(&output), "{\"empty\":[],\"list\":[-9223372036854775808,{},null,true,false],"
                                       "\"raw\":{\"a\":1},\"last\":\"x\"}");
}

static void escapes_what_must_be_and_nothing_more(void **state)
{
    (void)state;
    json_open_array(&writer);
    json_text(&writer, TEXT("\"\\/\b\f\n\r\t\x01\x1f\x7f"));
    json_text(&writer, TEXT("\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9e\xe2\x80\xa8</script>"));
    json_text(&writer, (struct text){"a\0b", 3});
    json_text(&writer, TEXT(""));
    json_text(&writer, NO_TEXT);
    json_string(&writer, NULL);
    json_close_array(&writer);
    expect_text(builder_text(&output), "[\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\","
                                       "\"\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9e\xe2\x80\xa8</script>\","
                                       "\"a\\u0000b\",\"\",null,null]");
}

static void escapes_names(void **state)
{
    (void)state;
    json_open_object(&writer);
    json_key(&writer, "a\"b");
    json_null(&writer);
    json_close_object(&writer);
    expect_text(builder_text(&output), "{\"a\\\"b\":null}");
}

/* Whatever stands at whatever place, what is written can be read. */
static void writes_every_byte_readably(void **state)
{
    (void)state;
    char text[40];

    for (size_t place = 0; place < sizeof(text); place++) {
        for (unsigned byte = 1; byte < 0x80; byte++) {
            memset(text, 'x', sizeof(text));
            text[place] = (char)byte;
            output.length = 0;
            json_start(&writer, &output);
            json_text(&writer, (struct text){text, sizeof(text)});
            assert_null(json_scan(builder_text(&output), 1).fault);
            const bool special = byte < 0x20 || byte == '"' || byte == '\\';
            assert_true(special == (output.length > sizeof(text) + 2));
        }
    }
}

static void stops_at_the_maximum(void **state)
{
    (void)state;
    struct builder small;

    builder_start(&small, test_context.arena, 4, 10);
    json_start(&writer, &small);
    json_open_array(&writer);
    json_text(&writer, TEXT("1234567"));
    assert_false(small.overflowed);
    json_text(&writer, TEXT("too much\n"));
    json_text(&writer, TEXT("x"));
    json_close_array(&writer);
    assert_true(small.overflowed);
    expect_text(builder_text(&small), "[\"1234567\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WRITER(puts_commas_where_they_belong),
        WITH_WRITER(escapes_what_must_be_and_nothing_more),
        WITH_WRITER(escapes_names),
        WITH_WRITER(writes_every_byte_readably),
        WITH_WRITER(stops_at_the_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
