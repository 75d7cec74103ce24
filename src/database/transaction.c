/* Transactions over several round trips. What is not proven to be committed or rolled back is closed with its
 * connection. */
#include "base/log.h"
#include "database/batch.h"
#include "database/constraints.h"
#include "database/result.h"

void database_begin(struct database *database)
{
    database_begin_with(database, NULL);
}

void database_begin_with(struct database *database, const struct queued *prelude)
{
    if (database->transaction != TRANSACTION_NONE) {
        LOG_ERROR("a transaction was begun inside of another");
        abort();
    }
    database->transaction = TRANSACTION_ASKED;
    database->prelude = prelude;
    database->transaction_problem = PROBLEM_NONE;
}

/* Anything but a plain COMMIT is not an acknowledgement: the caller may not be told that it is done. */
static enum problem commit(struct context *context)
{
    struct database *database = context->database;
    struct result *failure = result_create(context->arena, NULL);
    struct batch batch;
    bool done = batch_command(database, &batch, "COMMIT");
    failure->rows = batch.error;
    if (done && !database->doubtful) {
        return PROBLEM_NONE;
    }
    if (batch.error != NULL && !batch.lost) {
        return problem_of_error(context, "COMMIT", batch.error);
    }
    LOG_WARNING("it is unknown whether a transaction was committed");
    return FAIL_PLAINLY(context, PROBLEM_UNAVAILABLE);
}

enum problem database_commit(struct context *context)
{
    struct database *database = context->database;
    enum transaction transaction = database->transaction;
    if (transaction == TRANSACTION_FAILED) {
        enum problem problem = database->transaction_problem;
        database_rollback(database);
        return FAIL_PLAINLY(context, problem);
    }
    if (transaction == TRANSACTION_OPEN) {
        TRY(connection_use(context));
    }
    database->transaction = TRANSACTION_NONE;
    return transaction == TRANSACTION_OPEN ? commit(context) : PROBLEM_NONE;
}

void database_rollback(struct database *database)
{
    database->transaction = TRANSACTION_NONE;
    if (database->connection == NULL || PQtransactionStatus(database->connection) == PQTRANS_IDLE) {
        return;
    }
    struct batch batch;
    bool done = batch_command(database, &batch, "ROLLBACK");
    PQclear(batch.error);
    if (!done) {
        connection_drop(database);
    }
}
