/* What a film is, as ffprobe tells it. */
#ifndef MUSTER_MEDIA_PROBE_H
#define MUSTER_MEDIA_PROBE_H

#include "base/context.h"

struct media_facts {
    int64_t width; /* of the pictures as they are stored */
    int64_t height;
    int64_t duration; /* microseconds; 0: it does not tell */
    bool sound;
};

/* Looks at the file behind the descriptor. PROBLEM_REFUSED where it is no film. */
enum problem media_probe(struct context *context, int file, const char *folder,
                         struct media_facts *facts) MUST_CHECK;

/* What both programs are told of their input: the descriptor that child_run() hands over, files only, and
 * formats that hold a film themselves rather than the names of other files. */
#define MEDIA_INPUT_ARGUMENTS                                                          \
    "-protocol_whitelist", "file", "-format_whitelist",                                \
        "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,asf,flv,mxf,ogg", "-i", \
        "file:/proc/self/fd/3"

#endif
