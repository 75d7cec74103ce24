/* Decoding as a whole: what came is laid beside the shape's fields, and all faults become one problem. */
#include "json/decode.h"

#include <json-c/json.h>

#include "json/decode_value.h"
#include "json/source.h"
#include "json/tree.h"

/* One input for each field of the shape, nothing yet. */
static struct input *inputs_new(struct context *context, const struct shape *shape)
{
    return ARENA_ARRAY(context->arena, struct input, shape->count);
}

/* Lays the members beside the fields. json-c keeps their order, so the walk over the text meets the same
 * ones. */
static void inputs_from_object(struct input *inputs, const struct shape *shape, struct json_object *object,
                               struct text source)
{
    struct json_object_iterator at = json_object_iter_begin(object);
    const struct json_object_iterator end = json_object_iter_end(object);
    struct json_source walk = json_source_open(source);

    for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
        const struct text text = json_source_next(&walk);
        const size_t index = shape_find_member(shape, json_object_iter_peek_name(&at));
        if (index < shape->count) {
            struct json_object *value = json_object_iter_peek_value(&at);
            if (inputs[index].kind != INPUT_NONE) {
                inputs[index].kind = INPUT_TWICE;
                continue;
            }
            inputs[index] = (struct input){
                .kind = value == NULL ? INPUT_NULL : INPUT_JSON, .json = value, .source = text};
        }
    }
}

/* "name", and for arrays "name[]" too. */
static bool names_field(struct text name, const struct field *field)
{
    if (text_equal_string(name, field->name)) {
        return true;
    }
    return (field->type == FIELD_UUIDS || field->type == FIELD_TEXTS || field->type == FIELD_EMAILS) &&
           name.length > 2 && text_equal(text_part(name, name.length - 2, 2), TEXT("[]")) &&
           text_equal_string(text_part(name, 0, name.length - 2), field->name);
}

/* Ids may come as one list with commas as well as by repeated names. */
static size_t count_parts(const struct field *field, struct text value)
{
    size_t count = 1;

    for (size_t index = 0; field->type == FIELD_UUIDS && index < value.length; index++) {
        count += value.data[index] == ',';
    }
    return count;
}

static void add_parts(struct input *input, struct text *list, const struct field *field, struct text value)
{
    if (field->type != FIELD_UUIDS) {
        list[input->parameter_count++] = value;
        return;
    }
    while (value.data != NULL) {
        list[input->parameter_count++] = text_cut(&value, ',');
    }
}

static struct input input_from_parameters(struct context *context, const struct field *field,
                                          struct parameters parameters)
{
    struct input input = {.kind = INPUT_NONE};
    struct text *list;
    size_t count = 0;

    for (size_t index = 0; index < parameters.count; index++) {
        if (names_field(parameters.list[index].name, field)) {
            count += count_parts(field, parameters.list[index].value);
        }
    }
    if (count == 0) {
        return input;
    }
    list = ARENA_ARRAY(context->arena, struct text, count);
    input = (struct input){.kind = INPUT_PARAMETER, .parameters = list};
    for (size_t index = 0; index < parameters.count; index++) {
        if (names_field(parameters.list[index].name, field)) {
            add_parts(&input, list, field, parameters.list[index].value);
        }
    }
    return input;
}

/* Fills what nothing has come for yet. */
static void inputs_from_parameters(struct context *context, struct input *inputs, const struct shape *shape,
                                   struct parameters parameters)
{
    for (size_t index = 0; index < shape->count; index++) {
        if (inputs[index].kind == INPUT_NONE) {
            inputs[index] = input_from_parameters(context, &shape->fields[index], parameters);
        }
    }
}

static struct values decode_inputs(struct faults *faults, const struct shape *shape,
                                   const struct input *inputs)
{
    struct values values = {.shape = shape,
                            .fields = ARENA_ARRAY(faults->context->arena, struct field_value, shape->count)};

    for (size_t index = 0; index < shape->count; index++) {
        const struct field *field = &shape->fields[index];

        if (shape->replaces && inputs[index].kind == INPUT_NULL && !field->nullable && !field->required) {
            values.fields[index].null = true;
            fault_null(faults, field);
            continue;
        }
        decode_input(faults, field, &inputs[index], &values.fields[index]);
    }
    return values;
}

struct values decode_members(struct faults *faults, const struct shape *shape, struct json_object *object,
                             struct text source)
{
    struct input *inputs = inputs_new(faults->context, shape);

    if (object != NULL) {
        inputs_from_object(inputs, shape, object, source);
    }
    return decode_inputs(faults, shape, inputs);
}

enum problem decode_object(struct context *context, const struct shape *shape, struct json_object *object,
                           struct values *values)
{
    return decode_object_or_parameters(context, shape, object, (struct parameters){NULL, 0}, values);
}

enum problem decode_parameters(struct context *context, const struct shape *shape,
                               struct parameters parameters, enum problem malformed, struct values *values)
{
    struct input *inputs = inputs_new(context, shape);
    struct faults faults;

    faults_start(&faults, context, malformed);
    inputs_from_parameters(context, inputs, shape, parameters);
    *values = decode_inputs(&faults, shape, inputs);
    return faults_end(&faults);
}

enum problem decode_object_or_parameters(struct context *context, const struct shape *shape,
                                         struct json_object *object, struct parameters parameters,
                                         struct values *values)
{
    struct input *inputs = inputs_new(context, shape);
    struct faults faults;

    if (object != NULL) {
        const struct text source = json_source_of(object);
        if (source.data == NULL) {
            return FAIL(context, PROBLEM_MALFORMED, "The JSON text must be an object.");
        }
        inputs_from_object(inputs, shape, object, source);
    }
    faults_start(&faults, context, PROBLEM_REFUSED);
    inputs_from_parameters(context, inputs, shape, parameters);
    *values = decode_inputs(&faults, shape, inputs);
    return faults_end(&faults);
}

const struct field_value *value_of(const struct values *values, const char *name)
{
    const size_t index = shape_find(values->shape, name);

    if (index == values->shape->count) {
        (void)fprintf(stderr, "shape %s has no field %s\n", values->shape->name, name);
        abort();
    }
    return &values->fields[index];
}

struct text text_value(const struct values *values, const char *name)
{
    return value_of(values, name)->text;
}
