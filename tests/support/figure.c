/* Lines with figures go to standard output at once, so that they are there even where the program is killed.
 */
#include "support/figure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/cmocka_headers.h"

void figure(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("figure: ", stdout);
    vprintf(format, arguments);
    putchar('\n');
    fflush(stdout);
    va_end(arguments);
}

bool is_long(void)
{
    const char *value = getenv("MUSTER_TEST_LONG");
    return value != NULL && *value != '\0';
}

size_t short_or_long(size_t few, size_t many)
{
    return is_long() ? many : few;
}

int64_t larger(int64_t left, int64_t right)
{
    return left > right ? left : right;
}

void figure_time(const char *what, int64_t took, int64_t promised)
{
    figure("%s %.1f ms (%lld)", what, (double)took / 1000, (long long)promised / 1000);
    if (took > promised * (int64_t)short_or_long(10, 1)) {
        fail_msg("%s %lld ms", what, (long long)took / 1000);
    }
}
