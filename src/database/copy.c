/* COPY has no place in a pipeline, so the connection leaves that mode for as long as rows are sent. */
#include "database/copy.h"

#include <poll.h>

#include "base/log.h"
#include "database/batch.h"
#include "database/constraints.h"
#include "database/result.h"

#define LONGEST_COMMAND 128

static enum problem give_up(struct context *context)
{
    struct database *database = context->database;

    LOG_WARNING("the connection to PostgreSQL is given up while rows are copied: %s",
                PQerrorMessage(database->connection));
    connection_drop(database);
    database->transaction = TRANSACTION_FAILED;
    database->transaction_problem = PROBLEM_UNAVAILABLE;
    return FAIL_PLAINLY(context, PROBLEM_UNAVAILABLE);
}

/* Takes results up to one of the expected kind, or to the end; an error among them is the problem. */
static enum problem collect(struct context *context, ExecStatusType expected)
{
    struct database *database = context->database;
    struct result *kept = result_create(context->arena, NULL);
    enum problem problem = PROBLEM_NONE;
    bool lost = false;
    PGresult *result;

    while ((result = connection_next(database, &lost)) != NULL) {
        if (PQresultStatus(result) == expected && expected == PGRES_COPY_IN) {
            PQclear(result);
            return PROBLEM_NONE;
        }
        if (PQresultStatus(result) == PGRES_FATAL_ERROR && kept->rows == NULL) {
            kept->rows = result;
            continue;
        }
        PQclear(result);
    }
    if (lost || PQstatus(database->connection) == CONNECTION_BAD) {
        return give_up(context);
    }
    if (kept->rows != NULL) {
        problem = problem_of_error(context, "COPY", kept->rows);
        database->transaction = TRANSACTION_FAILED;
        database->transaction_problem = problem;
    }
    return PQenterPipelineMode(database->connection) == 1 ? problem : give_up(context);
}

enum problem copy_start(struct context *context, const char *table)
{
    struct database *database = context->database;
    char command[LONGEST_COMMAND];

    if (database->transaction != TRANSACTION_OPEN) {
        LOG_ERROR("rows were to be copied outside of a transaction");
        abort();
    }
    TRY(connection_use(context));
    snprintf(command, sizeof command, "COPY %s FROM STDIN", table);
    if (PQexitPipelineMode(database->connection) != 1 || PQsendQuery(database->connection, command) != 1 ||
        !connection_flush(database)) {
        return give_up(context);
    }
    return collect(context, PGRES_COPY_IN);
}

/* The server may refuse rows before it has read them all: what it says then is read at the end. */
static bool make_room(struct database *database)
{
    return connection_wait(database, POLLIN | POLLOUT) && PQconsumeInput(database->connection) == 1 &&
           PQflush(database->connection) >= 0;
}

enum problem copy_add(struct context *context, struct text rows)
{
    struct database *database = context->database;
    int taken;

    TRY(connection_use(context));
    while ((taken = PQputCopyData(database->connection, rows.data, (int)rows.length)) == 0) {
        if (!make_room(database)) {
            return give_up(context);
        }
    }
    return taken == 1 && connection_flush(database) ? PROBLEM_NONE : give_up(context);
}

/* NULL: all rows came. */
static bool send_end(struct database *database, const char *reason)
{
    int taken;

    while ((taken = PQputCopyEnd(database->connection, reason)) == 0) {
        if (!make_room(database)) {
            return false;
        }
    }
    return taken == 1 && connection_flush(database);
}

enum problem copy_end(struct context *context)
{
    TRY(connection_use(context));
    return send_end(context->database, NULL) ? collect(context, PGRES_COMMAND_OK) : give_up(context);
}

/* The server answers with an error, which is no news. */
void copy_abandon(struct context *context)
{
    struct database *database = context->database;
    bool lost = database->connection == NULL || PQstatus(database->connection) == CONNECTION_BAD;
    PGresult *result;

    if (!lost) {
        lost = !send_end(database, "abandoned");
    }
    while (!lost && (result = connection_next(database, &lost)) != NULL) {
        PQclear(result);
    }
    if (lost || PQenterPipelineMode(database->connection) != 1) {
        connection_drop(database);
    }
    database->transaction = TRANSACTION_FAILED;
    database->transaction_problem = PROBLEM_UNAVAILABLE;
}

static char escape_of(char character)
{
    switch (character) {
    case '\\':
        return '\\';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return '\0';
    }
}

void copy_field(struct builder *rows, struct text field, char end)
{
    size_t start = 0;

    for (size_t i = 0; i < field.length; i++) {
        char escape = escape_of(field.data[i]);

        if (escape != '\0') {
            builder_add(rows, field.data + start, i - start);
            builder_add_character(rows, '\\');
            builder_add_character(rows, escape);
            start = i + 1;
        }
    }
    builder_add(rows, field.data + start, field.length - start);
    builder_add_character(rows, end);
}

void copy_null(struct builder *rows, char end)
{
    builder_add(rows, "\\N", 2);
    builder_add_character(rows, end);
}
