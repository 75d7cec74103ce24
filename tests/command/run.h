/* Runs `muster` as a user would, without any server or database. */
#ifndef MUSTER_TESTS_COMMAND_RUN_H
#define MUSTER_TESTS_COMMAND_RUN_H

#include <stddef.h>

#define MAXIMUM_RUN_OUTPUT ((size_t)1 << 20)

struct run {
    int status; /* exit status, 128 + signal where it was killed */
    char out[MAXIMUM_RUN_OUTPUT];
    char error[MAXIMUM_RUN_OUTPUT];
};

/* Runs the program with these arguments (behind its name, ended by NULL) and an environment without settings
 * of its own. The result lives until the next call. */
const struct run *run_muster(const char *first, ...) __attribute__((sentinel));

#endif
