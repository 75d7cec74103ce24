/* Reading cues line by line, and writing them escaped. Nothing of the source goes over as it is but the
 * characters of its texts. */
#include "media/captions.h"

#include "base/encoding.h"

#define MOST_CUES      50000
#define LONGEST_MARKUP 200
#define LATEST         (INT64_C(1000) * 3600 * 1000) /* milliseconds */
#define TIMESTAMP_MAP  "X-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n"

struct cue {
    int64_t start; /* milliseconds */
    int64_t end;
    size_t number;    /* in the source's order */
    struct text text; /* escaped */
};

struct reading {
    struct context *context;
    struct text rest;
    struct text line;
    size_t line_number;
    bool over;
    bool webvtt;
    struct cue *cues;
    size_t count;
    size_t capacity;
};

/* --- Lines --------------------------------------------------------------------------------------------- */

/* Lines end in LF, CR LF or CR. */
static void next_line(struct reading *reading)
{
    size_t end = 0;

    reading->over = reading->rest.length == 0;
    while (end < reading->rest.length && reading->rest.data[end] != '\n' && reading->rest.data[end] != '\r') {
        end++;
    }
    reading->line = text_part(reading->rest, 0, end);
    if (end + 1 < reading->rest.length && reading->rest.data[end] == '\r' &&
        reading->rest.data[end + 1] == '\n') {
        end++;
    }
    reading->rest = text_part(reading->rest, end + 1, reading->rest.length);
    reading->line_number++;
}

static bool is_blank(struct text line)
{
    return text_is_empty(text_trim(line));
}

/* Where "-->" begins, or the line's length. */
static size_t find_arrow(struct text line)
{
    for (size_t i = 0; i + 3 <= line.length; i++) {
        if (memcmp(line.data + i, "-->", 3) == 0) {
            return i;
        }
    }
    return line.length;
}

/* --- Times --------------------------------------------------------------------------------------------- */

static bool take_number(struct text *rest, char separator, size_t digits, int64_t maximum, int64_t *number)
{
    struct text part = text_cut(rest, separator);

    *number = 0;
    for (size_t i = 0; i < part.length; i++) {
        if (part.data[i] < '0' || part.data[i] > '9') {
            return false;
        }
        *number = *number * 10 + (part.data[i] - '0');
    }
    return part.length > 0 && part.length <= digits && *number <= maximum;
}

/* "01:02:03,456", in WebVTT "02:03.456" too; the fraction's separator is either. */
static bool read_time(struct text text, int64_t *milliseconds)
{
    struct text clock = text;
    struct text fraction;
    size_t separator = text_find(text, ',');
    int64_t hours = 0;
    int64_t minutes;
    int64_t seconds;
    int64_t thousandths;

    separator = separator < text.length ? separator : text_find(text, '.');
    if (separator == text.length || separator + 4 != text.length) {
        return false;
    }
    clock = text_part(text, 0, separator);
    fraction = text_part(text, separator + 1, 3);
    struct text after_first = clock;
    (void)text_cut(&after_first, ':');
    bool with_hours = after_first.data != NULL && text_find(after_first, ':') < after_first.length;
    if ((with_hours && !take_number(&clock, ':', 4, 9999, &hours)) ||
        !take_number(&clock, ':', 2, 59, &minutes) || !take_number(&clock, ':', 2, 59, &seconds) ||
        clock.data != NULL || !take_number(&fraction, ' ', 3, 999, &thousandths)) {
        return false;
    }
    *milliseconds = ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths;
    return *milliseconds < LATEST;
}

static bool read_times(struct text line, struct cue *cue)
{
    size_t arrow = find_arrow(line);
    struct text rest = text_trim(text_part(line, arrow + 3, line.length));

    /* Behind the end stand positions, which belong to the look of another player. */
    return read_time(text_trim(text_part(line, 0, arrow)), &cue->start) &&
           read_time(text_trim(text_cut(&rest, ' ')), &cue->end) && cue->start < cue->end;
}

/* --- Text ---------------------------------------------------------------------------------------------- */

/* Cues know fewer references than HTML does: quotes stay as they are. */
static void escape(struct builder *out, char character)
{
    if (character == '&' || character == '<' || character == '>') {
        encode_markup(out, (struct text){&character, 1});
    } else {
        builder_add_character(out, (unsigned char)character < 0x20 ? ' ' : character);
    }
}

static bool is_kept_tag(struct text name)
{
    return name.length == 1 && (name.data[0] == 'i' || name.data[0] == 'b' || name.data[0] == 'u');
}

/* Markup of players that is left out with its brackets; its text stays. */
static bool is_dropped_tag(const struct reading *reading, struct text name)
{
    static const char *const webvtt[] = {"c", "v", "lang", "ruby", "rt", "i", "b", "u"};
    struct text word = text_part(name, 0, strcspn(name.data, " .\t>"));

    if (text_equal(word, TEXT("font"))) {
        return true;
    }
    for (size_t i = 0; reading->webvtt && i < sizeof webvtt / sizeof webvtt[0]; i++) {
        if (text_equal_string(word, webvtt[i])) {
            return true;
        }
    }
    return reading->webvtt && word.length > 0 && word.data[0] >= '0' && word.data[0] <= '9';
}

/* How many bytes of the line are a tag that was dealt with; 0: the bracket is a character. */
static size_t take_tag(const struct reading *reading, struct text line, struct builder *out)
{
    size_t end = text_find(line, '>');

    if (end == line.length || end > LONGEST_MARKUP) {
        return 0;
    }
    struct text inside = text_lower(reading->context->arena, text_part(line, 1, end - 1));
    bool closes = text_starts_with(inside, TEXT("/"));
    struct text name = closes ? text_part(inside, 1, inside.length) : inside;

    if (is_kept_tag(name)) {
        builder_add_format(out, "<%s%c>", closes ? "/" : "", name.data[0]);
        return end + 1;
    }
    name = arena_copy_text(reading->context->arena, name);
    return is_dropped_tag(reading, name) ? end + 1 : 0;
}

/* {\an8} and the like, which some editors put into SubRip. */
static size_t take_position(struct text line)
{
    size_t end = text_find(line, '}');

    return text_starts_with(line, TEXT("{\\")) && end < line.length && end <= LONGEST_MARKUP ? end + 1 : 0;
}

/* What WebVTT escapes stays escaped once. */
static size_t take_reference(const struct reading *reading, struct text line, struct builder *out)
{
    static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&nbsp;", "&lrm;", "&rlm;"};

    for (size_t i = 0; reading->webvtt && i < sizeof known / sizeof known[0]; i++) {
        if (text_starts_with(line, text_of(known[i]))) {
            builder_add_string(out, known[i]);
            return strlen(known[i]);
        }
    }
    return 0;
}

static void add_line(const struct reading *reading, struct text line, struct builder *out)
{
    for (size_t i = 0; i < line.length;) {
        struct text rest = text_part(line, i, line.length);
        size_t taken = 0;

        if (line.data[i] == '<') {
            taken = take_tag(reading, rest, out);
        } else if (line.data[i] == '{') {
            taken = take_position(rest);
        } else if (line.data[i] == '&') {
            taken = take_reference(reading, rest, out);
        }
        if (taken == 0) {
            escape(out, line.data[i]);
            taken = 1;
        }
        i += taken;
    }
}

static struct text read_text(struct reading *reading)
{
    struct builder out;

    builder_start(&out, reading->context->arena, 128, 10 * CAPTIONS_LONGEST_SOURCE);
    for (; !reading->over && !is_blank(reading->line); next_line(reading)) {
        builder_add_string(&out, out.length > 0 ? "\n" : "");
        add_line(reading, text_trim(reading->line), &out);
    }
    return builder_text(&out);
}

/* --- Cues ---------------------------------------------------------------------------------------------- */

static enum problem refuse_line(const struct reading *reading, size_t line_number, const char *what)
{
    return FAIL(reading->context, PROBLEM_REFUSED, "Line %zu of the captions %s.", line_number, what);
}

static enum problem keep(struct reading *reading, struct cue cue)
{
    if (reading->count == MOST_CUES) {
        return FAIL(reading->context, PROBLEM_REFUSED, "The captions have more than %d cues.", MOST_CUES);
    }
    if (reading->count == reading->capacity) {
        size_t capacity = reading->capacity * 2 + 64;
        reading->cues = arena_enlarge(reading->context->arena, reading->cues, reading->capacity * sizeof cue,
                                      capacity * sizeof cue);
        reading->capacity = capacity;
    }
    cue.number = reading->count;
    reading->cues[reading->count++] = cue;
    return PROBLEM_NONE;
}

static void skip_block(struct reading *reading)
{
    while (!reading->over && !is_blank(reading->line)) {
        next_line(reading);
    }
}

static bool is_comment(const struct reading *reading)
{
    return reading->webvtt &&
           (text_starts_with(reading->line, TEXT("NOTE")) || text_starts_with(reading->line, TEXT("STYLE")) ||
            text_starts_with(reading->line, TEXT("REGION"))) &&
           find_arrow(reading->line) == reading->line.length;
}

/* A cue: a line that names it, which may be missing, its times, its text up to a blank line. */
static enum problem read_cue(struct reading *reading)
{
    struct cue cue = {0};

    if (find_arrow(reading->line) == reading->line.length) {
        next_line(reading);
    }
    size_t line_number = reading->line_number;
    if (reading->over || find_arrow(reading->line) == reading->line.length) {
        return refuse_line(reading, line_number, "should have the times of a cue");
    }
    if (!read_times(reading->line, &cue)) {
        return refuse_line(reading, line_number, "has times that are none or run backwards");
    }
    next_line(reading);
    cue.text = read_text(reading);
    return text_is_empty(cue.text) ? PROBLEM_NONE : keep(reading, cue);
}

static int compare_cues(const void *left, const void *right)
{
    const struct cue *first = left;
    const struct cue *second = right;

    if (first->start != second->start) {
        return first->start < second->start ? -1 : 1;
    }
    return (first->number > second->number) - (first->number < second->number);
}

static void write_time(struct builder *out, int64_t milliseconds)
{
    int64_t seconds = milliseconds / 1000;

    builder_add_format(out, "%02lld:%02lld:%02lld.%03lld", (long long)(seconds / 3600),
                       (long long)(seconds / 60 % 60), (long long)(seconds % 60),
                       (long long)(milliseconds % 1000));
}

static void write_cues(const struct reading *reading, struct builder *out)
{
    BUILDER_ADD_LITERAL(out, "WEBVTT\n" TIMESTAMP_MAP);
    for (size_t i = 0; i < reading->count; i++) {
        const struct cue *cue = &reading->cues[i];

        builder_add_character(out, '\n');
        write_time(out, cue->start);
        BUILDER_ADD_LITERAL(out, " --> ");
        write_time(out, cue->end);
        builder_add_character(out, '\n');
        builder_add_text(out, cue->text);
        builder_add_character(out, '\n');
    }
}

static void start(struct reading *reading, struct text source)
{
    reading->rest =
        text_starts_with(source, TEXT("\xEF\xBB\xBF")) ? text_part(source, 3, source.length) : source;
    next_line(reading);
    reading->webvtt = text_starts_with(reading->line, TEXT("WEBVTT"));
    if (reading->webvtt) {
        skip_block(reading);
    }
}

enum problem captions_convert(struct context *context, struct text source, struct builder *out)
{
    struct reading reading = {.context = context, .cues = arena_reserve(context->arena, 1)};

    if (source.length > CAPTIONS_LONGEST_SOURCE || !text_is_utf8(source)) {
        return FAIL(context, PROBLEM_REFUSED, "The captions are %s.",
                    source.length > CAPTIONS_LONGEST_SOURCE ? "too long" : "not UTF-8");
    }
    start(&reading, source);
    while (!reading.over) {
        if (is_blank(reading.line)) {
            next_line(&reading);
        } else if (is_comment(&reading)) {
            skip_block(&reading);
        } else {
            TRY(read_cue(&reading));
        }
    }
    if (reading.count == 0) {
        return FAIL(context, PROBLEM_REFUSED, "The captions have no cue.");
    }
    qsort(reading.cues, reading.count, sizeof *reading.cues, compare_cues);
    write_cues(&reading, out);
    return PROBLEM_NONE;
}
