/* Whoever breaks into a worker should find nothing there: no root, no core files, no way back. */
#include "process/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

static int become(const char *user)
{
    const struct passwd *entry = getpwnam(user);
    if (entry == NULL) {
        LOG_ERROR("user: there is no user %s on this system", user);
        return -1;
    }
    if (geteuid() == entry->pw_uid) {
        return 0;
    }
    if (initgroups(user, entry->pw_gid) != 0 || setgid(entry->pw_gid) != 0 || setuid(entry->pw_uid) != 0) {
        LOG_ERROR("user: cannot become %s: %s", user, strerror(errno));
        return -1;
    }
    return 0;
}

int privileges_drop(const char *user)
{
    if (user != NULL && user[0] != '\0' && become(user) != 0) {
        return -1;
    }
    umask(0077);
    const struct rlimit nothing = {0, 0};
    bool done = setrlimit(RLIMIT_CORE, &nothing) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
#ifndef __SANITIZE_ADDRESS__
    /* The leak check of the sanitizer traces its own process, which this forbids. */
    done = done && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
#endif
    if (!done) {
        LOG_ERROR("privileges cannot be given up: %s", strerror(errno));
        return -1;
    }
    return 0;
}

bool privileges_bind_to_master(pid_t master)
{
    return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == master;
}

struct peers peers_allowed(const char *web_user)
{
    struct peers peers = {.uids = {0, geteuid()}, .count = 2};
    const struct passwd *entry = getpwnam(web_user);
    if (entry != NULL) {
        peers.uids[peers.count++] = entry->pw_uid;
    }
    return peers;
}

bool peer_is_allowed(int descriptor, const struct peers *peers, uid_t *uid)
{
    struct ucred peer = {.uid = (uid_t)-1};
    socklen_t size = sizeof(peer);
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
        return false;
    }
    *uid = peer.uid;
    for (size_t i = 0; i < peers->count; i++) {
        if (peers->uids[i] == peer.uid) {
            return true;
        }
    }
    return false;
}
