/* Where films lie: "s3://bucket/key". With the built-in transcoder a bucket is a folder of the media root. */
#ifndef MUSTER_MEDIA_LOCATION_H
#define MUSTER_MEDIA_LOCATION_H

#include <stdbool.h>

#include "base/context.h"

struct media_location {
    struct text bucket;
    struct text key; /* at least one part, none of them empty or made of dots only; no ".." anywhere */
};

/* Half a sentence that says why the path is none that may be used ("must be …"); NULL where it is good. The
 * parts are views of the path. */
const char *media_location_read(const struct configuration *configuration, struct text path,
                                struct media_location *location);

/* Where the outcome of a conversion lies: below "streams", which is ours, whoever made the source's folder;
 * the source's key without its ending, then the conversion's id. */
struct text media_output_key(struct arena *arena, struct text key, struct text id);

/* Opens a file of the bucket's folder for reading; nothing that leads out of the folder is followed. -1 with
 * errno; ENOENT also for what is no plain file. */
int media_open(struct context *context, const struct media_location *location);

#endif
