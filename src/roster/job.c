/* An uploaded file is imported apart from any request; whoever uploaded it finds the report in the list of
 * imports. */
#include "config/config.h"
#include "database/database.h"
#include "roster/roster.h"
#include "sql/statements.h"
#include "storage/storage.h"

static const struct field payload_fields[] = {
    {.name = "organization_id", .type = FIELD_UUID, .about = "The organization.", .required = true},
    {.name = "key", .type = FIELD_TEXT, .about = "Key of the uploaded file.", .required = true},
};
static const struct shape payload_shape =
    SHAPE("MembershipImportJob", "A file of people that was uploaded.", payload_fields);

struct upload {
    struct context *context;
    const struct job *job;
    const char *organization;
    const char *key;
};

static enum problem note(const struct upload *upload, const char *status, const char *report)
{
    struct result *rows;

    return sql_membership_import_note(
        upload->context,
        (struct sql_membership_import_note){.organization = value_string(upload->organization),
                                            .key = value_string(upload->key),
                                            .status = value_string(status),
                                            .report = value_string(report)},
        &rows);
}

/* From here on the list shows it. False where an attempt before this one was done with the file, and only its
 * job was not told. */
static enum problem begin(const struct upload *upload, bool *due)
{
    struct context *context = upload->context;
    struct result *rows;

    job_begin(context, upload->job);
    TRY(sql_membership_import_state(
        context,
        (struct sql_membership_import_state){.organization = value_string(upload->organization),
                                             .key = value_string(upload->key)},
        &rows));
    *due = result_rows(rows) == 0 || text_equal_string(result_text(rows, 0, "status"), "progressing");
    if (*due) {
        TRY(note(upload, "progressing", NULL));
    }
    return database_commit(context);
}

static enum problem import(const struct upload *upload, FILE *file)
{
    struct roster_report report;
    enum problem problem = roster_import(upload->context,
                                         &(struct roster_import){.file = file,
                                                                 .organization = upload->organization,
                                                                 .key = upload->key,
                                                                 .job = upload->job,
                                                                 .max_removals = ROSTER_DEFAULT_REMOVALS},
                                         &report);

    /* Another import of the organization will be over in a while. */
    return problem == PROBLEM_CONFLICT ? PROBLEM_RETRY : problem;
}

/* What the list tells of a file that could not even be tried, or was tried too often. */
static enum problem note_failure(const struct upload *upload, const char *reason)
{
    struct context *context = upload->context;
    struct roster_report report;
    struct builder output;

    report_start(&report, context->arena);
    report.fault = reason;
    builder_start(&output, context->arena, 512, 65536);
    report_write(&report, &output, 0);
    builder_add_character(&output, '\0');
    job_begin(context, upload->job);
    TRY(note(upload, "error", output.data));
    return database_commit(context);
}

/* The failure of the job itself is kept; that of its note would hide it. */
static enum problem conclude(const struct upload *upload, enum problem problem)
{
    struct context *context = upload->context;
    bool last = problem_status(problem) < 500 || upload->job->attempt >= upload->job->attempts;
    const char *reason = context->detail != NULL ? context->detail : problem_detail(problem);

    database_rollback(context->database);
    if (!last || problem == PROBLEM_REFUSED) {
        return problem;
    }
    context_forgive(context);
    if (note_failure(upload, reason) != PROBLEM_NONE) {
        database_rollback(context->database);
        context_forgive(context);
    }
    return FAIL(context, problem, "%s", reason);
}

static void close_file(void *file)
{
    (void)fclose(file);
}

static enum problem import_upload(const struct upload *upload)
{
    struct context *context = upload->context;
    struct text key = text_of(upload->key);
    enum problem problem;
    FILE *file;
    bool due;

    TRY(begin(upload, &due));
    if (due) {
        TRY(storage_open(context, key, &file));
        arena_on_reset(context->arena, close_file, file);
        problem = import(upload, file);
        if (problem != PROBLEM_NONE && problem_status(problem) >= 500) {
            return problem;
        }
        if (problem != PROBLEM_NONE) {
            storage_remove(context, key);
            return problem;
        }
    }
    storage_remove(context, key);
    return PROBLEM_NONE;
}

enum problem membership_import(struct context *context, const struct job *job)
{
    struct values values;
    struct upload upload = {.context = context, .job = job};
    enum problem problem;

    TRY(job_payload(context, job, &payload_shape, &values));
    upload.organization = text_value(&values, "organization_id").data;
    upload.key = text_value(&values, "key").data;
    problem = import_upload(&upload);
    return problem == PROBLEM_NONE ? PROBLEM_NONE : conclude(&upload, problem);
}
