/* Finding a field in a shape by its name. */
#include "json/shape.h"

#include <string.h>
#include <strings.h>

size_t shape_find(const struct shape *shape, const char *name)
{
    size_t index = 0;

    while (index < shape->count && strcmp(shape->fields[index].name, name) != 0) {
        index++;
    }
    return index;
}

size_t shape_find_member(const struct shape *shape, const char *name)
{
    size_t index = 0;

    if (!shape->any_case) {
        return shape_find(shape, name);
    }
    while (index < shape->count && strcasecmp(shape->fields[index].name, name) != 0) {
        index++;
    }
    return index;
}
