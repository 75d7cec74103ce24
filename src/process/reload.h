/* SIGHUP: a new configuration is tried with workers of its own; the old workers go only when the new ones
 * accept connections. */
#ifndef MUSTER_PROCESS_RELOAD_H
#define MUSTER_PROCESS_RELOAD_H

#include "process/workers.h"

struct reload {
    const char *file;              /* NULL: none */
    struct configuration *current; /* in force */
    struct configuration *former;  /* kept until the new workers are ready; NULL: no reload is going on */
    unsigned generation;           /* of current */
    unsigned former_generation;
    unsigned last_generation; /* the highest number given */
    int64_t deadline;         /* when the new workers must be ready, INT64_MAX: no reload is going on */
    bool wanted;              /* asked for */
};

/* Takes the first configuration over. */
void reload_start(struct reload *reload, struct configuration *configuration, const char *file);
unsigned reload_generation(const struct reload *reload);

/* Begins a reload where one was asked for, and ends one that has succeeded or failed. What goes wrong is
 * logged, and the former state is kept. */
void reload_step(struct reload *reload, struct workers *workers, bool asked, int64_t now);

/* When reload_step() must be called at the latest. */
int64_t reload_deadline(const struct reload *reload);

/* Frees the configurations. */
void reload_end(struct reload *reload);

#endif
