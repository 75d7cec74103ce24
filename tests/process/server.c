/* Everything is waited for by looking again, with a limit far above what it takes: so that a slow machine
 * only makes the tests slow. */
#include "process/server.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/cmocka_headers.h"

#define ATTEMPTS 2000

static void pause_shortly(void)
{
    usleep(10000);
}

static bool names_option(const char *lines, const char *line)
{
    char name[64];
    snprintf(name, sizeof(name), "\n%.*s =", (int)strcspn(line, " "), line);
    return strncmp(lines, name + 1, strlen(name) - 1) == 0 || strstr(lines, name) != NULL;
}

void server_configure(const struct server *server, const char *lines)
{
    char usual[9][160];
    FILE *file = fopen(server->configuration, "we");
    assert_non_null(file);
    snprintf(usual[0], sizeof(usual[0]), "socket = %s", server->socket);
    snprintf(usual[1], sizeof(usual[1]), "slow_socket = %s/slow.sock", server->folder);
    snprintf(usual[2], sizeof(usual[2]), "workers = 2");
    snprintf(usual[3], sizeof(usual[3]), "slow_workers = 1");
    snprintf(usual[4], sizeof(usual[4]), "mail_spool = %s", server->folder);
    snprintf(usual[5], sizeof(usual[5]), "database_url = postgresql:///none?host=%s", server->folder);
    snprintf(usual[6], sizeof(usual[6]), "job_processes = 0");
    snprintf(usual[7], sizeof(usual[7]), "long_job_processes = 0");
    snprintf(usual[8], sizeof(usual[8]), "health_socket =");
    for (size_t i = 0; i < 9; i++) {
        if (!names_option(lines, usual[i])) {
            assert_true(fprintf(file, "%s\n", usual[i]) > 0);
        }
    }
    assert_true(fputs(lines, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

void server_prepare(struct server *server, const char *lines)
{
    *server = (struct server){.master = 0};
    snprintf(server->folder, sizeof(server->folder), "/tmp/muster-process-XXXXXX");
    assert_non_null(mkdtemp(server->folder));
    snprintf(server->configuration, sizeof(server->configuration), "%s/muster.conf", server->folder);
    snprintf(server->socket, sizeof(server->socket), "%s/fast.sock", server->folder);
    snprintf(server->log, sizeof(server->log), "%s/log", server->folder);
    server_configure(server, lines);
}

static void become(const struct server *server, server_preparation preparation)
{
    int log = open(server->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    bool placed =
        log >= 0 && nothing >= 0 && dup2(log, STDERR_FILENO) >= 0 && dup2(nothing, STDIN_FILENO) >= 0;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (preparation != NULL) {
        preparation(server);
    }
    if (placed) {
        execl(BUILD_FOLDER "/muster", "muster", "-c", server->configuration, "serve", (char *)NULL);
    }
    _exit(127);
}

void server_launch(struct server *server, server_preparation preparation)
{
    server->master = fork();
    assert_true(server->master >= 0);
    if (server->master == 0) {
        become(server, preparation);
    }
}

void server_start(struct server *server, const char *lines)
{
    server_prepare(server, lines);
    server_launch(server, NULL);
    server_await_log(server, "ready after");
}

bool server_log_has(const struct server *server, const char *text)
{
    static char content[1 << 20];
    FILE *file = fopen(server->log, "re");
    if (file == NULL) {
        return false;
    }
    size_t length = fread(content, 1, sizeof(content) - 1, file);
    content[length] = '\0';
    fclose(file);
    return strstr(content, text) != NULL;
}

void server_await_log(const struct server *server, const char *text)
{
    for (int i = 0; i < ATTEMPTS; i++) {
        if (server_log_has(server, text)) {
            return;
        }
        pause_shortly();
    }
    fail_msg("the log never said \"%s\"", text);
}

int server_await_end(pid_t process)
{
    int status = 0;
    for (int i = 0; i < ATTEMPTS; i++) {
        pid_t ended = waitpid(process, &status, WNOHANG);
        if (ended == process) {
            return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        }
        assert_int_equal(ended, 0);
        pause_shortly();
    }
    fail_msg("process %ld never ended", (long)process);
    return -1;
}

/* What a build with sanitizers would say of a mistake; a worker that was killed on purpose says less. */
static void assert_clean(const struct server *server)
{
    static const char *const complaints[] = {"LeakSanitizer", "runtime error:", "heap-", "stack-buffer"};
    for (size_t i = 0; i < sizeof(complaints) / sizeof(complaints[0]); i++) {
        assert_false(server_log_has(server, complaints[i]));
    }
}

void server_remove(const struct server *server)
{
    assert_clean(server);
    DIR *folder = opendir(server->folder);
    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] != '.') {
            assert_int_equal(unlinkat(dirfd(folder), entry->d_name, 0), 0);
        }
    }
    closedir(folder);
    assert_int_equal(rmdir(server->folder), 0);
}

int server_stop(struct server *server)
{
    assert_int_equal(kill(server->master, SIGTERM), 0);
    int status = server_await_end(server->master);
    server_remove(server);
    return status;
}

/* Parent and state of a process; false where there is none. */
static bool look(pid_t process, pid_t *parent, char *state)
{
    char path[64];
    char line[512] = "";
    snprintf(path, sizeof(path), "/proc/%ld/stat", (long)process);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    bool found = fgets(line, sizeof(line), file) != NULL;
    fclose(file);
    const char *end = strrchr(line, ')');
    if (!found || end == NULL) {
        return false;
    }
    *state = end[2];
    *parent = (pid_t)strtol(end + 4, NULL, 10);
    return true;
}

bool process_is_named(pid_t process, const char *name)
{
    char path[64];
    char found[64] = "";
    snprintf(path, sizeof(path), "/proc/%ld/comm", (long)process);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    bool read = fgets(found, sizeof(found), file) != NULL;
    fclose(file);
    found[strcspn(found, "\n")] = '\0';
    return read && strcmp(found, name) == 0;
}

size_t children_of(pid_t parent, pid_t children[static MAXIMUM_CHILDREN])
{
    size_t count = 0;
    DIR *folder = opendir("/proc");
    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        pid_t process = (pid_t)strtol(entry->d_name, NULL, 10);
        pid_t found = 0;
        char state = 'Z';
        if (process > 0 && look(process, &found, &state) && found == parent && state != 'Z') {
            assert_true(count < MAXIMUM_CHILDREN);
            children[count++] = process;
        }
    }
    closedir(folder);
    return count;
}

void await_children(pid_t parent, size_t count)
{
    pid_t children[MAXIMUM_CHILDREN];
    size_t found = 0;
    for (int i = 0; i < ATTEMPTS; i++) {
        found = children_of(parent, children);
        if (found == count) {
            return;
        }
        pause_shortly();
    }
    fail_msg("there are %zu children instead of %zu", found, count);
}

bool process_lives(pid_t process)
{
    pid_t parent = 0;
    char state = 'Z';
    return look(process, &parent, &state) && state != 'Z';
}
