/* What `muster help` prints. */
#include "command/help.h"

#include "command/commands.h"

#include "command/parse.h"

#define WIDTH 78

/* Breaks sentences into lines, each indented. */
static void write_wrapped(struct builder *out, const char *sentences, size_t indent, size_t column)
{
    struct text rest = text_of(sentences);
    while (rest.length > 0) {
        struct text word = text_cut(&rest, ' ');
        if (column > indent && column + 1 + text_characters(word) > WIDTH) {
            builder_add_character(out, '\n');
            column = 0;
        }
        if (column > indent) {
            builder_add_character(out, ' ');
            column++;
        }
        for (; column < indent; column++) {
            builder_add_character(out, ' ');
        }
        builder_add_text(out, word);
        column += text_characters(word);
    }
    builder_add_character(out, '\n');
}

void help_usage(struct builder *out, const struct command *command)
{
    builder_add_string(out, command->name);
    if (command->operands[0] != '\0') {
        builder_add_format(out, " %s", command->operands);
    }
    for (const struct command_option *option = command->options; option->name != NULL; option++) {
        builder_add_format(out, option->required ? " --%s" : " [--%s", option->name);
        if (option->value != NULL) {
            builder_add_format(out, " %s", option->value);
        }
        builder_add_format(out, "%s%s", option->required ? "" : "]", option->repeated ? "…" : "");
    }
}

static void write_left(struct builder *out, const char *left, size_t column)
{
    size_t length = text_characters(text_of(left));
    builder_add_format(out, "  %s", left);
    for (size_t i = length + 2; i < column; i++) {
        builder_add_character(out, ' ');
    }
    if (length + 2 >= column) {
        builder_add_character(out, '\n');
    }
}

static void write_option(struct command_line *line, struct builder *out, const struct command_option *option)
{
    const char *left =
        arena_print(line->context.arena, "--%s%s%s", option->name, option->value != NULL ? " " : "",
                    option->value != NULL ? option->value : "");
    write_left(out, left, 28);
    write_wrapped(out, option->about, 28, text_characters(text_of(left)) + 2 >= 28 ? 0 : 28);
}

static void write_command(struct command_line *line, struct builder *out, const struct command *command)
{
    BUILDER_ADD_LITERAL(out, "usage: muster [-c FILE] [--json] ");
    help_usage(out, command);
    BUILDER_ADD_LITERAL(out, "\n\n");
    write_wrapped(out, command->about, 0, 0);
    if (command->options->name != NULL) {
        BUILDER_ADD_LITERAL(out, "\nOptions:\n");
    }
    for (const struct command_option *option = command->options; option->name != NULL; option++) {
        write_option(line, out, option);
    }
}

static void write_all(struct builder *out)
{
    BUILDER_ADD_LITERAL(out, "usage: muster [-c FILE] [--json] COMMAND …\n\n");
    for (size_t i = 0; i < command_count; i++) {
        write_left(out, commands[i].name, 24);
        builder_add_format(out, "%s\n", commands[i].summary);
    }
    BUILDER_ADD_LITERAL(out, "\n");
    write_left(out, "-c, --config FILE", 24);
    BUILDER_ADD_LITERAL(out, "Configuration file instead of $MUSTER_CONF or the system's\n");
    write_left(out, "--json", 24);
    BUILDER_ADD_LITERAL(out, "Print the result as one JSON value\n");
    BUILDER_ADD_LITERAL(out,
                        "\n\"muster help COMMAND\" tells more. Exit status: 0 done, 1 refused or failed, "
                        "2 wrong usage.\n");
}

static void write_json_command(struct json_writer *json, struct command_line *line,
                               const struct command *command)
{
    struct builder usage;
    output_start(line, &usage);
    help_usage(&usage, command);
    json_open_object(json);
    json_key(json, "name");
    json_string(json, command->name);
    json_key(json, "usage");
    json_text(json, builder_text(&usage));
    json_key(json, "summary");
    json_string(json, command->summary);
    json_key(json, "about");
    json_string(json, command->about);
    json_close_object(json);
}

static void write_json(struct command_line *line, struct builder *out, const struct command *command)
{
    struct json_writer json;
    json_start(&json, out);
    if (command != NULL) {
        write_json_command(&json, line, command);
    } else {
        json_open_array(&json);
        for (size_t i = 0; i < command_count; i++) {
            write_json_command(&json, line, &commands[i]);
        }
        json_close_array(&json);
    }
    builder_add_character(out, '\n');
}

int help_print(struct command_line *line, const struct command *command)
{
    struct builder out;
    output_start(line, &out);
    if (line->json) {
        write_json(line, &out, command);
    } else if (command != NULL) {
        write_command(line, &out, command);
    } else {
        write_all(&out);
    }
    return output_end(line, &out);
}

int command_help(struct command_line *line)
{
    if (option_given(line, "man")) {
        struct builder out;
        output_start(line, &out);
        manual_page(&out);
        return output_end(line, &out);
    }
    size_t used = 0;
    const struct command *command = command_find(line->operands, line->operand_count, &used);
    if (line->operand_count > 0 && (command == NULL || used < line->operand_count)) {
        return wrong_usage(line, "there is no command \"%s\"; \"muster help\" lists them",
                           line->operands[used < line->operand_count ? used : 0]);
    }
    return help_print(line, command);
}
