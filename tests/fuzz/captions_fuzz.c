/* Any bytes as captions: WebVTT comes out that is WebVTT when it is read again, or a fault that says
 * where. */
#include "fuzz.h"

#include "media/captions.h"

#define MAXIMUM_OUTPUT ((size_t)16 * 1024 * 1024)

static enum problem convert(struct context *context, struct text source, struct builder *out)
{
    builder_start(out, context->arena, 4096, MAXIMUM_OUTPUT);
    return captions_convert(context, source, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct context context;
    struct builder first;
    struct builder second;

    fuzz_context(&context);
    const enum problem problem = convert(&context, fuzz_text(data, size), &first);
    require(problem == PROBLEM_NONE || problem == PROBLEM_REFUSED);
    require((problem == PROBLEM_NONE) == (context.detail == NULL));
    if (problem != PROBLEM_NONE) {
        return 0;
    }
    const struct text written = builder_text(&first);
    require(!first.overflowed && text_is_utf8(written) && text_starts_with(written, TEXT("WEBVTT\n")));
    require(convert(&context, written, &second) == PROBLEM_NONE);
    return 0;
}
