/* muster import-history: what was learned in another system, so that scores are right from the first day. */
#include <errno.h>
#include <unistd.h>

#include "access/audit.h"
#include "base/clock.h"
#include "base/csv.h"
#include "base/keys.h"
#include "command/commands.h"
#include "command/patience.h"
#include "sql/statements.h"

#define SCRATCH          ((size_t)512 << 20)
#define LONGEST_BATCH    ((size_t)16 << 20)
#define LINES_AT_ONCE    1000
#define MARKS_AT_ONCE    5000
#define LONGEST_EMPLOYEE 200

enum column { EMPLOYEE_ID, COURSE_ID, ASSIGNED_AT, DUE_ON, COMPLETED_AT, COLUMN_COUNT };

static const struct {
    const char *name;
    bool required;
} columns[COLUMN_COUNT] = {{"employee_id", true},
                           {"course_id", true},
                           {"assigned_at", true},
                           {"due_on", false},
                           {"completed_at", false}};

struct refusal {
    size_t line;
    const char *reason;
    struct refusal *next;
};

/* What lasts stands in the arena of the command line, the rest in that of `context`, a batch at a time. */
struct import {
    struct command_line *line;
    struct context context;
    struct value organization;
    struct csv csv;
    size_t places[COLUMN_COUNT]; /* in a record; CSV_MAXIMUM_FIELDS: the file has no such column */
    size_t width;                /* of a record */
    struct keys taken;           /* course and employee of the lines so far */
    int64_t imported;
    int64_t unchanged;
    int64_t refused;
    struct refusal *refusals;
    struct refusal **last_refusal;
};

static void refuse_line(struct import *import, size_t number, struct text reason)
{
    struct refusal *refusal = ARENA_NEW(import->line->context.arena, struct refusal);

    *refusal = (struct refusal){
        .line = number, .reason = arena_copy(import->line->context.arena, reason.data, reason.length)};
    *import->last_refusal = refusal;
    import->last_refusal = &refusal->next;
    import->refused++;
}

/* --- The header --- */

static size_t find_column(const struct csv_record *header, const char *name)
{
    for (size_t i = 0; i < header->count; i++) {
        if (text_equal_ignoring_case(text_trim(header->fields[i]), text_of(name))) {
            return i;
        }
    }
    return CSV_MAXIMUM_FIELDS;
}

static int read_header(struct import *import, const char *file)
{
    struct csv_record header;

    if (!csv_next(&import->csv, import->context.arena, &header)) {
        return refuse(import->line, "%s %s", file,
                      ferror(import->csv.file) != 0 ? "cannot be read" : "is empty");
    }
    if (header.fault != NULL) {
        return refuse(import->line, "%s, line %zu: %s", file, header.line, header.fault);
    }
    import->width = header.count;
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        import->places[i] = find_column(&header, columns[i].name);
        if (import->places[i] == CSV_MAXIMUM_FIELDS && columns[i].required) {
            return refuse(import->line, "%s has no column %s", file, columns[i].name);
        }
    }
    return EXIT_DONE;
}

/* --- One line --- */

static struct text field_of(const struct import *import, const struct csv_record *record, enum column column)
{
    size_t place = import->places[column];

    return place < record->count ? text_trim(record->fields[place]) : NO_TEXT;
}

/* A time, or a date, which is its first moment in UTC; none lies in the future. */
static const char *judge_time(struct import *import, const struct csv_record *record, enum column column)
{
    struct text given = field_of(import, record, column);
    struct arena *arena = import->context.arena;
    int64_t time;

    if (clock_is_date(given)) {
        given = text_of(arena_print(arena, "%.*sT00:00:00Z", TEXT_ARGUMENTS(given)));
    }
    if (!clock_read(given, &time)) {
        return arena_print(arena, "%s is neither a date nor a time such as 2019-05-01T16:44:18Z.",
                           columns[column].name);
    }
    return time > import->context.now ? arena_print(arena, "%s lies in the future.", columns[column].name)
                                      : NULL;
}

static const char *judge_times(struct import *import, const struct csv_record *record)
{
    struct text due = field_of(import, record, DUE_ON);
    const char *fault = judge_time(import, record, ASSIGNED_AT);

    if (fault == NULL && !text_is_empty(due) && !clock_is_date(due)) {
        return "due_on is not a date such as 2019-05-01.";
    }
    if (fault == NULL && !text_is_empty(field_of(import, record, COMPLETED_AT))) {
        fault = judge_time(import, record, COMPLETED_AT);
    }
    return fault;
}

static const char *judge_double(struct import *import, const struct csv_record *record)
{
    struct arena *arena = import->context.arena;
    const char *key = arena_print(arena, "%.*s,%.*s", TEXT_ARGUMENTS(field_of(import, record, COURSE_ID)),
                                  TEXT_ARGUMENTS(field_of(import, record, EMPLOYEE_ID)));
    size_t earlier = keys_add(&import->taken, text_of(key), record->line);

    return earlier == 0 ? NULL
                        : arena_print(arena, "employee_id and course_id are those of line %zu.", earlier);
}

/* NULL: as far as can be told without the database nothing is wrong with it. */
static const char *judge(struct import *import, const struct csv_record *record)
{
    struct text employee = field_of(import, record, EMPLOYEE_ID);
    const char *fault;

    if (record->fault != NULL) {
        return record->fault;
    }
    if (record->count > import->width) {
        return "There are more fields than in the header.";
    }
    if (text_is_empty(employee) || text_characters(employee) > LONGEST_EMPLOYEE) {
        return "employee_id is missing or too long.";
    }
    if (!text_is_uuid(field_of(import, record, COURSE_ID))) {
        return "course_id is not an id.";
    }
    fault = judge_times(import, record);
    return fault != NULL ? fault : judge_double(import, record);
}

static void write_line(const struct import *import, struct json_writer *json, const struct csv_record *record)
{
    json_open_object(json);
    json_key(json, "number");
    json_integer(json, (int64_t)record->line);
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        struct text field = field_of(import, record, (enum column)i);

        json_key(json, columns[i].name);
        json_text(json, text_is_empty(field) ? NO_TEXT : field);
    }
    json_close_object(json);
}

/* --- Many lines --- */

/* Reads lines up to a batch, and writes the good ones as JSON; false at the end of the file. */
static bool read_batch(struct import *import, struct builder *batch)
{
    struct json_writer json;
    struct csv_record record;
    bool more = true;

    builder_start(batch, import->context.arena, 65536, LONGEST_BATCH);
    json_start(&json, batch);
    json_open_array(&json);
    for (int lines = 0; lines < LINES_AT_ONCE && more; lines++) {
        const char *fault;

        more = csv_next(&import->csv, import->context.arena, &record);
        if (!more) {
            break;
        }
        fault = judge(import, &record);
        if (fault != NULL) {
            refuse_line(import, record.line, text_of(fault));
        } else {
            write_line(import, &json, &record);
        }
    }
    json_close_array(&json);
    builder_add_character(batch, '\0');
    return more;
}

static enum problem store_batch(struct import *import, const struct builder *batch)
{
    struct result *rows;

    TRY(sql_history_import(
        &import->context,
        (struct sql_history_import){.organization = import->organization, .lines = value_string(batch->data)},
        &rows));
    for (size_t row = 0; row < result_rows(rows); row++) {
        if (!result_null(rows, row, "reason")) {
            refuse_line(import, (size_t)result_integer(rows, row, "number"),
                        result_text(rows, row, "reason"));
        } else if (result_true(rows, row, "changed")) {
            import->imported++;
        } else {
            import->unchanged++;
        }
    }
    return PROBLEM_NONE;
}

static void show_progress(const struct import *import)
{
    if (isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r%zu lines", import->csv.line - 1);
    }
}

static enum problem store_all(struct import *import)
{
    bool more = true;

    while (more) {
        struct arena_mark mark = arena_mark(import->context.arena);
        struct builder batch;

        more = read_batch(import, &batch);
        TRY(store_batch(import, &batch));
        arena_rewind(import->context.arena, mark);
        show_progress(import);
    }
    return PROBLEM_NONE;
}

/* In the same transaction, so that whoever sees the history sees its scores. */
static enum problem refresh_scores(struct import *import)
{
    struct context *context = &import->context;
    struct result *rows;

    do {
        TRY(sql_scores_refresh(
            context,
            (struct sql_scores_refresh){.organization = import->organization,
                                        .at_most = value_integer(context->arena, MARKS_AT_ONCE)},
            &rows));
    } while (result_true(rows, 0, "more"));
    return PROBLEM_NONE;
}

static enum problem import_all(struct import *import)
{
    struct context *context = &import->context;
    struct result *rows;

    audit_begin(context, import->line->command->name);
    TRY(sql_organization_exists(
        context, (struct sql_organization_exists){.organization = import->organization}, &rows));
    if (result_rows(rows) == 0) {
        return FAIL(context, PROBLEM_NOT_FOUND, "There is no organization %s.", import->organization.data);
    }
    TRY(store_all(import));
    if (ferror(import->csv.file) != 0) {
        return FAIL(context, PROBLEM_INTERNAL, "The file cannot be read to its end.");
    }
    TRY(refresh_scores(import));
    return database_commit(context);
}

/* --- The report --- */

/* Refusals come from reading and from the database; they are told in the order of their lines. */
static int compare_refusals(const void *left, const void *right)
{
    const struct refusal *first = *(const struct refusal *const *)left;
    const struct refusal *second = *(const struct refusal *const *)right;

    return (first->line > second->line) - (first->line < second->line);
}

static struct refusal **sort_refusals(const struct import *import)
{
    struct refusal **sorted =
        ARENA_ARRAY(import->line->context.arena, struct refusal *, (size_t)import->refused + 1);
    size_t count = 0;

    for (struct refusal *refusal = import->refusals; refusal != NULL; refusal = refusal->next) {
        sorted[count++] = refusal;
    }
    qsort(sorted, count, sizeof(sorted[0]), compare_refusals);
    return sorted;
}

static void write_report(const struct import *import, struct builder *output)
{
    builder_add_format(output, "%lld imported, %lld unchanged, %lld refused\n", (long long)import->imported,
                       (long long)import->unchanged, (long long)import->refused);
    for (struct refusal **refusal = sort_refusals(import); *refusal != NULL; refusal++) {
        builder_add_format(output, "line %zu: %s\n", (*refusal)->line, (*refusal)->reason);
    }
}

static void write_document(const struct import *import, struct builder *output)
{
    struct json_writer json;

    json_start(&json, output);
    json_open_object(&json);
    json_key(&json, "imported");
    json_integer(&json, import->imported);
    json_key(&json, "unchanged");
    json_integer(&json, import->unchanged);
    json_key(&json, "refused");
    json_open_array(&json);
    for (struct refusal **refusal = sort_refusals(import); *refusal != NULL; refusal++) {
        json_open_object(&json);
        json_key(&json, "line");
        json_integer(&json, (int64_t)(*refusal)->line);
        json_key(&json, "reason");
        json_string(&json, (*refusal)->reason);
        json_close_object(&json);
    }
    json_close_array(&json);
    json_close_object(&json);
    builder_add_character(output, '\n');
}

static int report(const struct import *import)
{
    struct builder output;
    int status;

    output_start(import->line, &output);
    if (import->line->json) {
        write_document(import, &output);
    } else {
        write_report(import, &output);
    }
    status = output_end(import->line, &output);
    return status == EXIT_DONE && import->refused > 0 ? EXIT_REFUSED : status;
}

/* --- The command --- */

static int run(struct import *import, const char *file)
{
    int status = read_header(import, file);
    enum problem problem;

    if (status != EXIT_DONE) {
        return status;
    }
    problem = import_all(import);
    if (problem != PROBLEM_NONE) {
        database_rollback(import->context.database);
        import->line->context.faults = import->context.faults;
        import->line->context.detail = import->context.detail;
        return refuse_problem(import->line, problem);
    }
    return report(import);
}

static int run_with_scratch(struct command_line *line, const char *file, FILE *stream)
{
    struct import import = {.line = line,
                            .context = line->context,
                            .organization = value_string(option_value(line, "organization"))};
    int status;

    import.last_refusal = &import.refusals;
    import.context.arena = arena_create(SCRATCH);
    if (import.context.arena == NULL) {
        return refuse(line, "memory is short");
    }
    csv_start(&import.csv, stream);
    keys_start(&import.taken, line->context.arena);
    status = run(&import, file);
    arena_destroy(import.context.arena);
    return status;
}

int command_import_history(struct command_line *line)
{
    const char *organization = option_value(line, "organization");
    const char *file = line->operands[0];
    FILE *stream;
    int status;

    if (!text_is_uuid(text_of(organization))) {
        return wrong_usage(line, "--organization %s is not an id", organization);
    }
    stream = fopen(file, "re");
    if (stream == NULL) {
        return refuse(line, "%s: %s", file, strerror(errno));
    }
    be_patient(line);
    status = run_with_scratch(line, file, stream);
    fclose(stream);
    return status;
}
