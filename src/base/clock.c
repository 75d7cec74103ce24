/* Time without the C library's calendar: two forms of text need no locale, no time zone and no lock. */
#include "base/clock.h"

#define DAYS_PER_CYCLE    INT64_C(146097) /* 400 years */
#define DAYS_TO_1970      INT64_C(719468) /* from 0000-03-01 */
#define SECONDS_PER_DAY   INT64_C(86400)
#define FIRST_MICROSECOND (INT64_C(-62135596800) * MICROSECONDS_PER_SECOND) /* 0001-01-01T00:00:00Z */
#define LAST_MICROSECOND  (INT64_C(253402300800) * MICROSECONDS_PER_SECOND - 1)

struct date {
    int year;
    int month;
    int day;
};

static int64_t read_clock(clockid_t which)
{
    struct timespec time;
    if (clock_gettime(which, &time) != 0) {
        abort();
    }
    return (int64_t)time.tv_sec * MICROSECONDS_PER_SECOND + (int64_t)time.tv_nsec / 1000;
}

int64_t clock_now(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t clock_monotonic(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

/* Years are counted from March here, so that the leap day is the last of its year; `days` are since
 * 1970-01-01. */
static struct date date_of_days(int64_t days)
{
    int64_t shifted = days + DAYS_TO_1970;
    int cycle = (int)(shifted / DAYS_PER_CYCLE);
    int rest = (int)(shifted % DAYS_PER_CYCLE);
    int century = rest / 36524 < 4 ? rest / 36524 : 3;
    rest -= century * 36524;
    int four_years = rest / 1461;
    rest -= four_years * 1461;
    int year = rest / 365 < 4 ? rest / 365 : 3;
    rest -= year * 365;
    int month = (5 * rest + 2) / 153;
    struct date date = {.day = rest - (153 * month + 2) / 5 + 1, .month = month < 10 ? month + 3 : month - 9};
    date.year = 400 * cycle + 100 * century + 4 * four_years + year + (month >= 10);
    return date;
}

static int64_t days_of_date(struct date date)
{
    int year = date.month > 2 ? date.year : date.year - 1;
    int month = date.month > 2 ? date.month - 3 : date.month + 9;
    int64_t days = INT64_C(365) * year + year / 4 - year / 100 + year / 400;
    return days + (153 * month + 2) / 5 + date.day - 1 - DAYS_TO_1970;
}

static void write_two_digits(char *place, unsigned int number)
{
    place[0] = (char)('0' + number / 10);
    place[1] = (char)('0' + number % 10);
}

static int64_t clamp(int64_t microseconds)
{
    if (microseconds < FIRST_MICROSECOND) {
        return FIRST_MICROSECOND;
    }
    return microseconds > LAST_MICROSECOND ? LAST_MICROSECOND : microseconds;
}

void clock_write(int64_t microseconds, char text[static CLOCK_TEXT_SIZE])
{
    int64_t since_first = clamp(microseconds) - FIRST_MICROSECOND;
    int64_t seconds = since_first / MICROSECONDS_PER_SECOND;
    unsigned int in_day = (unsigned int)(seconds % SECONDS_PER_DAY);
    struct date date = date_of_days(seconds / SECONDS_PER_DAY +
                                    FIRST_MICROSECOND / MICROSECONDS_PER_SECOND / SECONDS_PER_DAY);
    unsigned int milliseconds = (unsigned int)(since_first % MICROSECONDS_PER_SECOND) / 1000;
    memcpy(text, "0000-00-00T00:00:00.000Z", CLOCK_TEXT_SIZE);
    write_two_digits(text, (unsigned int)date.year / 100);
    write_two_digits(text + 2, (unsigned int)date.year % 100);
    write_two_digits(text + 5, (unsigned int)date.month);
    write_two_digits(text + 8, (unsigned int)date.day);
    write_two_digits(text + 11, in_day / 3600);
    write_two_digits(text + 14, in_day / 60 % 60);
    write_two_digits(text + 17, in_day % 60);
    text[20] = (char)('0' + milliseconds / 100);
    write_two_digits(text + 21, milliseconds % 100);
}

/* Takes exactly `digits` digits off the front. */
static bool take_number(struct text *rest, size_t digits, int *number)
{
    if (rest->length < digits) {
        return false;
    }
    *number = 0;
    for (size_t i = 0; i < digits; i++) {
        if (rest->data[i] < '0' || rest->data[i] > '9') {
            return false;
        }
        *number = *number * 10 + (rest->data[i] - '0');
    }
    *rest = text_part(*rest, digits, rest->length);
    return true;
}

static bool take_character(struct text *rest, char character)
{
    if (rest->length == 0 || rest->data[0] != character) {
        return false;
    }
    *rest = text_part(*rest, 1, rest->length);
    return true;
}

static int days_in_month(struct date date)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0);
    return date.month == 2 && leap ? 29 : days[date.month - 1];
}

static bool take_date(struct text *rest, struct date *date)
{
    bool shaped = take_number(rest, 4, &date->year) && take_character(rest, '-') &&
                  take_number(rest, 2, &date->month) && take_character(rest, '-') &&
                  take_number(rest, 2, &date->day);
    return shaped && date->year >= 1 && date->month >= 1 && date->month <= 12 && date->day >= 1 &&
           date->day <= days_in_month(*date);
}

/* Seconds since midnight; 86400 and `leap` for second 60 of the last minute that it is in. */
static bool take_time(struct text *rest, int64_t *seconds, bool *leap)
{
    int hour = 0;
    int minute = 0;
    int second = 0;
    bool shaped = take_number(rest, 2, &hour) && take_character(rest, ':') && take_number(rest, 2, &minute) &&
                  take_character(rest, ':') && take_number(rest, 2, &second);
    *seconds = INT64_C(3600) * hour + INT64_C(60) * minute + second;
    *leap = second == 60;
    return shaped && hour <= 23 && minute <= 59 && second <= 60;
}

/* An optional fraction of any length, in microseconds; digits beyond the sixth are cut off. */
static bool take_fraction(struct text *rest, int64_t *microseconds)
{
    *microseconds = 0;
    if (!take_character(rest, '.')) {
        return true;
    }
    int64_t unit = MICROSECONDS_PER_SECOND;
    int digit = 0;
    bool any = false;
    while (take_number(rest, 1, &digit)) {
        unit /= 10;
        *microseconds += unit * digit;
        any = true;
    }
    return any;
}

/* Seconds that local time is ahead of UTC. */
static bool take_offset(struct text *rest, int64_t *seconds)
{
    *seconds = 0;
    if (take_character(rest, 'Z') || take_character(rest, 'z')) {
        return true;
    }
    bool behind = take_character(rest, '-');
    int hours = 0;
    int minutes = 0;
    if (!behind && !take_character(rest, '+')) {
        return false;
    }
    if (!take_number(rest, 2, &hours) || !take_character(rest, ':') || !take_number(rest, 2, &minutes)) {
        return false;
    }
    *seconds = (INT64_C(3600) * hours + INT64_C(60) * minutes) * (behind ? -1 : 1);
    return hours <= 23 && minutes <= 59;
}

/* A leap second counts as the second after it, so it is only real where that one begins a month in UTC. */
static bool begins_month(int64_t seconds)
{
    return seconds % SECONDS_PER_DAY == 0 && date_of_days(seconds / SECONDS_PER_DAY).day == 1;
}

bool clock_read(struct text text, int64_t *microseconds)
{
    struct date date;
    int64_t in_day = 0;
    int64_t fraction = 0;
    int64_t offset = 0;
    bool leap = false;
    bool shaped = take_date(&text, &date) && (take_character(&text, 'T') || take_character(&text, 't')) &&
                  take_time(&text, &in_day, &leap) && take_fraction(&text, &fraction) &&
                  take_offset(&text, &offset) && text.length == 0;
    if (!shaped) {
        return false;
    }
    int64_t seconds = days_of_date(date) * SECONDS_PER_DAY + in_day - offset;
    if (leap && !begins_month(seconds)) {
        return false;
    }
    *microseconds = seconds * MICROSECONDS_PER_SECOND + fraction;
    return clamp(*microseconds) == *microseconds;
}

bool clock_is_date(struct text text)
{
    struct date date;
    return take_date(&text, &date) && text.length == 0;
}
