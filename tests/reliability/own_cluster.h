/* A PostgreSQL of a test program's own, which may be killed, frozen and starved. */
#ifndef MUSTER_TESTS_OWN_CLUSTER_H
#define MUSTER_TESTS_OWN_CLUSTER_H

#include <stdbool.h>
#include <sys/types.h>

struct own_cluster {
    char folder[64];
};

/* Ends the program as skipped where MUSTER_TEST_DATABASE_URL is not set, which says that there is no
 * PostgreSQL to make one of. */
void own_cluster_need(void);

/* Makes it in a new folder below /tmp with two lines of postgresql.conf (NULL: none), starts it, and names it
 * in MUSTER_TEST_DATABASE_URL. */
void own_cluster_make(struct own_cluster *cluster, const char *line, const char *other);

/* The same in a file system in memory with these options of mount(2). Only root may. */
void own_cluster_make_small(struct own_cluster *cluster, const char *options);

/* Lets everybody of these addresses ("10.0.0.0/8") in, which takes a listen_addresses in `line` too. */
void own_cluster_let_in(const struct own_cluster *cluster, const char *addresses);

/* Makes another one that follows `primary`, which waits for it with each commit; in a new folder, or in the
 * one that was emptied. */
void own_cluster_follow(struct own_cluster *cluster, const struct own_cluster *primary);
void own_cluster_follow_again(const struct own_cluster *cluster, const struct own_cluster *primary);

/* What tests/reliability/cluster can do: "start", "restart", "kill", "freeze", "thaw" …; fails the test where
 * it cannot. */
void own_cluster_do(const struct own_cluster *cluster, const char *what);

/* Stops it and removes the folder. */
void own_cluster_remove(const struct own_cluster *cluster);

#endif
