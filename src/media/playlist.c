/* ffmpeg 5.1 drops variants that have a group of captions, so the master playlist is written here: with what
 * the segments really are, rather than what was asked for. */
#include "media/playlist.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

#define LONGEST_PLAYLIST ((size_t)4 << 20)
#define LONGEST_INIT     ((size_t)1 << 20)
#define SAMPLE_SIZE      24 /* bytes of a visual sample entry before its width (ISO 14496-12) */

/* What a master playlist tells of a size. */
struct variant {
    int64_t peak;    /* bits a second of the largest segment */
    int64_t average; /* of all of them */
    int width;
    int height;
    unsigned char profile[3]; /* of H.264: profile, constraints, level */
};

/* --- Files --------------------------------------------------------------------------------------------- */

struct text playlist_read(struct context *context, int file, size_t maximum)
{
    struct builder content;

    builder_start(&content, context->arena, 8192, maximum + 8192);
    for (ssize_t length = 1; length > 0 && content.length <= maximum;) {
        char *place = builder_reserve(&content, 4096);

        length = place != NULL ? read(file, place, 4096) : 0;
        content.length += length > 0 ? (size_t)length : 0;
    }
    return content.length <= maximum ? builder_text(&content) : NO_TEXT;
}

static struct text read_file(struct context *context, const char *folder, const char *name, size_t maximum)
{
    int file = open(arena_print(context->arena, "%s/%s", folder, name), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (file < 0) {
        return NO_TEXT;
    }
    struct text content = playlist_read(context, file, maximum);
    close(file);
    return content;
}

enum problem playlist_write_file(struct context *context, const char *folder, const char *name,
                                 struct text content)
{
    const char *path = arena_print(context->arena, "%s/%s", folder, name);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    size_t written = 0;

    while (file >= 0 && written < content.length) {
        ssize_t count = write(file, content.data + written, content.length - written);

        if (count < 0 && errno != EINTR) {
            break;
        }
        written += count > 0 ? (size_t)count : 0;
    }
    bool done = file >= 0 && written == content.length;
    if (file >= 0) {
        done = close(file) == 0 && done;
    }
    if (!done) {
        LOG_ERROR("%s cannot be written: %s", path, strerror(errno));
        return FAIL(context, PROBLEM_UNAVAILABLE, "The folder for films cannot be written to.");
    }
    return PROBLEM_NONE;
}

static int64_t size_of(struct context *context, const char *folder, struct text name)
{
    struct stat status;
    const char *path = arena_print(context->arena, "%s/%.*s", folder, TEXT_ARGUMENTS(name));

    return stat(path, &status) == 0 ? status.st_size : 0;
}

/* --- What was made ------------------------------------------------------------------------------------- */

/* "6.000000," in milliseconds. */
static int64_t read_length(struct text text)
{
    struct text rest = text_part(text, 0, text_find(text, ','));
    struct text whole = text_cut(&rest, '.');
    int64_t seconds;
    int64_t thousandths = 0;

    if (!text_to_integer(whole, 0, 1000000, &seconds)) {
        return 0;
    }
    for (size_t i = 0; i < 3; i++) {
        thousandths = thousandths * 10 + (i < rest.length ? rest.data[i] - '0' : 0);
    }
    return seconds * 1000 + thousandths;
}

/* Sizes and lengths of the segments that a playlist names. */
static bool measure(struct context *context, const char *folder, const char *name, struct variant *variant)
{
    struct text rest = read_file(context, folder, name, LONGEST_PLAYLIST);
    int64_t length = 0;
    int64_t bytes = 0;
    int64_t milliseconds = 0;

    while (rest.data != NULL) {
        struct text line = text_trim(text_cut(&rest, '\n'));

        if (text_starts_with(line, TEXT("#EXTINF:"))) {
            length = read_length(text_part(line, 8, line.length));
        } else if (!text_is_empty(line) && line.data[0] != '#' && length > 0) {
            int64_t size = size_of(context, folder, line);
            int64_t rate = size * 8 * 1000 / length;

            variant->peak = rate > variant->peak ? rate : variant->peak;
            bytes += size;
            milliseconds += length;
        }
    }
    variant->average = milliseconds > 0 ? bytes * 8 * 1000 / milliseconds : 0;
    return milliseconds > 0 && bytes > 0;
}

/* Where a box of that type begins behind its name, with at least `needed` bytes; NULL where there is none. */
static const unsigned char *find_box(struct text init, const char *type, size_t needed)
{
    for (size_t i = 0; i + 4 + needed <= init.length; i++) {
        if (memcmp(init.data + i, type, 4) == 0) {
            return (const unsigned char *)init.data + i + 4;
        }
    }
    return NULL;
}

/* The size and the profile stand in the description of the pictures. */
static bool describe(struct context *context, const char *folder, const char *name, struct variant *variant)
{
    struct text init = read_file(context, folder, name, LONGEST_INIT);
    const unsigned char *sample = find_box(init, "avc1", SAMPLE_SIZE + 4);
    const unsigned char *profile = find_box(init, "avcC", 4);

    if (init.data == NULL || sample == NULL || profile == NULL) {
        return false;
    }
    variant->width = sample[SAMPLE_SIZE] << 8 | sample[SAMPLE_SIZE + 1];
    variant->height = sample[SAMPLE_SIZE + 2] << 8 | sample[SAMPLE_SIZE + 3];
    memcpy(variant->profile, profile + 1, sizeof variant->profile);
    return true;
}

/* --- Writing ------------------------------------------------------------------------------------------- */

static enum problem add_variant(struct context *context, const char *folder, const struct rung *rung,
                                const struct media_facts *facts, bool captions, struct builder *out)
{
    struct variant variant = {0};

    if (!measure(context, folder, arena_print(context->arena, "%s.m3u8", rung->name), &variant) ||
        !describe(context, folder, arena_print(context->arena, "%s_init.mp4", rung->name), &variant)) {
        return FAIL(context, PROBLEM_REFUSED, "The video has no pictures that can be shown.");
    }
    builder_add_format(out,
                       "#EXT-X-STREAM-INF:BANDWIDTH=%lld,AVERAGE-BANDWIDTH=%lld,RESOLUTION=%dx%d,"
                       "CODECS=\"avc1.%02x%02x%02x%s\"%s\n%s.m3u8\n",
                       (long long)variant.peak, (long long)variant.average, variant.width, variant.height,
                       variant.profile[0], variant.profile[1], variant.profile[2],
                       facts->sound ? ",mp4a.40.2" : "", captions ? ",SUBTITLES=\"captions\"" : "",
                       rung->name);
    return PROBLEM_NONE;
}

static enum problem write_captions(struct context *context, const char *folder, int64_t duration)
{
    int64_t milliseconds = duration / 1000 > 0 ? duration / 1000 : 1000;
    const char *content = arena_print(context->arena,
                                      "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:%lld\n#EXT-X-MEDIA-"
                                      "SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n"
                                      "#EXTINF:%lld.%03lld,\ncaptions.vtt\n#EXT-X-ENDLIST\n",
                                      (long long)((milliseconds + 999) / 1000),
                                      (long long)(milliseconds / 1000), (long long)(milliseconds % 1000));

    return playlist_write_file(context, folder, "captions.m3u8", text_of(content));
}

enum problem playlist_write(struct context *context, const char *folder, const struct ladder *ladder,
                            const struct media_facts *facts, struct text language)
{
    bool captions = language.data != NULL;
    struct builder out;

    builder_start(&out, context->arena, 1024, 16384);
    BUILDER_ADD_LITERAL(&out, "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n");
    if (captions) {
        builder_add_format(
            &out,
            "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"captions\",NAME=\"%.*s\",LANGUAGE=\"%.*s\","
            "DEFAULT=YES,AUTOSELECT=YES,FORCED=NO,URI=\"captions.m3u8\"\n",
            TEXT_ARGUMENTS(language_name(language)), TEXT_ARGUMENTS(language));
        TRY(write_captions(context, folder, facts->duration));
    }
    for (size_t i = 0; i < ladder->count; i++) {
        TRY(add_variant(context, folder, &ladder->rungs[i], facts, captions, &out));
    }
    return playlist_write_file(context, folder, "master.m3u8", builder_text(&out));
}

struct text language_name(struct text code)
{
    static const struct {
        const char *code;
        const char *name;
    } names[] = {{"ar", "العربية"},    {"cs", "Čeština"},    {"da", "Dansk"},      {"de", "Deutsch"},
                 {"el", "Ελληνικά"},   {"en", "English"},    {"es", "Español"},    {"fi", "Suomi"},
                 {"fr", "Français"},   {"he", "עברית"},      {"hi", "हिन्दी"},      {"hu", "Magyar"},
                 {"id", "Indonesia"},  {"it", "Italiano"},   {"ja", "日本語"},     {"ko", "한국어"},
                 {"nl", "Nederlands"}, {"no", "Norsk"},      {"pl", "Polski"},     {"pt", "Português"},
                 {"ro", "Română"},     {"ru", "Русский"},    {"sv", "Svenska"},    {"th", "ไทย"},
                 {"tr", "Türkçe"},     {"uk", "Українська"}, {"vi", "Tiếng Việt"}, {"zh", "中文"}};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (text_equal_string(code, names[i].code)) {
            return text_of(names[i].name);
        }
    }
    return code;
}
