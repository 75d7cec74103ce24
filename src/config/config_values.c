/* Reads and writes values of options: the one place that knows what a size, a duration or a list looks like.
 */
#include "config/config_values.h"

struct unit {
    const char *name;
    int64_t factor;
};

/* From the smallest to the largest; a NULL name ends them. */
static const struct unit size_units[] = {
    {"B", 1}, {"KiB", 1024}, {"MiB", INT64_C(1) << 20}, {"GiB", INT64_C(1) << 30}, {NULL, 0}};
static const struct unit duration_units[] = {{"ms", 1000},
                                             {"s", 1000000},
                                             {"min", INT64_C(60000000)},
                                             {"h", INT64_C(3600000000)},
                                             {"d", INT64_C(86400000000)},
                                             {NULL, 0}};

static const struct unit *units_of(const struct option *option)
{
    return option->kind == OPTION_IS_SIZE ? size_units : duration_units;
}

static void *place_of(const struct option *option, struct configuration *configuration)
{
    return (char *)configuration + option->offset;
}

static const void *value_of(const struct option *option, const struct configuration *configuration)
{
    return (const char *)configuration + option->offset;
}

/* A quoted form for a fault, cut before a character where it is longer than a line can bear. */
static const char *shown(struct arena *arena, struct text text)
{
    size_t length = text.length;
    if (length > 80) {
        length = 80;
        while (((unsigned char)text.data[length] & 0xC0) == 0x80) {
            length--;
        }
    }
    return arena_print(arena, "\"%.*s%s\"", (int)length, text.data, length < text.length ? "..." : "");
}

/* A number and its unit, with or without a space between; only bytes need no unit. */
static bool read_measure(struct text text, const struct unit *units, int64_t *value)
{
    size_t digits = 0;
    while (digits < text.length && text.data[digits] >= '0' && text.data[digits] <= '9') {
        digits++;
    }
    int64_t number = 0;
    if (!text_to_integer(text_part(text, 0, digits), 0, INT64_MAX, &number)) {
        return false;
    }
    struct text name = text_trim(text_part(text, digits, text.length));
    if (name.length == 0 && units == size_units) {
        name = text_of(units[0].name);
    }
    for (const struct unit *unit = units; unit->name != NULL; unit++) {
        if (text_equal_string(name, unit->name)) {
            return !__builtin_mul_overflow(number, unit->factor, value);
        }
    }
    return false;
}

static bool read_number(const struct option *option, struct text text, int64_t *value)
{
    if (option->kind == OPTION_IS_INTEGER) {
        return text_to_integer(text, INT64_MIN, INT64_MAX, value);
    }
    return read_measure(text, units_of(option), value);
}

static const char *store_number(struct arena *arena, const struct option *option, struct text text,
                                int64_t *place)
{
    int64_t value = 0;
    int64_t minimum = 0;
    int64_t maximum = 0;
    if (!read_number(option, text, &value)) {
        const char *form = option->kind == OPTION_IS_INTEGER ? "whole number such as 8"
                           : option->kind == OPTION_IS_SIZE  ? "size such as 64 KiB or 1 MiB"
                                                             : "duration such as 1500 ms, 5 s, 6 h or 14 d";
        return arena_print(arena, "%s is not a %s", shown(arena, text), form);
    }
    if (!read_number(option, text_of(option->minimum), &minimum) ||
        !read_number(option, text_of(option->maximum), &maximum)) {
        return "the table of options has no readable range for this";
    }
    if (value < minimum || value > maximum) {
        return arena_print(arena, "%.*s is not between %s and %s", TEXT_ARGUMENTS(text), option->minimum,
                           option->maximum);
    }
    *place = value;
    return NULL;
}

static const char *store_boolean(struct arena *arena, struct text text, bool *place)
{
    *place = text_equal_string(text, "on");
    if (!*place && !text_equal_string(text, "off")) {
        return arena_print(arena, "%s is neither on nor off", shown(arena, text));
    }
    return NULL;
}

static const char *store_choice(struct arena *arena, const struct option *option, struct text text,
                                const char **place)
{
    struct text rest = text_of(option->choices);
    while (rest.data != NULL) {
        if (text_equal(text_cut(&rest, ' '), text)) {
            *place = arena_copy(arena, text.data, text.length);
            return NULL;
        }
    }
    return arena_print(arena, "%s is none of: %s", shown(arena, text), option->choices);
}

/* A scheme, "://" and something behind it: what a browser or an application can be led to. */
static bool is_address(struct text text)
{
    size_t scheme = text_find(text, ':');
    for (size_t i = 0; i < scheme; i++) {
        char letter = text.data[i];
        bool first = letter >= 'a' && letter <= 'z';
        bool later = (letter >= '0' && letter <= '9') || letter == '+' || letter == '-' || letter == '.';
        if (!first && (i == 0 || !later)) {
            return false;
        }
    }
    struct text rest = text_part(text, scheme, text.length);
    return scheme > 0 && rest.length > 3 && text_starts_with(rest, TEXT("://")) &&
           text_find(text, ' ') == text.length;
}

/* What the flags ask of a word; a secret is not shown even where it is wrong. */
static const char *check_word(struct arena *arena, const struct option *option, struct text text)
{
    const char *word = (option->flags & SECRET) != 0 ? "this" : shown(arena, text);
    if ((option->flags & URL) != 0 && !is_address(text)) {
        return arena_print(arena, "%s is not an address such as https://app.example.com", word);
    }
    if ((option->flags & PATH) != 0 && text.data[0] != '/') {
        return arena_print(arena, "%s is not an absolute path", word);
    }
    return NULL;
}

static const char *store_text(struct arena *arena, const struct option *option, struct text text,
                              const char **place)
{
    if (text.length > 0) {
        const char *wrong = check_word(arena, option, text);
        if (wrong != NULL) {
            return wrong;
        }
    }
    *place = arena_copy(arena, text.data, text.length);
    return NULL;
}

static const char *store_list(struct arena *arena, const struct option *option, struct text text,
                              const char *const **place)
{
    const char **words = ARENA_ARRAY(arena, const char *, text.length / 2 + 2);
    size_t count = 0;
    struct text rest = text;
    while (rest.data != NULL) {
        struct text word = text_cut(&rest, ' ');
        if (word.length > 0) {
            const char *wrong = check_word(arena, option, word);
            if (wrong != NULL) {
                return wrong;
            }
            words[count++] = arena_copy(arena, word.data, word.length);
        }
    }
    *place = words;
    return NULL;
}

/* Control characters would reach logs, mails and headers from here; no value has a use for one. */
static bool is_clean(struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte < ' ' || byte == 0x7F) {
            return false;
        }
    }
    return text_is_utf8(text);
}

const char *option_read(struct arena *arena, const struct option *option, struct text text,
                        struct configuration *configuration)
{
    void *place = place_of(option, configuration);
    if (!is_clean(text)) {
        return "the value has a control character or is not UTF-8";
    }
    if (text.length == 0 && (option->flags & NEEDED) != 0) {
        return "the value must not be empty";
    }
    switch (option->kind) {
    case OPTION_IS_INTEGER:
    case OPTION_IS_SIZE:
    case OPTION_IS_DURATION:
        return store_number(arena, option, text, place);
    case OPTION_IS_BOOLEAN:
        return store_boolean(arena, text, place);
    case OPTION_IS_CHOICE:
        return store_choice(arena, option, text, place);
    case OPTION_IS_LIST:
        return store_list(arena, option, text, place);
    case OPTION_IS_TEXT:
        return store_text(arena, option, text, place);
    case OPTION_IS_SECTION:
        break;
    }
    return "this is no option";
}

static const char *write_measure(struct arena *arena, int64_t value, const struct unit *units)
{
    const struct unit *best = units;
    for (const struct unit *unit = units; unit->name != NULL; unit++) {
        if (value != 0 && value % unit->factor == 0) {
            best = unit;
        }
    }
    return arena_print(arena, "%lld %s", (long long)(value / best->factor), best->name);
}

static const char *write_list(struct arena *arena, const char *const *words)
{
    struct builder joined;
    builder_start(&joined, arena, 256, SIZE_MAX);
    for (size_t i = 0; words[i] != NULL; i++) {
        builder_add_string(&joined, i == 0 ? "" : " ");
        builder_add_string(&joined, words[i]);
    }
    builder_add_character(&joined, '\0');
    return joined.data;
}

const char *option_write(struct arena *arena, const struct option *option,
                         const struct configuration *configuration)
{
    const void *value = value_of(option, configuration);
    switch (option->kind) {
    case OPTION_IS_INTEGER:
        return arena_print(arena, "%lld", (long long)*(const int64_t *)value);
    case OPTION_IS_SIZE:
    case OPTION_IS_DURATION:
        return write_measure(arena, *(const int64_t *)value, units_of(option));
    case OPTION_IS_BOOLEAN:
        return *(const bool *)value ? "on" : "off";
    case OPTION_IS_LIST:
        return write_list(arena, *(const char *const *const *)value);
    case OPTION_IS_TEXT:
    case OPTION_IS_CHOICE:
        return *(const char *const *)value;
    case OPTION_IS_SECTION:
        break;
    }
    return "";
}
