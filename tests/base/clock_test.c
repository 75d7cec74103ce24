/* Time in text: every day from year 1 to 9999, and what is not a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"

#define DAY (INT64_C(86400) * MICROSECONDS_PER_SECOND)

static const char *written(int64_t microseconds)
{
    static char text[CLOCK_TEXT_SIZE];
    memset(text, '#', sizeof text);
    clock_write(microseconds, text);
    assert_int_equal(text[CLOCK_TEXT_SIZE - 1], 0);
    return text;
}

static int64_t read_or_fail(const char *text)
{
    int64_t microseconds = 0;
    if (!clock_read(text_of(text), &microseconds)) {
        fail_msg("%s is refused", text);
    }
    return microseconds;
}

static void known_times(void **state)
{
    (void)state;
    assert_string_equal(written(0), "1970-01-01T00:00:00.000Z");
    assert_string_equal(written(-1), "1969-12-31T23:59:59.999Z");
    assert_string_equal(written(INT64_C(1556729058407) * 1000), "2019-05-01T16:44:18.407Z");
    assert_string_equal(written(INT64_C(1556729058407) * 1000 + 999), "2019-05-01T16:44:18.407Z");
    assert_string_equal(written(INT64_C(951782400) * MICROSECONDS_PER_SECOND), "2000-02-29T00:00:00.000Z");
    assert_string_equal(written(INT64_C(4107542400) * MICROSECONDS_PER_SECOND), "2100-03-01T00:00:00.000Z");
    assert_string_equal(written(INT64_C(4102444799) * MICROSECONDS_PER_SECOND), "2099-12-31T23:59:59.000Z");
}

static void times_outside_are_the_nearest_inside(void **state)
{
    (void)state;
    const int64_t first = INT64_C(-62135596800) * MICROSECONDS_PER_SECOND;
    const int64_t last = INT64_C(253402300800) * MICROSECONDS_PER_SECOND - 1;
    assert_string_equal(written(first), "0001-01-01T00:00:00.000Z");
    assert_string_equal(written(first - 1), "0001-01-01T00:00:00.000Z");
    assert_string_equal(written(INT64_MIN), "0001-01-01T00:00:00.000Z");
    assert_string_equal(written(last), "9999-12-31T23:59:59.999Z");
    assert_string_equal(written(last + 1), "9999-12-31T23:59:59.999Z");
    assert_string_equal(written(INT64_MAX), "9999-12-31T23:59:59.999Z");
}

/* Walks the calendar day by day by the rules of school, from the first day to the last. */
static void every_day(void **state)
{
    (void)state;
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t now = INT64_C(-62135596800) * MICROSECONDS_PER_SECOND;
    for (int year = 1; year <= 9999; year++) {
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        for (int month = 1; month <= 12; month++) {
            int last = days[month - 1] + (leap && month == 2);
            for (int day = 1; day <= last; day++) {
                char expected[64];
                snprintf(expected, sizeof expected, "%04d-%02d-%02dT00:00:00.000Z", year, month, day);
                int64_t read = 0;
                if (strcmp(written(now), expected) != 0 || !clock_read(text_of(expected), &read) ||
                    read != now) {
                    fail_msg("%s", expected);
                }
                now += DAY;
            }
        }
    }
}

static void every_second_of_a_day(void **state)
{
    (void)state;
    for (int second = 0; second < 86400; second++) {
        char expected[64];
        snprintf(expected, sizeof expected, "2024-02-29T%02d:%02d:%02d.%03dZ", second / 3600,
                 second / 60 % 60, second % 60, second % 1000);
        int64_t time = read_or_fail(expected);
        if (time % DAY != second * MICROSECONDS_PER_SECOND + second % 1000 * 1000) {
            fail_msg("%s", expected);
        }
        assert_string_equal(written(time), expected);
    }
}

static void offsets_and_fractions(void **state)
{
    (void)state;
    const int64_t time = INT64_C(1556729058) * MICROSECONDS_PER_SECOND;
    assert_true(read_or_fail("2019-05-01T16:44:18Z") == time);
    assert_true(read_or_fail("2019-05-01t16:44:18z") == time);
    assert_true(read_or_fail("2019-05-01T18:44:18+02:00") == time);
    assert_true(read_or_fail("2019-05-01T11:14:18-05:30") == time);
    assert_true(read_or_fail("2019-05-02T16:43:18+23:59") == time);
    assert_true(read_or_fail("2019-05-01T16:44:18-00:00") == time);
    assert_true(read_or_fail("2019-05-01T16:44:18.5Z") == time + 500000);
    assert_true(read_or_fail("2019-05-01T16:44:18.123456Z") == time + 123456);
    assert_true(read_or_fail("2019-05-01T16:44:18.1234569999999999999999999Z") == time + 123456);
    assert_true(read_or_fail("2019-05-01T16:44:18.0000001+00:00") == time);
}

static void leap_seconds(void **state)
{
    (void)state;
    int64_t microseconds = 0;
    assert_true(read_or_fail("2016-12-31T23:59:60Z") == read_or_fail("2017-01-01T00:00:00Z"));
    assert_true(read_or_fail("2016-12-31T15:59:60.25-08:00") == read_or_fail("2017-01-01T00:00:00.25Z"));
    assert_false(clock_read(TEXT("2016-12-31T23:59:61Z"), &microseconds));
    assert_false(clock_read(TEXT("2016-12-30T23:59:60Z"), &microseconds));
    assert_false(clock_read(TEXT("2016-12-31T22:59:60Z"), &microseconds));
    assert_false(clock_read(TEXT("2016-12-31T23:59:60+01:00"), &microseconds));
}

static void what_is_no_time(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "2019-05-01",
                                      "2019-05-01T16:44:18",
                                      "2019-05-01 16:44:18Z",
                                      "2019-05-01T16:44Z",
                                      "2019-05-01T16:44:18.Z",
                                      "2019-05-01T16:44:18,5Z",
                                      "2019-05-01T16:44:18Z ",
                                      " 2019-05-01T16:44:18Z",
                                      "2019-05-01T16:44:18ZZ",
                                      "2019-05-01T16:44:18+0200",
                                      "2019-05-01T16:44:18+02",
                                      "2019-05-01T16:44:18+24:00",
                                      "2019-05-01T16:44:18+02:60",
                                      "2019-05-01T24:00:00Z",
                                      "2019-05-01T16:60:00Z",
                                      "2019-5-1T16:44:18Z",
                                      "19-05-01T16:44:18Z",
                                      "+2019-05-01T16:44:18Z",
                                      "2019-05-01T-1:44:18Z",
                                      "2019-13-01T00:00:00Z",
                                      "2019-00-01T00:00:00Z",
                                      "2019-01-00T00:00:00Z",
                                      "2019-04-31T00:00:00Z",
                                      "2019-02-29T00:00:00Z",
                                      "1900-02-29T00:00:00Z",
                                      "0000-01-01T00:00:00Z",
                                      "0001-01-01T00:00:00+00:01",
                                      "9999-12-31T23:59:59-00:01",
                                      "9999-12-31T23:59:60Z",
                                      "10000-01-01T00:00:00Z",
                                      "20190501T164418Z"};
    int64_t microseconds = 0;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (clock_read(text_of(bad[i]), &microseconds)) {
            fail_msg("\"%s\" is taken", bad[i]);
        }
    }
    assert_false(clock_read(NO_TEXT, &microseconds));
}

static void every_prefix_is_no_time(void **state)
{
    (void)state;
    const char whole[] = "2019-05-01T18:44:18.123+02:00";
    int64_t microseconds = 0;
    for (size_t length = 0; length < sizeof whole - 1; length++) {
        assert_false(clock_read((struct text){whole, length}, &microseconds));
    }
    assert_true(clock_read((struct text){whole, sizeof whole - 1}, &microseconds));
}

static void dates(void **state)
{
    (void)state;
    static const char *const good[] = {"2019-05-01", "2020-02-29", "2000-02-29", "0001-01-01", "9999-12-31"};
    static const char *const bad[] = {"",           "2019-02-29",  "2100-02-29", "2019-5-01",   "2019-05-1",
                                      "2019/05/01", "2019-05-01 ", "0000-01-01", "2019-05-011", "2019-05-32",
                                      "20190501",   "2019-05-01T", "2019-06-31", "-019-05-01"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(clock_is_date(text_of(good[i])));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(clock_is_date(text_of(bad[i])));
    }
    assert_false(clock_is_date(NO_TEXT));
}

static void clocks_run(void **state)
{
    (void)state;
    int64_t first = clock_monotonic();
    assert_true(clock_monotonic() >= first);
    assert_true(clock_now() > read_or_fail("2020-01-01T00:00:00Z"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_times),
        cmocka_unit_test(times_outside_are_the_nearest_inside),
        cmocka_unit_test(every_day),
        cmocka_unit_test(every_second_of_a_day),
        cmocka_unit_test(offsets_and_fractions),
        cmocka_unit_test(leap_seconds),
        cmocka_unit_test(what_is_no_time),
        cmocka_unit_test(every_prefix_is_no_time),
        cmocka_unit_test(dates),
        cmocka_unit_test(clocks_run),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
