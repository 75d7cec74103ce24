/* Looks for duplicate keys in texts that are kept as they were written: of those no tree is made that would
 * show them. */
#include "json/duplicates.h"

#include <assert.h>

#include "json/json.h"
#include "json/plain.h"

/* So few keys are compared one by one; more are sorted. */
#define FEW_KEYS 12

struct container {
    bool object;
    size_t start; /* where its keys begin */
};

/* The keys of all objects that are open at `at`, those of the innermost last. */
struct search {
    struct arena *arena;
    const char *at;
    const char *end;
    struct text *keys;
    size_t count;
    struct container open[JSON_MAXIMUM_DEPTH];
    size_t level;
    bool key_follows;
};

static int32_t read_unit(const char *digits)
{
    int32_t unit = 0;

    for (int index = 0; index < 4; index++) {
        const char digit = digits[index];
        unit = unit * 16 + (digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
    }
    return unit;
}

static void add_code_point(struct builder *out, int32_t code)
{
    if (code < 0x80) {
        builder_add_character(out, (char)code);
    } else if (code < 0x800) {
        builder_add(out, (const char[]){(char)(0xc0 | code >> 6), (char)(0x80 | (code & 0x3f))}, 2);
    } else if (code < 0x10000) {
        builder_add(out,
                    (const char[]){(char)(0xe0 | code >> 12), (char)(0x80 | (code >> 6 & 0x3f)),
                                   (char)(0x80 | (code & 0x3f))},
                    3);
    } else {
        builder_add(out,
                    (const char[]){(char)(0xf0 | code >> 18), (char)(0x80 | (code >> 12 & 0x3f)),
                                   (char)(0x80 | (code >> 6 & 0x3f)), (char)(0x80 | (code & 0x3f))},
                    4);
    }
}

/* The character that the escape behind a backslash stands for; returns how long the escape is. */
static size_t add_escaped(struct builder *out, const char *escape)
{
    static const char named[] = {['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t'};
    const unsigned char letter = (unsigned char)*escape;
    int32_t unit;

    if (letter != 'u') {
        builder_add_character(out, letter < sizeof(named) && named[letter] != '\0' ? named[letter] : *escape);
        return 1;
    }
    unit = read_unit(escape + 1);
    if (unit < 0xd800 || unit > 0xdbff) {
        add_code_point(out, unit);
        return 5;
    }
    add_code_point(out, 0x10000 + ((unit - 0xd800) << 10) + (read_unit(escape + 7) - 0xdc00));
    return 11;
}

/* The key that is written so. */
static struct text read_key(struct arena *arena, struct text written)
{
    struct builder key;

    if (text_find(written, '\\') == written.length) {
        return written;
    }
    builder_start(&key, arena, written.length, written.length);
    while (written.length > 0) {
        const size_t backslash = text_find(written, '\\');
        builder_add(&key, written.data, backslash);
        written = text_part(written, backslash, written.length);
        if (written.length > 0) {
            written = text_part(written, 1 + add_escaped(&key, written.data + 1), written.length);
        }
    }
    return builder_text(&key);
}

static int compare_keys(const void *left, const void *right)
{
    const struct text *one = left;
    const struct text *other = right;
    const size_t shorter = one->length < other->length ? one->length : other->length;
    const int order = shorter > 0 ? memcmp(one->data, other->data, shorter) : 0;

    return order != 0 ? order : (one->length > other->length) - (one->length < other->length);
}

static bool has_equal_neighbours(struct text *keys, size_t count)
{
    qsort(keys, count, sizeof(*keys), compare_keys);
    for (size_t index = 1; index < count; index++) {
        if (text_equal(keys[index - 1], keys[index])) {
            return true;
        }
    }
    return false;
}

static bool has_equal_ones(struct text *keys, size_t count)
{
    if (count > FEW_KEYS) {
        return has_equal_neighbours(keys, count);
    }
    for (size_t index = 1; index < count; index++) {
        for (size_t earlier = 0; earlier < index; earlier++) {
            if (text_equal(keys[earlier], keys[index])) {
                return true;
            }
        }
    }
    return false;
}

static void open_container(struct search *search, bool object)
{
    assert(search->level < JSON_MAXIMUM_DEPTH);
    search->open[search->level++] = (struct container){object, search->count};
    search->key_follows = object;
}

/* Whether the container that ends here has a key twice. */
static bool close_container(struct search *search)
{
    assert(search->level > 0);
    const size_t start = search->open[--search->level].start;
    const size_t count = search->count - start;

    search->count = start;
    search->key_follows = false;
    return has_equal_ones(search->keys + start, count);
}

/* The string whose opening quote is at hand: a key where one follows. */
static void take_string(struct search *search)
{
    const char *start = search->at + 1;

    search->at = start;
    while (*search->at != '"') {
        search->at += *search->at == '\\' ? 2 : 1;
        search->at += plain_run((const unsigned char *)search->at, (size_t)(search->end - search->at), false);
    }
    if (search->key_follows) {
        search->keys[search->count++] =
            read_key(search->arena, (struct text){start, (size_t)(search->at - start)});
        search->key_follows = false;
    }
    search->at++;
}

/* Takes the next sign; true where it ends an object that has a key twice. */
static bool take_sign(struct search *search)
{
    const char sign = *search->at;

    if (sign == '"') {
        take_string(search);
        return false;
    }
    search->at++;
    if (sign == '{' || sign == '[') {
        open_container(search, sign == '{');
    } else if (sign == ',') {
        search->key_follows = search->level > 0 && search->open[search->level - 1].object;
    } else if (sign == '}' || sign == ']') {
        return close_container(search);
    }
    return false;
}

bool json_has_duplicate_keys(struct arena *arena, struct text text, size_t keys)
{
    struct search search = {.arena = arena,
                            .at = text.data,
                            .end = text.data + text.length,
                            .keys = ARENA_ARRAY(arena, struct text, keys)};

    while (search.at < search.end) {
        if (take_sign(&search)) {
            return true;
        }
    }
    return false;
}
