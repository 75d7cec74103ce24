/* Counters shared by all processes of one master: memory mapped before they fork, changed with relaxed
 * atomics. */
#ifndef MUSTER_HTTP_METRICS_H
#define MUSTER_HTTP_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "database/standby.h"

/* Maps the counters; call it in the master before the first fork. Without it (in a command, in a test) the
 * other functions do nothing. Returns 0, or -1 with errno. Called again it starts anew. */
int metrics_create(size_t operation_limit, size_t worker_limit);

/* Which slot this process counts in (0 … workers − 1); the worker is idle and has no connection then. */
void metrics_set_worker(size_t slot);
void metrics_worker_busy(bool busy);
void metrics_worker_connected(bool connected);

/* By the master: a worker was started, as the successor of another one or not. */
void metrics_worker_started(bool successor);

/* By the master: the worker of that slot is gone; `died` where it was not told to go. */
void metrics_worker_ended(size_t slot, bool died);

/* One answered request: position of its row in endpoints[] (operations − 1 stands for "none"), status,
 * microseconds in all and in the database. */
void metrics_request(size_t operation, int status, int64_t duration, int64_t database);

/* What became of a read that the standby could have answered. */
void metrics_standby_read(enum standby_outcome outcome);

/* The Prometheus text exposition format 0.0.4, names starting with muster_. `operation_name` gives the label
 * of an operation. */
void metrics_write(struct builder *out, const char *(*operation_name)(size_t operation));

#endif
