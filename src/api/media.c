/* Films that employees have made ready for players. */
#include "access/session.h"
#include "api/handlers.h"
#include "api/names.h"
#include "base/log.h"
#include "base/random.h"
#include "config/config.h"
#include "jobs/job.h"
#include "media/location.h"
#include "media/mediaconvert.h"
#include "sql/statements.h"

#define LONGEST_ERROR 500

/* --- Making -------------------------------------------------------------------------------------------- */

static struct text body_text(const struct request *request, const char *name)
{
    return text_value(&request->body, name);
}

/* Notes what is wrong with a path; one that is missing was noted by decoding, if it is needed. */
static void judge_path(struct request *request, const char *name, struct media_location *location)
{
    struct text path = body_text(request, name);
    const char *fault =
        path.data == NULL ? NULL : media_location_read(request->context.configuration, path, location);

    if (fault != NULL) {
        context_fault(&request->context, name, "%s %s.", name, fault);
    }
}

static struct text judge_language(struct request *request)
{
    struct text given = body_text(request, "language_code");
    struct text code = given.data != NULL ? text_lower(request->context.arena, given) : NO_TEXT;

    if (code.data == NULL && body_text(request, "caption_source_path").data != NULL) {
        context_fault(&request->context, "language_code",
                      "language_code is needed where there are captions.");
    } else if (code.data != NULL && !is_language_code(code)) {
        context_fault(&request->context, "language_code", "language_code must be two letters.");
    }
    return code;
}

/* Where the outcome will lie. MediaConvert names files in its own way. */
static struct value output_path(struct request *request, const struct media_location *video, struct text id,
                                const char *builtin, const char *mediaconvert)
{
    struct arena *arena = request->context.arena;
    bool here = strcmp(request->context.configuration->transcoder, "builtin") == 0;

    return value_string(arena_print(arena, "s3://%.*s/%.*s/%s", TEXT_ARGUMENTS(video->bucket),
                                    TEXT_ARGUMENTS(media_output_key(arena, video->key, id)),
                                    here ? builtin : mediaconvert));
}

static enum problem add_job(struct request *request, struct text id)
{
    struct context *context = &request->context;
    struct job_request job = {
        .kind = "transcode",
        .payload = text_of(arena_print(context->arena, "{\"conversion\":\"%.*s\"}", TEXT_ARGUMENTS(id)))};
    struct result *rows;
    struct text job_id;

    TRY(job_add(context, &job, &job_id));
    return sql_media_conversion_assign(
        context, (struct sql_media_conversion_assign){.id = value_text(id), .job = value_text(job_id)},
        &rows);
}

static enum problem create(struct request *request, const struct media_location *video, struct text language,
                           struct text id)
{
    struct context *context = &request->context;
    struct text captions = body_text(request, "caption_source_path");
    struct result *rows;

    return sql_media_conversion_create(
        context,
        (struct sql_media_conversion_create){
            .id = value_text(id),
            .video_source = value_text(body_text(request, "video_source_path")),
            .caption_source = value_text(captions),
            .language = value_text(language),
            .video_output = output_path(request, video, id, MEDIA_MASTER, "master.m3u8"),
            .thumbnail_output = output_path(request, video, id, MEDIA_POSTER, "poster.0000000.jpg"),
            .caption_output = captions.data != NULL
                                  ? output_path(request, video, id, MEDIA_CAPTIONS, "master_captions.m3u8")
                                  : NULL_VALUE,
            .transcoder = value_string(context->configuration->transcoder)},
        &rows);
}

enum problem admin_create_media_conversion(struct request *request)
{
    struct context *context = &request->context;
    struct media_location video = {0};
    struct media_location captions = {0};
    struct result *rows;
    char id[UUID_TEXT_SIZE];

    judge_path(request, "video_source_path", &video);
    judge_path(request, "caption_source_path", &captions);
    struct text language = judge_language(request);
    TRY(FAIL_ON_FAULTS(context, PROBLEM_REFUSED));
    random_uuid(id);
    TRY(create(request, &video, language, text_of(id)));
    TRY(add_job(request, text_of(id)));
    TRY(sql_admin_show_media_conversion(
        context, (struct sql_admin_show_media_conversion){.id = value_string(id)}, &rows));
    return respond_with(request, rows);
}

/* --- Looking ------------------------------------------------------------------------------------------- */

/* What MediaConvert says of its end is written down; until then it is asked again. */
static enum problem conclude(struct request *request, const struct mediaconvert_outcome *outcome,
                             struct result **rows)
{
    struct context *context = &request->context;
    struct value id = value_text(path_value(request, "id"));
    struct value error =
        outcome->state == MEDIACONVERT_ERROR
            ? value_text(arena_copy_text(context->arena, text_part(outcome->error, 0, LONGEST_ERROR)))
            : NULL_VALUE;

    TRY(session_resume_to_write(request));
    TRY(sql_media_conversion_conclude(
        context, (struct sql_media_conversion_conclude){.id = id, .error = error}, rows));
    return sql_admin_show_media_conversion(context, (struct sql_admin_show_media_conversion){.id = id}, rows);
}

static bool is_elsewhere(const struct result *rows)
{
    return result_rows(rows) > 0 && !result_null(rows, 0, "external_id") &&
           result_null(rows, 0, "finished_at");
}

enum problem admin_show_media_conversion(struct request *request)
{
    struct context *context = &request->context;
    struct result *rows = request->result;
    struct mediaconvert_outcome outcome;

    if (is_elsewhere(rows)) {
        if (mediaconvert_ask(context, result_text(rows, 0, "external_id"), &outcome) != PROBLEM_NONE) {
            /* It is under way, as far as is known here. */
            context_forgive(context);
        } else if (outcome.state != MEDIACONVERT_RUNNING) {
            TRY(conclude(request, &outcome, &rows));
        }
    }
    return respond_with(request, rows);
}
