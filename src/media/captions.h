/* Captions for players: WebVTT (W3C) made from SubRip (.srt) or from WebVTT. */
#ifndef MUSTER_MEDIA_CAPTIONS_H
#define MUSTER_MEDIA_CAPTIONS_H

#include "base/context.h"

#define CAPTIONS_LONGEST_SOURCE ((size_t)4 * 1024 * 1024)

/* Writes the captions as WebVTT: cues in the order of their starts, text escaped, of markup only <i>, <b> and
 * <u> kept. What is no UTF-8, has no cue, or has one whose times are none or run backwards: PROBLEM_REFUSED
 * with a sentence that names the line. */
enum problem captions_convert(struct context *context, struct text source, struct builder *out) MUST_CHECK;

#endif
