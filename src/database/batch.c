/* One round trip: libpq's pipeline is filled, flushed and emptied again within the deadline. */
#include "database/batch.h"

#include "base/clock.h"
#include "base/log.h"
#include "database/constraints.h"

struct parameters {
    const char *values[STATEMENT_MAXIMUM_PARAMETERS];
    int lengths[STATEMENT_MAXIMUM_PARAMETERS];
    int formats[STATEMENT_MAXIMUM_PARAMETERS];
};

static void fill_parameters(struct parameters *parameters, const struct operation *operation)
{
    for (size_t index = 0; index < operation->statement->parameter_count; index++) {
        const struct value *value = &operation->values[index];
        parameters->values[index] = value->data;
        parameters->lengths[index] = (int)value->length;
        parameters->formats[index] = value->binary;
    }
}

static bool queue_execution(PGconn *connection, const struct operation *operation)
{
    struct parameters parameters;
    fill_parameters(&parameters, operation);
    int count = (int)operation->statement->parameter_count;
    if (operation->kind == OPERATION_UNNAMED) {
        return PQsendQueryParams(connection, operation->text, count, NULL, parameters.values,
                                 parameters.lengths, parameters.formats, 0) == 1;
    }
    return PQsendQueryPrepared(connection, operation->prepared->name, count, parameters.values,
                               parameters.lengths, parameters.formats, 0) == 1;
}

static bool queue_operation(PGconn *connection, const struct operation *operation)
{
    switch (operation->kind) {
    case OPERATION_COMMAND:
        return PQsendQueryParams(connection, operation->text, 0, NULL, NULL, NULL, NULL, 0) == 1;
    case OPERATION_PREPARE:
        return PQsendPrepare(connection, operation->prepared->name, operation->text, 0, NULL) == 1;
    case OPERATION_EXECUTE:
    case OPERATION_UNNAMED:
        return queue_execution(connection, operation);
    }
    return false;
}

static bool send_all(struct database *database, struct batch *batch)
{
    for (size_t index = 0; index < batch->count; index++) {
        if (!queue_operation(database->connection, &batch->operations[index])) {
            return false;
        }
    }
    /* From here on the server may carry out, and commit, whatever was queued. */
    batch->sent = true;
    return PQpipelineSync(database->connection) == 1 && connection_flush(database);
}

static void note_error(struct batch *batch, size_t position, PGresult *error)
{
    if (batch->error != NULL) {
        PQclear(error);
        return;
    }
    batch->error = error;
    batch->failed = position;
}

static void note_success(struct batch *batch, struct operation *operation, PGresult *rows)
{
    if (operation->kind == OPERATION_PREPARE) {
        operation->prepared->state = PREPARED_READY;
    } else if (operation->kind != OPERATION_COMMAND) {
        batch->executed++;
    }
    if (operation->rows != NULL && *operation->rows == NULL) {
        *operation->rows = rows;
    } else {
        PQclear(rows);
    }
}

static void take(struct batch *batch, size_t position, PGresult *result)
{
    switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY:
        if (position < batch->count) {
            note_success(batch, &batch->operations[position], result);
            return;
        }
        break;
    case PGRES_FATAL_ERROR:
        note_error(batch, position, result);
        return;
    case PGRES_PIPELINE_ABORTED:
        break;
    default:
        /* COPY has no place in a pipeline. */
        LOG_ERROR("unexpected kind of result: %s", PQresStatus(PQresultStatus(result)));
        abort();
    }
    PQclear(result);
}

/* Each operation's results end with NULL; an error that follows the last of them comes from the end of the
 * transaction, such as a deferred constraint's. True when the Sync was answered. */
static bool collect_all(struct database *database, struct batch *batch, int64_t deadline)
{
    size_t position = 0;
    while (position <= batch->count + 1) {
        bool lost = false;
        PGresult *result = connection_next(database, &lost);
        if (lost) {
            return false;
        }
        database->deadline = deadline;
        if (result == NULL) {
            position++;
            continue;
        }
        if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
            PQclear(result);
            return true;
        }
        take(batch, position, result);
        if (PQstatus(database->connection) == CONNECTION_BAD) {
            return false;
        }
    }
    return false;
}

static void forget_unprepared(struct batch *batch)
{
    for (size_t index = 0; index < batch->count; index++) {
        struct prepared *prepared = batch->operations[index].prepared;
        if (prepared != NULL && prepared->state == PREPARED_QUEUED) {
            prepared->state = PREPARED_NOT;
        }
    }
}

static bool ends_connection(const PGresult *error)
{
    const char *severity = PQresultErrorField(error, PG_DIAG_SEVERITY_NONLOCALIZED);
    return severity == NULL || strcmp(severity, "ERROR") != 0;
}

static const char *reason(const struct database *database, const struct batch *batch)
{
    const char *told =
        batch->error != NULL ? PQresultErrorField(batch->error, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    const char *message = told != NULL ? told : PQerrorMessage(database->connection);
    return batch->late ? "no answer in time" : message[0] != '\0' ? message : "it was closed";
}

/* A server that is there begins to answer long before it has to end. */
static void expect_first_word(struct database *database)
{
    int64_t latest = clock_monotonic() + database->silence_maximum;
    if (database->silence_maximum > 0 && latest < database->deadline) {
        database->deadline = latest;
    }
}

void batch_run(struct database *database, struct batch *batch)
{
    int64_t deadline = database->deadline;
    database->doubtful = false;
    expect_first_word(database);
    bool complete = send_all(database, batch) && collect_all(database, batch, deadline);
    database->deadline = deadline;
    forget_unprepared(batch);
    if (complete && !(batch->error != NULL && ends_connection(batch->error))) {
        return;
    }
    batch->lost = true;
    batch->late = !complete && batch->error == NULL && PQstatus(database->connection) == CONNECTION_OK;
    /* Of several hosts this one may be a former primary, whose commits wait for a standby that is gone. */
    database->host += batch->late;
    LOG_WARNING("the connection to %s is given up: %s", database->title, reason(database, batch));
    connection_drop(database);
}

bool batch_command(struct database *database, struct batch *batch, const char *text)
{
    PGresult *result = NULL;
    struct operation operation = {.kind = OPERATION_COMMAND, .text = text, .rows = &result};
    *batch = (struct batch){.operations = &operation, .count = 1};
    database->committing = strcmp(text, "COMMIT") == 0;
    batch_run(database, batch);
    database->committing = false;
    bool done =
        result != NULL && !batch->lost && batch->error == NULL && strcmp(PQcmdStatus(result), text) == 0;
    PQclear(result);
    batch->operations = NULL;
    batch->count = 0;
    return done;
}

/* The server answers in order: an end of the connection told before the first result was told before anything
 * could be committed. */
bool batch_never_ran(const struct batch *batch)
{
    if (!batch->lost || batch->late) {
        return false;
    }
    return !batch->sent ||
           (batch->executed == 0 && batch->error != NULL && strcmp(error_state(batch->error), "57P01") == 0);
}
