/* Waiting for other connections to say something (NOTIFY). */
#include <poll.h>

#include "base/clock.h"
#include "base/log.h"
#include "database/batch.h"

enum problem database_listen(struct context *context, const char *channel)
{
    struct database *database = context->database;
    char command[96];
    PGresult *result = NULL;

    TRY(connection_use(context));
    if (database->listening) {
        return PROBLEM_NONE;
    }
    snprintf(command, sizeof command, "LISTEN %s", channel);
    struct operation operation = {.kind = OPERATION_COMMAND, .text = command, .rows = &result};
    struct batch batch = {.operations = &operation, .count = 1};
    batch_run(database, &batch);
    database->listening = result != NULL && !batch.lost && batch.error == NULL;
    PQclear(result);
    PQclear(batch.error);
    return database->listening ? PROBLEM_NONE : FAIL_PLAINLY(context, PROBLEM_UNAVAILABLE);
}

bool database_listens(const struct database *database)
{
    return database->connection != NULL && database->listening;
}

/* Takes all that was said; whether it was anything. */
static bool take_notifications(PGconn *connection)
{
    PGnotify *notification;
    bool any = false;

    while ((notification = PQnotifies(connection)) != NULL) {
        PQfreemem(notification);
        any = true;
    }
    return any;
}

bool database_wait(struct database *database, int descriptor, int64_t microseconds)
{
    int64_t end = clock_monotonic() + microseconds;
    bool listening = database_listens(database);

    for (;;) {
        if (listening && take_notifications(database->connection)) {
            return true;
        }
        int64_t left = end - clock_monotonic();
        struct pollfd descriptors[] = {
            {.fd = descriptor, .events = POLLIN},
            {.fd = listening ? PQsocket(database->connection) : -1, .events = POLLIN},
        };
        if (left <= 0 || poll(descriptors, 2, (int)((left + 999) / 1000)) <= 0 ||
            descriptors[0].revents != 0) {
            return false;
        }
        /* PQisBusy() is what hands notices to the receiver. */
        if (PQconsumeInput(database->connection) == 0 || PQisBusy(database->connection) || database->fatal) {
            return false;
        }
    }
}
