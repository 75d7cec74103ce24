/* The manual page muster(1). */
#include "command/help.h"

/* Text as roff shows it: a backslash, a hyphen that is a minus, a dot at the start of a line. */
static void write_escaped(struct builder *out, const char *string)
{
    if (string[0] == '.' || string[0] == '\'') {
        BUILDER_ADD_LITERAL(out, "\\&");
    }
    for (; *string != '\0'; string++) {
        if (*string == '\\') {
            BUILDER_ADD_LITERAL(out, "\\e");
        } else if (*string == '-') {
            BUILDER_ADD_LITERAL(out, "\\-");
        } else {
            builder_add_character(out, *string);
        }
    }
}

static void write_line(struct builder *out, const char *macro, const char *string)
{
    builder_add_string(out, macro);
    write_escaped(out, string);
    builder_add_character(out, '\n');
}

static void write_option(struct builder *out, const struct command_option *option)
{
    BUILDER_ADD_LITERAL(out, ".TP\n\\fB\\-\\-");
    write_escaped(out, option->name);
    BUILDER_ADD_LITERAL(out, "\\fR");
    if (option->value != NULL) {
        builder_add_format(out, " \\fI%s\\fR", option->value);
    }
    builder_add_character(out, '\n');
    write_line(out, "", option->about);
    if (option->required) {
        write_line(out, "", "It must be given.");
    }
    if (option->repeated) {
        write_line(out, "", "It may be given several times.");
    }
}

static void write_command(struct builder *out, const struct command *command)
{
    BUILDER_ADD_LITERAL(out, ".SS \"");
    write_escaped(out, command->name);
    if (command->operands[0] != '\0') {
        builder_add_format(out, " %s", command->operands);
    }
    BUILDER_ADD_LITERAL(out, "\"\n");
    write_line(out, "", command->about);
    for (const struct command_option *option = command->options; option->name != NULL; option++) {
        write_option(out, option);
    }
}

void manual_page(struct builder *out)
{
    BUILDER_ADD_LITERAL(
        out, ".\\\" Printed by \"muster help \\-\\-man\" from the table of commands.\n"
             ".TH MUSTER 1\n.SH NAME\nmuster \\- directory of people, organizations and teams over HTTP\n"
             ".SH SYNOPSIS\n\\fBmuster\\fR [\\fB\\-c\\fR \\fIFILE\\fR] [\\fB\\-\\-json\\fR] "
             "\\fICOMMAND\\fR \\&...\n.SH DESCRIPTION\n");
    write_line(out, "",
               "Results go to standard output, messages to standard error. These options may stand before "
               "or after any command:");
    BUILDER_ADD_LITERAL(out, ".TP\n\\fB\\-c\\fR, \\fB\\-\\-config\\fR \\fIFILE\\fR\n");
    write_line(out, "",
               "The configuration file, instead of the one that MUSTER_CONF names or the one of the system.");
    BUILDER_ADD_LITERAL(out, ".TP\n\\fB\\-\\-json\\fR\n");
    write_line(out, "", "Print the result as one JSON value.");
    BUILDER_ADD_LITERAL(out, ".SH COMMANDS\n");
    for (size_t i = 0; i < command_count; i++) {
        write_command(out, &commands[i]);
    }
    BUILDER_ADD_LITERAL(
        out, ".SH \"EXIT STATUS\"\n.TP\n0\nDone.\n.TP\n1\nRefused or failed.\n.TP\n2\nWrong usage.\n"
             ".SH ENVIRONMENT\n");
    write_line(
        out, "",
        "MUSTER_CONF names the configuration file. Each option of it can also be set as MUSTER_NAME, its "
        "name in capitals.");
    BUILDER_ADD_LITERAL(out, ".SH FILES\n");
    write_line(out, "", "/etc/muster/muster.conf");
    BUILDER_ADD_LITERAL(out, ".SH \"SEE ALSO\"\nmuster.conf(5)\n");
}
