/* Clients that ask without a pause while something is done to the server. */
#ifndef MUSTER_TESTS_LOAD_H
#define MUSTER_TESTS_LOAD_H

#include <stddef.h>

struct load;

/* Starts `clients` processes that ask for /healthz again and again. */
struct load *load_start(const char *socket, size_t clients);

/* How many were answered so far. */
size_t load_answered(const struct load *load);

/* Waits until `count` more were answered. */
void load_await(const struct load *load, size_t count);

/* Stops them and returns how many requests were not answered with 200. */
size_t load_stop(struct load *load);

#endif
