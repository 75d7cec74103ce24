/* Reads the configuration and refuses whatever it does not understand: a line that is silently ignored is how
 * a server comes to run with a limit that nobody chose. */
#include "config/config.h"

#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

#include "config/config_values.h"

#define MAXIMUM_FILE_SIZE ((size_t)256 * 1024)
#define MAXIMUM_MEMORY    ((size_t)16 * 1024 * 1024)
#define PREFIX            "MUSTER_"

struct reader {
    struct arena *arena;
    struct configuration *configuration;
    const char *file;
    int line;
    int *first_lines; /* of each option, in the order of the table; 0: not given yet */
    bool with_environment;
    char *fault;
    size_t fault_size;
};

/* Says what is wrong; always false, so that it can be returned. */
static bool refuse(const struct reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool refuse(const struct reader *reader, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reader->fault, reader->fault_size, format, arguments);
    va_end(arguments);
    return false;
}

static bool set_defaults(const struct reader *reader)
{
    for (size_t i = 0; i < option_count; i++) {
        if (options[i].kind == OPTION_IS_SECTION) {
            continue;
        }
        const char *wrong =
            option_read(reader->arena, &options[i], text_of(options[i].initial), reader->configuration);
        if (wrong != NULL) {
            return refuse(reader, "default of %s: %s", options[i].name, wrong);
        }
    }
    return true;
}

/* Only what can be shown in a fault as it is counts as a name. */
static bool is_name(struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        char letter = text.data[i];
        bool fits = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                    (letter >= '0' && letter <= '9') || letter == '_' || letter == '.' || letter == '-';
        if (!fits) {
            return false;
        }
    }
    return text.length > 0 && text.length <= 64;
}

static bool read_line(struct reader *reader, struct text line)
{
    struct text rest = text_trim(line);
    if (rest.length == 0 || rest.data[0] == '#') {
        return true;
    }
    struct text name = text_trim(text_cut(&rest, '='));
    if (rest.data == NULL || !is_name(name)) {
        return refuse(reader, "%s:%d: this is not of the form \"name = value\"", reader->file, reader->line);
    }
    const struct option *option = option_find(name);
    if (option == NULL) {
        return refuse(reader, "%s:%d: %.*s: there is no such option", reader->file, reader->line,
                      TEXT_ARGUMENTS(name));
    }
    int *first_line = &reader->first_lines[option - options];
    if (*first_line != 0) {
        return refuse(reader, "%s:%d: %s: given twice, first in line %d", reader->file, reader->line,
                      option->name, *first_line);
    }
    *first_line = reader->line;
    const char *wrong = option_read(reader->arena, option, text_trim(rest), reader->configuration);
    if (wrong != NULL) {
        return refuse(reader, "%s:%d: %s: %s", reader->file, reader->line, option->name, wrong);
    }
    return true;
}

static bool read_text(struct reader *reader, struct text text)
{
    while (text.data != NULL) {
        reader->line++;
        if (!read_line(reader, text_cut(&text, '\n'))) {
            return false;
        }
    }
    return true;
}

static bool slurp(const struct reader *reader, struct text *text)
{
    char *data = arena_reserve(reader->arena, MAXIMUM_FILE_SIZE + 1);
    FILE *stream = fopen(reader->file, "re");
    if (stream == NULL) {
        return refuse(reader, "%s: %s", reader->file, strerror(errno));
    }
    size_t length = fread(data, 1, MAXIMUM_FILE_SIZE + 1, stream);
    int reason = ferror(stream) ? errno : 0;
    fclose(stream);
    if (reason != 0) {
        return refuse(reader, "%s: %s", reader->file, strerror(reason));
    }
    if (length > MAXIMUM_FILE_SIZE) {
        return refuse(reader, "%s: larger than %zu bytes", reader->file, MAXIMUM_FILE_SIZE);
    }
    *text = (struct text){data, length};
    return true;
}

static const struct option *find_by_environment(struct arena *arena, struct text name)
{
    for (size_t i = 0; i < option_count; i++) {
        if (options[i].name != NULL && text_equal_string(name, option_environment(arena, &options[i]))) {
            return &options[i];
        }
    }
    return NULL;
}

static bool read_variable(const struct reader *reader, struct text variable)
{
    struct text value = variable;
    struct text name = text_cut(&value, '=');
    if (!text_starts_with(name, TEXT(PREFIX))) {
        return true;
    }
    const struct option *option = find_by_environment(reader->arena, name);
    if (option == NULL) {
        return true; /* orchestrators set variables such as MUSTER_SERVICE_HOST on their own */
    }
    const char *wrong = option_read(reader->arena, option, text_trim(value), reader->configuration);
    if (wrong != NULL) {
        return refuse(reader, "environment: %.*s: %s", TEXT_ARGUMENTS(name), wrong);
    }
    return true;
}

static bool read_environment(const struct reader *reader)
{
    for (char **variable = environ; variable != NULL && *variable != NULL; variable++) {
        if (!read_variable(reader, text_of(*variable))) {
            return false;
        }
    }
    return true;
}

static bool read_all(struct reader *reader, struct text text, bool from_file)
{
    reader->configuration = ARENA_NEW(reader->arena, struct configuration);
    reader->configuration->memory = reader->arena;
    reader->first_lines = ARENA_ARRAY(reader->arena, int, option_count);
    if (reader->file != NULL) {
        reader->configuration->file = arena_copy_string(reader->arena, reader->file);
    }
    if (!set_defaults(reader) || (from_file && !slurp(reader, &text)) || !read_text(reader, text)) {
        return false;
    }
    return !reader->with_environment || read_environment(reader);
}

static struct configuration *read_in_arena(struct reader *reader, struct text text, bool from_file)
{
    struct arena *arena = arena_create(MAXIMUM_MEMORY);
    if (arena == NULL) {
        refuse(reader, "not enough memory");
        return NULL;
    }
    jmp_buf escape;
    if (setjmp(escape) != 0) {
        refuse(reader, "the configuration needs too much memory");
        arena_destroy(arena);
        return NULL;
    }
    arena_set_escape(arena, &escape);
    reader->arena = arena;
    bool read = read_all(reader, text, from_file);
    arena_set_escape(arena, NULL);
    if (!read) {
        arena_destroy(arena);
        return NULL;
    }
    return reader->configuration;
}

struct configuration *configuration_load(const char *file, char *fault, size_t fault_size)
{
    struct reader reader = {.file = file, .with_environment = true, .fault = fault, .fault_size = fault_size};
    return read_in_arena(&reader, NO_TEXT, file != NULL);
}

struct configuration *configuration_parse(struct text text, const char *file, char *fault, size_t fault_size)
{
    struct reader reader = {.file = file, .fault = fault, .fault_size = fault_size};
    return read_in_arena(&reader, text, false);
}

void configuration_free(struct configuration *configuration)
{
    if (configuration != NULL) {
        arena_destroy(configuration->memory);
    }
}

const char *configuration_default_file(void)
{
    static const char usual[] = DEFAULT_CONFIGURATION_FILE;
    const char *file = getenv("MUSTER_CONF");
    if (file != NULL && file[0] != '\0') {
        return file;
    }
    return access(usual, F_OK) == 0 ? usual : NULL;
}

static const char *shown_value(struct arena *arena, const struct option *option,
                               const struct configuration *configuration)
{
    if (configuration == NULL) {
        return option->initial;
    }
    const char *value = option_write(arena, option, configuration);
    bool hidden = (option->flags & SECRET) != 0 && strcmp(value, option->initial) != 0;
    return hidden ? "********" : value;
}

void configuration_visit(const struct configuration *configuration,
                         void (*visit)(const struct option_view *option, void *argument), void *argument)
{
    const char *section = "";
    for (size_t i = 0; i < option_count; i++) {
        const struct option *option = &options[i];
        if (option->kind == OPTION_IS_SECTION) {
            section = option->about;
            continue;
        }
        struct arena *arena = arena_create(MAXIMUM_MEMORY);
        if (arena == NULL) {
            abort();
        }
        struct option_view view = {.section = section,
                                   .name = option->name,
                                   .value = shown_value(arena, option, configuration),
                                   .initial = option->initial,
                                   .type = option_type(arena, option),
                                   .range = option_range(arena, option),
                                   .about = option->about,
                                   .environment = option_environment(arena, option),
                                   .reloadable = (option->flags & RELOAD) != 0,
                                   .secret = (option->flags & SECRET) != 0};
        visit(&view, argument);
        arena_destroy(arena);
    }
}
