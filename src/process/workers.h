/* The master's table of its workers: which there are, which there should be, and when to try again where they
 * keep dying. */
#ifndef MUSTER_PROCESS_WORKERS_H
#define MUSTER_PROCESS_WORKERS_H

#include <stdint.h>

#include "process/worker.h"

/* Two generations of the largest pools that can be configured, for the time of a reload. */
#define WORKERS_MAXIMUM 640

struct worker_entry {
    pid_t process; /* 0: the entry is free */
    enum pool_kind pool;
    unsigned generation;
    int64_t started; /* monotonic microseconds */
    int64_t kill_at; /* when its time to finish is over; 0: it was not told to go */
    bool ready;
};

struct pool {
    size_t wanted;      /* workers of the current generation */
    bool filled;        /* there were that many before: who comes now is a successor */
    int64_t not_before; /* when the next one may be started */
    int64_t delay;      /* the last pause of a crash loop */
};

struct workers {
    struct worker_entry entries[WORKERS_MAXIMUM];
    struct pool pools[POOL_COUNT];
    struct listener *listeners;                /* one a pool */
    struct peers peers;                        /* who may connect */
    const struct configuration *configuration; /* of the current generation */
    unsigned generation;                       /* the current one */
    bool failed;    /* a worker of the current generation died before it was ready */
    int reports[2]; /* the pipe on which workers say that they are ready */
};

/* Makes an empty table; the listeners belong to the caller. Returns 0, or −1 with errno. */
int workers_create(struct workers *workers, struct listener *listeners, struct peers peers);

/* From now on workers are started with this configuration, as that generation. */
void workers_set_generation(struct workers *workers, const struct configuration *configuration,
                            unsigned generation);

/* Starts what is missing of the current generation and may be started now. A new worker does its work inside
 * and never returns. */
void workers_fill(struct workers *workers, int64_t now);

/* Notes who is ready. */
void workers_hear(struct workers *workers);

/* Notes the end of a process; false where it was none of ours. */
bool workers_ended(struct workers *workers, pid_t process, int status, int64_t now);

/* Whether all that are wanted of the current generation are there and accept connections. */
bool workers_ready(const struct workers *workers);

/* Sends the signal to the workers of the current generation, or to those of all others, and kills them at
 * `kill_at` if they are still there. When all are dismissed no more are started. */
enum worker_choice { WORKERS_CURRENT, WORKERS_FORMER, WORKERS_ALL };
void workers_dismiss(struct workers *workers, enum worker_choice choice, int signal, int64_t kill_at);

/* Kills those whose time is over. */
void workers_kill_late(struct workers *workers, int64_t now);

/* How many there are, of whatever generation. */
size_t workers_count(const struct workers *workers);

/* When workers_fill() or workers_kill_late() will have something to do, INT64_MAX: never. */
int64_t workers_next(const struct workers *workers);

#endif
