/* What the files behind world.h share. */
#ifndef MUSTER_TESTS_WORLD_PARTS_H
#define MUSTER_TESTS_WORLD_PARTS_H

#include <curl/curl.h>
#include <libpq-fe.h>

#include "support/world.h"

/* The role that owns the tables, and the one that the program connects as. */
#define WORLD_OWNER   "muster_test_owner"
#define WORLD_PROGRAM "muster_test_program"

struct secret {
    const char *text;
    struct secret *next;
};

struct world {
    struct arena *arena;
    char *folder;
    char *url;
    char *configuration_file;
    char *database_name;
    char *database_url;
    char *migration_database_url;
    PGconn *maintenance; /* the connection that makes and drops databases */
    PGconn *database;    /* for world_sql() */
    pid_t muster;
    pid_t nginx;
    int rate; /* nginx's limits for operations without a session */
    int burst;
    const char *fast; /* where nginx hands requests to; NULL: the world's own sockets */
    const char *slow;
    int connections;
    CURL *curl;
    struct secret *secrets;
};

/* Says what went wrong and ends the program, or the test where one runs. */
_Noreturn void world_give_up(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A path below the world's folder. */
char *world_path(struct world *world, const char *name);
void world_write_file(const char *path, const char *content);

/* Makes the world's database from the migrated template, and the template at the first need. */
void world_make_database(struct world *world, const char *maintenance_url);
void world_drop_database(struct world *world);

/* Writes muster.conf. */
void world_configure(struct world *world, const char *configuration);

/* The program under test: $MUSTER_TEST_PROGRAM, else the one of the build. */
const char *world_program(void);

#endif
