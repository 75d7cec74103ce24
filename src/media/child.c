/* Starting a program between fork and exec with nothing but what it needs, and watching over it. */
#include "media/child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define INPUT          3
#define TICK           1000 /* milliseconds */
#define CHILD_NICENESS 10
#define LONGEST_LINE   1024
#define LONGEST_TAIL   2048
#define CANNOT_START   126

struct watch {
    struct context *context;
    const struct child_task *task;
    pid_t process;
    int out;
    int errors;
    char line[LONGEST_LINE];
    size_t line_length;
    char tail[LONGEST_TAIL]; /* the end of standard error */
    size_t tail_length;
    enum problem problem;
};

/* --- The child's side: only what may be called after fork ---------------------------------------------- */

static void limit(int resource, int64_t value)
{
    struct rlimit bound = {(rlim_t)value, (rlim_t)value};

    (void)setrlimit(resource, &bound);
}

static bool arrange(int input, int out, int errors)
{
    int nothing = open("/dev/null", O_RDONLY);

    /* Whatever their numbers are, they are out of the way of those that they get. */
    input = fcntl(input, F_DUPFD, 10);
    out = fcntl(out, F_DUPFD, 10);
    errors = fcntl(errors, F_DUPFD, 10);
    return nothing >= 0 && input >= 0 && out >= 0 && errors >= 0 && dup2(nothing, 0) == 0 &&
           dup2(out, 1) == 1 && dup2(errors, 2) == 2 && dup2(input, INPUT) == INPUT &&
           close_range(INPUT + 1, ~0U, 0) == 0;
}

static void forget_signals(void)
{
    sigset_t none;

    for (int number = 1; number < NSIG; number++) {
        signal(number, SIG_DFL);
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void become(const struct child_task *task, pid_t parent, int out, int errors)
{
    static char path[] = "PATH=/usr/bin:/bin";
    static char locale[] = "LC_ALL=C.UTF-8";
    static char home[] = "HOME=/nonexistent";
    char *const environment[] = {path, locale, home, NULL};
    char *const *arguments;

    memcpy(&arguments, &task->arguments, sizeof arguments);
    if (setpgid(0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || chdir(task->folder) != 0 ||
        !arrange(task->input, out, errors)) {
        _exit(CANNOT_START);
    }
    forget_signals();
    (void)setpriority(PRIO_PROCESS, 0, CHILD_NICENESS);
    limit(RLIMIT_AS, task->memory);
    limit(RLIMIT_FSIZE, task->output);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NOFILE, 256);
    execve(task->arguments[0], arguments, environment);
    _exit(CANNOT_START);
}

/* --- Watching ------------------------------------------------------------------------------------------ */

static void end_group(const struct watch *watch)
{
    (void)kill(-watch->process, SIGKILL);
    (void)kill(watch->process, SIGKILL);
}

/* The first problem ends the program. */
static void stop(struct watch *watch, enum problem problem)
{
    if (watch->problem == PROBLEM_NONE && problem != PROBLEM_NONE) {
        watch->problem = problem;
        end_group(watch);
    }
}

static void tell(struct watch *watch, struct text line)
{
    if (watch->problem == PROBLEM_NONE) {
        stop(watch, watch->task->hear(watch->task->argument, line));
    }
}

/* Without what lies in folders below, of which the programs that run here make none. */
static int64_t size_of(const char *folder)
{
    int64_t total = 0;
    DIR *directory = opendir(folder);

    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        struct stat status;

        if (fstatat(dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(status.st_mode)) {
            total += status.st_size;
        }
    }
    if (directory != NULL) {
        closedir(directory);
    }
    return total;
}

static void check_limits(struct watch *watch, int64_t started)
{
    const struct child_task *task = watch->task;

    if (watch->problem != PROBLEM_NONE) {
        return;
    }
    if (clock_monotonic() - started > task->timeout) {
        stop(watch, FAIL(watch->context, PROBLEM_REFUSED, "It took longer than is allowed here."));
    } else if (size_of(task->folder) > task->output) {
        stop(watch, FAIL(watch->context, PROBLEM_REFUSED, "The outcome is larger than is allowed here."));
    }
}

static void take_output(struct watch *watch, const char *data, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (data[i] == '\n') {
            tell(watch, (struct text){watch->line, watch->line_length});
            watch->line_length = 0;
        } else if (watch->line_length < sizeof watch->line) {
            watch->line[watch->line_length++] = data[i];
        }
    }
}

static void take_errors(struct watch *watch, const char *data, size_t length)
{
    size_t kept = watch->tail_length;

    if (length > sizeof watch->tail) {
        data += length - sizeof watch->tail;
        length = sizeof watch->tail;
    }
    if (kept + length > sizeof watch->tail) {
        kept = sizeof watch->tail - length;
        memmove(watch->tail, watch->tail + watch->tail_length - kept, kept);
    }
    memcpy(watch->tail + kept, data, length);
    watch->tail_length = kept + length;
}

static void take(struct watch *watch, int *descriptor, void (*use)(struct watch *, const char *, size_t))
{
    char part[4096];
    ssize_t length = read(*descriptor, part, sizeof part);

    if (length > 0) {
        use(watch, part, (size_t)length);
    } else if (length == 0 || (errno != EINTR && errno != EAGAIN)) {
        close(*descriptor);
        *descriptor = -1;
    }
}

static void watch_until_closed(struct watch *watch)
{
    int64_t started = clock_monotonic();
    int64_t last = started;

    while (watch->out >= 0 || watch->errors >= 0) {
        struct pollfd waited[] = {{.fd = watch->out, .events = POLLIN},
                                  {.fd = watch->errors, .events = POLLIN}};

        (void)poll(waited, 2, TICK);
        if (waited[0].revents != 0) {
            take(watch, &watch->out, take_output);
        }
        if (waited[1].revents != 0) {
            take(watch, &watch->errors, take_errors);
        }
        if (clock_monotonic() - last >= TICK * 1000) {
            last = clock_monotonic();
            check_limits(watch, started);
            tell(watch, NO_TEXT);
        }
    }
}

/* --- The end ------------------------------------------------------------------------------------------- */

static enum problem judge(const struct watch *watch, int status)
{
    struct context *context = watch->context;
    struct log_field told[] = {{"told", {watch->tail, watch->tail_length}}, {"ended", NO_TEXT}};

    if (watch->problem != PROBLEM_NONE) {
        return watch->problem;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return PROBLEM_NONE;
    }
    told[1].value = text_of(arena_print(context->arena, WIFSIGNALED(status) ? "signal %d" : "status %d",
                                        WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status)));
    log_fields(LOG_LEVEL_WARNING, watch->task->arguments[0], told, 2);
    if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_START) {
        LOG_ERROR("%s cannot be started", watch->task->arguments[0]);
        return FAIL(context, PROBLEM_UNAVAILABLE, "The program for films cannot be started.");
    }
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ) {
        return FAIL(context, PROBLEM_REFUSED, "The outcome is larger than is allowed here.");
    }
    /* It was somebody else, such as the kernel when memory runs out: the film need not be at fault. */
    if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGTERM)) {
        return FAIL(context, PROBLEM_UNAVAILABLE, "The program for films was killed.");
    }
    return FAIL(context, PROBLEM_REFUSED, "The video cannot be read.");
}

static bool start(struct watch *watch)
{
    int out[2];
    int errors[2];
    pid_t parent = getpid();

    if (pipe2(out, O_CLOEXEC) != 0) {
        return false;
    }
    if (pipe2(errors, O_CLOEXEC) != 0) {
        close(out[0]);
        close(out[1]);
        return false;
    }
    watch->process = fork();
    if (watch->process == 0) {
        become(watch->task, parent, out[1], errors[1]);
    }
    close(out[1]);
    close(errors[1]);
    watch->out = out[0];
    watch->errors = errors[0];
    if (watch->process < 0) {
        close(out[0]);
        close(errors[0]);
    }
    return watch->process > 0;
}

enum problem child_run(struct context *context, const struct child_task *task)
{
    struct watch watch = {.context = context, .task = task};
    int status = 0;

    if (!start(&watch)) {
        LOG_ERROR("%s cannot be started: %s", task->arguments[0], strerror(errno));
        return FAIL_PLAINLY(context, PROBLEM_UNAVAILABLE);
    }
    (void)setpgid(watch.process, watch.process);
    watch_until_closed(&watch);
    while (waitpid(watch.process, &status, 0) < 0 && errno == EINTR) {
    }
    /* Its own number may be somebody else's by now, its group's only if that is empty. */
    (void)kill(-watch.process, SIGKILL);
    return judge(&watch, status);
}
