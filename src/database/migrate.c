/* Brings a database to the version of this program. It has a connection of its own, since migrations take
 * longer than any request may and are not single statements. */
#include "database/migrate.h"

#include <stdlib.h>

#include "base/encoding.h"
#include "config/config.h"
#include "database/connection.h"
#include "database/result.h"

/* Any number, but the same in every version of the program: two runs at a time take turns. */
#define ADVISORY_LOCK "SELECT pg_advisory_lock(7237453201)"
#define HISTORY                                                                                       \
    "CREATE TABLE IF NOT EXISTS schema_migrations (version integer PRIMARY KEY, name text NOT NULL, " \
    "checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"

struct migrator {
    struct context *context;
    PGconn *connection;
    const struct migration *list;
    size_t count;
};

static enum problem told(struct migrator *migrator, const char *what)
{
    return FAIL(migrator->context, PROBLEM_INTERNAL, "%s: %s", what, PQerrorMessage(migrator->connection));
}

static enum problem keep(struct migrator *migrator, struct result *kept, PGresult *rows, const char *what)
{
    kept->rows = rows;
    ExecStatusType status = PQresultStatus(rows);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ? PROBLEM_NONE : told(migrator, what);
}

static enum problem execute(struct migrator *migrator, const char *text, const char *what)
{
    struct result *kept = result_create(migrator->context->arena, NULL);
    return keep(migrator, kept, PQexec(migrator->connection, text), what);
}

static const char *checksum_of(struct arena *arena, const struct migration *migration)
{
    struct text text = encode_hexadecimal(arena, sha256_text(arena, text_of(migration->text)));
    return arena_copy(arena, text.data, text.length);
}

static enum problem record(struct migrator *migrator, const struct migration *migration)
{
    struct arena *arena = migrator->context->arena;
    struct result *kept = result_create(arena, NULL);
    const char *values[] = {arena_print(arena, "%d", migration->version), migration->name,
                            checksum_of(arena, migration)};
    PGresult *rows = PQexecParams(
        migrator->connection, "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)",
        3, NULL, values, NULL, NULL, 0);
    return keep(migrator, kept, rows, migration->name);
}

/* A migration and its record are one transaction, so that a failed one leaves nothing. */
static enum problem apply(struct migrator *migrator, const struct migration *migration)
{
    TRY(execute(migrator, "BEGIN", migration->name));
    TRY(execute(migrator, migration->text, migration->name));
    if (PQtransactionStatus(migrator->connection) != PQTRANS_INTRANS) {
        return FAIL(migrator->context, PROBLEM_INTERNAL, "%s ends its own transaction", migration->name);
    }
    TRY(record(migrator, migration));
    return execute(migrator, "COMMIT", migration->name);
}

static enum problem check(struct migrator *migrator, const struct result *history, size_t row)
{
    const char *version = result_text(history, row, "version").data;
    const char *name = result_text(history, row, "name").data;
    if (row >= migrator->count) {
        return FAIL(
            migrator->context, PROBLEM_CONFLICT,
            "The database has migration %s %s, which this program does not know: a newer one was here.",
            version, name);
    }
    const struct migration *ours = &migrator->list[row];
    struct text checksum = result_text(history, row, "checksum");
    if (result_integer(history, row, "version") != ours->version ||
        !text_equal_string(checksum, checksum_of(migrator->context->arena, ours))) {
        return FAIL(migrator->context, PROBLEM_CONFLICT,
                    "The database has migration %s %s, which is not this program's %d %s.", version, name,
                    ours->version, ours->name);
    }
    return PROBLEM_NONE;
}

/* How many of the list are applied, all of them being ours. */
static enum problem check_history(struct migrator *migrator, size_t *done)
{
    struct result *history = result_create(migrator->context->arena, NULL);
    PGresult *rows = PQexec(migrator->connection,
                            "SELECT version, name, checksum FROM schema_migrations ORDER BY version");
    TRY(keep(migrator, history, rows, "schema_migrations"));
    *done = result_rows(history);
    for (size_t row = 0; row < *done; row++) {
        TRY(check(migrator, history, row));
    }
    return PROBLEM_NONE;
}

/* Waiting for another run is fine; waiting for a lock of the running service would make all its requests
 * queue up behind us. */
static enum problem limit_locks(struct migrator *migrator)
{
    struct context *context = migrator->context;
    const char *text = arena_print(context->arena, "SET lock_timeout = %lld",
                                   (long long)(context->configuration->lock_timeout / 1000));
    return execute(migrator, text, "lock_timeout");
}

/* Where the tables belong to another role than the program's, that one is told what it may do. */
static enum problem admit_program(struct migrator *migrator)
{
    const struct configuration *configuration = migrator->context->configuration;
    if (!connection_has_owner(configuration)) {
        return PROBLEM_NONE;
    }
    char *role = connection_program_role(configuration);
    if (role == NULL) {
        return FAIL(migrator->context, PROBLEM_INTERNAL,
                    "database_url names no user: the role that is to be let in is not known.");
    }
    struct result *kept = result_create(migrator->context->arena, NULL);
    PGresult *rows = PQexecParams(migrator->connection, "CALL admit_program($1)", 1, NULL,
                                  (const char *const *)&role, NULL, NULL, 0);
    free(role);
    return keep(migrator, kept, rows, "rights of database_url's user");
}

static enum problem run(struct migrator *migrator, void (*report)(const struct migration *migration),
                        size_t *applied)
{
    size_t done = 0;
    TRY(execute(migrator, ADVISORY_LOCK, "waiting for another migration"));
    TRY(limit_locks(migrator));
    TRY(execute(migrator, HISTORY, "schema_migrations"));
    TRY(check_history(migrator, &done));
    for (size_t index = done; index < migrator->count; index++) {
        TRY(apply(migrator, &migrator->list[index]));
        ++*applied;
        if (report != NULL) {
            report(&migrator->list[index]);
        }
    }
    return migrator->list == migrations ? admit_program(migrator) : PROBLEM_NONE;
}

static void finish(void *migrator)
{
    PGconn **connection = &((struct migrator *)migrator)->connection;
    PQfinish(*connection);
    *connection = NULL;
}

enum problem migrate_list(struct context *context, const struct migration *list, size_t count,
                          void (*report)(const struct migration *migration), size_t *applied)
{
    *applied = 0;
    struct migrator *migrator = ARENA_NEW(context->arena, struct migrator);
    *migrator = (struct migrator){.context = context, .list = list, .count = count};
    arena_on_reset(context->arena, finish, migrator);
    migrator->connection = connection_open_plain(context);
    if (migrator->connection == NULL) {
        return context->problem;
    }
    enum problem problem = run(migrator, report, applied);
    finish(migrator); /* and with it goes the lock */
    return problem;
}

enum problem migrate(struct context *context, void (*report)(const struct migration *migration),
                     size_t *applied)
{
    return migrate_list(context, migrations, migration_count, report, applied);
}

static enum problem ask(struct context *context, const char *name, const char *text, struct result **result)
{
    struct statement *statement = ARENA_NEW(context->arena, struct statement);
    *statement = (struct statement){.name = name, .text = text, .number = STATEMENT_UNNUMBERED};
    return statement_run(context, statement, NULL, result);
}

enum problem schema_version(struct context *context, int *version)
{
    struct result *result = NULL;
    *version = 0;
    TRY(ask(context, "schema_exists", "SELECT to_regclass('schema_migrations') IS NOT NULL AS exists",
            &result));
    if (result_true(result, 0, "exists")) {
        TRY(ask(context, "schema_version", "SELECT max(version) AS version FROM schema_migrations", &result));
        *version = (int)result_integer(result, 0, "version");
    }
    return PROBLEM_NONE;
}

int schema_version_expected(void)
{
    return migration_count == 0 ? 0 : migrations[migration_count - 1].version;
}
