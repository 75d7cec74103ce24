/* The accept loop of muster's workers and no more: one blocking process a connection, one request a
 * connection. */
#include "bench/pool.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define BACKLOG 1024

void pool_fail(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int length = snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (length < 0 || (size_t)length >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        pool_fail(path);
    }
    unlink(path);
    umask(0117);
    if (descriptor < 0 || bind(descriptor, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(descriptor, BACKLOG) != 0) {
        pool_fail(path);
    }
    return descriptor;
}

static void discard_body(FCGX_Request *request)
{
    char waste[4096];

    while (FCGX_GetStr(waste, sizeof waste, request->in) == (int)sizeof waste) {
    }
}

static void serve(int descriptor, void (*answer)(FCGX_Request *request))
{
    FCGX_Request request;

    FCGX_InitRequest(&request, -1, 0);
    request.ipcFd = descriptor;
    request.keepConnection = 1;
    if (FCGX_Accept_r(&request) != 0) {
        close(descriptor);
        return;
    }
    discard_body(&request);
    answer(&request);
    FCGX_FClose(request.err);
    FCGX_FClose(request.out);
    FCGX_Free(&request, 0);
    close(descriptor);
}

static _Noreturn void serve_all(int listener, void (*answer)(FCGX_Request *request))
{
    int events = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE};

    if (events < 0 || epoll_ctl(events, EPOLL_CTL_ADD, listener, &event) != 0) {
        pool_fail("epoll");
    }
    for (;;) {
        int descriptor;

        (void)epoll_wait(events, &event, 1, -1);
        descriptor = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (descriptor >= 0) {
            serve(descriptor, answer);
        }
    }
}

int pool_run(const char *path, int processes, void (*prepare)(void), void (*answer)(FCGX_Request *request))
{
    int listener = listen_at(path);

    signal(SIGPIPE, SIG_IGN);
    if (setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "0", 1) != 0 || FCGX_Init() != 0) {
        pool_fail("libfcgi");
    }
    /* libfcgi has put a handler of its own there. */
    signal(SIGTERM, SIG_DFL);
    for (int i = 0; i < processes; i++) {
        pid_t process = fork();

        if (process < 0) {
            pool_fail("fork");
        }
        if (process == 0) {
            prctl(PR_SET_PDEATHSIG, SIGTERM);
            if (prepare != NULL) {
                prepare();
            }
            serve_all(listener, answer);
        }
    }
    (void)wait(NULL);
    return 1;
}
