/* A conversion from its source to its place in the bucket. All is made in a folder of the attempt's own and
 * moved as a whole; the row and the job are finished in one transaction behind that. Whoever is killed in
 * between leaves a folder that the next attempt removes, or one in its place that the next attempt finds. */
#include "media/transcode.h"

#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "database/database.h"
#include "media/captions.h"
#include "media/child.h"
#include "media/ladder.h"
#include "media/mediaconvert.h"
#include "media/playlist.h"
#include "media/work_folder.h"
#include "sql/statements.h"

#define TELLING_INTERVAL (2 * MICROSECONDS_PER_SECOND)
#define POSTER_PATIENCE  (120 * MICROSECONDS_PER_SECOND)

static const struct field payload_fields[] = {
    {.name = "conversion", .type = FIELD_UUID, .about = "The conversion.", .required = true}};
static const struct shape payload_shape = SHAPE("Transcode", "What is to be converted.", payload_fields);

/* One attempt. */
struct attempt {
    struct context *context;
    const struct job *job;
    const struct media_conversion *conversion;
    const char *folder;
    struct media_facts facts;
    struct ladder ladder;
    int64_t done; /* microseconds of the film */
    int64_t told; /* when */
};

/* --- Progress ------------------------------------------------------------------------------------------ */

static int percent_of(const struct attempt *attempt)
{
    int64_t percent = attempt->facts.duration > 0 ? attempt->done * 100 / attempt->facts.duration : 0;

    return percent > 99 ? 99 : percent < 0 ? 0 : (int)percent;
}

/* What is asked for again and again must not fill the memory of a job that takes hours. */
static enum problem tell(struct attempt *attempt)
{
    struct context *context = attempt->context;
    struct arena_mark mark = arena_mark(context->arena);
    enum problem problem = job_progress(context, attempt->job, percent_of(attempt));

    if (problem == PROBLEM_NONE) {
        arena_rewind(context->arena, mark);
        attempt->told = clock_monotonic();
    }
    return problem;
}

/* "out_time_us=12345678", among other lines. */
static enum problem hear(void *argument, struct text line)
{
    struct attempt *attempt = argument;
    struct text value = line;
    struct text name = text_cut(&value, '=');
    int64_t microseconds;

    if (text_equal(name, TEXT("out_time_us")) &&
        text_to_integer(text_trim(value), 0, INT64_MAX / 200, &microseconds)) {
        attempt->done = microseconds;
    }
    return clock_monotonic() - attempt->told >= TELLING_INTERVAL ? tell(attempt) : PROBLEM_NONE;
}

/* --- Parts --------------------------------------------------------------------------------------------- */

static enum problem open_source(struct context *context, struct text path, const char *what, int *file)
{
    struct media_location location;

    if (media_location_read(context->configuration, path, &location) != NULL) {
        return FAIL(context, PROBLEM_REFUSED, "The %s lies in a bucket that is not allowed any more.", what);
    }
    *file = media_open(context, &location);
    if (*file < 0) {
        bool missing = errno == ENOENT || errno == ENOTDIR || errno == EXDEV || errno == ELOOP;

        LOG_WARNING("a source of a film cannot be opened: %s", strerror(errno));
        return FAIL(context, missing ? PROBLEM_REFUSED : PROBLEM_UNAVAILABLE, "The %s cannot be found.",
                    what);
    }
    return PROBLEM_NONE;
}

static enum problem make_captions(struct attempt *attempt)
{
    struct context *context = attempt->context;
    struct builder out;
    int file;

    if (text_is_empty(attempt->conversion->caption_source_path)) {
        return PROBLEM_NONE;
    }
    TRY(open_source(context, attempt->conversion->caption_source_path, "file of captions", &file));
    struct text source = playlist_read(context, file, CAPTIONS_LONGEST_SOURCE);
    close(file);
    if (source.data == NULL) {
        return FAIL(context, PROBLEM_REFUSED, "The captions are too long.");
    }
    builder_start(&out, context->arena, source.length + 64, 6 * CAPTIONS_LONGEST_SOURCE);
    TRY(captions_convert(context, source, &out));
    return playlist_write_file(context, attempt->folder, MEDIA_CAPTIONS, builder_text(&out));
}

static enum problem run(struct attempt *attempt, int file, const char *const *arguments, int64_t timeout)
{
    const struct configuration *configuration = attempt->context->configuration;
    struct child_task task = {.arguments = arguments,
                              .folder = attempt->folder,
                              .input = file,
                              .timeout = timeout,
                              .memory = configuration->transcode_memory,
                              .output = configuration->transcode_output,
                              .hear = hear,
                              .argument = attempt};

    return child_run(attempt->context, &task);
}

static enum problem make_video(struct attempt *attempt, int file)
{
    struct context *context = attempt->context;

    TRY(media_probe(context, file, attempt->folder, &attempt->facts));
    attempt->ladder = ladder_for(context, &attempt->facts);
    TRY(tell(attempt));
    TRY(run(attempt, file, ladder_arguments(context, &attempt->ladder, &attempt->facts),
            context->configuration->transcode_timeout));
    /* A film that does not tell how long it is has been read to its end now. */
    if (attempt->facts.duration == 0) {
        attempt->facts.duration = attempt->done;
    }
    TRY(run(attempt, file, ladder_poster_arguments(context, &attempt->ladder, &attempt->facts),
            POSTER_PATIENCE));
    return playlist_write(context, attempt->folder, &attempt->ladder, &attempt->facts,
                          attempt->conversion->language_code);
}

/* Captions come first: they are judged in no time. */
static enum problem make_all(struct attempt *attempt)
{
    struct context *context = attempt->context;
    int file = -1;

    TRY(make_captions(attempt));
    TRY(open_source(context, attempt->conversion->video_source_path, "video", &file));
    enum problem problem = make_video(attempt, file);
    close(file);
    return problem;
}

/* --- The whole ----------------------------------------------------------------------------------------- */

static enum problem finish(struct context *context, const struct job *job,
                           const struct media_conversion *conversion)
{
    struct result *rows;

    job_begin(context, job);
    TRY(sql_media_conversion_finish(
        context, (struct sql_media_conversion_finish){.id = value_text(conversion->id)}, &rows));
    return job_commit(context, job);
}

/* The folder in which the master playlist is to lie. */
static struct text folder_of(struct text key)
{
    size_t end = key.length;

    while (end > 0 && key.data[end - 1] != '/') {
        end--;
    }
    return text_part(key, 0, end > 0 ? end - 1 : 0);
}

static enum problem make_and_publish(struct context *context, const struct job *job,
                                     const struct media_conversion *conversion, struct text bucket,
                                     struct text key)
{
    struct attempt attempt = {
        .context = context, .job = job, .conversion = conversion, .told = clock_monotonic()};

    TRY(work_folder_make(context, conversion->id, job->attempt, &attempt.folder));
    enum problem problem = make_all(&attempt);
    if (problem == PROBLEM_NONE) {
        problem = tell(&attempt);
    }
    if (problem == PROBLEM_NONE) {
        problem = work_folder_publish(context, attempt.folder, bucket, key);
    }
    if (problem != PROBLEM_NONE) {
        work_folder_remove(attempt.folder);
    }
    return problem;
}

/* Where that is not known, it is left for the next time. */
static bool may_be_used(struct context *context, struct text id)
{
    struct result *rows;
    bool known =
        sql_media_conversion_is_running(
            context, (struct sql_media_conversion_is_running){.id = value_text(id)}, &rows) == PROBLEM_NONE;

    if (!known) {
        context_forgive(context);
    }
    return !known || result_rows(rows) > 0;
}

void transcode_tidy(struct context *context)
{
    work_folder_sweep(context, may_be_used);
}

static enum problem transcode_here(struct context *context, const struct job *job,
                                   const struct media_conversion *conversion)
{
    struct media_location output;

    if (media_location_read(context->configuration, conversion->video_output_path, &output) != NULL) {
        return FAIL(context, PROBLEM_REFUSED, "The bucket is not allowed any more.");
    }
    struct text key = folder_of(output.key);
    transcode_tidy(context);
    if (!work_folder_arrived(context, output.bucket, key)) {
        TRY(make_and_publish(context, job, conversion, output.bucket, key));
    }
    return finish(context, job, conversion);
}

static struct media_conversion conversion_of(struct text id, const struct result *rows)
{
    struct text language = result_text(rows, 0, "language_code");
    struct text captions = result_text(rows, 0, "caption_source_path");

    return (struct media_conversion){.id = id,
                                     .video_source_path = result_text(rows, 0, "video_source_path"),
                                     .caption_source_path = captions,
                                     .language_code = text_is_empty(captions) ? NO_TEXT : language,
                                     .video_output_path = result_text(rows, 0, "video_output_path"),
                                     .thumbnail_output_path = result_text(rows, 0, "thumbnail_output_path")};
}

enum problem job_transcode(struct context *context, const struct job *job)
{
    struct values values;
    struct result *rows;

    TRY(job_payload(context, job, &payload_shape, &values));
    struct text id = text_value(&values, "conversion");
    TRY(sql_media_conversion_work(context, (struct sql_media_conversion_work){.id = value_text(id)}, &rows));
    if (result_rows(rows) == 0) {
        return FAIL(context, PROBLEM_NOT_FOUND, "There is no such conversion.");
    }
    struct media_conversion conversion = conversion_of(id, rows);
    return text_equal(result_text(rows, 0, "transcoder"), TEXT("mediaconvert"))
               ? mediaconvert_submit(context, job, &conversion)
               : transcode_here(context, job, &conversion);
}
