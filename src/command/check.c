/* muster check: what an operator wants to know before the server is started, or when it does not work. */
#include "command/commands.h"

#include <errno.h>
#include <libgen.h>
#include <unistd.h>

#include "base/clock.h"
#include "database/database.h"
#include "database/migrate.h"
#include "database/standby.h"
#include "openid/keys.h"
#include "process/sockets.h"
#include "sql/statements.h"

/* Sessions live by the server's clock, rows by that of the database. */
#define CLOCK_TOLERANCE MICROSECONDS_PER_SECOND

/* 2024-01-01: an earlier time is that of a machine without a clock. */
#define EARLIEST_TIME (INT64_C(1704067200) * MICROSECONDS_PER_SECOND)

struct report {
    struct command_line *line;
    struct builder out;
    struct json_writer json;
    bool failed;
};

static void add(struct report *report, const char *name, bool good, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void add(struct report *report, const char *name, bool good, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *about = arena_print_list(report->line->context.arena, format, arguments);
    va_end(arguments);
    report->failed = report->failed || !good;
    if (!report->line->json) {
        builder_add_format(&report->out, "%-14s %-7s %s\n", name, good ? "ok" : "failed", about);
        return;
    }
    json_key(&report->json, name);
    json_open_object(&report->json);
    json_key(&report->json, "ok");
    json_boolean(&report->json, good);
    json_key(&report->json, "about");
    json_string(&report->json, about);
    json_close_object(&report->json);
}

static bool check_configuration(struct report *report)
{
    struct command_line *line = report->line;
    char fault[512] = "";
    if (line->file == NULL) {
        line->file = configuration_default_file();
    }
    line->configuration = configuration_load(line->file, fault, sizeof(fault));
    line->context.configuration = line->configuration;
    bool good = line->configuration != NULL;
    const char *source = line->file != NULL ? line->file : "defaults and environment";
    add(report, "configuration", good, "%s", good ? source : fault);
    return good;
}

static const char *sentence(const struct context *context, enum problem problem)
{
    return context->detail != NULL ? context->detail : problem_detail(problem);
}

static bool check_schema(struct report *report)
{
    struct context *context = &report->line->context;
    int version = 0;
    enum problem problem = schema_version(context, &version);
    bool good = problem == PROBLEM_NONE && version == schema_version_expected();
    if (problem != PROBLEM_NONE) {
        add(report, "schema", false, "%s", sentence(context, problem));
        context_forgive(context);
    } else if (good) {
        add(report, "schema", true, "version %d", version);
    } else {
        add(report, "schema", false, "version %d, this program needs %d: run \"muster migrate\"", version,
            schema_version_expected());
    }
    return good;
}

static void check_row_security(struct report *report)
{
    struct context *context = &report->line->context;
    struct result *result = NULL;
    enum problem problem = sql_server_row_security(context, (struct sql_server_row_security){0}, &result);
    if (problem != PROBLEM_NONE || result_rows(result) == 0) {
        add(report, "row security", false, "not known: %s", sentence(context, problem));
        context_forgive(context);
        return;
    }
    struct text role = result_text(result, 0, "role");
    bool active = result_true(result, 0, "active");
    bool good = active && !result_true(result, 0, "owner");
    if (good) {
        add(report, "row security", true, "in force for %.*s", TEXT_ARGUMENTS(role));
    } else {
        add(report, "row security", false, "not in force: %.*s %s; see migration_database_url",
            TEXT_ARGUMENTS(role), active ? "owns the tables" : "is exempt from it");
    }
}

static void check_clock(struct report *report, int64_t database_time)
{
    int64_t now = clock_now();
    int64_t difference = now - database_time;
    char text[CLOCK_TEXT_SIZE];
    clock_write(now, text);
    if (now < EARLIEST_TIME) {
        add(report, "clock", false, "%s lies in the past", text);
    } else if (difference > CLOCK_TOLERANCE || difference < -CLOCK_TOLERANCE) {
        add(report, "clock", false, "%s, but that of the database differs by %lld ms", text,
            (long long)(difference / 1000));
    } else {
        add(report, "clock", true, "%s, as in the database", text);
    }
}

static void check_jobs(struct report *report)
{
    struct context *context = &report->line->context;
    struct result *result = NULL;
    enum problem problem = sql_jobs_summary(context, (struct sql_jobs_summary){0}, &result);
    if (problem != PROBLEM_NONE) {
        add(report, "jobs", false, "not known: %s", sentence(context, problem));
        context_forgive(context);
        return;
    }
    long long late = (long long)result_integer(result, 0, "late");
    add(report, "jobs", late == 0, "%lld waiting%s, %lld failed",
        (long long)result_integer(result, 0, "waiting"),
        late == 0 ? "" : " (for minutes; does any server do jobs?)",
        (long long)result_integer(result, 0, "failed"));
}

/* Whoever reads the database must not be able to sign, and this host must be. */
static void check_openid_keys(struct report *report)
{
    struct context *context = &report->line->context;
    struct text id;
    int64_t bare = 0;
    enum problem problem = openid_keys_check(context, &id, &bare);

    if (problem != PROBLEM_NONE) {
        add(report, "openid keys", false, "%s", sentence(context, problem));
        context_forgive(context);
    } else if (bare > 0) {
        add(report, "openid keys", false,
            "%lld not sealed yet; the next token or muster openid rotate seals them", (long long)bare);
    } else {
        add(report, "openid keys", true, "%s", id.data == NULL ? "none yet" : "sealed, and open here");
    }
}

static void check_standby(struct report *report)
{
    const char *sentence = NULL;
    bool good = standby_inspect(&report->line->context, &sentence);
    add(report, "standby", good, "%s%s", sentence, good ? "" : "; all reads go to the primary");
}

static void check_database(struct report *report)
{
    struct context *context = &report->line->context;
    struct result *result = NULL;
    enum problem problem = sql_server_clock(context, (struct sql_server_clock){0}, &result);
    if (problem != PROBLEM_NONE) {
        const char *about = sentence(context, problem);
        add(report, "database", false, "%s", about);
        add(report, "schema", false, "not known without the database");
        add(report, "row security", false, "not known without the database");
        add(report, "jobs", false, "not known without the database");
        add(report, "openid keys", false, "not known without the database");
        add(report, "standby", false, "not compared without the database");
        add(report, "clock", false, "not compared without the database");
        return;
    }
    int64_t now = result_time(result, 0, "now");
    add(report, "database", true, "PostgreSQL %.*s", TEXT_ARGUMENTS(result_text(result, 0, "version")));
    bool migrated = check_schema(report);
    check_row_security(report);
    if (migrated) {
        check_jobs(report);
        check_openid_keys(report);
    } else {
        add(report, "jobs", false, "not known before the schema is up to date");
        add(report, "openid keys", false, "not known before the schema is up to date");
    }
    check_standby(report);
    check_clock(report, now);
}

/* Nobody listens there: a server can if it may make the file. */
static void check_folder(struct report *report, const char *name, const char *address)
{
    const char *folder = dirname(arena_copy_string(report->line->context.arena, address));
    if (access(folder, W_OK) == 0) {
        add(report, name, true, "%s is free; no server is running there", address);
    } else {
        add(report, name, false, "%s cannot be made: %s: %s", address, folder, strerror(errno));
    }
}

static void check_socket(struct report *report, const char *name, const char *address)
{
    if (address[0] == '\0') {
        add(report, name, true, "not used");
    } else if (socket_answers(address)) {
        add(report, name, true, "a server is listening at %s", address);
    } else if (strchr(address, '/') != NULL && (errno == ENOENT || errno == ECONNREFUSED)) {
        check_folder(report, name, address);
    } else if (errno == ECONNREFUSED) {
        add(report, name, true, "%s is free; no server is running there", address);
    } else {
        add(report, name, false, "%s: %s", address, strerror(errno));
    }
}

static int check_all(struct report *report)
{
    struct command_line *line = report->line;
    if (!check_configuration(report)) {
        return EXIT_DONE;
    }
    line->context.database = database_create(line->configuration, "muster check");
    if (line->context.database == NULL) {
        return refuse(line, "memory is short");
    }
    database_reach_everything(line->context.database);
    context_start(&line->context, line->context.arena, line->configuration, line->context.database);
    check_database(report);
    check_socket(report, "socket", line->configuration->socket);
    check_socket(report, "slow_socket", line->configuration->slow_socket);
    check_socket(report, "health_socket", line->configuration->health_socket);
    return EXIT_DONE;
}

int command_check(struct command_line *line)
{
    struct report report = {.line = line};
    output_start(line, &report.out);
    json_start(&report.json, &report.out);
    if (line->json) {
        json_open_object(&report.json);
    }
    int status = check_all(&report);
    if (line->json) {
        json_close_object(&report.json);
        builder_add_character(&report.out, '\n');
    }
    if (status == EXIT_DONE) {
        status = output_end(line, &report.out);
    }
    return report.failed ? EXIT_REFUSED : status;
}
