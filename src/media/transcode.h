/* The conversion of films for players, as a job (its kind is "transcode"). */
#ifndef MUSTER_MEDIA_TRANSCODE_H
#define MUSTER_MEDIA_TRANSCODE_H

#include "jobs/job.h"

/* The names of what a conversion makes in its folder. */
#define MEDIA_MASTER   "master.m3u8"
#define MEDIA_POSTER   "poster.jpg"
#define MEDIA_CAPTIONS "captions.vtt"

/* What a conversion is about; the texts live as long as the rows that they came from. */
struct media_conversion {
    struct text id;
    struct text video_source_path;
    struct text caption_source_path; /* empty: there are none */
    struct text language_code;       /* NO_TEXT where there are no captions */
    struct text video_output_path;
    struct text thumbnail_output_path;
};

#endif
