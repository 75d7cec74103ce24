/* A command that changes something leaves all of it or nothing, and one line that says why. */
#include "command/change.h"

#include "access/audit.h"

void change_begin(struct command_line *line)
{
    audit_begin(&line->context, line->command->name);
}

int change_end(struct command_line *line, enum problem problem)
{
    struct context *context = &line->context;

    if (problem == PROBLEM_NONE) {
        problem = database_commit(context);
    }
    if (problem != PROBLEM_NONE) {
        database_rollback(context->database);
        return refuse_problem(line, problem);
    }
    return EXIT_DONE;
}

static int print_one(struct command_line *line, const char *name, struct text text)
{
    struct builder output;

    output_start(line, &output);
    if (line->json) {
        struct json_writer writer;

        json_start(&writer, &output);
        json_open_object(&writer);
        json_key(&writer, name);
        json_text(&writer, text);
        json_close_object(&writer);
    } else {
        builder_add_text(&output, text);
    }
    builder_add_character(&output, '\n');
    return output_end(line, &output);
}

int change_conclude(struct command_line *line, enum problem problem, const char *name, struct text result)
{
    int status = change_end(line, problem);

    return status == EXIT_DONE ? print_one(line, name, result) : status;
}
