/* A whole installation for a test program: its own database, `muster serve` from the build folder, nginx with
 * the real configuration. */
#ifndef MUSTER_TESTS_WORLD_H
#define MUSTER_TESTS_WORLD_H

#include <sys/types.h>

#include "base/arena.h"
#include "support/cmocka_headers.h"

/* Status with which a test program says "skipped" to automake. */
#define EXIT_SKIP 77

/* The origin and the addresses for resets and SAML sign-on that every world's configuration allows. */
#define WORLD_ORIGIN    "https://app.example.test"
#define WORLD_RESET_URL "https://app.example.test/reset"
/* A bucket for films that every world has; its folder is "media/films" in the world's. */
#define WORLD_BUCKET   "films"
#define WORLD_SAML_URL "https://app.example.test/signed-in"

struct world;

/* Starts a world, ready for requests. `configuration` holds lines of muster.conf that replace or join the
 * usual ones; NULL: none. Without MUSTER_TEST_DATABASE_URL (a role that may create databases) the program
 * ends with EXIT_SKIP; when anything goes wrong it tells why and ends with 1. */
struct world *world_start(const char *configuration);

/* Stops everything and removes it. Fails the test when muster did not end well, when a sanitizer complained,
 * or when a secret that was noted by world_secret() stands in a log. */
void world_stop(struct world *world);

/* The two above as cmocka's group setup and teardown, for tests that need nothing special: *state is the
 * world. */
int world_setup(void **state);
int world_teardown(void **state);

/* Memory that lives until world_stop(). */
struct arena *world_arena(struct world *world);
char *world_print(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));

const char *world_url(const struct world *world);    /* "http://127.0.0.1:PORT" */
const char *world_folder(const struct world *world); /* everything of this world lies in it */
const char *world_configuration_file(const struct world *world);
const char *world_socket(struct world *world);
const char *world_mail_spool(struct world *world);
/* The database as the role that owns the tables, which row-level security lets see all. */
const char *world_owner_url(const struct world *world);
pid_t world_master(const struct world *world); /* process id of `muster serve` */

/* Whole content of a file, zero-terminated; NULL where there is none. Lives as long as the world. */
char *world_read_file(struct world *world, const char *path);
/* Content of muster's log so far. */
char *world_log(struct world *world);

/* From now on `secret` must not appear in any log of this world. Copied. */
void world_secret(struct world *world, const char *secret);

/* Stops `muster serve` and starts it again with the same configuration and other lines. */
void world_restart(struct world *world, const char *configuration);

/* Restarts nginx so that it lets `rate` requests a second from one address through to the operations without
 * a session, and `burst` more at once. */
void world_limit(struct world *world, int rate, int burst);

/* Restarts nginx so that it hands requests to other servers: lists of HOST:PORT with commas. */
void world_reach(struct world *world, const char *fast, const char *slow);

/* Restarts nginx with room for so many connections; a client's takes one, a request that is served two. */
void world_widen(struct world *world, int connections);

/* What a command did. */
struct output {
    int status;        /* exit status; 128 + signal when killed */
    const char *out;   /* standard output, without its last line feed */
    const char *error; /* the same of standard error */
};

/* Runs `muster -c CONFIGURATION arguments…` with `input` (NULL: empty) on standard input. `arguments` ends
 * with NULL. */
struct output world_run(struct world *world, const char *input, const char *const *arguments);

/* The same, expected to succeed; returns its standard output. The arguments end with NULL. */
const char *world_command(struct world *world, const char *input, ...) __attribute__((sentinel));

/* Runs one SQL statement with text parameters, ended by NULL; returns the first column of the first row, ""
 * where there is no row or it is null. An SQL error fails the test. */
const char *world_sql(struct world *world, const char *statement, ...) __attribute__((sentinel));

#endif
