/* Workers are known by the names that they give themselves. */
#include "reliability/family.h"

#include <unistd.h>

#include "process/server.h"
#include "support/world_parts.h"

static int by_id(const void *left, const void *right)
{
    pid_t first = *(const pid_t *)left;
    pid_t second = *(const pid_t *)right;
    return (first > second) - (first < second);
}

struct family family_of(const struct world *world)
{
    struct family family = {.count = 0};
    pid_t children[MAXIMUM_CHILDREN];
    size_t count = children_of(world_master(world), children);
    for (size_t i = 0; i < count; i++) {
        if (process_is_named(children[i], "muster-worker") || process_is_named(children[i], "muster-slow")) {
            family.members[family.count++] = children[i];
        }
    }
    qsort(family.members, family.count, sizeof(pid_t), by_id);
    return family;
}

bool family_has(const struct family *family, pid_t process)
{
    for (size_t i = 0; i < family->count; i++) {
        if (family->members[i] == process) {
            return true;
        }
    }
    return false;
}

bool family_equal(const struct family *left, const struct family *right)
{
    return left->count == right->count &&
           memcmp(left->members, right->members, left->count * sizeof(pid_t)) == 0;
}

size_t log_count(const struct world *world, const char *text)
{
    char path[256];
    char *line = NULL;
    size_t size = 0;
    size_t count = 0;
    snprintf(path, sizeof path, "%s/muster.log", world_folder(world));
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    while (getline(&line, &size, file) >= 0) {
        count += strstr(line, text) != NULL;
    }
    free(line);
    fclose(file);
    return count;
}

void log_await(const struct world *world, const char *text, size_t before)
{
    for (int round = 0; round < 6000; round++) {
        if (log_count(world, text) > before) {
            return;
        }
        usleep(10000);
    }
    fail_msg("the log never says: %s", text);
}
