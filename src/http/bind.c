/* Binding by name, so that a row needs no handler to hand its values on. */
#include "http/bind.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "http/paging.h"

static bool find_path_value(const struct request *request, const char *name, struct value *value)
{
    for (size_t i = 0; i < request->path_value_count; i++) {
        if (strcmp(request->path_values[i].placeholder->name, name) == 0) {
            *value = value_text(request->path_values[i].text);
            return true;
        }
    }
    return false;
}

static bool find_field(const struct values *values, const char *name, struct value *value)
{
    size_t position = values->shape != NULL ? shape_find(values->shape, name) : 0;

    if (values->shape == NULL || position == values->shape->count) {
        return false;
    }
    *value = value_text(values->fields[position].text);
    return true;
}

static struct value find_value(struct request *request, const char *name)
{
    struct value value = NULL_VALUE;

    if (strcmp(name, "limit") == 0) {
        return paging_limit(request);
    }
    if (strcmp(name, "offset") == 0) {
        return paging_offset(request);
    }
    if (strcmp(name, "sort") == 0) {
        return value_text(parameters_find(request->query_parameters, "sort"));
    }
    if (!find_path_value(request, name, &value) && !find_field(&request->query, name, &value) &&
        !find_field(&request->body, name, &value)) {
        LOG_ERROR("%s has no value for %s of its statement", request->endpoint->name, name);
        abort();
    }
    return value;
}

struct queued bind_statement(struct request *request, const struct statement *statement)
{
    struct value *values = ARENA_ARRAY(request->context.arena, struct value, statement->parameter_count + 1);

    for (size_t i = 0; i < statement->parameter_count; i++) {
        values[i] = find_value(request, statement->parameters[i]);
    }
    return (struct queued){.statement = statement,
                           .values = values,
                           .order = request->paging.order,
                           .order_count = statement->ordered ? request->paging.order_count : 0};
}
