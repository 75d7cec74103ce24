/* Every pair of statement and shape that a process has met, with its binding: found by hashing both
 * addresses. */
#include "base/log.h"
#include "database/result.h"

struct entry {
    const struct statement *statement;
    const struct shape *shape;
    struct binding *binding; /* NULL: the place is free */
};

/* They last as long as the process: there are no more of them than the program's text has. */
static struct entry *entries;
static size_t capacity;
static size_t used;

static struct entry *place_of(const struct statement *statement, const struct shape *shape)
{
    size_t hash = ((uintptr_t)statement >> 3) * 31 + ((uintptr_t)shape >> 3);
    for (size_t index = hash & (capacity - 1);; index = (index + 1) & (capacity - 1)) {
        struct entry *entry = &entries[index];
        if (entry->binding == NULL || (entry->statement == statement && entry->shape == shape)) {
            return entry;
        }
    }
}

static void grow(void)
{
    struct entry *old = entries;
    size_t old_capacity = capacity;
    capacity = old_capacity == 0 ? 256 : 2 * old_capacity;
    entries = calloc(capacity, sizeof *entries);
    if (entries == NULL) {
        LOG_ERROR("no memory for bindings");
        abort();
    }
    for (size_t index = 0; index < old_capacity; index++) {
        if (old[index].binding != NULL) {
            *place_of(old[index].statement, old[index].shape) = old[index];
        }
    }
    free(old);
}

const struct binding *result_binding(const struct result *result, const struct shape *shape)
{
    if (used * 2 >= capacity) {
        grow();
    }
    struct entry *entry = place_of(result->statement, shape);
    if (entry->binding == NULL) {
        struct row_source source = result_source(result);
        *entry = (struct entry){result->statement, shape, binding_create(shape, &source)};
        used++;
    }
    return entry->binding;
}
