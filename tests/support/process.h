/* Child processes of a test: started with their output in files, ended with their parent. */
#ifndef MUSTER_TESTS_PROCESS_H
#define MUSTER_TESTS_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/* Starts arguments[0] (searched in PATH and /usr/sbin), standard input from the file `input`, output and
 * errors appended to files; NULL: /dev/null. The child gets SIGTERM when this process dies. */
pid_t process_start(const char *const *arguments, const char *input, const char *out, const char *error);

/* Waits for the end; returns the exit status, or 128 + signal. */
int process_wait(pid_t process);

/* Whether it has ended; then *status is as above. */
bool process_ended(pid_t process, int *status);

/* Sends the signal and waits; SIGKILL after `seconds`. Returns the status as above. */
int process_stop(pid_t process, int signal, int seconds);

#endif
