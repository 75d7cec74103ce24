/* Orders cannot be parameters of a statement, so they are the one thing that is written into SQL; only plain
 * names pass. */
#include "database/order.h"

#include "base/log.h"
#include "base/text.h"

#define MARKER               "{order:"
#define ORDERED_TEXT_MAXIMUM 65536

static const char *const name_characters = "abcdefghijklmnopqrstuvwxyz_";

static void require_plain_name(const char *item)
{
    size_t length = strspn(item, name_characters);
    if (length == 0 || (item[length] != '\0' && strcmp(item + length, " DESC") != 0)) {
        LOG_ERROR("not a column to order by: %s", item);
        abort();
    }
}

static void add_order(struct builder *builder, struct text alias, const char *const *order, size_t count)
{
    for (size_t index = 0; index < count; index++) {
        require_plain_name(order[index]);
        builder_add_string(builder, index == 0 ? "" : ", ");
        if (alias.length > 0) {
            builder_add_text(builder, alias);
            builder_add_character(builder, '.');
        }
        builder_add_string(builder, order[index]);
    }
}

static const char *finish(struct builder *builder)
{
    builder_add_character(builder, '\0');
    if (builder->overflowed) {
        LOG_ERROR("the text of an ordered statement is too long");
        abort();
    }
    return builder->data;
}

const char *order_text(struct arena *arena, const char *const *order, size_t count)
{
    struct builder builder;
    builder_start(&builder, arena, 64, ORDERED_TEXT_MAXIMUM);
    add_order(&builder, NO_TEXT, order, count);
    return finish(&builder);
}

const char *order_apply(struct arena *arena, const char *text, const char *const *order, size_t count)
{
    struct builder builder;
    builder_start(&builder, arena, strlen(text) + 256, ORDERED_TEXT_MAXIMUM);
    for (const char *marker = strstr(text, MARKER); marker != NULL; marker = strstr(text, MARKER)) {
        builder_add(&builder, text, (size_t)(marker - text));
        const char *alias = marker + strlen(MARKER);
        size_t length = strcspn(alias, "}");
        add_order(&builder, (struct text){alias, length}, order, count);
        text = alias + length + (alias[length] == '}');
    }
    builder_add_string(&builder, text);
    return finish(&builder);
}
