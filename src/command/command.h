/* What a command is, and what it is given. commands.def has one row each, from which dispatch, `muster help`
 * and the manual page come. */
#ifndef MUSTER_COMMAND_COMMAND_H
#define MUSTER_COMMAND_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/context.h"
#include "config/config.h"
#include "json/write.h"

/* Exit statuses of all commands. */
enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2 };

/* What is there before a command runs; each includes those before it. */
enum command_needs {
    NEEDS_MEMORY,        /* context.arena */
    NEEDS_CONFIGURATION, /* context.configuration */
    NEEDS_DATABASE       /* context.database; it connects at its first use */
};

struct command_option {
    const char *name;  /* without the dashes; NULL ends a list */
    const char *value; /* what stands for its value in the help, such as "ID"; NULL: it takes none */
    const char *about;
    bool required;
    bool repeated; /* may be given several times */
};

struct command_line;

struct command {
    const char *name;     /* one word, or two: "organization create" */
    const char *operands; /* "FILE", "[WORD]" where optional, "[WORD…]" where any number; "" for none */
    const char *summary;  /* one line, without a full stop */
    const char *about;    /* sentences for its own help */
    enum command_needs needs;
    const struct command_option *options; /* besides -c and --json, which all take */
    int (*run)(struct command_line *line);
};

extern const struct command commands[];
extern const size_t command_count;

struct given_option {
    const struct command_option *option;
    const char *value; /* NULL where it takes none */
};

/* A command line, understood. */
struct command_line {
    const struct command *command;
    bool help;        /* --help was given: nothing else counts */
    bool version;     /* --version was given */
    bool json;        /* one JSON value on standard output instead of lines */
    const char *file; /* configuration file; NULL: none */
    const char **operands;
    size_t operand_count;
    struct given_option *given;
    size_t given_count;
    char *const *arguments;              /* of the program */
    struct configuration *configuration; /* that of the context, freed in the end */
    struct context context;              /* what command.needs names is set */
};

/* The value of an option; NULL where it was not given. */
const char *option_value(const struct command_line *line, const char *name);
bool option_given(const struct command_line *line, const char *name);

/* The next value of a repeated option; `position` starts at 0. NULL: there are no more. */
const char *option_next(const struct command_line *line, const char *name, size_t *position);

/* Tells on standard error, in one line, why the command line cannot be understood; returns EXIT_USAGE. */
int wrong_usage(const struct command_line *line, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Tells on standard error what failed, in one line; returns EXIT_REFUSED. */
int refuse(const struct command_line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same with the sentences of the problem that stands in the context. */
int refuse_problem(const struct command_line *line, enum problem problem);

/* Loads the configuration for commands that do so themselves; returns EXIT_DONE, or EXIT_REFUSED (told). */
int load_configuration(struct command_line *line);

/* Where results are collected: a buffer in the arena. */
void output_start(struct command_line *line, struct builder *output);

/* Writes what was collected to standard output; returns EXIT_DONE, or EXIT_REFUSED where that is not possible
 * (told). */
int output_end(const struct command_line *line, struct builder *output);

/* Parses `arguments` and runs what they say: the whole of main(). */
int command_main(int count, char *const *arguments);

#endif
