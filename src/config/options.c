/* Makes the table out of options.def, and answers what it says about one option. */
#include "config/options.h"

#include "config/config.h"

#define ROW(option_name) .name = #option_name, .offset = offsetof(struct configuration, option_name)

const struct option options[] = {
#define OPTION_SECTION(title) {.kind = OPTION_IS_SECTION, .about = (title)},
#define OPTION_TEXT(option, value, flag, text) \
    {.kind = OPTION_IS_TEXT, ROW(option), .initial = (value), .flags = (flag), .about = (text)},
#define OPTION_INTEGER(option, value, low, high, flag, text) \
    {.kind = OPTION_IS_INTEGER,                              \
     ROW(option),                                            \
     .initial = #value,                                      \
     .minimum = #low,                                        \
     .maximum = #high,                                       \
     .flags = (flag),                                        \
     .about = (text)},
#define MEASURE(measure, option, value, low, high, flag, text) \
    {.kind = (measure),                                        \
     ROW(option),                                              \
     .initial = (value),                                       \
     .minimum = (low),                                         \
     .maximum = (high),                                        \
     .flags = (flag),                                          \
     .about = (text)},
#define OPTION_SIZE(option, value, low, high, flag, text) \
    MEASURE(OPTION_IS_SIZE, option, value, low, high, flag, text)
#define OPTION_DURATION(option, value, low, high, flag, text) \
    MEASURE(OPTION_IS_DURATION, option, value, low, high, flag, text)
#define OPTION_BOOLEAN(option, value, flag, text) \
    {.kind = OPTION_IS_BOOLEAN,                   \
     ROW(option),                                 \
     .initial = (value) ? "on" : "off",           \
     .flags = (flag),                             \
     .about = (text)},
#define OPTION_CHOICE(option, value, words, flag, text) \
    {.kind = OPTION_IS_CHOICE,                          \
     ROW(option),                                       \
     .initial = (value),                                \
     .choices = (words),                                \
     .flags = (flag),                                   \
     .about = (text)},
#define OPTION_LIST(option, value, flag, text) \
    {.kind = OPTION_IS_LIST, ROW(option), .initial = (value), .flags = (flag), .about = (text)},
#include "config/options.def"
};

const size_t option_count = sizeof options / sizeof options[0];

static bool is_named(const struct option *option, struct text name)
{
    if (option->name == NULL || strlen(option->name) != name.length) {
        return false;
    }
    for (size_t i = 0; i < name.length; i++) {
        if (option->name[i] != (name.data[i] == '.' ? '_' : name.data[i])) {
            return false;
        }
    }
    return true;
}

const struct option *option_find(struct text name)
{
    for (size_t i = 0; i < option_count; i++) {
        if (is_named(&options[i], name)) {
            return &options[i];
        }
    }
    return NULL;
}

const char *option_environment(struct arena *arena, const struct option *option)
{
    char *name = arena_print(arena, "MUSTER_%s", option->name);
    for (char *letter = name; *letter != '\0'; letter++) {
        if (*letter >= 'a' && *letter <= 'z') {
            *letter = (char)(*letter - 'a' + 'A');
        }
    }
    return name;
}

const char *option_type(struct arena *arena, const struct option *option)
{
    bool address = (option->flags & URL) != 0;
    switch (option->kind) {
    case OPTION_IS_TEXT:
        return address ? "address" : (option->flags & PATH) != 0 ? "path" : "text";
    case OPTION_IS_LIST:
        return address ? "addresses" : "list";
    case OPTION_IS_INTEGER:
        return "integer";
    case OPTION_IS_SIZE:
        return "size";
    case OPTION_IS_DURATION:
        return "duration";
    case OPTION_IS_BOOLEAN:
        return "on or off";
    case OPTION_IS_CHOICE:
        return arena_print(arena, "one of: %s", option->choices);
    case OPTION_IS_SECTION:
        break;
    }
    return "section";
}

const char *option_range(struct arena *arena, const struct option *option)
{
    return option->minimum == NULL ? "" : arena_print(arena, "%s to %s", option->minimum, option->maximum);
}
