/* Any text as a configuration file: it is refused with a fault of one line, or what is shown of it can be
 * read again. */
#include "base/arena.h"
#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void add_line(const struct option_view *option, void *argument)
{
    struct builder *builder = argument;
    builder_add_format(builder, "%s = %s\n", option->name, option->value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char fault[256] = "";
    struct text text = {(const char *)data, size};
    struct configuration *configuration = configuration_parse(text, "fuzz.conf", fault, sizeof fault);
    if (configuration == NULL) {
        check(fault[0] != '\0' && strchr(fault, '\n') == NULL);
        return 0;
    }
    struct arena *arena = arena_create((size_t)64 * 1024 * 1024);
    check(arena != NULL);
    struct builder shown;
    builder_start(&shown, arena, 4096, (size_t)16 * 1024 * 1024);
    configuration_visit(configuration, add_line, &shown);
    struct configuration *again =
        configuration_parse(builder_text(&shown), "shown.conf", fault, sizeof fault);
    check(again != NULL && !shown.overflowed);
    configuration_free(again);
    arena_destroy(arena);
    configuration_free(configuration);
    return 0;
}
