/* Flags are enough: all work is done by the master's loop, where nothing is half done. */
#include "process/signals.h"

#include <stddef.h>

static const int caught[] = {SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGUSR2, SIGCHLD};
#define CAUGHT_COUNT (sizeof(caught) / sizeof(caught[0]))

static volatile sig_atomic_t flags[NSIG];

static void note(int number)
{
    flags[number] = 1;
}

int signals_catch(sigset_t *waiting)
{
    sigset_t blocked;
    sigemptyset(&blocked);
    for (size_t i = 0; i < CAUGHT_COUNT; i++) {
        sigaddset(&blocked, caught[i]);
    }
    if (sigprocmask(SIG_BLOCK, &blocked, waiting) != 0) {
        return -1;
    }
    for (size_t i = 0; i < CAUGHT_COUNT; i++) {
        struct sigaction action = {.sa_handler = note};
        sigfillset(&action.sa_mask);
        if (sigaction(caught[i], &action, NULL) != 0) {
            return -1;
        }
        sigdelset(waiting, caught[i]);
    }
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    return sigaction(SIGPIPE, &ignore, NULL);
}

bool signals_take(int number)
{
    bool came = flags[number] != 0;
    flags[number] = 0;
    return came;
}
