/* Several messages to the server sent at once and ended by one Sync, and what came back. No memory is taken
 * from an arena here. */
#ifndef MUSTER_DATABASE_BATCH_H
#define MUSTER_DATABASE_BATCH_H

#include "database/connection.h"

enum operation_kind {
    OPERATION_COMMAND, /* BEGIN, COMMIT, ROLLBACK */
    OPERATION_PREPARE,
    OPERATION_EXECUTE,
    OPERATION_UNNAMED /* executed without being prepared */
};

struct operation {
    enum operation_kind kind;
    const struct statement *statement; /* NULL for a command */
    const char *text;
    struct prepared *prepared;
    const struct value *values;
    PGresult **rows; /* where its result goes; NULL: it is cleared */
    bool knew;       /* it was prepared by an earlier batch */
};

struct batch {
    struct operation *operations;
    size_t count;
    size_t executed; /* executions that succeeded */
    size_t failed;   /* position of the operation that failed; `count` when ending the transaction did */
    PGresult *error; /* what it said; NULL: none failed. The caller clears it */
    bool sent;       /* the Sync was handed over: the server may have committed */
    bool lost;       /* the connection broke or the deadline passed; it is closed */
    bool late;       /* it was the deadline */
};

/* Sends all operations and collects all results, in order. */
void batch_run(struct database *database, struct batch *batch);

/* Runs one command; true when its tag is the expected one. */
bool batch_command(struct database *database, struct batch *batch, const char *text);

/* Whether it is certain that nothing of this batch lasts, and only because the server went away: it may be
 * sent again. */
bool batch_never_ran(const struct batch *batch);

#endif
