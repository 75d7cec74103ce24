/* Finding a field in a shape by its name. */
#include "json/shape.h"

#include <string.h>

size_t shape_find(const struct shape *shape, const char *name)
{
    size_t index = 0;

    while (index < shape->count && strcmp(shape->fields[index].name, name) != 0) {
        index++;
    }
    return index;
}
