/* A world whose reads go to a standby that follows its PostgreSQL without being waited for, and ways to see
 * which of the two has answered. There is one in a program. */
#ifndef MUSTER_TESTS_WITH_STANDBY_H
#define MUSTER_TESTS_WITH_STANDBY_H

#include "reliability/own_cluster.h"
#include "support/people.h"

/* Makes both and names the standby in database_read_url. */
struct world *with_standby_start(void);
void with_standby_stop(struct world *world);

/* Restarts the server with another PostgreSQL to read from; `database` and `user` NULL: the world's. */
void with_standby_read_from(struct world *world, const struct own_cluster *cluster, const char *database,
                            const char *user);

const struct own_cluster *the_primary(void);
const struct own_cluster *the_standby(void);

/* One statement on the standby itself, as its superuser; the first column of the first row. */
const char *standby_sql(struct world *world, const char *statement);

/* Stops replaying what the primary writes, or goes on. */
void standby_pause(struct world *world);
void standby_resume(struct world *world);

/* Connects again after the standby was away. */
void standby_connect(struct world *world);

/* muster_standby_reads_total{outcome="…"}. */
int64_t standby_reads(struct world *world, const char *outcome);

/* Reads as that session until both workers get their answers from the standby again and again. Fails the test
 * where that takes more than a minute. */
void standby_await(struct world *world, const struct session *session);

#endif
