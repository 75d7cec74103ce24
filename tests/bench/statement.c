/* Prints the text of a statement for pgbench, with what stands for each parameter, so that the SQL stays in
 * one place. */
#include <stdio.h>
#include <stdlib.h>

#include "sql/statements.h"

int main(int argc, char **argv)
{
    const struct statement *statement = argc > 1 ? statement_find(argv[1]) : NULL;

    if (statement == NULL || statement->parameter_count != (size_t)argc - 2) {
        fputs("usage: statement NAME VALUE... (one for each parameter)\n", stderr);
        return 2;
    }
    for (const char *place = statement->text; *place != '\0'; place++) {
        char *end = NULL;
        long number = place[0] == '$' ? strtol(place + 1, &end, 10) : 0;

        if (number > 0) {
            fputs(argv[1 + number], stdout);
            place = end - 1;
        } else {
            putchar(*place);
        }
    }
    puts(";");
    return 0;
}
