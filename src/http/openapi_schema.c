/* Schemas from shapes: the same field tables that decode bodies and encode answers tell what these look like.
 */
#include "http/openapi_parts.h"

/* How a type is called in JSON Schema, and what stands for it in examples. */
struct type_schema {
    const char *type;
    const char *format;
    const char *example; /* JSON, NULL: none that would help */
};

static const struct type_schema type_schemas[] = {
    [FIELD_TEXT] = {"string", NULL, NULL},
    [FIELD_PASSWORD] = {"string", "password", "\"correct horse battery staple\""},
    [FIELD_UUID] = {"string", "uuid", "\"6f1f2f64-9a37-4a52-8a4e-0c5d1b9f7e21\""},
    [FIELD_INTEGER] = {"integer", "int64", "1"},
    [FIELD_BOOLEAN] = {"boolean", NULL, "true"},
    [FIELD_TIME] = {"string", "date-time", "\"2019-05-01T16:44:18.407Z\""},
    [FIELD_DATE] = {"string", "date", "\"2019-05-01\""},
    [FIELD_UNIX_TIME] = {"integer", "int64", "1556729058"},
    [FIELD_ADDRESS] = {"string", NULL, "\"203.0.113.7\""},
    [FIELD_EMAIL] = {"string", "email", "\"ada@example.com\""},
    [FIELD_URL] = {"string", "uri", "\"https://app.example.com/\""},
    [FIELD_JSON] = {"object", NULL, "{}"},
    [FIELD_UUIDS] = {"array", NULL, "[\"6f1f2f64-9a37-4a52-8a4e-0c5d1b9f7e21\"]"},
    [FIELD_TEXTS] = {"array", NULL, NULL},
    [FIELD_EMAILS] = {"array", NULL, "[\"ada@example.com\"]"},
};

static bool is_collected(const struct openapi *openapi, const struct shape *shape, enum direction direction)
{
    for (size_t index = 0; index < openapi->schema_count; index++) {
        const struct schema_use *use = &openapi->schemas[index];
        if (use->direction == direction && strcmp(use->shape->name, shape->name) == 0) {
            return true;
        }
    }
    return false;
}

/* A shape that is used both ways has two schemas; the one of bodies gets a name of its own. */
static const char *schema_name(struct openapi *openapi, const struct shape *shape, enum direction direction)
{
    if (direction == DIRECTION_BODY && is_collected(openapi, shape, DIRECTION_ANSWER)) {
        return arena_print(openapi->arena, "%sBody", shape->name);
    }
    return shape->name;
}

static bool may_be_null(const struct field *field, enum direction direction)
{
    return direction == DIRECTION_BODY ? field->nullable : !field->not_null && field->type != FIELD_LIST;
}

static bool is_text(enum field_type type)
{
    return type_schemas[type].type != NULL && strcmp(type_schemas[type].type, "string") == 0;
}

static void write_type(struct openapi *openapi, const struct field *field, bool nullable)
{
    json_key(&openapi->writer, "type");
    if (!nullable) {
        json_string(&openapi->writer, type_schemas[field->type].type);
        return;
    }
    json_open_array(&openapi->writer);
    json_string(&openapi->writer, type_schemas[field->type].type);
    json_string(&openapi->writer, "null");
    json_close_array(&openapi->writer);
}

static void write_choices(struct openapi *openapi, const struct field *field, bool nullable)
{
    if (field->choices == NULL) {
        return;
    }
    json_key(&openapi->writer, "enum");
    json_open_array(&openapi->writer);
    for (size_t index = 0; field->choices[index] != NULL; index++) {
        json_string(&openapi->writer, field->choices[index]);
    }
    if (nullable) {
        json_null(&openapi->writer);
    }
    json_close_array(&openapi->writer);
}

static void write_limit(struct openapi *openapi, const char *name, int64_t limit)
{
    json_key(&openapi->writer, name);
    json_integer(&openapi->writer, limit);
}

/* A required text without a limit of its own is still not empty. */
static void write_text_limits(struct openapi *openapi, const struct field *field, enum direction direction)
{
    int64_t minimum = field->minimum;
    if (direction == DIRECTION_BODY && field->required && !field->blank_allowed && minimum < 1) {
        minimum = 1;
    }
    if (minimum > 0) {
        write_limit(openapi, "minLength", minimum);
    }
    if (field->maximum > 0) {
        write_limit(openapi, "maxLength", field->maximum);
    }
}

static void write_limits(struct openapi *openapi, const struct field *field, enum direction direction)
{
    if (is_text(field->type) && field->choices == NULL) {
        write_text_limits(openapi, field, direction);
    } else if (field->type == FIELD_INTEGER && (field->minimum != 0 || field->maximum != 0)) {
        write_limit(openapi, "minimum", field->minimum);
        if (field->maximum != 0 || field->minimum < 0) {
            write_limit(openapi, "maximum", field->maximum);
        }
    } else if (field->type == FIELD_EMAILS && field->maximum != 0) {
        write_limit(openapi, "maxItems", field->maximum);
    }
}

static void write_format_alternative(struct openapi *openapi, const char *format)
{
    json_open_object(&openapi->writer);
    openapi_member(openapi, "format", format);
    json_close_object(&openapi->writer);
}

/* An address is of one of two formats, and the only type for which one word does not do. */
static void write_format(struct openapi *openapi, const struct field *field)
{
    openapi_member(openapi, "format", type_schemas[field->type].format);
    if (field->type == FIELD_ADDRESS) {
        json_key(&openapi->writer, "anyOf");
        json_open_array(&openapi->writer);
        write_format_alternative(openapi, "ipv4");
        write_format_alternative(openapi, "ipv6");
        json_close_array(&openapi->writer);
    }
}

static void write_items(struct openapi *openapi, const struct field *field)
{
    const char *const formats[] = {[FIELD_UUIDS] = "uuid", [FIELD_EMAILS] = "email"};
    if (field->type != FIELD_UUIDS && field->type != FIELD_TEXTS && field->type != FIELD_EMAILS) {
        return;
    }
    json_key(&openapi->writer, "items");
    json_open_object(&openapi->writer);
    openapi_member(openapi, "type", "string");
    openapi_member(openapi, "format", formats[field->type]);
    json_close_object(&openapi->writer);
}

static void write_example(struct openapi *openapi, const struct field *field)
{
    const char *example = field->example != NULL ? field->example : type_schemas[field->type].example;
    if (example == NULL || (field->example == NULL && field->choices != NULL)) {
        return;
    }
    json_key(&openapi->writer, "examples");
    json_open_array(&openapi->writer);
    json_raw(&openapi->writer, text_of(example));
    json_close_array(&openapi->writer);
}

static void write_scalar(struct openapi *openapi, const struct field *field, enum direction direction)
{
    bool nullable = may_be_null(field, direction);
    write_type(openapi, field, nullable);
    write_format(openapi, field);
    write_choices(openapi, field, nullable);
    write_limits(openapi, field, direction);
    write_items(openapi, field);
}

/* A reference may stand beside other members; a shape without a name or with an alternative needs a list
 * around it. */
static void write_nested(struct openapi *openapi, const struct field *field, enum direction direction)
{
    bool nullable = may_be_null(field, direction);
    if (!nullable && field->shape->name != NULL) {
        openapi_reference_member(openapi, "schemas", schema_name(openapi, field->shape, direction));
        return;
    }
    json_key(&openapi->writer, nullable ? "anyOf" : "allOf");
    json_open_array(&openapi->writer);
    openapi_shape(openapi, field->shape, direction);
    if (nullable) {
        json_open_object(&openapi->writer);
        openapi_member(openapi, "type", "null");
        json_close_object(&openapi->writer);
    }
    json_close_array(&openapi->writer);
}

static void write_list(struct openapi *openapi, const struct field *field, enum direction direction)
{
    openapi_member(openapi, "type", "array");
    json_key(&openapi->writer, "items");
    openapi_shape(openapi, field->shape, direction);
}

void openapi_field_schema(struct openapi *openapi, const struct field *field, enum direction direction)
{
    if (field->constant != NULL && direction == DIRECTION_ANSWER) {
        json_key(&openapi->writer, "const");
        json_raw(&openapi->writer, text_of(field->constant));
    } else if (field->type == FIELD_OBJECT) {
        write_nested(openapi, field, direction);
    } else if (field->type == FIELD_LIST) {
        write_list(openapi, field, direction);
    } else {
        write_scalar(openapi, field, direction);
        write_example(openapi, field);
    }
    openapi_member(openapi, "description", field->about);
    if (field->type == FIELD_PASSWORD) {
        openapi_flag(openapi, "writeOnly", true);
    }
}

/* A field of an answer is always there unless a column says when. */
static bool is_required(const struct field *field, enum direction direction)
{
    return direction == DIRECTION_BODY ? field->required : field->when == NULL;
}

static void write_required(struct openapi *openapi, const struct shape *shape, enum direction direction)
{
    bool open = false;
    for (size_t index = 0; index < shape->count; index++) {
        if (!is_required(&shape->fields[index], direction)) {
            continue;
        }
        if (!open) {
            json_key(&openapi->writer, "required");
            json_open_array(&openapi->writer);
            open = true;
        }
        json_string(&openapi->writer, shape->fields[index].name);
    }
    if (open) {
        json_close_array(&openapi->writer);
    }
}

static void write_shape(struct openapi *openapi, const struct shape *shape, enum direction direction)
{
    json_open_object(&openapi->writer);
    openapi_member(openapi, "type", "object");
    openapi_member(openapi, "description", shape->about);
    write_required(openapi, shape, direction);
    json_key(&openapi->writer, "properties");
    json_open_object(&openapi->writer);
    for (size_t index = 0; index < shape->count; index++) {
        json_key(&openapi->writer, shape->fields[index].name);
        json_open_object(&openapi->writer);
        openapi_field_schema(openapi, &shape->fields[index], direction);
        json_close_object(&openapi->writer);
    }
    json_close_object(&openapi->writer);
    json_close_object(&openapi->writer);
}

static void collect(struct openapi *openapi, const struct shape *shape, enum direction direction)
{
    if (shape == NULL || (shape->name != NULL && is_collected(openapi, shape, direction))) {
        return;
    }
    if (shape->name != NULL) {
        if (openapi->schema_count == MAXIMUM_SCHEMAS) {
            abort();
        }
        openapi->schemas[openapi->schema_count++] = (struct schema_use){shape, direction};
    }
    for (size_t index = 0; index < shape->count; index++) {
        if (shape->fields[index].type == FIELD_OBJECT || shape->fields[index].type == FIELD_LIST) {
            collect(openapi, shape->fields[index].shape, direction);
        }
    }
}

static int compare_uses(const void *left, const void *right)
{
    const struct schema_use *first = left;
    const struct schema_use *second = right;
    int order = strcmp(first->shape->name, second->shape->name);
    return order != 0 ? order : (int)first->direction - (int)second->direction;
}

void openapi_collect_schemas(struct openapi *openapi)
{
    for (size_t index = 0; index < endpoint_count; index++) {
        collect(openapi, endpoints[index].body, DIRECTION_BODY);
        collect(openapi, endpoints[index].answer, DIRECTION_ANSWER);
    }
    qsort(openapi->schemas, openapi->schema_count, sizeof(openapi->schemas[0]), compare_uses);
}

void openapi_shape(struct openapi *openapi, const struct shape *shape, enum direction direction)
{
    if (shape->name == NULL) {
        write_shape(openapi, shape, direction);
    } else {
        openapi_reference(openapi, "schemas", schema_name(openapi, shape, direction));
    }
}

void openapi_schemas(struct openapi *openapi)
{
    json_key(&openapi->writer, "schemas");
    json_open_object(&openapi->writer);
    for (size_t index = 0; index < openapi->schema_count; index++) {
        const struct schema_use *use = &openapi->schemas[index];
        json_key(&openapi->writer, schema_name(openapi, use->shape, use->direction));
        write_shape(openapi, use->shape, use->direction);
    }
    openapi_problem_schemas(openapi);
    json_close_object(&openapi->writer);
}
