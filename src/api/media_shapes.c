/* Films: what is to be made ready for players, and how far that is. */
#include "api/shapes.h"

#define LONGEST_PATH 1100

static const struct field draft_fields[] = {
    {.name = "video_source_path",
     .type = FIELD_TEXT,
     .about = "The film.",
     .example = "\"s3://films/videos/congrats.mp4\"",
     .required = true,
     .maximum = LONGEST_PATH},
    {.name = "caption_source_path",
     .type = FIELD_TEXT,
     .about = "Its captions (SubRip or WebVTT, UTF-8), if it has any.",
     .example = "\"s3://films/videos/congrats.srt\"",
     .nullable = true,
     .maximum = LONGEST_PATH},
    {.name = "language_code",
     .type = FIELD_TEXT,
     .about = "The language of the captions: two letters (ISO 639-1). Needed where there are captions.",
     .example = "\"es\"",
     .nullable = true,
     .maximum = 200},
};
const struct shape media_conversion_draft =
    SHAPE("MediaConversionDraft", "A film that is to be made ready for players.", draft_fields);

static const char *const statuses[] = {"submitted", "progressing", "complete", "error", NULL};

#define CONVERSION_FIELDS                                                                                 \
    {.name = "id", .type = FIELD_UUID, .about = "Its id.", .not_null = true},                             \
        {.name = "status",                                                                                \
         .type = FIELD_TEXT,                                                                              \
         .about = "How far it is.",                                                                       \
         .example = "\"submitted\"",                                                                      \
         .choices = statuses,                                                                             \
         .not_null = true},                                                                               \
        {.name = "video_output_path",                                                                     \
         .type = FIELD_TEXT,                                                                              \
         .about = "The master playlist, there once the status is complete; null after an error.",         \
         .example =                                                                                       \
             "\"s3://films/streams/videos/congrats/6a1e1b9e-0000-4000-8000-000000000000/master.m3u8\""},  \
        {.name = "thumbnail_output_path",                                                                 \
         .type = FIELD_TEXT,                                                                              \
         .about = "A picture of the film.",                                                               \
         .example =                                                                                       \
             "\"s3://films/streams/videos/congrats/6a1e1b9e-0000-4000-8000-000000000000/poster.jpg\""},   \
        {.name = "caption_output_path",                                                                   \
         .type = FIELD_TEXT,                                                                              \
         .about = "The captions in WebVTT; null where there are none.",                                   \
         .example =                                                                                       \
             "\"s3://films/streams/videos/congrats/6a1e1b9e-0000-4000-8000-000000000000/captions.vtt\""}, \
    {                                                                                                     \
        .name = "error", .type = FIELD_TEXT, .about = "Why there is no outcome.", .example = "null"       \
    }

static const struct field answer_fields[] = {CONVERSION_FIELDS};
const struct shape media_conversion_answer =
    SHAPE("MediaConversion", "A film on its way to players.", answer_fields);

static const struct field progress_fields[] = {
    CONVERSION_FIELDS,
    {.name = "progress", .type = FIELD_INTEGER, .about = "Per cent.", .example = "40", .not_null = true}};
const struct shape media_progress_answer =
    SHAPE("MediaProgress", "A film on its way to players, and how much of it is done.", progress_fields);
