/* Comma-separated values as RFC 4180 and spreadsheets write them, and what is wrong with others. */
#include "base/csv.h"

#include <string.h>

#include "base/keys.h"
#include "support/cmocka_headers.h"

static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_create((size_t)16 << 20);
    return arena == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_destroy(arena);
    return 0;
}

/* All records of a text as "LINE:field|field;LINE:…"; a fault stands in the place of the fields. */
static const char *read_all(const char *text, size_t length)
{
    FILE *file = fmemopen((void *)(uintptr_t)text, length, "r");
    struct csv_record record;
    struct builder out;
    struct csv csv;
    assert_non_null(file);
    builder_start(&out, arena, 256, 1 << 20);
    csv_start(&csv, file);
    while (csv_next(&csv, arena, &record)) {
        builder_add_format(&out, "%s%zu:", out.length > 0 ? ";" : "", record.line);
        if (record.fault != NULL) {
            builder_add_string(&out, record.fault);
            continue;
        }
        for (size_t i = 0; i < record.count; i++) {
            builder_add_string(&out, i > 0 ? "|" : "");
            builder_add_text(&out, record.fields[i]);
        }
    }
    builder_add_character(&out, '\0');
    fclose(file);
    return out.data;
}

static void expect_records(const char *text, const char *expected)
{
    assert_string_equal(read_all(text, strlen(text)), expected);
}

static void fields_are_separated_by_commas_and_records_by_line_ends(void **state)
{
    (void)state;
    expect_records("a,b\nc,d\n", "1:a|b;2:c|d");
    expect_records("a,b\r\nc,d\r\n", "1:a|b;2:c|d");
    expect_records("a,b\nc,d", "1:a|b;2:c|d");
    expect_records(" a , b \n", "1: a | b ");
    expect_records("a,,\n,\n", "1:a||;2:|");
    expect_records("a\rb,c\n", "1:a\rb|c");
}

static void a_byte_order_mark_is_left_out_at_the_beginning_only(void **state)
{
    (void)state;
    expect_records("\xef\xbb\xbf"
                   "a\n",
                   "1:a");
    expect_records("\xef\xbb\xbf\"a\"\n", "1:a");
    expect_records("b\n\xef\xbb\xbf"
                   "a\n",
                   "1:b;2:\xef\xbb\xbf"
                   "a");
}

static void blank_lines_are_left_out_and_counted(void **state)
{
    (void)state;
    expect_records("\na\n\n\r\nb\n\n", "2:a;5:b");
    expect_records("\"\"\n", "");
    expect_records("\n\n", "");
}

static void quoted_fields_hold_anything(void **state)
{
    (void)state;
    expect_records("\"a,b\",\"c\"\"d\"\n", "1:a,b|c\"d");
    expect_records("\"a\nb\r\nc\",d\ne\n", "1:a\nb\r\nc|d;4:e");
    expect_records("\"\",\"x\"\n", "1:|x");
    expect_records("\"\"\"\"\n", "1:\"");
    expect_records("\"a\"", "1:a");
}

static void what_is_malformed_is_told_and_the_next_record_read(void **state)
{
    (void)state;
    expect_records("a\"b,c\nd\n", "1:A quote stands in the middle of a field.;2:d");
    expect_records("\"a\"b,c\nd\n", "1:Something stands behind a closing quote.;2:d");
    expect_records("a\n\"b\nc\n", "1:a;2:A quote is not closed.");
    expect_records("a,\xff\nb\n", "1:Something is not UTF-8.;2:b");
    assert_string_equal(read_all("a\0b\nc\n", 6), "1:Something is not UTF-8.;2:c");
}

static void records_have_limits(void **state)
{
    static char text[3 * CSV_MAXIMUM_RECORD];
    (void)state;
    memset(text, ',', sizeof(text));
    memcpy(text + CSV_MAXIMUM_FIELDS - 1, "\nx", 3);
    assert_string_equal(read_all(text, strlen(text)) + strlen("1:") + CSV_MAXIMUM_FIELDS - 1, ";2:x");
    text[CSV_MAXIMUM_FIELDS - 1] = ',';
    memcpy(text + CSV_MAXIMUM_FIELDS, "\nx", 3);
    assert_string_equal(read_all(text, strlen(text)), "1:There are too many fields.;2:x");
    memset(text, 'a', sizeof(text));
    memcpy(text + CSV_MAXIMUM_RECORD, "\nx", 3);
    assert_string_equal(read_all(text, strlen(text)), "1:The line is too long.;2:x");
}

static void a_key_is_told_by_its_first_number(void **state)
{
    struct keys keys;
    (void)state;
    keys_start(&keys, arena);
    for (size_t i = 1; i <= 20000; i++) {
        assert_int_equal(keys_add(&keys, text_of(arena_print(arena, "key %zu", i)), i), 0);
    }
    for (size_t i = 1; i <= 20000; i++) {
        assert_int_equal(keys_add(&keys, text_of(arena_print(arena, "key %zu", i)), i + 5), i);
    }
    assert_int_equal(keys_add(&keys, TEXT(""), 7), 0);
    assert_int_equal(keys_add(&keys, NO_TEXT, 8), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_separated_by_commas_and_records_by_line_ends),
        cmocka_unit_test(a_byte_order_mark_is_left_out_at_the_beginning_only),
        cmocka_unit_test(blank_lines_are_left_out_and_counted),
        cmocka_unit_test(quoted_fields_hold_anything),
        cmocka_unit_test(what_is_malformed_is_told_and_the_next_record_read),
        cmocka_unit_test(records_have_limits),
        cmocka_unit_test(a_key_is_told_by_its_first_number),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
