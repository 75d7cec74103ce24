/* What a process gives up before it reads anything that came from outside. */
#ifndef MUSTER_PROCESS_PRIVILEGES_H
#define MUSTER_PROCESS_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

/* Becomes `user` with its groups where we are root; NULL or "": stays. Afterwards no new privileges, no core
 * files, files for the owner only. Returns 0, or −1 (logged). */
int privileges_drop(const char *user);

/* In a worker: goes when the master, whose id is given, goes. False where it is gone already. */
bool privileges_bind_to_master(pid_t master);

/* The uids whose processes may hand us requests over a Unix socket. */
struct peers {
    uid_t uids[3];
    size_t count;
};

/* root, ourselves (after dropping) and `web_user`, where that exists. */
struct peers peers_allowed(const char *web_user);

/* Whether the process at the other end of a Unix socket is one of them; its uid is given. */
bool peer_is_allowed(int descriptor, const struct peers *peers, uid_t *uid);

#endif
