/* Prints the text of a statement for pgbench, with what stands for each parameter, so that the SQL stays in one place. */
#include <stdio.h>

#include "sql/statements.h"

int main(int argc, char **argv)
{
    const struct statement *statement = argc > 1 ? statement_find(argv[1]) : NULL;

    if (statement == NULL || statement->parameter_count != (size_t)argc - 2) {
        fputs("usage: statement NAME VALUE... (one for each parameter)\n", stderr);
        return 2;
    }
    for (const char *place = statement->text; *place != '\0'; place++) {
        if (place[0] == '$' && place[1] >= '1' && place[1] <= '9') {
            place++;
            fputs(argv[1 + *place - '0'], stdout);
        } else {
            putchar(*place);
        }
    }
    puts(";");
    return 0;
}
