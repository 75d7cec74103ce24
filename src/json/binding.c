/* Makes bindings, once in a process for each statement and shape; a statement that does not cover its answer
 * stops the program here and not in the middle of an answer. */
#include "json/binding.h"

#include "base/arena.h"

/* A shape that holds itself cannot be read from the columns of one row. */
#define MAXIMUM_NESTING 8

static _Noreturn void mistake(const struct shape *shape, const struct field *field, const char *what)
{
    (void)fprintf(stderr, "shape %s, field %s: %s\n", shape->name, field->name, what);
    abort();
}

static int find_column(const struct shape *shape, const struct field *field, const struct row_source *source,
                       const char *name)
{
    const int column = source->column(source->owner, name);

    if (column < 0) {
        (void)fprintf(stderr, "no column %s: ", name);
        mistake(shape, field, "the statement does not cover its answer");
    }
    return column;
}

static int find_identity(const struct binding *binding, const struct row_source *source)
{
    const struct shape *shape = binding->shape;

    if (shape->identity != NULL) {
        return find_column(shape, &shape->fields[0], source, shape->identity);
    }
    return shape->count > 0 ? binding->fields[0].column : NO_COLUMN;
}

/* Names of fields are the program's own and need no escapes. */
static bool make_member(struct bound_field *bound, const char *name)
{
    const size_t size = strlen(name) + sizeof(",\"\":");

    bound->member = malloc(size);
    if (bound->member == NULL) {
        return false;
    }
    (void)snprintf(bound->member, size, ",\"%s\":", name);
    bound->member_length = size - 1;
    return true;
}

static struct binding *create(const struct shape *shape, const struct row_source *source, size_t nesting);

static bool bind_nested(struct bound_field *bound, const struct shape *shape, const struct row_source *source,
                        size_t nesting)
{
    const struct field *field = bound->field;

    if (field->shape == NULL || field->shape->count == 0 || nesting == MAXIMUM_NESTING) {
        mistake(shape, field, "its shape is missing, empty or nested in itself");
    }
    bound->nested = create(field->shape, source, nesting + 1);
    if (bound->nested == NULL) {
        return false;
    }
    if (bound->nested->rendering != NO_COLUMN) {
        bound->key = bound->nested->rendering;
    } else if (field->key != NULL) {
        bound->key = find_column(shape, field, source, field->key);
    } else if (field->type == FIELD_LIST) {
        bound->key = bound->nested->identity;
    }
    if (field->type == FIELD_LIST && bound->key == NO_COLUMN) {
        mistake(shape, field, "a list needs a key");
    }
    return true;
}

static bool bind_field(struct bound_field *bound, const struct shape *shape, const struct field *field,
                       const struct row_source *source, size_t nesting)
{
    *bound = (struct bound_field){.field = field,
                                  .constant = text_of(field->constant),
                                  .column = NO_COLUMN,
                                  .when = NO_COLUMN,
                                  .key = NO_COLUMN};
    if (field->when != NULL) {
        bound->when = find_column(shape, field, source, field->when);
    }
    if (field->constant == NULL) {
        if (field->type == FIELD_PASSWORD) {
            mistake(shape, field, "a password is never written");
        }
        if (field->type == FIELD_OBJECT || (field->type == FIELD_LIST && field->column == NULL)) {
            if (!bind_nested(bound, shape, source, nesting)) {
                return false;
            }
        } else {
            bound->column =
                find_column(shape, field, source, field->column != NULL ? field->column : field->name);
        }
    }
    return make_member(bound, field->name);
}

static bool has_rows_of_its_own(const struct bound_field *bound)
{
    return bound->nested != NULL && (bound->field->type == FIELD_LIST || bound->nested->lists);
}

/* The column that has the first fields ready as JSON, if the rows have one. Such fields are always there and
 * are read from one row. */
static int find_rendering(const struct shape *shape, const struct row_source *source)
{
    for (size_t index = 0; index < shape->rendered; index++) {
        const struct field *field = &shape->fields[index];
        if (field->when != NULL || field->shape != NULL || field->type == FIELD_PASSWORD) {
            mistake(shape, field, "it cannot be part of a rendering");
        }
    }
    return shape->rendering != NULL ? source->column(source->owner, shape->rendering) : NO_COLUMN;
}

static struct binding *create(const struct shape *shape, const struct row_source *source, size_t nesting)
{
    const int rendering = find_rendering(shape, source);
    const size_t first = rendering != NO_COLUMN ? shape->rendered : 0;
    struct binding *binding =
        calloc(1, sizeof(*binding) + (shape->count - first) * sizeof(binding->fields[0]));

    if (binding == NULL) {
        return NULL;
    }
    *binding = (struct binding){.shape = shape, .identity = rendering, .rendering = rendering};
    for (size_t index = first; index < shape->count; index++) {
        struct bound_field *bound = &binding->fields[binding->count++];
        if (!bind_field(bound, shape, &shape->fields[index], source, nesting)) {
            binding_destroy(binding);
            return NULL;
        }
        binding->lists = binding->lists || has_rows_of_its_own(bound);
    }
    if (rendering == NO_COLUMN) {
        binding->identity = find_identity(binding, source);
    }
    return binding;
}

struct binding *binding_create(const struct shape *shape, const struct row_source *source)
{
    return create(shape, source, 0);
}

void binding_destroy(struct binding *binding)
{
    if (binding == NULL) {
        return;
    }
    for (size_t index = 0; index < binding->count; index++) {
        binding_destroy(binding->fields[index].nested);
        free(binding->fields[index].member);
    }
    free(binding);
}

const struct shape *binding_shape(const struct binding *binding)
{
    return binding->shape;
}
