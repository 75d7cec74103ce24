/* From main() to a command and back to an exit status: memory, configuration and database are made and freed
 * here only. */
#include "command/commands.h"

#include <errno.h>
#include <stdarg.h>

#include "command/help.h"
#include "command/parse.h"
#include "database/database.h"

#define MAXIMUM_MEMORY ((size_t)1 << 30)
#define MAXIMUM_OUTPUT ((size_t)256 << 20)

const char *option_next(const struct command_line *line, const char *name, size_t *position)
{
    while (*position < line->given_count) {
        const struct given_option *given = &line->given[(*position)++];
        if (strcmp(given->option->name, name) == 0) {
            return given->value != NULL ? given->value : "";
        }
    }
    return NULL;
}

const char *option_value(const struct command_line *line, const char *name)
{
    size_t position = 0;
    return option_next(line, name, &position);
}

bool option_given(const struct command_line *line, const char *name)
{
    return option_value(line, name) != NULL;
}

static void tell(const struct command_line *line, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

static void tell(const struct command_line *line, const char *format, va_list arguments)
{
    char message[1024];
    vsnprintf(message, sizeof(message), format, arguments);
    fprintf(stderr, "muster%s%s: %s\n", line->command != NULL ? " " : "",
            line->command != NULL ? line->command->name : "", message);
}

int wrong_usage(const struct command_line *line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    tell(line, format, arguments);
    va_end(arguments);
    return EXIT_USAGE;
}

int refuse(const struct command_line *line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    tell(line, format, arguments);
    va_end(arguments);
    return EXIT_REFUSED;
}

int refuse_problem(const struct command_line *line, enum problem problem)
{
    const struct context *context = &line->context;
    const struct fault *fault = context->faults;
    if (fault == NULL) {
        return refuse(line, "%s", context->detail != NULL ? context->detail : problem_detail(problem));
    }
    for (; fault != NULL; fault = fault->next) {
        (void)refuse(line, "%s", fault->sentence);
    }
    return EXIT_REFUSED;
}

int load_configuration(struct command_line *line)
{
    char fault[512] = "";
    const char *file = line->file != NULL ? line->file : configuration_default_file();
    line->file = file;
    line->configuration = configuration_load(file, fault, sizeof(fault));
    line->context.configuration = line->configuration;
    return line->configuration != NULL ? EXIT_DONE : refuse(line, "%s", fault);
}

void output_start(struct command_line *line, struct builder *output)
{
    builder_start(output, line->context.arena, 4096, MAXIMUM_OUTPUT);
}

int output_end(const struct command_line *line, struct builder *output)
{
    struct text text = builder_text(output);
    if (output->overflowed) {
        return refuse(line, "the output is too long");
    }
    if (fwrite(text.data, 1, text.length, stdout) != text.length || fflush(stdout) != 0) {
        return refuse(line, "standard output: %s", strerror(errno));
    }
    return EXIT_DONE;
}

static int open_database(struct command_line *line)
{
    line->context.database = database_create(line->context.configuration, "muster command");
    if (line->context.database == NULL) {
        return refuse(line, "memory is short");
    }
    database_reach_everything(line->context.database);
    return EXIT_DONE;
}

static int run(struct command_line *line)
{
    enum command_needs needs = line->command->needs;
    int status = EXIT_DONE;
    if (needs >= NEEDS_CONFIGURATION) {
        status = load_configuration(line);
    }
    if (status == EXIT_DONE && needs >= NEEDS_DATABASE) {
        status = open_database(line);
    }
    if (status != EXIT_DONE) {
        return status;
    }
    context_start(&line->context, line->context.arena, line->context.configuration, line->context.database);
    return line->command->run(line);
}

static int dispatch(struct command_line *line, int count, char *const *arguments)
{
    static const char *const version[] = {"version"};
    size_t used;
    int status = command_parse(line, count, arguments);
    if (status != EXIT_DONE) {
        return status;
    }
    if (line->help) {
        return help_print(line, line->command);
    }
    if (line->version) {
        line->command = command_find(version, 1, &used);
    }
    if (line->command == NULL) {
        fputs("usage: muster [-c FILE] [--json] COMMAND …; \"muster help\" lists the commands\n", stderr);
        return EXIT_USAGE;
    }
    return run(line);
}

static void clean_up(struct command_line *line)
{
    database_destroy(line->context.database);
    configuration_free(line->configuration);
    arena_destroy(line->context.arena);
}

int command_main(int count, char *const *arguments)
{
    struct command_line line = {0};
    jmp_buf escape;
    line.context.arena = arena_create(MAXIMUM_MEMORY);
    if (line.context.arena == NULL || setjmp(escape) != 0) {
        fputs("muster: memory is short\n", stderr);
        return EXIT_REFUSED;
    }
    arena_set_escape(line.context.arena, &escape);
    int status = dispatch(&line, count, arguments);
    arena_set_escape(line.context.arena, NULL);
    clean_up(&line);
    return status;
}
