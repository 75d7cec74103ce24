/* Of two servers the one that is behind must never be noticed: a read goes to the standby only when that has
 * replayed the log up to where the primary was when it checked the caller. */
#include "database/standby.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "config/config.h"
#include "database/connection.h"
#include "sql/statements.h"

/* How long the standby is left alone after it could not be used; twice as long each time. */
#define PAUSE_MINIMUM INT64_C(20000)
#define PAUSE_MAXIMUM INT64_C(5000000)

/* How often both servers are asked who they are. */
#define VETTING_INTERVAL MICROSECONDS_PER_SECOND

/* A standby that says nothing for so long, besides the lag that it is allowed, is given up. */
#define SILENCE_MAXIMUM INT64_C(250000)

#define INSPECTION_LAG 1000

struct standby {
    struct database *server;
    int64_t not_before; /* left alone until then; monotonic */
    int64_t pause;
    int64_t vetted;    /* when it was found to follow the primary; monotonic, 0: not on this connection */
    char timeline[16]; /* of both */
};

static bool is_configured(const struct configuration *configuration)
{
    return configuration->database_read_url != NULL && configuration->database_read_url[0] != '\0';
}

static struct database *server_create(const struct configuration *configuration, const char *application_name)
{
    struct database *server = database_create(configuration, application_name);
    if (server != NULL) {
        server->url = configuration->database_read_url;
        server->title = "the standby";
    }
    return server;
}

bool standby_attach(struct database *database)
{
    const struct configuration *configuration = database->configuration;
    if (!is_configured(configuration)) {
        return true;
    }
    struct standby *standby = calloc(1, sizeof *standby);
    struct database *server = server_create(configuration, database->application_name);
    if (standby == NULL || server == NULL) {
        free(standby);
        database_destroy(server);
        return false;
    }
    server->only_reads = true;
    server->silence_maximum = SILENCE_MAXIMUM + 2 * configuration->database_read_max_lag;
    standby->server = server;
    database->standby = standby;
    return true;
}

bool standby_is_attached(const struct database *database)
{
    return database->standby != NULL;
}

struct database *standby_server(const struct database *database)
{
    return database->standby != NULL ? database->standby->server : NULL;
}

void standby_free(struct standby *standby)
{
    if (standby != NULL) {
        database_destroy(standby->server);
        free(standby);
    }
}

static void leave_alone(struct standby *standby)
{
    int64_t pause = standby->pause < PAUSE_MINIMUM ? PAUSE_MINIMUM : standby->pause;
    standby->not_before = clock_monotonic() + pause + (int64_t)random_below((uint32_t)pause);
    standby->pause = pause * 2 > PAUSE_MAXIMUM ? PAUSE_MAXIMUM : pause * 2;
}

/* What fails there must not become the request's problem. */
static struct context context_for(const struct context *context, struct database *server)
{
    struct context own;
    context_start(&own, context->arena, context->configuration, server);
    own.request_id = context->request_id;
    own.now = context->now;
    own.extra_time = context->extra_time;
    own.waited = context->waited;
    return own;
}

static struct result *ask(const struct context *context, struct database *server,
                          const struct statement *statement, const struct value *values)
{
    struct context own = context_for(context, server);
    struct result *result = NULL;
    bool done = statement_run(&own, statement, values, &result) == PROBLEM_NONE;
    return done && result_rows(result) == 1 ? result : NULL;
}

/* NULL where places in the logs of the two can be compared, else why not. */
static const char *find_difference(const struct result *primary, const struct result *standby)
{
    if (!result_true(standby, 0, "standby")) {
        return "is no standby";
    }
    if (result_true(primary, 0, "standby")) {
        return "stands beside another standby: database_url names no primary";
    }
    if (!text_equal(result_text(standby, 0, "system"), result_text(primary, 0, "system"))) {
        return "is one of another cluster";
    }
    if (!text_equal(result_text(standby, 0, "timeline"), result_text(primary, 0, "timeline"))) {
        return "follows another timeline than the primary's";
    }
    return NULL;
}

static bool vet(const struct context *context, struct standby *standby)
{
    struct result *primary = ask(context, context->database, &statement_server_history, NULL);
    if (primary == NULL) {
        return false;
    }
    struct result *server = ask(context, standby->server, &statement_server_history, NULL);
    const char *difference = server != NULL ? find_difference(primary, server) : "does not say who it is";
    if (difference != NULL) {
        LOG_WARNING("the standby %s", difference);
        leave_alone(standby);
        return false;
    }
    snprintf(standby->timeline, sizeof standby->timeline, "%.*s",
             TEXT_ARGUMENTS(result_text(primary, 0, "timeline")));
    standby->vetted = clock_monotonic();
    return true;
}

bool standby_is_ready(struct context *context)
{
    struct standby *standby = context->database->standby;
    if (standby == NULL || clock_monotonic() < standby->not_before) {
        return false;
    }
    enum opening opening = connection_advance(standby->server);
    if (opening != OPENING_DONE) {
        standby->vetted = 0;
        if (opening == OPENING_FAILED) {
            leave_alone(standby);
        }
        return false;
    }
    bool vetted = standby->vetted != 0 && clock_monotonic() - standby->vetted < VETTING_INTERVAL;
    return vetted || vet(context, standby);
}

/* The primary that checked the caller may be another one than that which was vetted. */
static bool is_comparable(struct standby *standby, const struct result *check)
{
    bool comparable = !result_null(check, 0, "log_position") &&
                      text_equal_string(result_text(check, 0, "log_timeline"), standby->timeline);
    if (!comparable) {
        standby->vetted = 0;
    }
    return comparable;
}

/* What the check has set on the primary; each kind of caller has but some of it. */
static struct value identity(const struct result *check, const char *column)
{
    bool there = check != NULL && result_has_column(check, column) && !result_null(check, 0, column);
    return there ? value_text(result_text(check, 0, column)) : value_string("");
}

static struct sql_standby_enter entrance(struct arena *arena, const struct result *check,
                                         struct text log_position, int64_t milliseconds)
{
    return (struct sql_standby_enter){.user = identity(check, "caller_set"),
                                      .employee = identity(check, "employee_set"),
                                      .organization = identity(check, "organization_set"),
                                      .organizations = identity(check, "organizations_set"),
                                      .administered = identity(check, "administered_set"),
                                      .log_position = value_text(log_position),
                                      .patience = value_integer(arena, milliseconds)};
}

enum standby_outcome standby_read(struct context *context, const struct result *check,
                                  const struct queued *queued, struct result **result)
{
    struct standby *standby = context->database->standby;
    if (!is_comparable(standby, check)) {
        return STANDBY_AWAY;
    }
    struct context own = context_for(context, standby->server);
    struct sql_standby_enter values = entrance(context->arena, check, result_text(check, 0, "log_position"),
                                               context->configuration->database_read_max_lag / 1000);
    const struct queued queue[] = {
        {.statement = &statement_standby_enter, .values = (const struct value *)&values}, *queued};
    struct result *results[2];
    bool done = statements_run(&own, queue, 2, results) == PROBLEM_NONE;
    if (!done || result_rows(results[0]) == 0) {
        leave_alone(standby);
        return done ? STANDBY_BEHIND : STANDBY_FAILED;
    }
    standby->pause = 0;
    *result = results[1];
    return STANDBY_ANSWERED;
}

/* Waits for it as a read does, but longer. */
static bool inspect_lag(const struct context *context, struct database *server, const char **sentence)
{
    struct result *log = ask(context, context->database, &statement_server_log, NULL);
    if (log == NULL || result_null(log, 0, "log_position")) {
        *sentence = "the primary does not say how far its log goes";
        return false;
    }
    struct text position = result_text(log, 0, "log_position");
    struct sql_standby_enter values = entrance(context->arena, NULL, position, INSPECTION_LAG);
    if (ask(context, server, &statement_standby_enter, (const struct value *)&values) != NULL) {
        *sentence = "follows the primary";
        return true;
    }
    struct sql_standby_lag lag_values = {.log_position = value_text(position)};
    struct result *lag = ask(context, server, &statement_standby_lag, (const struct value *)&lag_values);
    *sentence = lag == NULL ? "does not answer"
                            : arena_print(context->arena, "is behind by %lld bytes of the log",
                                          (long long)result_integer(lag, 0, "bytes"));
    return false;
}

static bool inspect(const struct context *context, struct database *server, const char **sentence)
{
    struct result *primary = ask(context, context->database, &statement_server_history, NULL);
    struct result *standby = ask(context, server, &statement_server_history, NULL);
    if (primary == NULL || standby == NULL) {
        *sentence = standby == NULL ? "no connection to it" : "no connection to the primary";
        return false;
    }
    *sentence = find_difference(primary, standby);
    return *sentence == NULL && inspect_lag(context, server, sentence);
}

bool standby_inspect(struct context *context, const char **sentence)
{
    if (!is_configured(context->configuration)) {
        *sentence = "not used";
        return true;
    }
    struct database *server = server_create(context->configuration, context->database->application_name);
    *sentence = "memory is short";
    bool good = server != NULL && inspect(context, server, sentence);
    database_destroy(server);
    return good;
}
