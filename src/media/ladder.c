/* One run of ffmpeg makes all sizes: the film is decoded once, and what is cut into segments has its key
 * frames at the same times everywhere, so that players can change the size between any two segments. */
#include "media/ladder.h"

#include "base/clock.h"
#include "config/config.h"

#define MOST_ARGUMENTS 160
#define SMALLEST_RUNG  2
#define POSTER_LATEST  (10 * MICROSECONDS_PER_SECOND)

static const struct rung all_rungs[LADDER_MOST_RUNGS] = {
    {360, 800000, "360p"}, {720, 2800000, "720p"}, {1080, 5000000, "1080p"}};

struct list {
    const char **words;
    size_t count;
};

static void add(struct list *list, const char *word)
{
    if (list->count + 1 >= MOST_ARGUMENTS) {
        abort();
    }
    list->words[list->count++] = word;
}

static void add_all(struct list *list, const char *const *words)
{
    for (; *words != NULL; words++) {
        add(list, *words);
    }
}

struct ladder ladder_for(struct context *context, const struct media_facts *facts)
{
    int64_t shorter = facts->width < facts->height ? facts->width : facts->height;
    struct ladder ladder = {.count = 0};

    for (size_t i = 0; i < LADDER_MOST_RUNGS; i++) {
        if (all_rungs[i].lines <= shorter) {
            ladder.rungs[ladder.count++] = all_rungs[i];
        }
    }
    if (ladder.count == 0) {
        int64_t lines = shorter - shorter % 2;

        ladder.rungs[0] =
            (struct rung){lines > SMALLEST_RUNG ? lines : SMALLEST_RUNG, all_rungs[0].bits_a_second,
                          arena_print(context->arena, "%lldp", (long long)lines)};
        ladder.count = 1;
    }
    return ladder;
}

/* The other side follows, as an even number; turned films are turned before. */
static const char *scale(struct context *context, int64_t lines)
{
    return arena_print(context->arena,
                       "scale=w='if(gt(iw,ih),-2,%lld)':h='if(gt(iw,ih),%lld,-2)':flags=bicubic",
                       (long long)lines, (long long)lines);
}

/* "[0:v:0]fps=…,split=2[s0][s1];[s0]scale=…[v0];…" */
static const char *filters(struct context *context, const struct ladder *ladder)
{
    struct builder out;

    builder_start(&out, context->arena, 512, 8192);
    builder_add_format(&out, "[0:v:0]fps=fps='min(source_fps,30)',split=%zu", ladder->count);
    for (size_t i = 0; i < ladder->count; i++) {
        builder_add_format(&out, "[s%zu]", i);
    }
    for (size_t i = 0; i < ladder->count; i++) {
        builder_add_format(&out, ";[s%zu]%s,setsar=1,format=yuv420p[v%zu]", i,
                           scale(context, ladder->rungs[i].lines), i);
    }
    return arena_copy_text(context->arena, builder_text(&out)).data;
}

static const char *number(struct context *context, int64_t value)
{
    return arena_print(context->arena, "%lld", (long long)value);
}

static void add_rung(struct context *context, struct list *list, const struct rung *rung, size_t index,
                     bool sound)
{
    struct arena *arena = context->arena;
    const char *const pictures[] = {"-map",
                                    arena_print(arena, "[v%zu]", index),
                                    "-c:v",
                                    "libx264",
                                    "-preset",
                                    "veryfast",
                                    "-profile:v",
                                    "main",
                                    "-crf",
                                    "23",
                                    "-maxrate",
                                    number(context, rung->bits_a_second),
                                    "-bufsize",
                                    number(context, 2 * rung->bits_a_second),
                                    "-pix_fmt",
                                    "yuv420p",
                                    "-sc_threshold",
                                    "0",
                                    "-g",
                                    "300",
                                    "-force_key_frames",
                                    "expr:gte(t,n_forced*2)",
                                    NULL};
    static const char *const audio[] = {"-map", "0:a:0", "-c:a", "aac",   "-b:a", "128k",
                                        "-ac",  "2",     "-ar",  "48000", NULL};
    const char *const segments[] = {"-map_metadata",
                                    "-1",
                                    "-map_chapters",
                                    "-1",
                                    "-sn",
                                    "-dn",
                                    "-f",
                                    "hls",
                                    "-hls_time",
                                    "6",
                                    "-hls_playlist_type",
                                    "vod",
                                    "-hls_segment_type",
                                    "fmp4",
                                    "-hls_flags",
                                    "independent_segments",
                                    "-hls_fmp4_init_filename",
                                    arena_print(arena, "%s_init.mp4", rung->name),
                                    "-hls_segment_filename",
                                    arena_print(arena, "%s_%%05d.m4s", rung->name),
                                    arena_print(arena, "%s.m3u8", rung->name),
                                    NULL};

    add_all(list, pictures);
    if (sound) {
        add_all(list, audio);
    }
    add_all(list, segments);
}

static struct list start(struct context *context)
{
    static const char *const quiet[] = {"-hide_banner",    "-nostdin", "-nostats", "-loglevel",
                                        "error",           "-y",       "-threads", "2",
                                        "-filter_threads", "1",        NULL};
    struct list list = {.words = ARENA_ARRAY(context->arena, const char *, MOST_ARGUMENTS)};

    add(&list, context->configuration->ffmpeg);
    add_all(&list, quiet);
    return list;
}

const char *const *ladder_arguments(struct context *context, const struct ladder *ladder,
                                    const struct media_facts *facts)
{
    static const char *const input[] = {"-progress", "pipe:1", MEDIA_INPUT_ARGUMENTS, NULL};
    struct list list = start(context);

    add_all(&list, input);
    add(&list, "-filter_complex");
    add(&list, filters(context, ladder));
    for (size_t i = 0; i < ladder->count; i++) {
        add_rung(context, &list, &ladder->rungs[i], i, facts->sound);
    }
    return list.words;
}

const char *const *ladder_poster_arguments(struct context *context, const struct ladder *ladder,
                                           const struct media_facts *facts)
{
    int64_t tenth = facts->duration / 10;
    int64_t at = tenth < POSTER_LATEST ? tenth : POSTER_LATEST;
    const char *const rest[] = {
        "-ss",
        arena_print(context->arena, "%lld.%06lld", (long long)(at / MICROSECONDS_PER_SECOND),
                    (long long)(at % MICROSECONDS_PER_SECOND)),
        MEDIA_INPUT_ARGUMENTS,
        "-map",
        "0:v:0",
        "-frames:v",
        "1",
        "-vf",
        arena_print(context->arena, "%s,setsar=1", scale(context, ladder->rungs[ladder->count - 1].lines)),
        "-map_metadata",
        "-1",
        "-q:v",
        "3",
        "-f",
        "image2",
        "-update",
        "1",
        "poster.jpg",
        NULL};
    struct list list = start(context);

    add_all(&list, rest);
    return list.words;
}
