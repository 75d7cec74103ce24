/* Reading from the standby of database_read_url without anybody's noticing: it is asked only where it has
 * replayed all that the primary had acknowledged, and costs no request more than a moment where it has not.
 * What goes wrong with it is told to the log alone: the primary is asked then. */
#ifndef MUSTER_DATABASE_STANDBY_H
#define MUSTER_DATABASE_STANDBY_H

#include "database/database.h"

/* What became of a read. */
enum standby_outcome {
    STANDBY_ANSWERED,
    STANDBY_AWAY,   /* not connected, no standby of this primary, or left alone for a while */
    STANDBY_BEHIND, /* by more than database_read_max_lag */
    STANDBY_FAILED, /* it broke off, or did not answer in time */
    STANDBY_OUTCOME_COUNT
};

/* Lets reads of this handle go to the standby, where the configuration names one. Before the first use. False
 * when memory is short. */
bool standby_attach(struct database *database);

/* Whether the handle has one. */
bool standby_is_attached(const struct database *database);

/* Whether it can be asked now. Its connection is opened bit by bit without waiting. Once a second both
 * servers are asked whether one follows the other. Outside of a transaction. */
bool standby_is_ready(struct context *context);

/* Runs the statement there, as the caller of `check`: the one row of a statement with caller_columns or
 * token_caller_columns, and log_columns, that the primary has just answered. Unless it is STANDBY_ANSWERED
 * nothing was done, the context is as it was, and `result` is left alone. Outside of a transaction. */
enum standby_outcome standby_read(struct context *context, const struct result *check,
                                  const struct queued *queued, struct result **result);

/* For operators: whether the standby can be asked now, told by a sentence in the context's arena. It waits
 * for the connection, and a second for the standby to come level. */
bool standby_inspect(struct context *context, const char **sentence);

#endif
