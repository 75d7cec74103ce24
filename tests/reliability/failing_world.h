/* Starting a world in which calls of the worker fail, and sending it requests. */
#ifndef MUSTER_TESTS_FAILING_WORLD_H
#define MUSTER_TESTS_FAILING_WORLD_H

#include "reliability/failing.h"
#include "reliability/typical.h"

/* What the worker reads; it is there from failing_start() on. */
extern struct failing *failing;

/* A world with the typical operations and one worker, in which nothing fails yet. */
struct world *failing_start(void);

/* Which calls of the next requests fail. */
void failing_choose(enum failing_kind kind, long chosen, bool onwards);

struct attempt {
    char key[TYPICAL_KEY_SIZE];
    struct exchange exchange;
    long calls; /* of the kind that fails */
    bool died;  /* the worker; another one is there by now */
    bool done;  /* the answer says so */
    char died_in[sizeof((struct failing *)NULL)->died_in];
};

/* Sends one, and waits until the worker waits again or another one has taken its place. */
void failing_send(struct world *world, const struct typical *operation, struct attempt *attempt);

/* Takes note of the worker that there is; true where it is another one than before. */
bool failing_worker(struct world *world);

#endif
