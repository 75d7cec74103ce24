/* muster migrate. */
#include "database/migrate.h"
#include "command/commands.h"

#include <unistd.h>

/* Told by the callback, which gets nothing but the migration. */
static struct builder names;
static struct json_writer json;

static void report(const struct migration *migration)
{
    json_string(&json, migration->name);
    if (isatty(STDERR_FILENO)) {
        fprintf(stderr, "%d of %d: %s\n", migration->version, schema_version_expected(), migration->name);
    }
}

int command_migrate(struct command_line *line)
{
    size_t applied = 0;
    output_start(line, &names);
    json_start(&json, &names);
    json_open_array(&json);
    enum problem problem = migrate(&line->context, report, &applied);
    if (problem != PROBLEM_NONE) {
        return refuse_problem(line, problem);
    }
    json_close_array(&json);
    struct builder out;
    output_start(line, &out);
    if (line->json) {
        builder_add_format(&out, "{\"version\":%d,\"applied\":%.*s}\n", schema_version_expected(),
                           TEXT_ARGUMENTS(builder_text(&names)));
    } else {
        builder_add_format(&out, "schema version %d, %zu migration%s applied\n", schema_version_expected(),
                           applied, applied == 1 ? "" : "s");
    }
    return output_end(line, &out);
}
