/* CreateJob and GetJob of MediaConvert's API (2017-08-29), signed. Sizes are left to its automated ladder,
 * which never goes above the source. */
#include "media/mediaconvert.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "base/log.h"
#include "config/config.h"
#include "database/database.h"
#include "media/playlist.h"
#include "outgoing/aws_signature.h"
#include "outgoing/http.h"
#include "sql/statements.h"
#include "json/json.h"
#include "json/write.h"

#define JOBS           "/2017-08-29/jobs"
#define PATIENCE       (4 * MICROSECONDS_PER_SECOND)
#define LONGEST_BODY   ((size_t)64 * 1024)
#define LONGEST_ANSWER ((size_t)1 << 20)

static const struct field job_fields[] = {
    {.name = "id", .type = FIELD_TEXT, .about = "Its id.", .maximum = 200},
    {.name = "status", .type = FIELD_TEXT, .about = "How far it is.", .maximum = 40},
    {.name = "jobPercentComplete",
     .type = FIELD_INTEGER,
     .about = "Per cent.",
     .nullable = true,
     .minimum = 0,
     .maximum = 100},
    {.name = "errorMessage",
     .type = FIELD_TEXT,
     .about = "Why it failed.",
     .nullable = true,
     .blank_allowed = true,
     .maximum = 4000},
};
static const struct shape job_shape =
    SHAPE("MediaConvertJob", "What MediaConvert says of a job.", job_fields);

/* --- Requests ------------------------------------------------------------------------------------------ */

static struct text address_of(struct context *context)
{
    const struct configuration *configuration = context->configuration;

    if (configuration->mediaconvert_endpoint[0] != '\0') {
        return text_of(configuration->mediaconvert_endpoint);
    }
    return text_of(arena_print(context->arena, "https://mediaconvert.%s.amazonaws.com",
                               configuration->mediaconvert_region));
}

static struct text host_of(struct text address)
{
    struct text rest = address;

    (void)text_cut(&rest, '/');
    (void)text_cut(&rest, '/');
    return text_cut(&rest, '/');
}

static void sign(struct context *context, const char *method, struct text path, struct text body,
                 struct aws_headers *signature)
{
    const struct configuration *configuration = context->configuration;
    const struct aws_pair type = {TEXT("content-type"), TEXT("application/json")};
    struct aws_signer signer = {.access_key_id = text_of(configuration->aws_access_key_id),
                                .secret_access_key = text_of(configuration->aws_secret_access_key),
                                .region = text_of(configuration->mediaconvert_region),
                                .service = TEXT("mediaconvert"),
                                .now = clock_now()};
    struct aws_request request = {.method = method,
                                  .host = host_of(address_of(context)),
                                  .path = path,
                                  .headers = &type,
                                  .header_count = 1,
                                  .body = body};

    aws_sign_headers(context->arena, &signer, &request, signature);
}

static enum problem refuse(struct context *context, const struct http_answer *answer)
{
    bool mine =
        answer->status >= 400 && answer->status < 500 && answer->status != 403 && answer->status != 429;

    LOG_ERROR("MediaConvert answers with status %d: %.*s", answer->status,
              (int)text_part(answer->body, 0, 300).length, answer->body.data);
    return FAIL(context, mine ? PROBLEM_REFUSED : PROBLEM_UNAVAILABLE, "MediaConvert did not take the job.");
}

/* {"job": {…}} */
static enum problem read_job(struct context *context, const struct http_answer *answer, struct values *values)
{
    struct json_object *object;
    bool good = answer->status >= 200 && answer->status < 300 &&
                json_parse_object(context, answer->body, &object) == PROBLEM_NONE &&
                json_inner_object(context, object, "job", &object) == PROBLEM_NONE &&
                decode_object(context, &job_shape, object, values) == PROBLEM_NONE;

    context_forgive(context);
    return good ? PROBLEM_NONE : refuse(context, answer);
}

static enum problem call(struct context *context, const char *method, const char *path, struct text body,
                         struct values *values)
{
    struct aws_headers signature;
    struct http_answer answer;

    sign(context, method, text_of(path), body, &signature);
    const struct http_header headers[] = {{"Content-Type", TEXT("application/json")},
                                          {"X-Amz-Date", signature.date},
                                          {"Authorization", signature.authorization}};
    struct http_call request = {
        .method = method,
        .address = text_of(arena_print(context->arena, "%.*s%s", TEXT_ARGUMENTS(address_of(context)), path)),
        .headers = headers,
        .header_count = 3,
        .body = body,
        .timeout = PATIENCE,
        .maximum = LONGEST_ANSWER};
    TRY(http_send(context, &request, &answer));
    return read_job(context, &answer, values);
}

/* --- CreateJob ----------------------------------------------------------------------------------------- */

static void open_member(struct json_writer *json, const char *name)
{
    json_key(json, name);
    json_open_object(json);
}

static void write_string(struct json_writer *json, const char *name, const char *value)
{
    json_key(json, name);
    json_string(json, value);
}

static void write_text(struct json_writer *json, const char *name, struct text value)
{
    json_key(json, name);
    json_text(json, value);
}

static void write_integer(struct json_writer *json, const char *name, int64_t value)
{
    json_key(json, name);
    json_integer(json, value);
}

static void close_objects(struct json_writer *json, int count)
{
    while (count-- > 0) {
        json_close_object(json);
    }
}

static void write_input(struct json_writer *json, const struct media_conversion *conversion)
{
    json_key(json, "inputs");
    json_open_array(json);
    json_open_object(json);
    write_text(json, "fileInput", conversion->video_source_path);
    write_string(json, "timecodeSource", "ZEROBASED");
    open_member(json, "videoSelector");
    write_string(json, "rotate", "AUTO");
    json_close_object(json);
    open_member(json, "audioSelectors");
    open_member(json, "Audio Selector 1");
    write_string(json, "defaultSelection", "DEFAULT");
    close_objects(json, 2);
    if (conversion->language_code.data != NULL) {
        bool webvtt = conversion->caption_source_path.length > 4 &&
                      text_equal_ignoring_case(text_part(conversion->caption_source_path,
                                                         conversion->caption_source_path.length - 4, 4),
                                               TEXT(".vtt"));

        open_member(json, "captionSelectors");
        open_member(json, "Captions Selector 1");
        open_member(json, "sourceSettings");
        write_string(json, "sourceType", webvtt ? "WEBVTT" : "SRT");
        open_member(json, "fileSourceSettings");
        write_text(json, "sourceFile", conversion->caption_source_path);
        close_objects(json, 4);
    }
    json_close_object(json);
    json_close_array(json);
}

static void write_video_output(struct json_writer *json)
{
    json_open_object(json);
    write_string(json, "nameModifier", "_video");
    open_member(json, "containerSettings");
    write_string(json, "container", "M3U8");
    json_close_object(json);
    open_member(json, "videoDescription");
    open_member(json, "codecSettings");
    write_string(json, "codec", "H_264");
    open_member(json, "h264Settings");
    write_string(json, "rateControlMode", "QVBR");
    write_string(json, "qualityTuningLevel", "MULTI_PASS_HQ");
    close_objects(json, 3);
    json_key(json, "audioDescriptions");
    json_open_array(json);
    json_open_object(json);
    write_string(json, "audioSourceName", "Audio Selector 1");
    open_member(json, "codecSettings");
    write_string(json, "codec", "AAC");
    open_member(json, "aacSettings");
    write_integer(json, "bitrate", 128000);
    write_string(json, "codingMode", "CODING_MODE_2_0");
    write_integer(json, "sampleRate", 48000);
    close_objects(json, 3);
    json_close_array(json);
    json_close_object(json);
}

static void write_caption_output(struct context *context, struct json_writer *json, struct text language)
{
    json_open_object(json);
    write_string(json, "nameModifier", "_captions");
    open_member(json, "containerSettings");
    write_string(json, "container", "M3U8");
    json_close_object(json);
    json_key(json, "captionDescriptions");
    json_open_array(json);
    json_open_object(json);
    write_string(json, "captionSelectorName", "Captions Selector 1");
    write_text(json, "customLanguageCode", language);
    write_string(json, "languageDescription", arena_copy_text(context->arena, language_name(language)).data);
    open_member(json, "destinationSettings");
    write_string(json, "destinationType", "WEBVTT");
    close_objects(json, 2);
    json_close_array(json);
    json_close_object(json);
}

/* MediaConvert adds the ending, and what it numbers, to a destination. */
static void write_group(struct json_writer *json, const char *type, const char *settings,
                        struct text destination)
{
    open_member(json, "outputGroupSettings");
    write_string(json, "type", type);
    open_member(json, settings);
    write_text(json, "destination", destination);
}

static void write_stream_group(struct context *context, struct json_writer *json,
                               const struct media_conversion *conversion, struct text folder)
{
    json_open_object(json);
    write_string(json, "name", "Apple HLS");
    write_group(json, "HLS_GROUP_SETTINGS", "hlsGroupSettings",
                text_of(arena_print(context->arena, "%.*smaster", TEXT_ARGUMENTS(folder))));
    write_integer(json, "segmentLength", 6);
    write_integer(json, "minSegmentLength", 0);
    close_objects(json, 2);
    open_member(json, "automatedEncodingSettings");
    open_member(json, "abrSettings");
    write_integer(json, "maxRenditions", 3);
    write_integer(json, "minAbrBitrate", 800000);
    write_integer(json, "maxAbrBitrate", 5000000);
    close_objects(json, 2);
    json_key(json, "outputs");
    json_open_array(json);
    write_video_output(json);
    if (conversion->language_code.data != NULL) {
        write_caption_output(context, json, conversion->language_code);
    }
    json_close_array(json);
    json_close_object(json);
}

static void write_poster_group(struct context *context, struct json_writer *json, struct text folder)
{
    json_open_object(json);
    write_string(json, "name", "Poster");
    write_group(json, "FILE_GROUP_SETTINGS", "fileGroupSettings",
                text_of(arena_print(context->arena, "%.*sposter", TEXT_ARGUMENTS(folder))));
    close_objects(json, 2);
    json_key(json, "outputs");
    json_open_array(json);
    json_open_object(json);
    open_member(json, "containerSettings");
    write_string(json, "container", "RAW");
    json_close_object(json);
    open_member(json, "videoDescription");
    open_member(json, "codecSettings");
    write_string(json, "codec", "FRAME_CAPTURE");
    open_member(json, "frameCaptureSettings");
    write_integer(json, "framerateNumerator", 1);
    write_integer(json, "framerateDenominator", 10);
    write_integer(json, "maxCaptures", 1);
    write_integer(json, "quality", 80);
    close_objects(json, 4);
    json_close_array(json);
    json_close_object(json);
}

/* "s3://bucket/…/" before the name of the master playlist. */
static struct text folder_of(struct text path)
{
    size_t end = path.length;

    while (end > 0 && path.data[end - 1] != '/') {
        end--;
    }
    return text_part(path, 0, end);
}

static struct text job_body(struct context *context, const struct media_conversion *conversion)
{
    struct text folder = folder_of(conversion->video_output_path);
    struct json_writer json;
    struct builder out;

    builder_start(&out, context->arena, 4096, LONGEST_BODY);
    json_start(&json, &out);
    json_open_object(&json);
    write_text(&json, "clientRequestToken", conversion->id);
    write_string(&json, "role", context->configuration->mediaconvert_role);
    open_member(&json, "settings");
    write_input(&json, conversion);
    json_key(&json, "outputGroups");
    json_open_array(&json);
    write_stream_group(context, &json, conversion, folder);
    write_poster_group(context, &json, folder);
    json_close_array(&json);
    close_objects(&json, 2);
    return builder_text(&out);
}

enum problem mediaconvert_submit(struct context *context, const struct job *job,
                                 const struct media_conversion *conversion)
{
    struct values values;
    struct result *rows;

    TRY(call(context, "POST", JOBS, job_body(context, conversion), &values));
    struct text id = text_value(&values, "id");
    if (text_is_empty(id)) {
        return FAIL(context, PROBLEM_UNAVAILABLE, "MediaConvert did not tell the id of the job.");
    }
    job_begin(context, job);
    TRY(sql_media_conversion_hand_over(
        context,
        (struct sql_media_conversion_hand_over){.id = value_text(conversion->id), .external = value_text(id)},
        &rows));
    return job_commit(context, job);
}

/* --- GetJob -------------------------------------------------------------------------------------------- */

enum problem mediaconvert_ask(struct context *context, struct text external_id,
                              struct mediaconvert_outcome *outcome)
{
    struct values values;

    TRY(call(context, "GET",
             arena_print(context->arena, JOBS "/%.*s",
                         TEXT_ARGUMENTS(encode_percent(context->arena, external_id))),
             NO_TEXT, &values));
    struct text status = text_value(&values, "status");
    struct text error = text_value(&values, "errorMessage");

    *outcome = (struct mediaconvert_outcome){.percent = value_of(&values, "jobPercentComplete")->integer};
    if (text_equal(status, TEXT("COMPLETE"))) {
        outcome->state = MEDIACONVERT_COMPLETE;
    } else if (text_equal(status, TEXT("ERROR")) || text_equal(status, TEXT("CANCELED"))) {
        outcome->state = MEDIACONVERT_ERROR;
        outcome->error = text_is_empty(error) ? TEXT("MediaConvert gave the job up.") : error;
    }
    return PROBLEM_NONE;
}
