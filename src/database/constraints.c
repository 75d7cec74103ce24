/* The registry of what PostgreSQL refuses: rules that a caller broke are told to the caller, faults of ours
 * only to the log. */
#include "database/constraints.h"

#include "base/log.h"

struct constraint {
    const char *name;
    enum problem problem;
    const char *field;
    const char *sentence;
};

static const struct constraint constraints[] = {
#define CONSTRAINT(name, problem, field, sentence) {#name, problem, field, sentence},
#include "database/constraints.def"
#undef CONSTRAINT
};

struct state {
    const char *prefix; /* of the SQLSTATE */
    enum problem problem;
};

/* The first row that fits counts. */
static const struct state states[] = {
    {"40001", PROBLEM_RETRY},       /* serialization_failure */
    {"40P01", PROBLEM_RETRY},       /* deadlock_detected */
    {"40003", PROBLEM_UNAVAILABLE}, /* statement_completion_unknown */
    {"55P03", PROBLEM_UNAVAILABLE}, /* lock_not_available */
    {"57014", PROBLEM_UNAVAILABLE}, /* query_canceled, by statement_timeout */
    {"57P0", PROBLEM_UNAVAILABLE},  /* shutdown, crash, start-up */
    {"25P03", PROBLEM_UNAVAILABLE}, /* idle_in_transaction_session_timeout */
    {"25006", PROBLEM_UNAVAILABLE}, /* read_only_sql_transaction: this server became a standby */
    {"53", PROBLEM_UNAVAILABLE},    /* disk, memory, connections */
    {"58030", PROBLEM_UNAVAILABLE}, /* io_error */
    {"08", PROBLEM_UNAVAILABLE},    /* connection exceptions */
};

/* What our own functions raise. */
static const struct state raised[] = {
    {"MU404", PROBLEM_NOT_FOUND},
    {"MU403", PROBLEM_FORBIDDEN},
    {"MU409", PROBLEM_CONFLICT},
    {"MU422", PROBLEM_REFUSED},
};

static const char *part(const PGresult *error, int field)
{
    const char *value = PQresultErrorField(error, field);
    return value != NULL ? value : "";
}

const char *error_state(const PGresult *error)
{
    return part(error, PG_DIAG_SQLSTATE);
}

static enum problem find_state(const struct state *table, size_t count, const char *state)
{
    for (size_t index = 0; index < count; index++) {
        if (strncmp(state, table[index].prefix, strlen(table[index].prefix)) == 0) {
            return table[index].problem;
        }
    }
    return PROBLEM_NONE;
}

/* NOT NULL has no name before PostgreSQL 18: it gets the one that it has there. */
static const char *constraint_name(struct arena *arena, const PGresult *error)
{
    if (strcmp(error_state(error), "23502") == 0) {
        return arena_print(arena, "%s_%s_not_null", part(error, PG_DIAG_TABLE_NAME),
                           part(error, PG_DIAG_COLUMN_NAME));
    }
    return part(error, PG_DIAG_CONSTRAINT_NAME);
}

static const struct constraint *find_constraint(const char *name)
{
    for (size_t index = 0; index < sizeof constraints / sizeof constraints[0]; index++) {
        if (strcmp(constraints[index].name, name) == 0) {
            return &constraints[index];
        }
    }
    return NULL;
}

/* Data exceptions quote the value that did not fit, behind a colon or in quotes: that part stays out of the
 * log. */
static struct text message_without_values(const PGresult *error)
{
    struct text message = text_of(part(error, PG_DIAG_MESSAGE_PRIMARY));
    if (strncmp(error_state(error), "22", 2) == 0) {
        message.length = strcspn(message.data, ":\"");
    }
    return message;
}

static void log_error(enum log_level level, const struct context *context, const char *name,
                      const PGresult *error)
{
    const struct log_field fields[] = {
        {"request", context->request_id},
        {"statement", text_of(name)},
        {"sqlstate", text_of(error_state(error))},
        {"constraint", text_of(constraint_name(context->arena, error))},
        {"message", message_without_values(error)},
    };
    log_fields(level, "statement failed", fields, sizeof fields / sizeof fields[0]);
}

static enum problem broken_rule(struct context *context, enum problem problem, const char *field,
                                const char *sentence)
{
    if (field != NULL && field[0] != '\0') {
        context_fault(context, field, "%s", sentence);
    }
    return FAIL(context, problem, "%s", sentence);
}

enum problem problem_of_error(struct context *context, const char *name, const PGresult *error)
{
    const char *state = error_state(error);
    enum problem problem = find_state(raised, sizeof raised / sizeof raised[0], state);
    if (problem != PROBLEM_NONE) {
        return broken_rule(context, problem, part(error, PG_DIAG_COLUMN_NAME),
                           part(error, PG_DIAG_MESSAGE_PRIMARY));
    }
    if (strncmp(state, "23", 2) == 0) {
        const struct constraint *constraint = find_constraint(constraint_name(context->arena, error));
        if (constraint != NULL) {
            return broken_rule(context, constraint->problem, constraint->field, constraint->sentence);
        }
    }
    problem = find_state(states, sizeof states / sizeof states[0], state);
    if (problem == PROBLEM_NONE) {
        log_error(LOG_LEVEL_ERROR, context, name, error);
        return FAIL_PLAINLY(context, PROBLEM_INTERNAL);
    }
    log_error(problem == PROBLEM_RETRY ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, context, name, error);
    return FAIL_PLAINLY(context, problem);
}
