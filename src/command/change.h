/* What commands share that change something: reading options, one transaction, and telling what came of it.
 */
#ifndef MUSTER_COMMAND_CHANGE_H
#define MUSTER_COMMAND_CHANGE_H

#include "command/command.h"
#include "database/database.h"

/* The value of an option without the spaces around it; NO_TEXT where it was not given. */
struct text option_text(const struct command_line *line, const char *name);

/* The same for a statement; NULL where it was not given or is empty. */
struct value option_parameter(struct command_line *line, const char *name);

/* Whether all values of the option are ids; the first that is none is told as wrong usage. */
bool option_is_id(const struct command_line *line, const char *name);

/* Whether the option's value has 1 to 200 characters, as names have; else it is told as wrong usage. */
bool option_is_name(const struct command_line *line, const char *name);

/* The same where the option may be missing or empty. */
bool option_fits(const struct command_line *line, const char *name);

/* Whether the option is missing, empty or an e-mail address; else it is told as wrong usage. */
bool option_is_address(const struct command_line *line, const char *name);

/* The first line of standard input, asked for with `prompt` and not shown where that is a terminal. False
 * where there is none. */
bool read_secret(struct command_line *line, const char *prompt, struct text *secret);

/* Begins the transaction of a command that writes. */
void change_begin(struct command_line *line);

/* Ends it as the outcome says: the failure is told, or the change is committed. The exit status. */
int change_end(struct command_line *line, enum problem problem);

/* The same, and prints the result: the text alone, or {name: text}. */
int change_conclude(struct command_line *line, enum problem problem, const char *name, struct text result);

#endif
