/* The life of the one connection: every wait on it ends at the request's deadline, and a connection in an
 * unknown state is closed, never repaired. */
#include "database/connection.h"

#include <errno.h>
#include <poll.h>

#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"

/* Messages of a server that ends an idle connection are few. */
#define IDLE_READS 8

struct database *database_create(const struct configuration *configuration, const char *application_name)
{
    struct database *database = calloc(1, sizeof *database);
    if (database == NULL) {
        return NULL;
    }
    database->configuration = configuration;
    database->title = "PostgreSQL";
    database->application_name = strdup(application_name);
    if (database->application_name == NULL) {
        free(database);
        return NULL;
    }
    return database;
}

void database_reach_everything(struct database *database)
{
    database->reaches_everything = true;
}

void database_destroy(struct database *database)
{
    if (database == NULL) {
        return;
    }
    standby_free(database->standby);
    connection_drop(database);
    prepared_free(&database->prepared);
    free(database->application_name);
    free(database);
}

void connection_drop(struct database *database)
{
    PQfinish(database->connection);
    database->connection = NULL;
    database->stale = false;
    database->fatal = false;
    database->doubtful = false;
    database->committing = false;
    database->listening = false;
    database->opening = false;
    prepared_forget_all(&database->prepared);
}

bool database_is_connected(const struct database *database)
{
    return database->connection != NULL && PQstatus(database->connection) == CONNECTION_OK;
}

int64_t database_take_wait(struct database *database)
{
    struct database *standby = standby_server(database);
    int64_t waited = database->waited + (standby != NULL ? database_take_wait(standby) : 0);
    database->waited = 0;
    return waited;
}

void database_reset(struct database *database)
{
    struct database *standby = standby_server(database);
    database->transaction = TRANSACTION_NONE;
    if (database->connection != NULL && PQtransactionStatus(database->connection) != PQTRANS_IDLE) {
        connection_drop(database);
    }
    if (standby != NULL) {
        database_reset(standby);
    }
}

bool connection_wait(struct database *database, short events)
{
    struct pollfd descriptor = {.fd = PQsocket(database->connection), .events = events};
    int64_t start = clock_monotonic();
    int64_t now = start;
    int ready = 0;
    do {
        /* Rounded up, so that the last millisecond is not spent in a busy loop. */
        int64_t left = database->deadline > now ? (database->deadline - now + 999) / 1000 : 0;
        ready = poll(&descriptor, 1, (int)left);
        now = clock_monotonic();
    } while (ready < 0 && errno == EINTR && now < database->deadline);
    database->waited += now - start;
    return ready > 0;
}

bool connection_flush(struct database *database)
{
    PGconn *connection = database->connection;
    for (;;) {
        int unsent = PQflush(connection);
        if (unsent <= 0) {
            return unsent == 0;
        }
        /* The server may wait for us to read before it reads on. */
        if (!connection_wait(database, POLLIN | POLLOUT) || PQconsumeInput(connection) == 0) {
            return false;
        }
    }
}

PGresult *connection_next(struct database *database, bool *lost)
{
    PGconn *connection = database->connection;
    while (PQisBusy(connection)) {
        if (!connection_wait(database, POLLIN)) {
            *lost = true;
            return NULL;
        }
        if (PQconsumeInput(connection) == 0 && PQisBusy(connection)) {
            *lost = true;
            return NULL;
        }
    }
    return PQgetResult(connection);
}

static bool notice_is(const PGresult *notice, int field, const char *value)
{
    const char *found = PQresultErrorField(notice, field);
    return found != NULL && strcmp(found, value) == 0;
}

void connection_notice(void *database, const PGresult *notice)
{
    struct database *self = database;
    if (notice_is(notice, PG_DIAG_SEVERITY_NONLOCALIZED, "FATAL") ||
        notice_is(notice, PG_DIAG_SEVERITY_NONLOCALIZED, "PANIC")) {
        self->fatal = true;
        return;
    }
    if (!notice_is(notice, PG_DIAG_SEVERITY_NONLOCALIZED, "WARNING")) {
        return;
    }
    /* The commit is on this server, but a failover might forget it. */
    if (self->committing || notice_is(notice, PG_DIAG_SOURCE_FUNCTION, "SyncRepWaitForLSN")) {
        self->doubtful = true;
    }
    LOG_WARNING("PostgreSQL warns: %s", PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY));
}

/* Between two uses nothing is expected but the end of the connection or a changed parameter. */
bool connection_is_usable(struct database *database)
{
    PGconn *connection = database->connection;
    if (database->stale || PQtransactionStatus(connection) != PQTRANS_IDLE) {
        return false;
    }
    struct pollfd descriptor = {.fd = PQsocket(connection), .events = POLLIN};
    for (int reads = 0; reads < IDLE_READS; reads++) {
        if (poll(&descriptor, 1, 0) == 0) {
            return true;
        }
        /* PQisBusy() is what hands notices to the receiver. */
        if (PQconsumeInput(connection) == 0 || PQisBusy(connection) || database->fatal) {
            return false;
        }
    }
    return false;
}

/* The wall clock may jump; what is left is never more than a whole request's time. */
static bool set_deadline(const struct context *context)
{
    int64_t whole = context->configuration->request_timeout + context->extra_time;
    int64_t left = context->now + whole - clock_now();
    left = (left > whole ? whole : left) - context->waited;
    /* The other half is for the primary. */
    left = context->database->only_reads ? left / 2 : left;
    context->database->deadline = clock_monotonic() + left;
    return left > 0;
}

enum problem connection_use(struct context *context)
{
    struct database *database = context->database;
    if (!set_deadline(context)) {
        LOG_WARNING("no time is left of the request for the database");
        return FAIL_PLAINLY(context, PROBLEM_UNAVAILABLE);
    }
    if (database->transaction == TRANSACTION_OPEN) {
        return PROBLEM_NONE;
    }
    if (database->connection != NULL && !connection_is_usable(database)) {
        LOG_INFO("the connection to %s is reopened", database->title);
        connection_drop(database);
    }
    return database->connection != NULL ? PROBLEM_NONE : connection_open(context);
}
