/* The one connection of a process to PostgreSQL: opened on demand, reopened after a loss, every statement
 * prepared once. */
#ifndef MUSTER_DATABASE_DATABASE_H
#define MUSTER_DATABASE_DATABASE_H

#include "base/context.h"
#include "json/encode.h"

struct database;
struct result;

/* A parameter's value. NULL data is SQL's NULL. Binary values are sent as they are (bytea only). */
struct value {
    const char *data;
    size_t length;
    bool binary;
};

#define NULL_VALUE ((struct value){NULL, 0, false})
/* The text must be zero-terminated behind its length (arena_copy_text() makes it so). */
struct value value_text(struct text text);
struct value value_string(const char *string);
struct value value_bytes(struct text bytes);
struct value value_boolean(bool boolean);
struct value value_integer(struct arena *arena, int64_t integer);
/* Microseconds since 1970 as timestamptz. */
struct value value_time(struct arena *arena, int64_t microseconds);

#define STATEMENT_MAXIMUM_PARAMETERS 40

/* One named statement of sql/queries, embedded at build time (sql/statements.h, .c are generated). */
struct statement {
    const char *name;
    const char *text;              /* with $1, $2, … and {order:alias} markers */
    const char *const *parameters; /* their names, in order */
    size_t parameter_count;
    size_t number; /* position in the table of all statements; others have a higher one of their own */
    bool ordered;  /* has {order:…} markers */
};
/* The number of a statement that is not worth preparing. */
#define STATEMENT_UNNUMBERED SIZE_MAX

/* All statements by name. */
extern const struct statement *const statements[];
extern const size_t statement_count;
/* NULL: there is none of that name. */
const struct statement *statement_find(const char *name);

/* Makes the handle; connects at the first use. Only one process may use it: make it after fork. NULL when
 * memory is short. */
struct database *database_create(const struct configuration *configuration, const char *application_name);
void database_destroy(struct database *database);

/* Lets the handle's connections reach every row whoever calls, which commands and jobs need. Before the first
 * use. */
void database_reach_everything(struct database *database);

/* Makes the handle usable again after an arena's escape, wherever that left from: forgets the transaction and
 * closes a connection that is not provably idle. Costs nothing when nothing was under way. */
void database_reset(struct database *database);

/* Whether a connection is open now; a lost one is found at the next use. */
bool database_is_connected(const struct database *database);

/* Microseconds spent waiting for the server since the last call of this function. */
int64_t database_take_wait(struct database *database);

/* --- One statement, in a transaction of its own (or inside the open one) --- */

/* Runs the statement, waits for it, and gives its rows; they live in the context's arena. The generated
 * functions sql_NAME() call it. */
enum problem statement_run(struct context *context, const struct statement *statement,
                           const struct value *values, struct result **result) MUST_CHECK;

/* The same with an order: `order` is a list such as "last_name DESC, id" of column names known to the program
 * (never of the request); {order:alias} in the text becomes "alias.last_name DESC, alias.id". Each order is
 * prepared under its own name. */
enum problem statement_run_ordered(struct context *context, const struct statement *statement,
                                   const struct value *values, const char *const *order, size_t order_count,
                                   struct result **result) MUST_CHECK;

/* --- Several statements in one round trip, which are one transaction --- */

/* Queues a statement; statement_order may be NULL. */
struct queued {
    const struct statement *statement;
    const struct value *values;
    const char *const *order; /* column names with an optional " DESC" */
    size_t order_count;
};
/* Sends all, then collects a result for each. On a fault of any, all are rolled back and the problem of the
 * first is returned. */
enum problem statements_run(struct context *context, const struct queued *queue, size_t count,
                            struct result **results) MUST_CHECK;

/* --- Transactions over several round trips --- */

/* After database_begin() every statement belongs to one transaction until commit or rollback. BEGIN itself is
 * sent along with the first statement. Serialization failures and deadlocks come back as PROBLEM_RETRY: roll
 * back and run the whole again. */
void database_begin(struct database *database);
/* The same; `prelude` is run right behind BEGIN in the same round trip, and its rows are of no interest. It
 * and its values live until the first statement was run. NULL: nothing. */
void database_begin_with(struct database *database, const struct queued *prelude);
enum problem database_commit(struct context *context) MUST_CHECK;
void database_rollback(struct database *database);

/* --- Waiting for others --- */

/* From now on what is said on the channel (NOTIFY; a name of the program's own) ends database_wait(). To be
 * called before each look at the tables, since a new connection has to be told again. Outside of a
 * transaction. */
enum problem database_listen(struct context *context, const char *channel) MUST_CHECK;

bool database_listens(const struct database *database);

/* Waits until something is said, the descriptor can be read, the connection breaks or the time is over;
 * whether something was said since the last time. */
bool database_wait(struct database *database, int descriptor, int64_t microseconds);

/* --- Results --- */
size_t result_rows(const struct result *result);
struct text result_text(const struct result *result, size_t row,
                        const char *column); /* aborts on an unknown column */
bool result_null(const struct result *result, size_t row, const char *column);
bool result_true(const struct result *result, size_t row, const char *column);
int64_t result_integer(const struct result *result, size_t row, const char *column);
int64_t result_time(const struct result *result, size_t row,
                    const char *column); /* microseconds; 0 for null */
struct text result_bytes(struct arena *arena, const struct result *result, size_t row, const char *column);
bool result_has_column(const struct result *result, const char *column);
struct row_source result_source(const struct result *result);
const struct statement *result_statement(const struct result *result);

/* The binding of this result's statement to the shape, made once in a process. */
const struct binding *result_binding(const struct result *result, const struct shape *shape);

/* Name of a violated constraint's rule: what constraints.def says of it. The problem and the sentence are set
 * on the context by statement_run. */

#endif
