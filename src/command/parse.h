/* From the words of a command line to a command with its options and operands. */
#ifndef MUSTER_COMMAND_PARSE_H
#define MUSTER_COMMAND_PARSE_H

#include "command/command.h"

/* Fills the line from the arguments behind the program's name; context.arena must be set. Returns EXIT_DONE,
 * or EXIT_USAGE (told). Without any word line->command is NULL. */
int command_parse(struct command_line *line, int count, char *const *arguments);

/* The command whose name the words begin with, taking as many words as possible; `used` of them were its
 * name. NULL: none. */
const struct command *command_find(const char *const *words, size_t count, size_t *used);

/* Least and most number of operands that a row's `operands` asks for. */
void operand_limits(const char *operands, size_t *least, size_t *most);

#endif
