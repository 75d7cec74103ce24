/* Text views and the builder: edges of each question, and a corpus of UTF-8 that is checked against RFC 3629
 * by rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/text.h"

static int start(void **state)
{
    *state = arena_create((size_t)16 * 1024 * 1024);
    return *state == NULL ? -1 : 0;
}

static int end(void **state)
{
    arena_destroy(*state);
    return 0;
}

static void assert_text(struct text text, const char *expected)
{
    assert_int_equal(text.length, strlen(expected));
    assert_memory_equal(text.data, expected, text.length);
}

static void views_and_parts(void **state)
{
    (void)state;
    assert_null(text_of(NULL).data);
    assert_int_equal(text_of(NULL).length, 0);
    assert_text(text_of("abc"), "abc");
    assert_text(text_part(TEXT("abcdef"), 2, 3), "cde");
    assert_text(text_part(TEXT("abcdef"), 4, SIZE_MAX), "ef");
    assert_text(text_part(TEXT("abcdef"), 6, 1), "");
    assert_text(text_part(TEXT("abcdef"), SIZE_MAX, SIZE_MAX), "");
    assert_null(text_part(NO_TEXT, 1, 1).data);
    assert_true(text_is_empty(NO_TEXT));
    assert_true(text_is_empty(TEXT("")));
    assert_false(text_is_empty(TEXT(" ")));
}

static void equality(void **state)
{
    (void)state;
    assert_true(text_equal(NO_TEXT, TEXT("")));
    assert_true(text_equal(TEXT("a\0b"), TEXT("a\0b")));
    assert_false(text_equal(TEXT("a\0b"), TEXT("a\0c")));
    assert_false(text_equal(TEXT("a"), TEXT("ab")));
    assert_true(text_equal_string(TEXT("word"), "word"));
    assert_false(text_equal_string(TEXT("wor"), "word"));
    assert_true(text_equal_string(NO_TEXT, NULL));
    assert_true(text_equal_ignoring_case(TEXT("aZ@[`{9"), TEXT("Az@[`{9")));
    assert_false(text_equal_ignoring_case(TEXT("@"), TEXT("`")));
    assert_false(text_equal_ignoring_case(TEXT("["), TEXT("{")));
    assert_false(text_equal_ignoring_case(TEXT("ä"), TEXT("Ä")));
    assert_false(text_equal_ignoring_case(TEXT("a"), TEXT("aa")));
    assert_true(text_starts_with(TEXT("/api/v1"), TEXT("/api")));
    assert_true(text_starts_with(TEXT("a"), TEXT("")));
    assert_false(text_starts_with(TEXT("/ap"), TEXT("/api")));
    assert_false(text_starts_with(NO_TEXT, TEXT("x")));
}

static void trimming(void **state)
{
    (void)state;
    assert_text(text_trim(TEXT(" \t\r\nword \n\t")), "word");
    assert_text(text_trim(TEXT("a b")), "a b");
    assert_text(text_trim(TEXT(" \t ")), "");
    assert_text(text_trim(TEXT("\vx\f")), "\vx\f");
    assert_int_equal(text_trim(NO_TEXT).length, 0);
}

static void cutting(void **state)
{
    (void)state;
    struct text rest = TEXT("a,,bc,");
    assert_text(text_cut(&rest, ','), "a");
    assert_text(text_cut(&rest, ','), "");
    assert_text(text_cut(&rest, ','), "bc");
    assert_non_null(rest.data);
    assert_text(text_cut(&rest, ','), "");
    assert_null(rest.data);
    assert_null(text_cut(&rest, ',').data);
    rest = TEXT("");
    assert_non_null(text_cut(&rest, ',').data);
    assert_null(rest.data);
    assert_int_equal(text_find(TEXT("abc"), 'c'), 2);
    assert_int_equal(text_find(TEXT("abc"), 'x'), 3);
    assert_int_equal(text_find(TEXT("a\0b"), '\0'), 1);
    assert_int_equal(text_find(NO_TEXT, 'x'), 0);
}

static void integers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {{"0", 0},
                {"1", 1},
                {"-1", -1},
                {"10", 10},
                {"9223372036854775807", INT64_MAX},
                {"-9223372036854775807", -INT64_MAX},
                {"-9223372036854775808", INT64_MIN}};
    static const char *const bad[] = {"",
                                      "-",
                                      "+1",
                                      "01",
                                      "-0",
                                      "00",
                                      "--1",
                                      " 1",
                                      "1 ",
                                      "1.0",
                                      "1e3",
                                      "0x1",
                                      "1a",
                                      "a",
                                      "١",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "10000000000000000000",
                                      "18446744073709551616",
                                      "99999999999999999999999999"};
    int64_t value = 77;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(text_to_integer(text_of(bad[i]), INT64_MIN, INT64_MAX, &value));
        assert_int_equal(value, 77);
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(text_to_integer(text_of(good[i].text), INT64_MIN, INT64_MAX, &value));
        assert_true(value == good[i].value);
    }
    assert_false(text_to_integer(TEXT("1\0"), 0, 10, &value));
    assert_false(text_to_integer(NO_TEXT, 0, 10, &value));
    assert_true(text_to_integer(TEXT("5"), 5, 5, &value));
    assert_false(text_to_integer(TEXT("4"), 5, 9, &value));
    assert_false(text_to_integer(TEXT("10"), 5, 9, &value));
}

/* The plain encoder of RFC 3629, against which the checker is tried. */
static size_t encode(uint32_t code_point, char bytes[4])
{
    if (code_point < 0x80) {
        bytes[0] = (char)code_point;
        return 1;
    }
    size_t length = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    static const unsigned int leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = length - 1; i > 0; i--) {
        bytes[i] = (char)(0x80 | (code_point & 0x3F));
        code_point >>= 6;
    }
    bytes[0] = (char)(leads[length] | code_point);
    return length;
}

static void every_code_point(void **state)
{
    (void)state;
    for (uint32_t code_point = 0; code_point < 0x200000; code_point++) {
        char bytes[4];
        struct text text = {bytes, encode(code_point, bytes)};
        bool real = code_point != 0 && code_point <= 0x10FFFF && (code_point < 0xD800 || code_point > 0xDFFF);
        if (text_is_utf8(text) != real || text_code_point_length(text) != (real ? text.length : 0)) {
            fail_msg("U+%04X", code_point);
        }
    }
}

static void every_text_of_two_and_three_bytes(void **state)
{
    (void)state;
    size_t two = 0;
    size_t three = 0;
    for (uint32_t bits = 0; bits < 0x1000000; bits++) {
        const char bytes[3] = {(char)(bits >> 16), (char)(bits >> 8), (char)bits};
        three += text_code_point_length((struct text){bytes, 3}) == 3;
        two += (bits & 0xFF) == 0 && text_code_point_length((struct text){bytes, 2}) == 2;
    }
    assert_int_equal(two, 0x800 - 0x80);
    assert_int_equal(three, 0x10000 - 0x800 - 0x800);
}

static void malformed_utf8_at_every_place(void **state)
{
    (void)state;
    const struct text bad[] = {TEXT("\x80"),
                               TEXT("\xBF"),
                               TEXT("\xC0\x80"),
                               TEXT("\xC1\xBF"),
                               TEXT("\xC2"),
                               TEXT("\xE0\x9F\xBF"),
                               TEXT("\xED\xA0\x80"),
                               TEXT("\xED\xBF\xBF"),
                               TEXT("\xE2\x82"),
                               TEXT("\xF0\x9F\x98"),
                               TEXT("\xF0\x8F\xBF\xBF"),
                               TEXT("\xF4\x90\x80\x80"),
                               TEXT("\xF5\x80\x80\x80"),
                               TEXT("\xFF"),
                               TEXT("\xFE"),
                               TEXT("\xC2\x41"),
                               TEXT("\xE2\x82\x41"),
                               TEXT("\xF8\x88\x80\x80\x80"),
                               TEXT("\0")};
    char text[40];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        for (size_t place = 0; place < 24; place++) {
            memset(text, 'a', sizeof text);
            memcpy(text + place, bad[i].data, bad[i].length);
            assert_false(text_is_utf8((struct text){text, sizeof text}));
            assert_false(text_is_utf8((struct text){text, place + bad[i].length}));
        }
    }
}

static void well_formed_utf8_at_every_place(void **state)
{
    (void)state;
    char text[40];
    for (size_t place = 0; place < 30; place++) {
        memset(text, 0x7F, sizeof text);
        memcpy(text + place, "é€😀", 9);
        assert_true(text_is_utf8((struct text){text, sizeof text}));
        assert_int_equal(text_characters((struct text){text, sizeof text}), sizeof text - 6);
    }
    assert_true(text_is_utf8(NO_TEXT));
    assert_int_equal(text_characters(NO_TEXT), 0);
    assert_true(text_is_utf8(TEXT("\x01\x01\x01\x01\x01\x01\x01\x01")));
}

static void uuids(void **state)
{
    (void)state;
    assert_true(text_is_uuid(TEXT("00000000-0000-0000-0000-000000000000")));
    assert_true(text_is_uuid(TEXT("123e4567-e89b-42d3-a456-426614174abf")));
    static const char *const bad[] = {"",
                                      "123e4567-e89b-42d3-a456-426614174ab",
                                      "123e4567-e89b-42d3-a456-426614174abff",
                                      "123E4567-e89b-42d3-a456-426614174abf",
                                      "123g4567-e89b-42d3-a456-426614174abf",
                                      "123e4567e-89b-42d3-a456-426614174abf",
                                      "{23e4567-e89b-42d3-a456-426614174ab}",
                                      "123e4567_e89b_42d3_a456_426614174abf",
                                      "123e45670e89b042d30a4560426614174abf"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(text_is_uuid(text_of(bad[i])));
    }
    assert_false(text_is_uuid(NO_TEXT));
}

static void lower_case(void **state)
{
    assert_text(text_lower(*state, TEXT("AZ@[az{ÄX")), "az@[az{Äx");
    assert_null(text_lower(*state, NO_TEXT).data);
    assert_text(text_lower(*state, TEXT("")), "");
}

static void builder_grows_to_its_maximum(void **state)
{
    struct builder builder;
    builder_start(&builder, *state, 0, 1000);
    for (size_t i = 0; i < 1000; i++) {
        builder_add_character(&builder, (char)('a' + i % 26));
    }
    assert_false(builder.overflowed);
    assert_int_equal(builder.length, 1000);
    for (size_t i = 0; i < 1000; i++) {
        assert_int_equal(builder_text(&builder).data[i], 'a' + i % 26);
    }
    builder_add_character(&builder, 'x');
    assert_true(builder.overflowed);
    assert_int_equal(builder.length, 1000);
}

static void builder_stays_as_it_was_after_an_overflow(void **state)
{
    struct builder builder;
    builder_start(&builder, *state, 4, 10);
    builder_add_string(&builder, "123456");
    assert_null(builder_reserve(&builder, 5));
    assert_true(builder.overflowed);
    builder_add_character(&builder, '7');
    BUILDER_ADD_LITERAL(&builder, "8");
    builder_add_integer(&builder, 9);
    builder_add_format(&builder, "%d", 10);
    builder_add_text(&builder, TEXT("1"));
    assert_text(builder_text(&builder), "123456");
}

static void builder_refuses_lengths_that_overflow(void **state)
{
    struct builder builder;
    builder_start(&builder, *state, 16, SIZE_MAX);
    builder_add_string(&builder, "x");
    assert_null(builder_reserve(&builder, SIZE_MAX));
    assert_true(builder.overflowed);
}

static void builder_with_others_in_the_same_arena(void **state)
{
    struct builder left;
    struct builder right;
    builder_start(&left, *state, 1, 100000);
    builder_start(&right, *state, 1, 100000);
    for (int64_t i = 0; i < 5000; i++) {
        builder_add_integer(&left, i % 10);
        builder_add_text(&right, TEXT("yz"));
    }
    assert_int_equal(left.length, 5000);
    assert_int_equal(right.length, 10000);
    for (size_t i = 0; i < 5000; i++) {
        assert_int_equal(left.data[i], '0' + i % 10);
        assert_memory_equal(right.data + 2 * i, "yz", 2);
    }
}

static void builder_writes_numbers_and_formats(void **state)
{
    struct builder builder;
    builder_start(&builder, *state, 8, 10000);
    builder_add_integer(&builder, INT64_MIN);
    builder_add_character(&builder, ' ');
    builder_add_integer(&builder, INT64_MAX);
    builder_add_character(&builder, ' ');
    builder_add_integer(&builder, 0);
    builder_add_format(&builder, " %s-%d", "x", 7);
    builder_add_text(&builder, NO_TEXT);
    assert_text(builder_text(&builder), "-9223372036854775808 9223372036854775807 0 x-7");
    size_t before = builder.length;
    builder_add_format(&builder, "%1000d", 5);
    assert_int_equal(builder.length, before + 1000);
    assert_int_equal(builder.data[builder.length - 1], '5');
    builder_add_format(&builder, "%9000d", 5);
    assert_true(builder.overflowed);
    assert_int_equal(builder.length, before + 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_and_parts),
        cmocka_unit_test(equality),
        cmocka_unit_test(trimming),
        cmocka_unit_test(cutting),
        cmocka_unit_test(integers),
        cmocka_unit_test(every_code_point),
        cmocka_unit_test(every_text_of_two_and_three_bytes),
        cmocka_unit_test(malformed_utf8_at_every_place),
        cmocka_unit_test(well_formed_utf8_at_every_place),
        cmocka_unit_test(uuids),
        cmocka_unit_test_setup_teardown(lower_case, start, end),
        cmocka_unit_test_setup_teardown(builder_grows_to_its_maximum, start, end),
        cmocka_unit_test_setup_teardown(builder_stays_as_it_was_after_an_overflow, start, end),
        cmocka_unit_test_setup_teardown(builder_refuses_lengths_that_overflow, start, end),
        cmocka_unit_test_setup_teardown(builder_with_others_in_the_same_arena, start, end),
        cmocka_unit_test_setup_teardown(builder_writes_numbers_and_formats, start, end),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
