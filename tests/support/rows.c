/* A plain comparison of each row's path, slow and simple. */
#include "support/rows.h"

static bool segment_fits(struct text pattern, struct text segment, bool any_case)
{
    bool placeholder = pattern.length > 0 && pattern.data[0] == '{';
    bool equal = any_case ? text_equal_ignoring_case(pattern, segment) : text_equal(pattern, segment);
    return placeholder ? segment.length > 0 : equal;
}

/* Literal segments count more than placeholders, so that /teams/{id} does not hide /teams/admins. */
static int fitness(const struct endpoint *row, struct text path)
{
    char whole[512];
    int literals = 0;
    snprintf(whole, sizeof(whole), "%s%s", api_base(row->api), row->path);
    struct text pattern = text_of(whole);

    while (pattern.data != NULL && path.data != NULL) {
        struct text expected = text_cut(&pattern, '/');
        if (!segment_fits(expected, text_cut(&path, '/'), dialects[row->api].any_case)) {
            return -1;
        }
        literals += expected.length == 0 || expected.data[0] != '{';
    }
    return pattern.data == NULL && path.data == NULL ? literals : -1;
}

const struct endpoint *row_of(const char *method, const char *path)
{
    const char *wanted = text_equal_string(text_of(method), "HEAD") ? "GET" : method;
    struct text rest = text_of(path);
    struct text bare = text_cut(&rest, '?');
    const struct endpoint *best = NULL;
    int best_fitness = -1;

    if (bare.length > 1 && bare.data[bare.length - 1] == '/') {
        bare.length--;
    }
    for (size_t i = 0; i < endpoint_count; i++) {
        int fits = fitness(&endpoints[i], bare);
        if (fits > best_fitness && text_equal_string(text_of(wanted), method_name(endpoints[i].method))) {
            best = &endpoints[i];
            best_fitness = fits;
        }
    }
    return best;
}

static const struct shape *find_in(const struct shape *shape, const char *name, int depth)
{
    if (shape == NULL || depth > 8) {
        return NULL;
    }
    if (shape->name != NULL && text_equal_string(text_of(shape->name), name)) {
        return shape;
    }
    for (size_t i = 0; i < shape->count; i++) {
        const struct shape *found = find_in(shape->fields[i].shape, name, depth + 1);
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

const struct shape *shape_of_name(const char *name)
{
    for (size_t i = 0; i < endpoint_count; i++) {
        const struct shape *found = find_in(endpoints[i].answer, name, 0);
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}
