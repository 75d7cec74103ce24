/* A command that changes something leaves all of it or nothing, and one line that says why. */
#include "command/change.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "access/audit.h"
#include "json/decode.h"

#define LONGEST_SECRET_LINE 1024
#define LONGEST_NAME        200

struct text option_text(const struct command_line *line, const char *name)
{
    return text_trim(text_of(option_value(line, name)));
}

struct value option_parameter(struct command_line *line, const char *name)
{
    struct text text = option_text(line, name);

    return text_is_empty(text) ? NULL_VALUE : value_text(arena_copy_text(line->context.arena, text));
}

bool option_is_id(const struct command_line *line, const char *name)
{
    size_t position = 0;
    const char *id;

    while ((id = option_next(line, name, &position)) != NULL) {
        if (!text_is_uuid(text_of(id))) {
            wrong_usage(line, "--%s %s is not an id", name, id);
            return false;
        }
    }
    return true;
}

static bool has_length(const struct command_line *line, const char *name, size_t minimum)
{
    const struct text text = option_text(line, name);
    const size_t characters = text_characters(text);

    if (!text_is_utf8(text) || characters < minimum || characters > LONGEST_NAME) {
        wrong_usage(line, "--%s must have %zu to %d characters", name, minimum, LONGEST_NAME);
        return false;
    }
    return true;
}

bool option_is_name(const struct command_line *line, const char *name)
{
    return has_length(line, name, 1);
}

bool option_fits(const struct command_line *line, const char *name)
{
    return has_length(line, name, 0);
}

bool option_is_address(const struct command_line *line, const char *name)
{
    const struct text address = option_text(line, name);

    if (!text_is_empty(address) && !is_email_address(address)) {
        wrong_usage(line, "--%s %.*s is not an e-mail address", name, TEXT_ARGUMENTS(address));
        return false;
    }
    return true;
}

bool read_secret(struct command_line *line, const char *prompt, struct text *secret)
{
    bool terminal = isatty(STDIN_FILENO) != 0;
    struct termios shown;
    char buffer[LONGEST_SECRET_LINE + 2];
    char *got;

    if (terminal && tcgetattr(STDIN_FILENO, &shown) == 0) {
        struct termios hidden = shown;

        hidden.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
        fputs(prompt, stderr);
    }
    got = fgets(buffer, sizeof buffer, stdin);
    if (terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
        fputc('\n', stderr);
    }
    if (got == NULL) {
        return false;
    }
    *secret = text_of(arena_copy(line->context.arena, buffer, strcspn(buffer, "\r\n")));
    explicit_bzero(buffer, sizeof buffer);
    return true;
}

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
