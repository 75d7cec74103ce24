/* Another store is asked at growing pauses for each address that is out, and for none when no address is. */
#include "roster/upload.h"

#include "base/clock.h"
#include "config/config.h"
#include "database/database.h"
#include "jobs/job.h"
#include "sql/statements.h"
#include "storage/storage.h"
#include "json/write.h"

/* Each pause is this part of the time that the address was out; but there is a longest one. */
#define SHARE_OF_AGE  8
#define LONGEST_PAUSE (60 * MICROSECONDS_PER_SECOND)

/* --- Adding the jobs --- */

static enum problem add(struct context *context, struct job_request request, const char *name,
                        struct text value)
{
    struct json_writer json;
    struct builder payload;

    builder_start(&payload, context->arena, 256, 4096);
    json_start(&json, &payload);
    json_open_object(&json);
    json_key(&json, "organization_id");
    json_text(&json, request.organization_id);
    json_key(&json, name);
    json_text(&json, value);
    json_close_object(&json);
    request.payload = arena_copy_text(context->arena, builder_text(&payload));
    return job_add(context, &request, NULL);
}

enum problem upload_import(struct context *context, struct text organization, struct text key)
{
    return add(context, (struct job_request){.kind = "membership_import", .organization_id = organization},
               "key", key);
}

enum problem upload_await(struct context *context, struct text organization, struct text id)
{
    return add(context,
               (struct job_request){.kind = "await_upload",
                                    .organization_id = organization,
                                    .delay = context->configuration->s3_poll_interval},
               "upload_id", id);
}

/* --- Waiting --- */

static const struct field payload_fields[] = {
    {.name = "upload_id", .type = FIELD_UUID, .about = "The upload.", .required = true},
};
static const struct shape payload_shape =
    SHAPE("AwaitUploadJob", "A file that is to come to another store.", payload_fields);

/* From here on all is as if the file had been stored here. */
static enum problem take(struct context *context, const struct job *job, struct text id, int64_t size)
{
    struct result *rows;

    job_begin(context, job);
    TRY(sql_upload_arrive(
        context,
        (struct sql_upload_arrive){.id = value_text(id), .size = value_integer(context->arena, size)},
        &rows));
    if (result_rows(rows) > 0) {
        TRY(upload_import(context, result_text(rows, 0, "organization_id"), result_text(rows, 0, "key")));
    }
    return job_commit(context, job);
}

static int64_t pause_at(const struct context *context, int64_t age)
{
    int64_t first = context->configuration->s3_poll_interval;
    int64_t longest = first > LONGEST_PAUSE ? first : LONGEST_PAUSE;
    int64_t pause = age / SHARE_OF_AGE > first ? age / SHARE_OF_AGE : first;

    return pause < longest ? pause : longest;
}

/* `fault`: why the store did not tell, NULL where it told that nothing came. When all was in vain, a file
 * that nobody sent is nobody's fault. */
static enum problem wait_on(struct context *context, const struct job *job, const struct result *upload,
                            const char *fault)
{
    if (!result_true(upload, 0, "over")) {
        return job_postpone(context, job, pause_at(context, result_integer(upload, 0, "age")),
                            fault != NULL ? fault : "The file did not come yet.");
    }
    return fault != NULL ? FAIL(context, PROBLEM_REFUSED, "%s", fault)
                         : job_drop(context, job, "No file came while the address was good.");
}

static enum problem look(struct context *context, const struct job *job, struct text id,
                         const struct result *upload)
{
    int64_t size;
    enum problem problem = storage_look(context, result_text(upload, 0, "key"), &size);

    if (problem == PROBLEM_NONE && size >= 0) {
        return take(context, job, id, size);
    }
    const char *fault = context->detail != NULL ? context->detail : "The store does not answer.";
    context_forgive(context);
    return wait_on(context, job, upload, problem != PROBLEM_NONE ? fault : NULL);
}

enum problem await_upload(struct context *context, const struct job *job)
{
    struct values values;
    struct result *upload;

    TRY(job_payload(context, job, &payload_shape, &values));
    struct text id = text_value(&values, "upload_id");
    TRY(sql_upload_wait(context, (struct sql_upload_wait){.id = value_text(id)}, &upload));
    if (result_rows(upload) == 0 || result_true(upload, 0, "complete")) {
        return PROBLEM_NONE;
    }
    if (!storage_is_remote(context->configuration)) {
        return job_drop(context, job, "Uploads do not go to another store any more.");
    }
    return look(context, job, id, upload);
}
