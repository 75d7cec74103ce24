/* The standby follows without being waited for, as most do: with each commit it is behind for a moment. */
#include "reliability/with_standby.h"

#include <unistd.h>

#include "support/expect.h"
#include "support/world_parts.h"

/* Answers by the standby in a row after which each of two workers is taken to be connected. */
#define ENOUGH 30
#define ROUNDS 3000

static struct own_cluster primary;
static struct own_cluster standby;
static PGconn *eye;

const struct own_cluster *the_primary(void)
{
    return &primary;
}

const struct own_cluster *the_standby(void)
{
    return &standby;
}

void standby_connect(struct world *world)
{
    PQfinish(eye);
    eye = PQconnectdb(
        world_print(world, "dbname='%s' user=postgres host='%s/run'", world->database_name, standby.folder));
    assert_int_equal(PQstatus(eye), CONNECTION_OK);
}

void with_standby_read_from(struct world *world, const struct own_cluster *cluster, const char *database,
                            const char *user)
{
    world_restart(world, world_print(world,
                                     "workers = 2\nlog_level = info\ndatabase_read_url = dbname='%s' "
                                     "user='%s' host='%s/run'\n",
                                     database != NULL ? database : world->database_name,
                                     user != NULL ? user : WORLD_PROGRAM, cluster->folder));
}

struct world *with_standby_start(void)
{
    own_cluster_make(&primary, "synchronous_standby_names = ''", "wal_level = replica");
    struct world *world = world_start("workers = 2\n");
    own_cluster_follow(&standby, &primary);
    own_cluster_do(&primary, "asynchronous");
    standby_connect(world);
    with_standby_read_from(world, &standby, NULL, NULL);
    return world;
}

void with_standby_stop(struct world *world)
{
    PQfinish(eye);
    eye = NULL;
    world_stop(world);
    own_cluster_remove(&primary);
    own_cluster_remove(&standby);
}

const char *standby_sql(struct world *world, const char *statement)
{
    PGresult *rows = PQexec(eye, statement);
    if (PQresultStatus(rows) != PGRES_TUPLES_OK) {
        fail_msg("%s: %s", statement, PQerrorMessage(eye));
    }
    const char *first =
        world_print(world, "%s", PQntuples(rows) > 0 && PQnfields(rows) > 0 ? PQgetvalue(rows, 0, 0) : "");
    PQclear(rows);
    return first;
}

void standby_pause(struct world *world)
{
    standby_sql(world, "SELECT pg_wal_replay_pause()");
    for (int round = 0; round < ROUNDS; round++) {
        if (strcmp(standby_sql(world, "SELECT pg_get_wal_replay_pause_state()"), "paused") == 0) {
            return;
        }
        usleep(10000);
    }
    fail_msg("the standby does not stop replaying");
}

void standby_resume(struct world *world)
{
    standby_sql(world, "SELECT pg_wal_replay_resume()");
}

int64_t standby_reads(struct world *world, const char *outcome)
{
    struct answer *answer = call_get(world, NULL, "/metrics");
    const char *name = world_print(world, "\nmuster_standby_reads_total{outcome=\"%s\"} ", outcome);
    const char *found = strstr(answer->body, name);
    assert_non_null(found);
    return strtoll(found + strlen(name), NULL, 10);
}

void standby_await(struct world *world, const struct session *session)
{
    int in_a_row = 0;
    for (int round = 0; round < ROUNDS && in_a_row < ENOUGH; round++) {
        int64_t before = standby_reads(world, "answered");
        expect_status(call_get(world, session, "/api/v1/organizations"), 200);
        bool answered = standby_reads(world, "answered") > before;
        in_a_row = answered ? in_a_row + 1 : 0;
        usleep(answered ? 0 : 20000);
    }
    assert_int_equal(in_a_row, ENOUGH);
}
