/* muster audit: the events that changes left. */
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "command/commands.h"
#include "sql/statements.h"

#define USUAL_LIMIT   1000
#define HIGHEST_LIMIT 100000

/* What the command line asks for, as the statement takes it. */
static int read_organization(const struct command_line *line, struct value *organization)
{
    const char *given = option_value(line, "organization");

    if (given != NULL && !text_is_uuid(text_of(given))) {
        return wrong_usage(line, "--organization %s is not an id", given);
    }
    *organization = given != NULL ? value_string(given) : NULL_VALUE;
    return EXIT_DONE;
}

/* A time, or a date, which is its first moment in UTC. */
static int read_since(const struct command_line *line, struct value *since)
{
    const char *given = option_value(line, "since");
    int64_t time;

    *since = NULL_VALUE;
    if (given == NULL) {
        return EXIT_DONE;
    }
    if (clock_is_date(text_of(given))) {
        given = arena_print(line->context.arena, "%sT00:00:00Z", given);
    }
    if (!clock_read(text_of(given), &time)) {
        return wrong_usage(line, "--since %s is neither a date nor a time such as 2019-05-01T16:44:18Z",
                           given);
    }
    *since = value_time(line->context.arena, time);
    return EXIT_DONE;
}

static int read_limit(const struct command_line *line, struct value *limit)
{
    const char *given = option_value(line, "limit");
    char *end = NULL;
    long number = USUAL_LIMIT;

    if (given != NULL) {
        errno = 0;
        number = strtol(given, &end, 10);
        if (end == given || *end != '\0' || errno != 0 || number < 1 || number > HIGHEST_LIMIT) {
            return wrong_usage(line, "--limit %s is not a number from 1 to %d", given, HIGHEST_LIMIT);
        }
    }
    *limit = value_integer(line->context.arena, number);
    return EXIT_DONE;
}

static int read_filter(const struct command_line *line, struct sql_audit_events_newest *filter)
{
    const char *action = option_value(line, "action");
    int status = read_organization(line, &filter->organization);

    if (status == EXIT_DONE) {
        status = read_since(line, &filter->since);
    }
    if (status == EXIT_DONE) {
        status = read_limit(line, &filter->limit);
    }
    filter->action = action != NULL ? value_string(action) : NULL_VALUE;
    return status;
}

static const char *event_time(struct arena *arena, const struct result *events, size_t row)
{
    char text[CLOCK_TEXT_SIZE];

    clock_write(result_time(events, row, "at"), text);
    return arena_print(arena, "%s", text);
}

static void write_text(struct json_writer *json, const char *name, const struct result *events, size_t row)
{
    json_key(json, name);
    json_text(json, result_text(events, row, name));
}

/* What is JSON in the database already. */
static void write_values(struct json_writer *json, const char *name, const struct result *events, size_t row)
{
    struct text values = result_text(events, row, name);

    json_key(json, name);
    json_raw(json, values.data != NULL ? values : TEXT("null"));
}

static void write_thing(struct json_writer *json, const struct result *events, size_t row)
{
    json_key(json, "thing");
    json_open_object(json);
    json_key(json, "type");
    json_text(json, result_text(events, row, "thing_type"));
    json_key(json, "id");
    json_text(json, result_text(events, row, "thing_id"));
    write_text(json, "organization_id", events, row);
    json_close_object(json);
}

static void write_event(struct arena *arena, struct json_writer *json, const struct result *events,
                        size_t row)
{
    json_open_object(json);
    write_text(json, "id", events, row);
    json_key(json, "at");
    json_string(json, event_time(arena, events, row));
    write_text(json, "action", events, row);
    write_text(json, "actor", events, row);
    write_thing(json, events, row);
    write_text(json, "request_id", events, row);
    write_text(json, "address", events, row);
    write_values(json, "before", events, row);
    write_values(json, "after", events, row);
    json_close_object(json);
}

static void write_document(struct arena *arena, struct builder *out, const struct result *events)
{
    struct json_writer json;

    json_start(&json, out);
    json_open_array(&json);
    for (size_t row = 0; row < result_rows(events); row++) {
        write_event(arena, &json, events, row);
    }
    json_close_array(&json);
    builder_add_character(out, '\n');
}

/* Nothing for what is null. */
static void write_word(struct builder *out, const char *name, const char *column, const struct result *events,
                       size_t row)
{
    if (!result_null(events, row, column)) {
        builder_add_format(out, " %s=%.*s", name, TEXT_ARGUMENTS(result_text(events, row, column)));
    }
}

static void write_line(struct arena *arena, struct builder *out, const struct result *events, size_t row)
{
    builder_add_format(out, "%s %.*s", event_time(arena, events, row),
                       TEXT_ARGUMENTS(result_text(events, row, "action")));
    write_word(out, "thing", "thing_id", events, row);
    write_word(out, "organization", "organization_id", events, row);
    write_word(out, "actor", "actor", events, row);
    write_word(out, "operation", "operation", events, row);
    write_word(out, "request", "request_id", events, row);
    write_word(out, "address", "address", events, row);
    write_word(out, "before", "before", events, row);
    write_word(out, "after", "after", events, row);
    builder_add_character(out, '\n');
}

static int print_events(struct command_line *line, const struct result *events)
{
    struct arena *arena = line->context.arena;
    struct builder out;

    output_start(line, &out);
    if (line->json) {
        write_document(arena, &out, events);
    } else {
        for (size_t row = 0; row < result_rows(events); row++) {
            write_line(arena, &out, events, row);
        }
    }
    return output_end(line, &out);
}

int command_audit(struct command_line *line)
{
    struct sql_audit_events_newest filter = {0};
    struct result *events = NULL;
    enum problem problem;
    int status = read_filter(line, &filter);

    if (status != EXIT_DONE) {
        return status;
    }
    problem = sql_audit_events_newest(&line->context, filter, &events);
    return problem == PROBLEM_NONE ? print_events(line, events) : refuse_problem(line, problem);
}
