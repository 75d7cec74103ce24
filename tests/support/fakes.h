/* Other services, as far as they can be told from here: fake_services.py runs beside a test. */
#ifndef MUSTER_TESTS_FAKES_H
#define MUSTER_TESTS_FAKES_H

#include "base/arena.h"
#include "support/cmocka_headers.h"
#include "support/world.h"

/* The key that the fakes take. */
#define FAKE_KEY_ID "AKIDEXAMPLE"
#define FAKE_SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

struct fakes {
    const char *folder;
    const char *address;     /* "https://127.0.0.1:PORT" */
    const char *open;        /* the same over http */
    const char *certificate; /* file of the one that `address` shows, and that nobody signed */
    pid_t process;
};

/* Starts them with a folder of their own; waits until they listen. Everything is the arena's. */
struct fakes fakes_start(struct arena *arena);

/* What a test of other services begins with: the fakes in an arena of their own, trusted, and a world with
 * the configuration that is made of them then. */
void fakes_world_start(void **state, struct arena **memory, struct fakes *fakes,
                       const char *(*configuration)(void));
int fakes_world_stop(void **state, struct arena *memory, struct fakes *fakes);

/* Ends them and removes the folder. */
void fakes_stop(struct fakes *fakes);

/* Everything that was asked so far, a line of JSON each; "" where nothing was. */
const char *fakes_log(struct arena *arena, const struct fakes *fakes);

/* How often a text stands in the log. */
size_t fakes_count(struct arena *arena, const struct fakes *fakes, const char *text);

/* From now on every request is answered 500, or not any more. */
void fakes_break(struct arena *arena, const struct fakes *fakes, bool broken);

#endif
