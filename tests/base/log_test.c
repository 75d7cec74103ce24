/* The log: nothing that a client sends can end a line, forge a field or hide, and no line is longer than a
 * pipe takes at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

static int ends[2];
static char line[8192];

static int start(void **state)
{
    (void)state;
    if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0) {
        return -1;
    }
    log_set_descriptor(ends[1]);
    log_set_level(LOG_LEVEL_INFO);
    log_set_process("worker 3");
    return 0;
}

static int end(void **state)
{
    (void)state;
    log_set_descriptor(STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    return 0;
}

/* Everything logged since the last call; its length. */
static size_t logged(void)
{
    ssize_t length = read(ends[0], line, sizeof line - 1);
    line[length > 0 ? length : 0] = '\0';
    return length > 0 ? (size_t)length : 0;
}

/* What stands behind the event's text. */
static const char *fields_of(const char *event)
{
    char *found = strstr(line, event);
    assert_non_null(found);
    return found + strlen(event);
}

static void a_line_has_time_level_process_and_event(void **state)
{
    (void)state;
    LOG_ERROR("%s is away after %d ms", "database", 250);
    logged();
    assert_memory_equal(line, "time=", 5);
    int64_t time = 0;
    assert_true(clock_read((struct text){line + 5, CLOCK_TEXT_SIZE - 1}, &time));
    assert_string_equal(line + 5 + CLOCK_TEXT_SIZE - 1,
                        " level=error process=\"worker 3\" event=\"database is away after 250 ms\"\n");
    log_set_process("master");
    LOG_WARNING("x");
    logged();
    assert_non_null(strstr(line, " level=warning process=master event=\"x\"\n"));
}

static void levels_are_kept_apart(void **state)
{
    (void)state;
    static const enum log_level levels[] = {LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO,
                                            LOG_LEVEL_DEBUG};
    for (size_t highest = 0; highest < 4; highest++) {
        log_set_level(levels[highest]);
        for (size_t level = 0; level < 4; level++) {
            log_event(levels[level], "event");
            assert_int_equal(logged() > 0, level <= highest);
            log_fields(levels[level], "event", NULL, 0);
            assert_int_equal(logged() > 0, level <= highest);
        }
    }
}

static void assert_value(struct text value, const char *expected)
{
    const struct log_field field = {"value", value};
    log_fields(LOG_LEVEL_INFO, "e", &field, 1);
    logged();
    char whole[256];
    snprintf(whole, sizeof whole, " value=%s\n", expected);
    assert_string_equal(fields_of("event=\"e\""), whole);
}

static void values_are_quoted_and_escaped(void **state)
{
    (void)state;
    assert_value(TEXT("plain-Value_1.2:/@+~?&%"), "plain-Value_1.2:/@+~?&%");
    assert_value(TEXT(""), "\"\"");
    assert_value(TEXT("two words"), "\"two words\"");
    assert_value(TEXT("a=b"), "\"a=b\"");
    assert_value(TEXT("say \"hi\""), "\"say \\\"hi\\\"\"");
    assert_value(TEXT("back\\slash"), "\"back\\\\slash\"");
    assert_value(TEXT("a\r\nlevel=error"), "\"a\\r\\nlevel=error\"");
    assert_value(TEXT("tab\tand\vrest\x1B[31m\x7F"), "\"tab\\tand\\x0brest\\x1b[31m\\x7f\"");
    assert_value(TEXT("zero\0byte"), "\"zero\\x00byte\"");
    assert_value(TEXT("Zoë 😀"), "\"Zoë 😀\"");
    assert_value(TEXT("\xC2\x85|\xC2\x9F|\xC2\xA0"), "\"\\xc2\\x85|\\xc2\\x9f|\xC2\xA0\"");
    assert_value(TEXT("\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xAA"),
                 "\"\\xe2\\x80\\xa8\\xe2\\x80\\xa9\xE2\x80\xAA\"");
    assert_value(TEXT("\xC0\xAF\xED\xA0\x80\xFF"), "\"\\xc0\\xaf\\xed\\xa0\\x80\\xff\"");
    assert_value(TEXT("broken\xE2\x82"), "\"broken\\xe2\\x82\"");
}

static void no_byte_forges_a_line(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        const char value[] = {'a', (char)byte, 'b'};
        const struct log_field field = {"value", {value, sizeof value}};
        log_fields(LOG_LEVEL_INFO, "e", &field, 1);
        size_t length = logged();
        assert_int_equal(strlen(line), length);
        for (size_t i = 0; i < length - 1; i++) {
            assert_in_range((unsigned char)line[i], ' ', '~');
        }
        assert_int_equal(line[length - 1], '\n');
    }
}

static void the_event_is_escaped_too(void **state)
{
    (void)state;
    LOG_INFO("a\n%s", "level=error \"x\"");
    logged();
    assert_non_null(strstr(line, "event=\"a\\nlevel=error \\\"x\\\"\"\n"));
}

static void fields_without_a_value_are_left_out(void **state)
{
    (void)state;
    const struct log_field fields[] = {{"first", TEXT("1")}, {"none", NO_TEXT}, {"last", TEXT("2")}};
    log_fields(LOG_LEVEL_INFO, "e", fields, 3);
    logged();
    assert_string_equal(fields_of("event=\"e\""), " first=1 last=2\n");
}

/* A cut line is still a line: at most 4 KiB, quotes closed, escapes whole, and it says that it was cut. */
static void assert_sound_line(size_t length, bool cut)
{
    assert_true(length <= 4096);
    assert_int_equal(strlen(line), length);
    assert_true(text_is_utf8((struct text){line, length}));
    assert_int_equal(strchr(line, '\n') - line, length - 1);
    bool in_quotes = false;
    for (size_t i = 0; i < length; i++) {
        if (line[i] == '\\') {
            i += line[i + 1] == 'x' ? 3 : 1;
        } else if (line[i] == '"') {
            in_quotes = !in_quotes;
        }
    }
    assert_false(in_quotes);
    bool says_cut = length > 9 && strcmp(line + length - 9, " cut=yes\n") == 0;
    assert_int_equal(says_cut, cut);
}

static void long_values_are_cut_at_any_place(void **state)
{
    (void)state;
    static const char *const pieces[] = {"x", "\n", "\x01", "é", "😀", "\"", " ", "\xE2\x80\xA8"};
    static char value[6000];
    for (size_t piece = 0; piece < sizeof pieces / sizeof pieces[0]; piece++) {
        size_t step = strlen(pieces[piece]);
        for (size_t offset = 0; offset < 5; offset++) {
            memset(value, 'a', sizeof value);
            for (size_t i = offset; i + step <= sizeof value; i += step) {
                memcpy(value + i, pieces[piece], step);
            }
            const struct log_field fields[] = {{"value", {value, sizeof value - 8}}, {"later", TEXT("1")}};
            log_fields(LOG_LEVEL_INFO, "e", fields, 2);
            assert_sound_line(logged(), true);
            assert_null(strstr(line, "later"));
        }
    }
}

static void values_around_the_limit(void **state)
{
    (void)state;
    static char value[4096];
    memset(value, 'a', sizeof value);
    size_t longest_whole = 0;
    for (size_t length = 3900; length < 4096; length++) {
        const struct log_field fields[] = {{"value", {value, length}}, {"z", TEXT("1")}};
        log_fields(LOG_LEVEL_INFO, "e", fields, 2);
        size_t total = logged();
        bool whole = strstr(line, " z=1\n") != NULL;
        assert_sound_line(total, !whole);
        longest_whole = whole ? total : longest_whole;
    }
    assert_in_range(longest_whole, 4080, 4096);
}

static void many_fields_are_cut_between_them(void **state)
{
    (void)state;
    struct log_field fields[700];
    for (size_t i = 0; i < 700; i++) {
        fields[i] = (struct log_field){"name", i % 2 == 0 ? TEXT("value") : TEXT("a value")};
    }
    for (size_t count = 200; count < 700; count++) {
        log_fields(LOG_LEVEL_INFO, "e", fields, count);
        size_t length = logged();
        assert_sound_line(length, strstr(line, "cut=yes") != NULL);
        assert_true(count < 320 || strstr(line, "cut=yes") != NULL);
    }
}

static void long_events_are_cut(void **state)
{
    (void)state;
    LOG_INFO("%05000d", 7);
    assert_sound_line(logged(), true);
}

static void long_process_names_are_cut(void **state)
{
    (void)state;
    log_set_process("0123456789012345678901234567890123456789");
    LOG_INFO("e");
    logged();
    assert_non_null(strstr(line, " process=0123456789012345678901234567890 "));
}

static void a_log_that_cannot_be_written_is_no_fault(void **state)
{
    (void)state;
    log_set_descriptor(-1);
    errno = ENOENT;
    LOG_ERROR("nobody hears this");
    log_fields(LOG_LEVEL_ERROR, "nor this", NULL, 0);
    assert_int_equal(errno, ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_has_time_level_process_and_event, start, end),
        cmocka_unit_test_setup_teardown(levels_are_kept_apart, start, end),
        cmocka_unit_test_setup_teardown(values_are_quoted_and_escaped, start, end),
        cmocka_unit_test_setup_teardown(no_byte_forges_a_line, start, end),
        cmocka_unit_test_setup_teardown(the_event_is_escaped_too, start, end),
        cmocka_unit_test_setup_teardown(fields_without_a_value_are_left_out, start, end),
        cmocka_unit_test_setup_teardown(long_values_are_cut_at_any_place, start, end),
        cmocka_unit_test_setup_teardown(values_around_the_limit, start, end),
        cmocka_unit_test_setup_teardown(many_fields_are_cut_between_them, start, end),
        cmocka_unit_test_setup_teardown(long_events_are_cut, start, end),
        cmocka_unit_test_setup_teardown(long_process_names_are_cut, start, end),
        cmocka_unit_test_setup_teardown(a_log_that_cannot_be_written_is_no_fault, start, end),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
