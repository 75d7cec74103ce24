/* One import is one transaction: the lines are copied beside the directory, judged, compared with it as a
 * whole, and what differs is written. */
#include <sys/stat.h>

#include "access/audit.h"
#include "config/config.h"
#include "database/copy.h"
#include "roster/lines.h"
#include "roster/roster.h"
#include "roster/seen.h"
#include "sql/statements.h"

#define ATTEMPTS 3

/* Lines are sent in pieces of about this size; the longest line is twice as long where all of it is escaped.
 */
#define PIECE         ((size_t)64 << 10)
#define LONGEST_PIECE (PIECE + 4 * CSV_MAXIMUM_RECORD)
#define SCRATCH       ((size_t)16 << 20)
#define MARKS         ((size_t)128 << 20)

struct reading {
    struct context *context;
    const struct roster_import *import;
    struct roster_report *report;
    struct arena *scratch; /* of one piece */
    struct csv csv;
    struct roster_header header;
    struct seen seen; /* the employee_ids so far */
    int64_t lines;
    int64_t absent;  /* of those who leave: in no line */
    int64_t present; /* who could be absent */
    off_t size;      /* of the file; 0: unknown */
};

static void tell_progress(const struct roster_import *import, const char *step, int percent)
{
    if (import->progress != NULL) {
        import->progress(import->argument, step, percent);
    }
}

static void begin(struct context *context, const struct roster_import *import)
{
    if (import->job != NULL) {
        job_begin(context, import->job);
    } else {
        audit_begin(context, import->operation);
    }
}

static enum problem commit(struct context *context, const struct roster_import *import)
{
    return import->job != NULL ? job_commit(context, import->job) : database_commit(context);
}

/* --- Reading --- */

static enum problem refuse_file(struct reading *reading, const char *reason)
{
    reading->report->fault = arena_copy_string(reading->context->arena, reason);
    return FAIL(reading->context, PROBLEM_REFUSED, "%s", reason);
}

static enum problem refuse_encoding(struct reading *reading, size_t line)
{
    return refuse_file(reading, arena_print(reading->scratch,
                                            "Line %zu is not UTF-8: the file seems to be in Latin-1 or "
                                            "another encoding. Save it as UTF-8.",
                                            line));
}

static enum problem read_header(struct reading *reading)
{
    struct csv_record *record = ARENA_NEW(reading->scratch, struct csv_record);
    const char *fault;

    if (!csv_next(&reading->csv, reading->scratch, record)) {
        return refuse_file(reading, ferror(reading->import->file) != 0 ? "The file cannot be read."
                                                                       : "The file is empty.");
    }
    if (record->foreign) {
        return refuse_encoding(reading, record->line);
    }
    fault = record->fault != NULL ? arena_print(reading->scratch, "The header: %s", record->fault)
                                  : roster_header_read(&reading->header, record, reading->scratch);
    return fault == NULL ? PROBLEM_NONE : refuse_file(reading, fault);
}

/* One line to the piece; a refused one too, where it tells whose it is. */
static void take_line(struct reading *reading, const struct csv_record *record, struct builder *piece)
{
    struct roster_line line;

    roster_line_read(&line, &reading->header, record, reading->scratch);
    if (line.fault != NULL) {
        report_refuse(reading->report, line.number, text_of(line.fault));
    }
    if (!text_is_empty(line.fields[ROSTER_EMPLOYEE_ID])) {
        seen_add(&reading->seen, line.fields[ROSTER_EMPLOYEE_ID]);
        roster_line_copy(&line, piece);
    }
}

/* Fills one piece; `more` becomes false at the end of the file. */
static enum problem read_piece(struct reading *reading, struct builder *piece, bool *more)
{
    struct csv_record *record = ARENA_NEW(reading->scratch, struct csv_record);

    builder_start(piece, reading->scratch, 2 * PIECE, LONGEST_PIECE);
    while (piece->length < PIECE) {
        *more = csv_next(&reading->csv, reading->scratch, record);
        if (!*more) {
            return PROBLEM_NONE;
        }
        if (record->foreign) {
            return refuse_encoding(reading, record->line);
        }
        if (++reading->lines > ROSTER_MAXIMUM_LINES) {
            return refuse_file(reading, "The file has more than 2000000 lines.");
        }
        take_line(reading, record, piece);
    }
    return PROBLEM_NONE;
}

static void tell_place(const struct reading *reading)
{
    off_t place = reading->size > 0 ? ftello(reading->import->file) : 0;

    tell_progress(reading->import, "reading", place > 0 ? (int)(place * 100 / reading->size) : 0);
}

static enum problem copy_pieces(struct reading *reading)
{
    bool more = true;

    while (more) {
        struct arena_mark mark = arena_mark(reading->scratch);
        struct builder piece;

        TRY(read_piece(reading, &piece, &more));
        TRY(copy_add(reading->context, builder_text(&piece)));
        arena_rewind(reading->scratch, mark);
        tell_place(reading);
    }
    return ferror(reading->import->file) == 0 ? PROBLEM_NONE
                                              : refuse_file(reading, "The file cannot be read to its end.");
}

static enum problem copy_lines(struct reading *reading)
{
    enum problem problem;

    TRY(copy_start(reading->context, ROSTER_LINES));
    problem = copy_pieces(reading);
    if (problem != PROBLEM_NONE) {
        copy_abandon(reading->context);
        return problem;
    }
    return copy_end(reading->context);
}

/* --- Judging and comparing --- */

static struct value organization_of(const struct reading *reading)
{
    return value_string(reading->import->organization);
}

static enum problem judge(struct reading *reading)
{
    struct result *rows;

    tell_progress(reading->import, "comparing", 0);
    TRY(sql_roster_judge(reading->context,
                         (struct sql_roster_judge){.organization = organization_of(reading),
                                                   .twins = value_boolean(reading->seen.twins)},
                         &rows));
    for (size_t row = 0; row < result_rows(rows); row++) {
        report_refuse(reading->report, result_integer(rows, row, "number"), result_text(rows, row, "reason"));
    }
    report_sort(reading->report);
    return PROBLEM_NONE;
}

/* Too many people who are missing are more likely a broken file than a wave of leavers. */
static enum problem check_removals(struct reading *reading)
{
    int64_t limit = reading->import->max_removals;

    if (reading->absent * ROSTER_WHOLE <= limit * reading->present) {
        return PROBLEM_NONE;
    }
    return refuse_file(reading, arena_print(reading->scratch,
                                            "%lld of %lld people are not in the file, which is more than "
                                            "%lld.%02lld %%.",
                                            (long long)reading->absent, (long long)reading->present,
                                            (long long)(limit / 100), (long long)(limit % 100)));
}

static enum problem plan(struct reading *reading)
{
    struct roster_report *report = reading->report;
    const struct roster_header *header = &reading->header;
    struct result *rows;

    TRY(sql_roster_plan(reading->context,
                        (struct sql_roster_plan){
                            .organization = organization_of(reading),
                            .has_email = value_boolean(roster_header_has(header, ROSTER_EMAIL)),
                            .has_job_title = value_boolean(roster_header_has(header, ROSTER_JOB_TITLE)),
                            .has_team = value_boolean(roster_header_has(header, ROSTER_TEAM)),
                            .has_language = value_boolean(roster_header_has(header, ROSTER_LANGUAGE_CODE))},
                        &rows));
    report->joined = result_integer(rows, 0, "joined");
    report->changed = result_integer(rows, 0, "changed");
    report->returned = result_integer(rows, 0, "returned");
    report->left = result_integer(rows, 0, "gone");
    report->unchanged = reading->lines - report->refused - result_integer(rows, 0, "touched");
    report->teams_made = result_integer(rows, 0, "teams_made");
    reading->absent = result_integer(rows, 0, "absent");
    reading->present = result_integer(rows, 0, "present");
    return PROBLEM_NONE;
}

static enum problem tell_differences(struct reading *reading)
{
    struct context *context = reading->context;
    struct result *rows;

    TRY(sql_roster_differences(
        context,
        (struct sql_roster_differences){.at_most = value_integer(context->arena, ROSTER_MAXIMUM_DIFFERENCES)},
        &rows));
    for (size_t row = 0; row < result_rows(rows); row++) {
        struct text fields = result_text(rows, row, "fields");

        report_differ(reading->report,
                      (struct roster_difference){
                          .kind = result_text(rows, row, "kind").data,
                          .line = result_null(rows, row, "number") ? 0 : result_integer(rows, row, "number"),
                          .employee_id = result_text(rows, row, "employee_id"),
                          .first_name = result_text(rows, row, "first_name"),
                          .last_name = result_text(rows, row, "last_name"),
                          .fields = text_is_empty(fields) ? NO_TEXT : fields});
    }
    return PROBLEM_NONE;
}

/* --- Writing --- */

/* What the list of imports shows. */
static struct value stored_report(struct context *context, const struct roster_report *report)
{
    struct builder output;

    builder_start(&output, context->arena, 4096, (size_t)1 << 20);
    report_write(report, &output, ROSTER_STORED_REFUSALS);
    builder_add_character(&output, '\0');
    return value_string(output.data);
}

static enum problem note(struct context *context, const struct roster_import *import, const char *status,
                         struct value report, struct result **rows)
{
    return sql_membership_import_note(
        context,
        (struct sql_membership_import_note){.organization = value_string(import->organization),
                                            .key = value_string(import->key),
                                            .status = value_string(status),
                                            .report = report},
        rows);
}

static enum problem apply(struct reading *reading)
{
    struct context *context = reading->context;
    struct value id;
    struct result *rows;

    tell_progress(reading->import, "writing", 0);
    TRY(note(context, reading->import, "complete", stored_report(context, reading->report), &rows));
    id = value_text(arena_copy_text(context->arena, result_text(rows, 0, "id")));
    TRY(sql_roster_apply(context,
                         (struct sql_roster_apply){
                             .organization = organization_of(reading),
                             .import = id,
                             .invitations_until = value_time(
                                 context->arena, context->now + context->configuration->invitation_lifetime)},
                         &rows));
    return sql_membership_import_complete(context, (struct sql_membership_import_complete){.import = id},
                                          &rows);
}

/* --- The whole --- */

static enum problem carry_out(struct reading *reading)
{
    struct context *context = reading->context;
    struct result *rows;

    begin(context, reading->import);
    TRY(job_progress(context, reading->import->job, 0));
    TRY(sql_roster_open(context, (struct sql_roster_open){.organization = organization_of(reading)}, &rows));
    TRY(read_header(reading));
    TRY(copy_lines(reading));
    TRY(judge(reading));
    TRY(plan(reading));
    if (reading->import->dry_run) {
        TRY(tell_differences(reading));
    }
    TRY(check_removals(reading));
    if (reading->import->dry_run) {
        database_rollback(context->database);
        return PROBLEM_NONE;
    }
    TRY(apply(reading));
    return commit(context, reading->import);
}

static off_t size_of(FILE *file)
{
    struct stat status;

    return fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode) ? status.st_size : 0;
}

static enum problem attempt(struct context *context, const struct roster_import *import,
                            struct roster_report *report, struct arena *scratch, struct arena *marks)
{
    struct reading reading = {.context = context,
                              .import = import,
                              .report = report,
                              .scratch = scratch,
                              .size = size_of(import->file)};

    report_start(report, context->arena);
    report->dry_run = import->dry_run;
    csv_start(&reading.csv, import->file);
    seen_start(&reading.seen, marks);
    return carry_out(&reading);
}

/* In a transaction of its own, behind the one that was rolled back. */
static enum problem note_refusal(struct context *context, const struct roster_import *import,
                                 const struct roster_report *report)
{
    struct result *rows;

    context_forgive(context);
    if (!import->dry_run) {
        begin(context, import);
        TRY(note(context, import, "error", stored_report(context, report), &rows));
        TRY(database_commit(context));
    }
    return FAIL(context, PROBLEM_REFUSED, "%s", report->fault);
}

static void destroy_arena(void *arena)
{
    arena_destroy(arena);
}

/* It goes with the context's arena, however that ends. */
static struct arena *arena_beside(struct context *context, size_t maximum)
{
    struct arena *arena = arena_create(maximum);

    if (arena != NULL) {
        arena_on_reset(context->arena, destroy_arena, arena);
    }
    return arena;
}

enum problem roster_import(struct context *context, const struct roster_import *import,
                           struct roster_report *report)
{
    struct arena *scratch = arena_beside(context, SCRATCH);
    struct arena *marks = arena_beside(context, MARKS);
    enum problem problem = PROBLEM_RETRY;

    if (scratch == NULL || marks == NULL) {
        return FAIL_PLAINLY(context, PROBLEM_UNAVAILABLE);
    }
    for (int attempts = 0; problem == PROBLEM_RETRY && attempts < ATTEMPTS; attempts++) {
        context_forgive(context);
        rewind(import->file);
        problem = attempt(context, import, report, scratch, marks);
        if (problem != PROBLEM_NONE) {
            database_rollback(context->database);
        }
        arena_reset(scratch);
        arena_reset(marks);
    }
    return problem == PROBLEM_REFUSED && report->fault != NULL ? note_refusal(context, import, report)
                                                               : problem;
}

enum problem roster_undo(struct context *context, const char *organization, const char *operation,
                         int64_t *people)
{
    struct result *rows;

    audit_begin(context, operation);
    TRY(sql_roster_undo(context, (struct sql_roster_undo){.organization = value_string(organization)},
                        &rows));
    if (result_rows(rows) == 0) {
        return FAIL(context, PROBLEM_NOT_FOUND, "There is no import that can be undone.");
    }
    *people = result_integer(rows, 0, "people");
    return database_commit(context);
}
