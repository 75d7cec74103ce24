/* The new master is a process beside the old one, so that a program that does not start costs nothing. */
#include "process/upgrade.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "process/inheritance.h"

#define PATIENCE (30 * MICROSECONDS_PER_SECOND)

static _Noreturn void become(const struct upgrade *upgrade, const struct listener *listeners, int ready,
                             const sigset_t *mask)
{
    char number[16];
    snprintf(number, sizeof(number), "%ld", (long)getpid());
    bool prepared = inheritance_give(listeners, ready) == 0 && sigprocmask(SIG_SETMASK, mask, NULL) == 0;
    if (prepared && getenv("WATCHDOG_PID") != NULL) {
        prepared = setenv("WATCHDOG_PID", number, 1) == 0;
    }
    if (prepared) {
        execv(upgrade->program, upgrade->arguments);
    }
    LOG_ERROR("%s cannot be started: %s", upgrade->program, strerror(errno));
    _exit(127);
}

void upgrade_start(struct upgrade *upgrade, const struct listener listeners[static POOL_COUNT],
                   const sigset_t *mask, int64_t now)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        LOG_ERROR("the upgrade cannot begin: %s", strerror(errno));
        return;
    }
    pid_t process = fork();
    if (process == 0) {
        become(upgrade, listeners, ends[1], mask);
    }
    close(ends[1]);
    if (process < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
        LOG_ERROR("the upgrade cannot begin: %s", strerror(errno));
        close(ends[0]);
        return;
    }
    LOG_INFO("upgrade: %s starts as process %ld", upgrade->program, (long)process);
    upgrade->process = process;
    upgrade->ended = false;
    upgrade->ready = ends[0];
    upgrade->deadline = now + PATIENCE;
}

static void forget(struct upgrade *upgrade)
{
    close(upgrade->ready);
    upgrade->process = 0;
    upgrade->ready = -1;
}

void upgrade_ended(struct upgrade *upgrade, pid_t process)
{
    upgrade->ended = upgrade->ended || (process == upgrade->process && process > 0);
}

void upgrade_give_up(struct upgrade *upgrade)
{
    if (upgrade->process <= 0) {
        return;
    }
    if (!upgrade->ended) {
        kill(upgrade->process, SIGKILL);
    }
    forget(upgrade);
}

bool upgrade_is_ready(struct upgrade *upgrade, int64_t now)
{
    if (upgrade->process <= 0) {
        return false;
    }
    char byte;
    ssize_t length = read(upgrade->ready, &byte, sizeof(byte));
    if (length == 1) {
        return true;
    }
    if (length == 0 || now >= upgrade->deadline) {
        LOG_ERROR("upgrade: the new program did not become ready; this one goes on serving");
        upgrade_give_up(upgrade);
    }
    return false;
}
