/* The help of the commands and their manual page, made from the table of commands. */
#ifndef MUSTER_COMMAND_HELP_H
#define MUSTER_COMMAND_HELP_H

#include "command/command.h"

/* Prints the help of a command, or, with NULL, the list of all; returns the exit status. */
int help_print(struct command_line *line, const struct command *command);

/* "organization create --name N [--s3-integrations-folder F]". */
void help_usage(struct builder *out, const struct command *command);

/* The manual page muster(1), for man(7). */
void manual_page(struct builder *out);

#endif
