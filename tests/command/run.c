/* Output goes to files, so that neither side waits for the other. */
#include "command/run.h"

#include <fcntl.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/cmocka_headers.h"

#define MAXIMUM_ARGUMENTS 16

static _Noreturn void become(char *const *arguments, int out, int error)
{
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    alarm(60);
    unsetenv("MUSTER_CONF");
    if (dup2(nothing, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 &&
        dup2(error, STDERR_FILENO) >= 0) {
        execv(BUILD_FOLDER "/muster", arguments);
    }
    _exit(127);
}

static void read_whole(int descriptor, char *text)
{
    ssize_t length = pread(descriptor, text, MAXIMUM_RUN_OUTPUT - 1, 0);
    assert_true(length >= 0);
    text[length] = '\0';
    close(descriptor);
}

const struct run *run_muster(const char *first, ...)
{
    static struct run run;
    char *arguments[MAXIMUM_ARGUMENTS + 1] = {(char[]){"muster"}};
    int status = 0;
    size_t count = 1;
    va_list list;
    va_start(list, first);
    for (const char *next = first; next != NULL; next = va_arg(list, const char *)) {
        assert_true(count < MAXIMUM_ARGUMENTS);
        arguments[count++] = (char *)(uintptr_t)next;
    }
    va_end(list);
    int out = memfd_create("out", 0);
    int error = memfd_create("error", 0);
    pid_t process = fork();
    if (process == 0) {
        become(arguments, out, error);
    }
    assert_int_equal(waitpid(process, &status, 0), process);
    run.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    read_whole(out, run.out);
    read_whole(error, run.error);
    return &run;
}
