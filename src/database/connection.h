/* What the files of this folder share: the connection's state, and the few things that may be done with it.
 * Nothing here allocates from an arena while bytes are under way, so that an arena's escape never leaves a
 * half-sent batch behind. */
#ifndef MUSTER_DATABASE_CONNECTION_H
#define MUSTER_DATABASE_CONNECTION_H

#include <libpq-fe.h>

#include "database/database.h"
#include "database/prepared.h"

enum transaction {
    TRANSACTION_NONE,  /* each batch is a transaction of its own */
    TRANSACTION_ASKED, /* begun, but BEGIN was not sent yet */
    TRANSACTION_OPEN,
    TRANSACTION_FAILED /* only a rollback leads out of it */
};

struct standby;

/* How far the opening of a connection came without waiting. */
enum opening { OPENING_UNDER_WAY, OPENING_DONE, OPENING_FAILED };

struct database {
    const struct configuration *configuration;
    const char *url;         /* of the standby; NULL: database_url */
    const char *title;       /* what the log calls the server */
    struct standby *standby; /* that reads may go to; NULL: none */
    char *application_name;
    PGconn *connection; /* NULL: none */
    enum transaction transaction;
    enum problem transaction_problem; /* why it failed */
    const struct queued *prelude;     /* sent behind BEGIN; NULL: nothing. Of TRANSACTION_ASKED only */
    struct prepared_table prepared;
    size_t host;        /* which of several hosts is tried first: the one that was good last */
    int64_t deadline;   /* of what runs now; monotonic */
    int64_t waited;     /* microseconds since database_take_wait() */
    int64_t not_before; /* no attempt to connect earlier; monotonic */
    int64_t complained; /* when a failed attempt was logged last; monotonic */
    bool stale;         /* prepared statements do not fit the schema any more: reopen before the next use */
    bool fatal;         /* the server said that it ends the connection */
    bool doubtful;      /* a commit that may exist on this server only */
    bool reaches_everything; /* commands and jobs: row-level security shows them all rows */
    bool committing;         /* a COMMIT is under way: any warning makes it doubtful */
    bool listening;          /* this connection was told to LISTEN */
    bool only_reads;         /* a standby's: nothing waits for its opening, nor half of a request's time */
    bool opening;            /* the connection is not open yet */
    PostgresPollingStatusType opening_state;
    int64_t opening_deadline; /* monotonic */
    int64_t silence_maximum;  /* a server that says nothing for so long is given up; 0: for the deadline */
};

/* Takes the time that is left of the request as the deadline, and makes sure that a connection in the right
 * state is there. */
enum problem connection_use(struct context *context) MUST_CHECK;

/* Opens a connection, trying each host once. */
enum problem connection_open(struct context *context) MUST_CHECK;

/* Opens a connection bit by bit: takes up one that is open and good, goes on with one that is being opened,
 * else begins one, to the next host after each failure. It never waits. */
enum opening connection_advance(struct database *database);

/* Whether an open connection is in the right state and was not ended by the server. */
bool connection_is_usable(struct database *database);

/* The handle of the standby that is attached, or NULL. */
struct database *standby_server(const struct database *database);
void standby_free(struct standby *standby);

/* Closes it without waiting; the server rolls back what was open. */
void connection_drop(struct database *database);

/* Waits for any of `events` (of poll) until the deadline; false when it passed. */
bool connection_wait(struct database *database, short events);

/* Hands everything to the kernel; false when the deadline passed or the connection broke. */
bool connection_flush(struct database *database);

/* The next result, or NULL between two of them; `lost` tells that none will come. */
PGresult *connection_next(struct database *database, bool *lost);

/* libpq's notice receiver; `database` is the argument. */
void connection_notice(void *database, const PGresult *notice);

/* A connection for one command as the owner of the tables, with libpq's blocking functions and without time
 * limit on statements; NULL after a failure, which is set on the context. PQfinish() is the caller's. */
PGconn *connection_open_plain(struct context *context);

/* Whether the tables belong to another role than the program's. */
bool connection_has_owner(const struct configuration *configuration);

/* The name of the role that the program connects as, from malloc; NULL where database_url names no user. */
char *connection_program_role(const struct configuration *configuration);

#endif
