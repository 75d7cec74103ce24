/* A sorted array: ten thousand addresses are put in order once and looked up by halving. */
#include "api/address_set.h"

#include <stdlib.h>

#include "base/keyed_hash.h"

#define MAXIMUM_LIST ((size_t)16 << 20)

static int compare_texts(struct text left, struct text right)
{
    size_t length = left.length < right.length ? left.length : right.length;
    int order = length > 0 ? memcmp(left.data, right.data, length) : 0;

    return order != 0 ? order : (left.length > right.length) - (left.length < right.length);
}

static int compare_positions(const void *left, const void *right)
{
    size_t first = ((const struct address *)left)->position;
    size_t second = ((const struct address *)right)->position;

    return (first > second) - (first < second);
}

static int compare_addresses(const void *left, const void *right)
{
    int order = compare_texts(((const struct address *)left)->lower, ((const struct address *)right)->lower);

    return order != 0 ? order : compare_positions(left, right);
}

static int compare_with_address(const void *lower, const void *address)
{
    return compare_texts(*(const struct text *)lower, ((const struct address *)address)->lower);
}

static int compare_hashes(const void *left, const void *right)
{
    return memcmp(left, right, SHA256_SIZE);
}

/* Of equal neighbours the first stays. */
static size_t drop_doubles(struct address *list, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || compare_texts(list[kept - 1].lower, list[i].lower) != 0) {
            list[kept++] = list[i];
        }
    }
    return kept;
}

struct address_set address_set_make(struct context *context, const struct text *texts, size_t count)
{
    struct address_set set = {.list = ARENA_ARRAY(context->arena, struct address, count + 1)};

    for (size_t i = 0; i < count; i++) {
        set.list[i] =
            (struct address){.given = texts[i], .lower = text_lower(context->arena, texts[i]), .position = i};
    }
    qsort(set.list, count, sizeof *set.list, compare_addresses);
    set.count = drop_doubles(set.list, count);
    return set;
}

void address_set_mark(struct address_set *set, const struct result *rows)
{
    for (size_t row = 0; row < result_rows(rows); row++) {
        struct text lower = result_text(rows, row, "email");
        struct address *address =
            bsearch(&lower, set->list, set->count, sizeof *set->list, compare_with_address);

        if (address != NULL) {
            address->found = true;
        }
    }
}

size_t address_set_found(const struct address_set *set)
{
    size_t found = 0;

    for (size_t i = 0; i < set->count; i++) {
        found += set->list[i].found;
    }
    return found;
}

/* No character that an address can have means anything between quotes. */
struct value address_set_value(struct context *context, const struct address_set *set)
{
    struct builder list;
    struct text text;

    builder_start(&list, context->arena, 64 + 32 * set->count, MAXIMUM_LIST);
    builder_add_character(&list, '{');
    for (size_t i = 0; i < set->count; i++) {
        builder_add_string(&list, i > 0 ? ",\"" : "\"");
        builder_add_text(&list, set->list[i].lower);
        builder_add_character(&list, '"');
    }
    BUILDER_ADD_LITERAL(&list, "}\0");
    text = builder_text(&list);
    return value_text(text_part(text, 0, text.length - 1));
}

void address_set_write_missing(struct context *context, const struct address_set *set,
                               struct json_writer *writer)
{
    struct address *missing = ARENA_ARRAY(context->arena, struct address, set->count + 1);
    size_t count = 0;

    for (size_t i = 0; i < set->count; i++) {
        if (!set->list[i].found) {
            missing[count++] = set->list[i];
        }
    }
    qsort(missing, count, sizeof *missing, compare_positions);
    json_open_array(writer);
    for (size_t i = 0; i < count; i++) {
        json_text(writer, missing[i].given);
    }
    json_close_array(writer);
}

struct text address_set_hashes(struct context *context, const struct address_set *set, struct text key,
                               bool found)
{
    char *hashes = arena_allocate(context->arena, SHA256_SIZE * set->count + 1);
    size_t count = 0;

    for (size_t i = 0; i < set->count; i++) {
        if (set->list[i].found == found) {
            keyed_hash(key, set->list[i].lower, (unsigned char *)hashes + SHA256_SIZE * count);
            count++;
        }
    }
    qsort(hashes, count, SHA256_SIZE, compare_hashes);
    return (struct text){hashes, SHA256_SIZE * count};
}
