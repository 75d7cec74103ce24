/* Eight operations that stand for all, each with what it leaves behind: for tests in which something fails
 * during a request. */
#ifndef MUSTER_TESTS_TYPICAL_H
#define MUSTER_TESTS_TYPICAL_H

#include "reliability/exchange.h"
#include "support/world.h"

/* A request is told by its key, which is its request id and part of what it stores. */
#define TYPICAL_KEY_SIZE 37

struct typical {
    const char *name;
    const char *effect; /* counts what the request with the key $1 has stored; NULL: nothing */
    bool slow;          /* it hashes a password */
    bool moab;
    bool varies;    /* in its events: it ends old sessions, or finds an assignment */
    int64_t events; /* that a whole request leaves */
};

#define TYPICAL_COUNT 8
extern struct typical typical[TYPICAL_COUNT];

/* Lines of a configuration with one worker and nothing else that works. */
#define TYPICAL_CONFIGURATION                                                                            \
    "workers = 1\nslow_workers = 0\njob_processes = 0\nlong_job_processes = 0\nhousekeeping_interval = " \
    "0 s\nworker_requests = 0\nhealth_socket =\n"

/* Makes the people who call. Each operation is called once; it must be answered as it should. */
void typical_start(struct world *world);

/* A new key, and the request with it. */
void typical_key(char key[static TYPICAL_KEY_SIZE]);
void typical_send(struct world *world, const struct typical *operation, const char *key,
                  struct exchange *exchange);

/* Whether the answer says that it was done. */
bool typical_is_done(const struct typical *operation, const struct exchange *exchange);

/* Whether what the request stored is there: all of it, or nothing. What is there in part, or another time,
 * fails the test, as does an answer in a form that is not documented. */
bool typical_is_stored(struct world *world, const struct typical *operation, const char *key);
void typical_expect_form(const struct typical *operation, const struct exchange *exchange);

#endif
