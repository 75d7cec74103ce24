/* muster jobs: what the queue holds, and an operator's word about one job. */
#include "base/clock.h"
#include "command/change.h"
#include "command/commands.h"
#include "sql/statements.h"

#define USUAL_LIMIT   1000
#define HIGHEST_LIMIT 100000

static const char *const states[] = {"waiting", "running", "done", "failed", "cancelled"};
static const char *const texts[] = {"id", "kind", "organization_id", "state"};
static const char *const numbers[] = {"attempt", "attempts", "progress"};
static const char *const times[] = {"due_at", "created_at", "started_at", "finished_at"};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static int read_state(const struct command_line *line, struct value *state)
{
    const char *given = option_value(line, "state");

    *state = given != NULL ? value_string(given) : NULL_VALUE;
    for (size_t i = 0; given != NULL && i < COUNT(states); i++) {
        if (strcmp(given, states[i]) == 0) {
            return EXIT_DONE;
        }
    }
    return given == NULL
               ? EXIT_DONE
               : wrong_usage(line, "--state %s is not waiting, running, done, failed or cancelled", given);
}

static int read_limit(const struct command_line *line, struct value *limit)
{
    const char *given = option_value(line, "limit");
    int64_t number = USUAL_LIMIT;

    if (given != NULL && !text_to_integer(text_of(given), 1, HIGHEST_LIMIT, &number)) {
        return wrong_usage(line, "--limit %s is not a number from 1 to %d", given, HIGHEST_LIMIT);
    }
    *limit = value_integer(line->context.arena, number);
    return EXIT_DONE;
}

static void write_time(struct json_writer *json, const struct result *jobs, size_t row, const char *column)
{
    char text[CLOCK_TEXT_SIZE];

    json_key(json, column);
    if (result_null(jobs, row, column)) {
        json_null(json);
        return;
    }
    clock_write(result_time(jobs, row, column), text);
    json_string(json, text);
}

static void write_text(struct json_writer *json, const struct result *jobs, size_t row, const char *column)
{
    json_key(json, column);
    json_text(json, result_text(jobs, row, column));
}

static void write_job(struct json_writer *json, const struct result *jobs, size_t row)
{
    json_open_object(json);
    for (size_t i = 0; i < COUNT(texts); i++) {
        write_text(json, jobs, row, texts[i]);
    }
    for (size_t i = 0; i < COUNT(numbers); i++) {
        json_key(json, numbers[i]);
        json_integer(json, result_integer(jobs, row, numbers[i]));
    }
    write_text(json, jobs, row, "problem");
    write_text(json, jobs, row, "request_id");
    for (size_t i = 0; i < COUNT(times); i++) {
        write_time(json, jobs, row, times[i]);
    }
    json_close_object(json);
}

static void write_document(struct builder *out, const struct result *jobs)
{
    struct json_writer json;

    json_start(&json, out);
    json_open_array(&json);
    for (size_t row = 0; row < result_rows(jobs); row++) {
        write_job(&json, jobs, row);
    }
    json_close_array(&json);
    builder_add_character(out, '\n');
}

static void write_line(struct builder *out, const struct result *jobs, size_t row)
{
    char created[CLOCK_TEXT_SIZE];

    clock_write(result_time(jobs, row, "created_at"), created);
    builder_add_format(
        out, "%.*s %s %-9.*s %.*s attempt=%lld/%lld", TEXT_ARGUMENTS(result_text(jobs, row, "id")), created,
        TEXT_ARGUMENTS(result_text(jobs, row, "state")), TEXT_ARGUMENTS(result_text(jobs, row, "kind")),
        (long long)result_integer(jobs, row, "attempt"), (long long)result_integer(jobs, row, "attempts"));
    if (text_equal(result_text(jobs, row, "state"), TEXT("running"))) {
        builder_add_format(out, " progress=%lld%%", (long long)result_integer(jobs, row, "progress"));
    }
    if (!result_null(jobs, row, "organization_id")) {
        builder_add_format(out, " organization=%.*s",
                           TEXT_ARGUMENTS(result_text(jobs, row, "organization_id")));
    }
    if (!result_null(jobs, row, "problem")) {
        builder_add_format(out, " problem=\"%.*s\"", TEXT_ARGUMENTS(result_text(jobs, row, "problem")));
    }
    builder_add_character(out, '\n');
}

int command_jobs_list(struct command_line *line)
{
    struct sql_jobs_newest filter = {0};
    struct result *jobs = NULL;
    struct builder out;
    enum problem problem;
    int status = read_state(line, &filter.state);

    if (status == EXIT_DONE) {
        status = read_limit(line, &filter.limit);
    }
    if (status != EXIT_DONE) {
        return status;
    }
    problem = sql_jobs_newest(&line->context, filter, &jobs);
    if (problem != PROBLEM_NONE) {
        return refuse_problem(line, problem);
    }
    output_start(line, &out);
    if (line->json) {
        write_document(&out, jobs);
    }
    for (size_t row = 0; !line->json && row < result_rows(jobs); row++) {
        write_line(&out, jobs, row);
    }
    return output_end(line, &out);
}

/* What the statement says of the job that it was to change. */
static enum problem judge(struct context *context, const char *id, const struct result *rows,
                          const char *what)
{
    if (result_rows(rows) == 0) {
        return FAIL(context, PROBLEM_NOT_FOUND, "There is no job %s.", id);
    }
    if (!result_true(rows, 0, "done")) {
        return FAIL(context, PROBLEM_CONFLICT, "The job is %.*s; it cannot be %s.",
                    TEXT_ARGUMENTS(result_text(rows, 0, "state")), what);
    }
    return PROBLEM_NONE;
}

static enum problem retry(struct context *context, struct value id, struct result **rows)
{
    return sql_job_retry(context, (struct sql_job_retry){.id = id}, rows);
}

static enum problem cancel(struct context *context, struct value id, struct result **rows)
{
    return sql_job_cancel(context, (struct sql_job_cancel){.id = id}, rows);
}

static int change_job(struct command_line *line,
                      enum problem (*change)(struct context *context, struct value id, struct result **rows),
                      const char *what)
{
    const char *id = line->operands[0];
    struct result *rows;
    enum problem problem;

    if (!text_is_uuid(text_of(id))) {
        return wrong_usage(line, "%s is not an id", id);
    }
    change_begin(line);
    problem = change(&line->context, value_string(id), &rows);
    if (problem == PROBLEM_NONE) {
        problem = judge(&line->context, id, rows, what);
    }
    return line->json ? change_conclude(line, problem, "id", text_of(id)) : change_end(line, problem);
}

int command_jobs_retry(struct command_line *line)
{
    return change_job(line, retry, "tried again");
}

int command_jobs_cancel(struct command_line *line)
{
    return change_job(line, cancel, "cancelled");
}
