/* The table of all commands. */
#include "command/commands.h"

#define REQUIRED 1u
#define REPEATED 2u
#define NO_OPTIONS
#define OPTION(name, value, flags, about) \
    {name, value, about, ((flags)&REQUIRED) != 0, ((flags)&REPEATED) != 0},

const struct command commands[] = {
#define COMMAND(name, function, operands, needs, summary, about, options)      \
    {name,                                                                     \
     operands,                                                                 \
     summary,                                                                  \
     about,                                                                    \
     needs,                                                                    \
     (const struct command_option[]){options{NULL, NULL, NULL, false, false}}, \
     command_##function},
#include "command/commands.def"
#undef COMMAND
};

const size_t command_count = sizeof(commands) / sizeof(commands[0]);
