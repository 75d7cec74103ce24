/* What commands share that change something: one transaction, and telling what came of it. */
#ifndef MUSTER_COMMAND_CHANGE_H
#define MUSTER_COMMAND_CHANGE_H

#include "command/command.h"

/* Begins the transaction of a command that writes. */
void change_begin(struct command_line *line);

/* Ends it as the outcome says: the failure is told, or the change is committed. The exit status. */
int change_end(struct command_line *line, enum problem problem);

/* The same, and prints the result: the text alone, or {name: text}. */
int change_conclude(struct command_line *line, enum problem problem, const char *name, struct text result);

#endif
