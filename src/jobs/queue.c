/* Adding jobs, and what a job's function may do with the one that it was given. */
#include "access/audit.h"
#include "base/random.h"
#include "jobs/kinds.h"
#include "jobs/runner.h"
#include "sql/statements.h"
#include "json/json.h"

enum problem job_add(struct context *context, const struct job_request *request, struct text *id)
{
    const struct job_kind *kind = job_kind_find(job_kinds, text_of(request->kind));
    char uuid[UUID_TEXT_SIZE];
    struct result *rows;

    if (kind == NULL) {
        return FAIL_PLAINLY(context, PROBLEM_INTERNAL);
    }
    random_uuid(uuid);
    if (id != NULL) {
        *id = text_of(arena_copy_string(context->arena, uuid));
    }
    return sql_job_add(
        context,
        (struct sql_job_add){.id = value_string(uuid),
                             .kind = value_string(kind->name),
                             .pool = value_string(job_pool_name(kind->pool)),
                             .organization = value_text(request->organization_id),
                             .payload =
                                 value_text(request->payload.data != NULL ? request->payload : TEXT("{}")),
                             .attempts = value_integer(context->arena, kind->attempts),
                             .lease_seconds = value_integer(context->arena, kind->lease_seconds),
                             .delay = value_integer(context->arena, request->delay),
                             .request_id = value_text(context->request_id)},
        &rows);
}

enum problem job_payload(struct context *context, const struct job *job, const struct shape *shape,
                         struct values *values)
{
    struct json_object *object;

    TRY(json_parse_object(context, job->payload, &object));
    return decode_object(context, shape, object, values);
}

static enum problem lost(struct context *context)
{
    return FAIL(context, PROBLEM_CONFLICT, "The job was cancelled, or another process has it by now.");
}

enum problem job_progress(struct context *context, const struct job *job, int percent)
{
    struct result *rows;

    if (job == NULL) {
        return PROBLEM_NONE;
    }
    if (runner_must_leave()) {
        return FAIL(context, PROBLEM_UNAVAILABLE, "The server stops.");
    }
    TRY(sql_job_keep(context,
                     (struct sql_job_keep){.id = value_text(job->id),
                                           .lease = value_text(job->lease),
                                           .progress = value_integer(context->arena, percent)},
                     &rows));
    if (result_rows(rows) == 0) {
        return lost(context);
    }
    runner_prolong(job);
    return PROBLEM_NONE;
}

enum problem job_postpone(struct context *context, const struct job *job, int64_t pause, const char *reason)
{
    struct result *rows;

    TRY(sql_job_postpone(context,
                         (struct sql_job_postpone){.id = value_text(job->id),
                                                   .lease = value_text(job->lease),
                                                   .pause = value_integer(context->arena, pause),
                                                   .problem = value_string(reason)},
                         &rows));
    runner_note_unfinished();
    return PROBLEM_NONE;
}

enum problem job_drop(struct context *context, const struct job *job, const char *reason)
{
    struct result *rows;

    TRY(sql_job_drop(context,
                     (struct sql_job_drop){.id = value_text(job->id),
                                           .lease = value_text(job->lease),
                                           .problem = value_string(reason)},
                     &rows));
    runner_note_unfinished();
    return PROBLEM_NONE;
}

void job_begin(struct context *context, const struct job *job)
{
    audit_begin(context, arena_copy(context->arena, job->kind.data, job->kind.length));
}

enum problem job_commit(struct context *context, const struct job *job)
{
    struct result *rows;

    TRY(sql_job_done(
        context, (struct sql_job_done){.id = value_text(job->id), .lease = value_text(job->lease)}, &rows));
    if (result_rows(rows) == 0) {
        database_rollback(context->database);
        return lost(context);
    }
    return database_commit(context);
}
