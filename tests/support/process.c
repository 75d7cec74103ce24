/* Children are started with fork and exec, because posix_spawn cannot tie a child's life to its parent's. */
#include "support/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void redirect(const char *path, int flags, int descriptor)
{
    int opened = open(path != NULL ? path : "/dev/null", flags | O_CLOEXEC, 0600);
    if (opened < 0 || dup2(opened, descriptor) < 0) {
        _exit(126);
    }
}

/* Neither the tests' own settings nor those of whoever runs them are the program's. */
static void forget_settings(void)
{
    for (char **variable = environ; *variable != NULL;) {
        char name[128];
        snprintf(name, sizeof(name), "%.*s", (int)strcspn(*variable, "="), *variable);
        if (strncmp(name, "MUSTER_", sizeof("MUSTER_") - 1) == 0 && unsetenv(name) == 0) {
            variable = environ;
        } else {
            variable++;
        }
    }
}

static void become(const char *const *arguments, const char *input, const char *out, const char *error)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    forget_settings();
    redirect(input, O_RDONLY, STDIN_FILENO);
    redirect(out, O_WRONLY | O_CREAT | O_APPEND, STDOUT_FILENO);
    redirect(error, O_WRONLY | O_CREAT | O_APPEND, STDERR_FILENO);
    execvp(arguments[0], (char *const *)(uintptr_t)arguments);
    _exit(127);
}

pid_t process_start(const char *const *arguments, const char *input, const char *out, const char *error)
{
    pid_t process = fork();
    if (process == 0) {
        become(arguments, input, out, error);
    }
    return process;
}

static int status_of(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int process_wait(pid_t process)
{
    int status = 0;
    while (waitpid(process, &status, 0) < 0) {
        if (errno != EINTR) {
            return -1;
        }
    }
    return status_of(status);
}

bool process_ended(pid_t process, int *status)
{
    int raw = 0;
    if (waitpid(process, &raw, WNOHANG) != process) {
        return false;
    }
    *status = status_of(raw);
    return true;
}

int process_stop(pid_t process, int signal, int seconds)
{
    const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
    int status = -1;
    kill(process, signal);
    for (int round = 0; round < seconds * 100; round++) {
        if (process_ended(process, &status)) {
            return status;
        }
        nanosleep(&pause, NULL);
    }
    kill(process, SIGKILL);
    return process_wait(process);
}
