/* Waiting for log lines. */
#include "support/logs.h"

#include <time.h>

#define PATIENCE_SECONDS 30

static const char *find_line(struct world *world, const char *content, const char *part)
{
    const char *found = content != NULL ? strstr(content, part) : NULL;
    const char *start = found;
    if (found == NULL || strchr(found, '\n') == NULL) {
        return NULL;
    }
    while (start > content && start[-1] != '\n') {
        start--;
    }
    return world_print(world, "%.*s", (int)strcspn(start, "\n"), start);
}

const char *wait_for_line(struct world *world, const char *log, const char *part)
{
    const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
    const char *path = world_print(world, "%s/%s", world_folder(world), log);
    for (int round = 0; round < PATIENCE_SECONDS * 50; round++) {
        const char *line = find_line(world, world_read_file(world, path), part);
        if (line != NULL) {
            return line;
        }
        nanosleep(&pause, NULL);
    }
    fail_msg("%s has no line with %s:\n%s", log, part, world_read_file(world, path));
    return NULL;
}
