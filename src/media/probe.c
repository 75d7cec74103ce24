/* ffprobe prints "name=value" lines, of which a few are read. */
#include "media/probe.h"

#include "base/clock.h"
#include "config/config.h"
#include "media/child.h"

#define PATIENCE    (60 * MICROSECONDS_PER_SECOND)
#define MOST_OUTPUT (1 << 20)
#define MOST_PIXELS 8192

struct hearing {
    struct media_facts *facts;
    bool picture; /* the lines are of a stream of pictures */
};

/* "12.345678" in microseconds; 0 for what is none. */
static int64_t read_duration(struct text text)
{
    struct text fraction = text;
    struct text whole = text_cut(&fraction, '.');
    int64_t seconds;
    int64_t millionths = 0;

    if (!text_to_integer(whole, 0, 1000000, &seconds)) {
        return 0;
    }
    for (size_t i = 0; i < 6; i++) {
        char digit = i < fraction.length ? fraction.data[i] : '0';

        millionths = millionths * 10 + (digit >= '0' && digit <= '9' ? digit - '0' : 0);
    }
    return seconds * MICROSECONDS_PER_SECOND + millionths;
}

static enum problem hear(void *argument, struct text line)
{
    struct hearing *hearing = argument;
    struct text value = line;
    struct text name = text_cut(&value, '=');
    struct media_facts *facts = hearing->facts;

    if (text_equal(name, TEXT("codec_type"))) {
        hearing->picture = text_equal(value, TEXT("video")) && facts->width == 0;
        facts->sound = facts->sound || text_equal(value, TEXT("audio"));
    } else if (text_equal(name, TEXT("width")) && hearing->picture) {
        (void)text_to_integer(value, 1, MOST_PIXELS, &facts->width);
    } else if (text_equal(name, TEXT("height")) && hearing->picture) {
        (void)text_to_integer(value, 1, MOST_PIXELS, &facts->height);
    } else if (text_equal(name, TEXT("duration"))) {
        facts->duration = read_duration(value);
    }
    return PROBLEM_NONE;
}

enum problem media_probe(struct context *context, int file, const char *folder, struct media_facts *facts)
{
    const struct configuration *configuration = context->configuration;
    struct hearing hearing = {.facts = facts};
    const char *const arguments[] = {configuration->ffprobe,
                                     "-v",
                                     "error",
                                     "-show_entries",
                                     "stream=codec_type,width,height:format=duration",
                                     "-of",
                                     "default=noprint_wrappers=1",
                                     MEDIA_INPUT_ARGUMENTS,
                                     NULL};
    struct child_task task = {.arguments = arguments,
                              .folder = folder,
                              .input = file,
                              .timeout = PATIENCE,
                              .memory = configuration->transcode_memory,
                              .output = MOST_OUTPUT,
                              .hear = hear,
                              .argument = &hearing};

    *facts = (struct media_facts){0};
    TRY(child_run(context, &task));
    if (facts->width < 16 || facts->height < 16) {
        return FAIL(context, PROBLEM_REFUSED, "The video has no pictures of a size that can be shown.");
    }
    return PROBLEM_NONE;
}
