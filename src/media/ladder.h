/* The sizes in which a film is offered, and how ffmpeg is told to make them. */
#ifndef MUSTER_MEDIA_LADDER_H
#define MUSTER_MEDIA_LADDER_H

#include "media/probe.h"

#define LADDER_MOST_RUNGS 3

struct rung {
    int64_t lines;         /* the shorter side of the picture */
    int64_t bits_a_second; /* of the pictures, at most */
    const char *name;      /* "360p" */
};

struct ladder {
    struct rung rungs[LADDER_MOST_RUNGS];
    size_t count; /* at least 1 */
};

/* The rungs that are not above the source; where it is below all of them, one of its own size. */
struct ladder ladder_for(struct context *context, const struct media_facts *facts);

/* The arguments that make NAME.m3u8 with its segments for each rung, key frames of all at the same times. */
const char *const *ladder_arguments(struct context *context, const struct ladder *ladder,
                                    const struct media_facts *facts);

/* The arguments that make poster.jpg. */
const char *const *ladder_poster_arguments(struct context *context, const struct ladder *ladder,
                                           const struct media_facts *facts);

#endif
