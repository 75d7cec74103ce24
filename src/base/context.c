/* Keeps the first cause of a failure, because what fails after it is most often only its consequence. */
#include "base/context.h"

#include <stdarg.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

void context_start(struct context *context, struct arena *arena, const struct configuration *configuration,
                   struct database *database)
{
    *context = (struct context){
        .arena = arena, .configuration = configuration, .database = database, .now = clock_now()};
    context->last_fault = &context->faults;
}

static void log_later_cause(const struct context *context, enum problem problem, const char *detail,
                            const char *file, int line)
{
    const struct log_field fields[] = {
        {"request", context->request_id},
        {"first", text_of(problem_name(context->problem))},
        {"problem", text_of(problem_name(problem))},
        {"detail", text_of(detail)},
        {"at", text_of(arena_print(context->arena, "%s:%d", file, line))},
    };
    log_fields(LOG_LEVEL_WARNING, "a failure after the first", fields, sizeof fields / sizeof fields[0]);
}

static enum problem note(struct context *context, enum problem problem, const char *detail, const char *file,
                         int line)
{
    if (context->problem != PROBLEM_NONE) {
        log_later_cause(context, problem, detail, file, line);
        return problem;
    }
    context->problem = problem;
    context->detail = detail;
    context->file = file;
    context->line = line;
    return problem;
}

enum problem context_fail(struct context *context, enum problem problem, const char *file, int line,
                          const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *detail = arena_print_list(context->arena, format, arguments);
    va_end(arguments);
    return note(context, problem, detail, file, line);
}

enum problem context_fail_plainly(struct context *context, enum problem problem, const char *file, int line)
{
    return note(context, problem, NULL, file, line);
}

void context_fault(struct context *context, const char *field, const char *format, ...)
{
    struct fault *fault = ARENA_NEW(context->arena, struct fault);
    va_list arguments;
    va_start(arguments, format);
    fault->sentence = arena_print_list(context->arena, format, arguments);
    va_end(arguments);
    fault->field = field == NULL ? NULL : arena_copy_string(context->arena, field);
    *context->last_fault = fault;
    context->last_fault = &fault->next;
}

bool context_has_fault(const struct context *context, const char *field)
{
    for (const struct fault *fault = context->faults; fault != NULL; fault = fault->next) {
        if (fault->field != NULL && strcmp(fault->field, field) == 0) {
            return true;
        }
    }
    return false;
}

enum problem context_fail_on_faults(struct context *context, enum problem problem, const char *file, int line)
{
    return context->faults == NULL ? PROBLEM_NONE : context_fail_plainly(context, problem, file, line);
}

void context_forgive(struct context *context)
{
    context->problem = PROBLEM_NONE;
    context->detail = NULL;
    context->file = NULL;
    context->line = 0;
    context->faults = NULL;
    context->last_fault = &context->faults;
    context->retry_after = 0;
}
