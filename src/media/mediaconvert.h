/* Conversions by AWS Elemental MediaConvert. */
#ifndef MUSTER_MEDIA_MEDIACONVERT_H
#define MUSTER_MEDIA_MEDIACONVERT_H

#include "media/transcode.h"

/* Hands a conversion over (CreateJob), and ends the job. However often that is tried, MediaConvert makes one
 * job of it: the conversion's id is its clientRequestToken. */
enum problem mediaconvert_submit(struct context *context, const struct job *job,
                                 const struct media_conversion *conversion) MUST_CHECK;

enum mediaconvert_state { MEDIACONVERT_RUNNING, MEDIACONVERT_COMPLETE, MEDIACONVERT_ERROR };

struct mediaconvert_outcome {
    enum mediaconvert_state state;
    int64_t percent;
    struct text error; /* what MediaConvert says of its failure */
};

/* Asks how far a job is (GetJob). PROBLEM_UNAVAILABLE where it does not tell. Takes as long as MediaConvert
 * takes: run it outside of a transaction. */
enum problem mediaconvert_ask(struct context *context, struct text external_id,
                              struct mediaconvert_outcome *outcome) MUST_CHECK;

#endif
