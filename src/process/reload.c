/* A configuration that cannot be read, or with which no worker can live, must never replace one that works.
 */
#include "process/reload.h"

#include <signal.h>

#include "base/clock.h"
#include "base/log.h"
#include "process/notify.h"

#define PATIENCE (10 * MICROSECONDS_PER_SECOND)

static void apply_log_level(const struct configuration *configuration)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(configuration->log_level, names[i]) == 0) {
            log_set_level((enum log_level)i);
        }
    }
}

void reload_start(struct reload *reload, struct configuration *configuration, const char *file)
{
    *reload = (struct reload){.file = file, .current = configuration, .deadline = INT64_MAX};
    apply_log_level(configuration);
}

unsigned reload_generation(const struct reload *reload)
{
    return reload->generation;
}

int64_t reload_deadline(const struct reload *reload)
{
    return reload->deadline;
}

void reload_end(struct reload *reload)
{
    configuration_free(reload->current);
    configuration_free(reload->former);
    reload->current = NULL;
    reload->former = NULL;
}

/* One option under two configurations. */
struct comparison {
    const struct configuration *other;
    const struct option_view *option;
};

static void compare_with(const struct option_view *option, void *argument)
{
    const struct comparison *comparison = argument;
    if (strcmp(option->name, comparison->option->name) == 0 &&
        strcmp(option->value, comparison->option->value) != 0) {
        LOG_WARNING("%s: the new value is used only after a restart", option->name);
    }
}

static void compare(const struct option_view *option, void *argument)
{
    const struct comparison *comparison = argument;
    struct comparison inner = {.option = option};
    if (!option->reloadable) {
        configuration_visit(comparison->other, compare_with, &inner);
    }
}

static void warn_of_restarts(const struct configuration *former, const struct configuration *current)
{
    struct comparison comparison = {.other = current};
    configuration_visit(former, compare, &comparison);
}

static void begin(struct reload *reload, struct workers *workers, int64_t now)
{
    char fault[512] = "";
    notify("RELOADING=1\nMONOTONIC_USEC=%lld", (long long)now);
    struct configuration *next = configuration_load(reload->file, fault, sizeof(fault));
    if (next == NULL) {
        LOG_ERROR("the configuration stays as it was: %s", fault);
        notify("READY=1\nSTATUS=Serving; the new configuration is faulty: %s", fault);
        return;
    }
    warn_of_restarts(reload->current, next);
    reload->former = reload->current;
    reload->former_generation = reload->generation;
    reload->current = next;
    reload->generation = ++reload->last_generation;
    reload->deadline = now + PATIENCE;
    apply_log_level(next);
    workers_set_generation(workers, next, reload->generation);
    LOG_INFO("new configuration: starting new workers");
}

static void succeed(struct reload *reload, struct workers *workers, int64_t now)
{
    workers_dismiss(workers, WORKERS_FORMER, SIGTERM, now + reload->former->drain_time);
    configuration_free(reload->former);
    reload->former = NULL;
    reload->deadline = INT64_MAX;
    LOG_INFO("new configuration: in force");
    notify("READY=1\nSTATUS=Serving");
}

static void fail(struct reload *reload, struct workers *workers, int64_t now)
{
    LOG_ERROR("the configuration stays as it was: workers cannot begin with the new one");
    workers_dismiss(workers, WORKERS_CURRENT, SIGTERM, now + MICROSECONDS_PER_SECOND);
    configuration_free(reload->current);
    reload->current = reload->former;
    reload->generation = reload->former_generation;
    reload->former = NULL;
    reload->deadline = INT64_MAX;
    apply_log_level(reload->current);
    workers_set_generation(workers, reload->current, reload->generation);
    notify("READY=1\nSTATUS=Serving; the new configuration does not work");
}

void reload_step(struct reload *reload, struct workers *workers, bool asked, int64_t now)
{
    reload->wanted = reload->wanted || asked;
    if (reload->former != NULL) {
        if (workers->failed || now >= reload->deadline) {
            fail(reload, workers, now);
        } else if (workers_ready(workers)) {
            succeed(reload, workers, now);
        }
    }
    if (reload->former == NULL && reload->wanted) {
        reload->wanted = false;
        begin(reload, workers, now);
    }
}
