/* Prototypes of what the commands do, from their table. */
#ifndef MUSTER_COMMAND_COMMANDS_H
#define MUSTER_COMMAND_COMMANDS_H

#include "command/command.h"

#define COMMAND(name, function, operands, needs, summary, about, options) \
    int command_##function(struct command_line *line);
#include "command/commands.def"
#undef COMMAND

#endif
