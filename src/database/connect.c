/* Opening a connection within a bounded time, to whichever of several hosts is right. libpq's own
 * asynchronous opening waits for ever for a first host that does not answer, so hosts are tried one by one
 * here, each with its share of the time. */
#include <poll.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "config/config.h"
#include "database/connection.h"

/* After a failed attempt: at least this, and up to as much again five times, so that workers do not come all
 * at once. */
#define BACK_OFF_MINIMUM INT64_C(50000)
#define BACK_OFF_JITTER  200000
/* How often failures to connect are logged. */
#define COMPLAINT_INTERVAL MICROSECONDS_PER_SECOND

#define EACH_HOST SIZE_MAX

/* Statements are short and prepared once: a generic plan spares planning, and for a few rows found by an
 * index hash and merge joins are only ever chosen because a generic plan cannot know how few. For the same
 * reason it remembers rows (memoize) that no second one asks for, at a quarter of a page's time. jit never
 * pays off in statements of a millisecond, nor do parallel workers, whose start alone takes ten. */
#define SETTINGS                                                                                             \
    "-c TimeZone=UTC -c DateStyle=ISO -c bytea_output=hex -c jit=off -c plan_cache_mode=force_generic_plan " \
    "-c enable_hashjoin=off -c enable_mergejoin=off -c enable_memoize=off "                                  \
    "-c max_parallel_workers_per_gather=0 -c statement_timeout=%lld -c lock_timeout=%lld "                   \
    "-c idle_in_transaction_session_timeout=%lld"

/* What the policies of row-level security ask for where nobody in particular calls. */
#define REACHING_EVERYTHING " -c muster.everything=true"

/* What is asked behind the wait for a standby must see what came during it. */
#define READING_ONLY " -c default_transaction_read_only=on -c default_transaction_isolation=read\\ committed"

#define PLAIN_SETTINGS                                                                           \
    "-c TimeZone=UTC -c DateStyle=ISO -c client_min_messages=warning -c statement_timeout=0 -c " \
    "lock_timeout=0"

struct parameters {
    PQconninfoOption *given; /* of database_url */
    const char **keywords;
    const char **values;
    char *owned[8]; /* values made here */
    size_t owned_count;
    size_t count;
};

static const char *given_value(const struct parameters *parameters, const char *keyword)
{
    for (const PQconninfoOption *option = parameters->given; option->keyword != NULL; option++) {
        if (strcmp(option->keyword, keyword) == 0) {
            return option->val;
        }
    }
    return NULL;
}

static void parameters_free(struct parameters *parameters)
{
    for (size_t index = 0; index < parameters->owned_count; index++) {
        free(parameters->owned[index]);
    }
    free(parameters->keywords);
    free(parameters->values);
    PQconninfoFree(parameters->given);
}

static bool parameters_start(struct parameters *parameters, const char *url)
{
    *parameters = (struct parameters){.given = PQconninfoParse(url, NULL)};
    if (parameters->given == NULL) {
        /* libpq's own message would quote the address, which may hold a password. */
        LOG_ERROR("database_url, or one of its kind, is not an address of PostgreSQL");
        return false;
    }
    size_t count = 0;
    while (parameters->given[count].keyword != NULL) {
        count++;
    }
    parameters->keywords = calloc(count + 1, sizeof *parameters->keywords);
    parameters->values = calloc(count + 1, sizeof *parameters->values);
    if (parameters->keywords == NULL || parameters->values == NULL) {
        return false;
    }
    for (size_t index = 0; index < count; index++) {
        parameters->keywords[index] = parameters->given[index].keyword;
        parameters->values[index] = parameters->given[index].val;
    }
    parameters->count = count;
    return true;
}

/* Takes `value` (from malloc) in the place of what the address says. */
static bool parameters_set(struct parameters *parameters, const char *keyword, char *value)
{
    if (value == NULL) {
        return false;
    }
    parameters->owned[parameters->owned_count++] = value;
    /* owned[] keeps the value. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
    for (size_t index = 0; index < parameters->count; index++) {
        if (strcmp(parameters->keywords[index], keyword) == 0) {
            parameters->values[index] = value;
        }
    }
    return true;
}

/* What the address says in `options` stays, but our settings come later and win. */
static char *merge_options(const struct parameters *parameters, const char *settings)
{
    const char *given = given_value(parameters, "options");
    char *merged = NULL;
    if (asprintf(&merged, "%s %s", given != NULL ? given : "", settings) < 0) {
        return NULL;
    }
    return merged;
}

static size_t list_length(const char *list)
{
    size_t length = 1;
    for (; *list != '\0'; list++) {
        length += *list == ',';
    }
    return length;
}

/* An element of a list such as "first,second"; where there is but one, such as one port, it counts for all.
 */
static char *list_element(const char *list, size_t index)
{
    if (list_length(list) == 1) {
        return strdup(list);
    }
    for (; index > 0; index--) {
        const char *comma = strchr(list, ',');
        list = comma != NULL ? comma + 1 : "";
    }
    return strndup(list, strcspn(list, ","));
}

static size_t host_count(const struct parameters *parameters)
{
    const char *addresses = given_value(parameters, "hostaddr");
    const char *hosts = given_value(parameters, "host");
    return addresses != NULL ? list_length(addresses) : hosts != NULL ? list_length(hosts) : 1;
}

static bool choose_host(struct parameters *parameters, size_t host)
{
    static const char *const lists[] = {"host", "hostaddr", "port"};
    for (size_t index = 0; index < sizeof lists / sizeof lists[0]; index++) {
        const char *list = given_value(parameters, lists[index]);
        if (list != NULL && !parameters_set(parameters, lists[index], list_element(list, host))) {
            return false;
        }
    }
    return true;
}

static bool parameters_make(struct parameters *parameters, const struct database *database, const char *url,
                            const char *settings, size_t host)
{
    return parameters_start(parameters, url) &&
           parameters_set(parameters, "options", merge_options(parameters, settings)) &&
           parameters_set(parameters, "application_name", strdup(database->application_name)) &&
           parameters_set(parameters, "client_encoding", strdup("UTF8")) &&
           (host == EACH_HOST || choose_host(parameters, host));
}

static const char *address(const struct database *database)
{
    return database->url != NULL ? database->url : database->configuration->database_url;
}

static PGconn *start(const struct database *database, size_t host)
{
    const struct configuration *configuration = database->configuration;
    char settings[512];
    snprintf(settings, sizeof settings, SETTINGS "%s", (long long)(configuration->statement_timeout / 1000),
             (long long)(configuration->lock_timeout / 1000),
             (long long)(configuration->request_timeout / 1000),
             database->only_reads           ? READING_ONLY
             : database->reaches_everything ? REACHING_EVERYTHING
                                            : "");
    struct parameters parameters;
    PGconn *connection = NULL;
    if (parameters_make(&parameters, database, address(database), settings, host)) {
        connection = PQconnectStartParams(parameters.keywords, parameters.values, 0);
    }
    parameters_free(&parameters);
    return connection;
}

static void complain(struct database *database)
{
    int64_t now = clock_monotonic();
    if (database->complained == 0 || now - database->complained >= COMPLAINT_INTERVAL) {
        database->complained = now;
        bool late = PQstatus(database->connection) != CONNECTION_BAD;
        LOG_WARNING("no connection to %s: %s%s", database->title, PQerrorMessage(database->connection),
                    late ? "no answer in time" : "");
    }
}

static bool make_ready(PGconn *connection)
{
    return PQsetnonblocking(connection, 1) == 0 && PQenterPipelineMode(connection) == 1;
}

/* Walks the connection through its opening, until the deadline. */
static bool finish_opening(struct database *database)
{
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    while (state != PGRES_POLLING_OK) {
        if (PQstatus(database->connection) == CONNECTION_BAD || state == PGRES_POLLING_FAILED ||
            !connection_wait(database, state == PGRES_POLLING_READING ? POLLIN : POLLOUT)) {
            return false;
        }
        state = PQconnectPoll(database->connection);
    }
    return make_ready(database->connection);
}

static bool open_host(struct database *database, size_t host)
{
    database->connection = start(database, host);
    if (database->connection == NULL) {
        return false;
    }
    PQsetNoticeReceiver(database->connection, connection_notice, database);
    if (finish_opening(database)) {
        return true;
    }
    complain(database);
    connection_drop(database);
    return false;
}

/* Each host once, beginning with the one that was good last; each gets its share of the time that is left. */
static bool open_any(struct database *database, size_t hosts)
{
    int64_t last = clock_monotonic() + database->configuration->connect_timeout;
    int64_t end = database->deadline < last ? database->deadline : last;
    database->host = hosts > 0 ? database->host % hosts : 0;
    for (size_t left = hosts; left > 0; left--) {
        int64_t now = clock_monotonic();
        database->deadline = now + (end - now) / (int64_t)left;
        if (open_host(database, database->host)) {
            return true;
        }
        database->host = (database->host + 1) % hosts;
    }
    return false;
}

static size_t hosts_configured(const struct database *database)
{
    struct parameters parameters;
    size_t hosts = parameters_start(&parameters, address(database)) ? host_count(&parameters) : 0;
    parameters_free(&parameters);
    return hosts;
}

enum problem connection_open(struct context *context)
{
    struct database *database = context->database;
    if (database->only_reads || clock_monotonic() < database->not_before) {
        return FAIL_PLAINLY(context, PROBLEM_UNAVAILABLE);
    }
    int64_t deadline = database->deadline;
    bool open = open_any(database, hosts_configured(database));
    database->deadline = deadline;
    if (!open) {
        database->not_before = clock_monotonic() + BACK_OFF_MINIMUM + random_below(BACK_OFF_JITTER);
        return FAIL_PLAINLY(context, PROBLEM_UNAVAILABLE);
    }
    database->complained = 0;
    LOG_DEBUG("connected to %s", database->title);
    return PROBLEM_NONE;
}

static enum opening fail_opening(struct database *database)
{
    if (database->connection != NULL) {
        complain(database);
        connection_drop(database);
    }
    database->host++;
    return OPENING_FAILED;
}

static enum opening begin_opening(struct database *database)
{
    size_t hosts = hosts_configured(database);
    database->host = hosts > 0 ? database->host % hosts : 0;
    database->connection = start(database, database->host);
    if (database->connection == NULL) {
        return fail_opening(database);
    }
    PQsetNoticeReceiver(database->connection, connection_notice, database);
    database->opening = true;
    database->opening_state = PGRES_POLLING_WRITING;
    database->opening_deadline = clock_monotonic() + database->configuration->connect_timeout;
    return OPENING_UNDER_WAY;
}

static bool is_moving(const struct database *database)
{
    bool reads = database->opening_state == PGRES_POLLING_READING;
    struct pollfd descriptor = {.fd = PQsocket(database->connection), .events = reads ? POLLIN : POLLOUT};
    return poll(&descriptor, 1, 0) > 0;
}

static enum opening go_on_opening(struct database *database)
{
    while (database->opening_state != PGRES_POLLING_OK) {
        if (PQstatus(database->connection) == CONNECTION_BAD ||
            database->opening_state == PGRES_POLLING_FAILED ||
            clock_monotonic() > database->opening_deadline) {
            return fail_opening(database);
        }
        if (!is_moving(database)) {
            return OPENING_UNDER_WAY;
        }
        database->opening_state = PQconnectPoll(database->connection);
    }
    if (!make_ready(database->connection)) {
        return fail_opening(database);
    }
    database->opening = false;
    LOG_INFO("connected to %s", database->title);
    return OPENING_DONE;
}

enum opening connection_advance(struct database *database)
{
    if (database->connection != NULL && !database->opening) {
        if (connection_is_usable(database)) {
            return OPENING_DONE;
        }
        LOG_INFO("the connection to %s is lost", database->title);
        connection_drop(database);
    }
    if (database->connection == NULL) {
        enum opening begun = begin_opening(database);
        if (begun == OPENING_FAILED) {
            return begun;
        }
    }
    return go_on_opening(database);
}

static const char *configuration_owner_url(const struct configuration *configuration)
{
    const char *url = configuration->migration_database_url;
    return url != NULL && url[0] != '\0' ? url : configuration->database_url;
}

bool connection_has_owner(const struct configuration *configuration)
{
    return configuration_owner_url(configuration) != configuration->database_url;
}

char *connection_program_role(const struct configuration *configuration)
{
    struct parameters parameters;
    char *role = NULL;
    if (parameters_start(&parameters, configuration->database_url)) {
        const char *user = given_value(&parameters, "user");
        role = user != NULL ? strdup(user) : NULL;
        parameters_free(&parameters);
    }
    return role;
}

/* libpq counts in whole seconds, for each host. */
static char *whole_seconds(int64_t microseconds)
{
    char *text = NULL;
    long long seconds = (microseconds + MICROSECONDS_PER_SECOND - 1) / MICROSECONDS_PER_SECOND;
    return asprintf(&text, "%lld", seconds) < 0 ? NULL : text;
}

PGconn *connection_open_plain(struct context *context)
{
    const struct database *database = context->database;
    const char *url = configuration_owner_url(database->configuration);
    struct parameters parameters;
    PGconn *connection = NULL;
    if (parameters_make(&parameters, database, url, PLAIN_SETTINGS, EACH_HOST) &&
        parameters_set(&parameters, "connect_timeout",
                       whole_seconds(database->configuration->connect_timeout))) {
        connection = PQconnectdbParams(parameters.keywords, parameters.values, 0);
    }
    parameters_free(&parameters);
    if (connection == NULL || PQstatus(connection) != CONNECTION_OK) {
        FAIL(context, PROBLEM_UNAVAILABLE, "No connection to PostgreSQL: %s",
             connection != NULL ? PQerrorMessage(connection) : "out of memory, or database_url is wrong");
        PQfinish(connection);
        return NULL;
    }
    return connection;
}
