/* Lines with figures go to standard output at once, so that they are there even where the program is killed.
 */
#include "support/figure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

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
