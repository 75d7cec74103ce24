/* The few keywords of JSON Schema that rows use to declare an answer of their own. */
#include <json-c/json.h>

#include "support/rows.h"
#include "support/rules.h"

#define COMPONENTS "#/components/schemas/"

struct check {
    char *fault;
    size_t size;
    bool extended; /* inside allOf a shape is only a part of the object */
};

static bool satisfies(struct json_object *value, struct json_object *schema, struct check *check);

static bool __attribute__((format(printf, 2, 3))) refuse(struct check *check, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(check->fault, check->size, format, arguments);
    va_end(arguments);
    return false;
}

static bool is_of_type(struct json_object *value, const char *type)
{
    static const struct {
        const char *name;
        json_type type;
    } types[] = {{"object", json_type_object}, {"array", json_type_array},     {"string", json_type_string},
                 {"integer", json_type_int},   {"boolean", json_type_boolean}, {"null", json_type_null}};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (text_equal_string(text_of(type), types[i].name)) {
            return json_object_is_type(value, types[i].type);
        }
    }
    fail_msg("a row's answer_schema names the type %s", type);
    return false;
}

static bool check_type(struct json_object *value, struct json_object *type, struct check *check)
{
    bool fits = false;
    if (json_object_is_type(type, json_type_string)) {
        fits = is_of_type(value, json_object_get_string(type));
    }
    for (size_t i = 0; json_object_is_type(type, json_type_array) && i < json_object_array_length(type);
         i++) {
        fits = fits || is_of_type(value, json_object_get_string(json_object_array_get_idx(type, i)));
    }
    return fits || refuse(check, "%s is not of type %s", json_object_to_json_string(value),
                          json_object_to_json_string(type));
}

static bool check_properties(struct json_object *value, struct json_object *properties, struct check *check)
{
    struct check member_check = {.fault = check->fault, .size = check->size};

    json_object_object_foreach(properties, key, schema)
    {
        struct json_object *member = NULL;
        if (json_object_is_type(value, json_type_object) && json_object_object_get_ex(value, key, &member) &&
            !satisfies(member, schema, &member_check)) {
            return false;
        }
    }
    return true;
}

static bool check_required(struct json_object *value, struct json_object *required, struct check *check)
{
    for (size_t i = 0; i < json_object_array_length(required); i++) {
        const char *name = json_object_get_string(json_object_array_get_idx(required, i));
        if (json_object_is_type(value, json_type_object) && !json_object_object_get_ex(value, name, NULL)) {
            return refuse(check, "%s has no %s", json_object_to_json_string(value), name);
        }
    }
    return true;
}

/* additionalProperties is only known as false. */
static bool check_additional(struct json_object *value, struct json_object *properties, struct check *check)
{
    if (!json_object_is_type(value, json_type_object)) {
        return true;
    }
    json_object_object_foreach(value, key, member)
    {
        (void)member;
        if (!json_object_object_get_ex(properties, key, NULL)) {
            return refuse(check, "%s is not among the properties", key);
        }
    }
    return true;
}

static bool check_items(struct json_object *value, struct json_object *schema, struct check *check)
{
    for (size_t i = 0; json_object_is_type(value, json_type_array) && i < json_object_array_length(value);
         i++) {
        if (!satisfies(json_object_array_get_idx(value, i), schema, check)) {
            return false;
        }
    }
    return true;
}

static bool check_count(struct json_object *value, struct json_object *limit, bool most, struct check *check)
{
    int64_t count = json_object_is_type(value, json_type_array) ? (int64_t)json_object_array_length(value)
                    : json_object_is_type(value, json_type_object)
                        ? json_object_object_length(value)
                        : (int64_t)strlen(json_object_get_string(value));
    int64_t bound = json_object_get_int64(limit);
    return (most ? count <= bound : count >= bound) ||
           refuse(check, "%s has the wrong length", json_object_to_json_string(value));
}

static bool check_choices(struct json_object *value, struct json_object *choices, struct check *check)
{
    bool chosen = false;
    for (size_t i = 0; i < json_object_array_length(choices); i++) {
        chosen = chosen || json_object_equal(value, json_object_array_get_idx(choices, i)) == 1;
    }
    return chosen || refuse(check, "%s is not one of %s", json_object_to_json_string(value),
                            json_object_to_json_string(choices));
}

/* How many of the schemas the value satisfies. */
static size_t count_satisfied(struct json_object *value, struct json_object *schemas, struct check *check)
{
    size_t count = 0;
    for (size_t i = 0; i < json_object_array_length(schemas); i++) {
        count += satisfies(value, json_object_array_get_idx(schemas, i), check);
    }
    return count;
}

static bool check_all(struct json_object *value, struct json_object *schemas, struct check *check)
{
    struct check part = *check;

    part.extended = true;
    return count_satisfied(value, schemas, &part) == json_object_array_length(schemas);
}

static bool check_reference(struct json_object *value, const char *reference, struct check *check)
{
    const struct shape *shape = NULL;
    if (strncmp(reference, COMPONENTS, sizeof(COMPONENTS) - 1) == 0) {
        shape = shape_of_name(reference + sizeof(COMPONENTS) - 1);
    }
    if (shape == NULL) {
        fail_msg("a row's answer_schema refers to %s, which is no shape of an answer", reference);
    }
    return value_has_shape(value, shape, check->extended, check->fault, check->size);
}

static bool check_keyword(struct json_object *value, struct json_object *schema, const char *keyword,
                          struct json_object *argument, struct check *check)
{
    static const char *const silent[] = {"description", "title",  "example",
                                         "examples",    "format", "contentMediaType"};
    struct text name = text_of(keyword);

    for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++) {
        if (text_equal_string(name, silent[i])) {
            return true;
        }
    }
    if (text_equal(name, TEXT("type"))) {
        return check_type(value, argument, check);
    }
    if (text_equal(name, TEXT("properties"))) {
        return check_properties(value, argument, check);
    }
    if (text_equal(name, TEXT("required"))) {
        return check_required(value, argument, check);
    }
    if (text_equal(name, TEXT("additionalProperties"))) {
        return check_additional(value, json_object_object_get(schema, "properties"), check);
    }
    if (text_equal(name, TEXT("items"))) {
        return check_items(value, argument, check);
    }
    if (text_equal(name, TEXT("minItems")) || text_equal(name, TEXT("minLength"))) {
        return check_count(value, argument, false, check);
    }
    if (text_equal(name, TEXT("maxItems")) || text_equal(name, TEXT("maxLength")) ||
        text_equal(name, TEXT("maxProperties"))) {
        return check_count(value, argument, true, check);
    }
    if (text_equal(name, TEXT("const"))) {
        return json_object_equal(value, argument) == 1 ||
               refuse(check, "%s is not %s", json_object_to_json_string(value),
                      json_object_to_json_string(argument));
    }
    if (text_equal(name, TEXT("enum"))) {
        return check_choices(value, argument, check);
    }
    if (text_equal(name, TEXT("oneOf"))) {
        return count_satisfied(value, argument, check) == 1;
    }
    if (text_equal(name, TEXT("anyOf"))) {
        return count_satisfied(value, argument, check) > 0;
    }
    if (text_equal(name, TEXT("allOf"))) {
        return check_all(value, argument, check);
    }
    if (text_equal(name, TEXT("$ref"))) {
        return check_reference(value, json_object_get_string(argument), check);
    }
    fail_msg("a row's answer_schema has the keyword %s, which the tests do not know", keyword);
    return false;
}

static bool satisfies(struct json_object *value, struct json_object *schema, struct check *check)
{
    json_object_object_foreach(schema, keyword, argument)
    {
        if (!check_keyword(value, schema, keyword, argument, check)) {
            return false;
        }
    }
    return true;
}

bool value_has_schema(struct json_object *value, const char *schema, char *fault, size_t size)
{
    struct check check = {fault, size};
    struct json_object *parsed = json_tokener_parse(schema);
    if (parsed == NULL) {
        fail_msg("a row's answer_schema is not JSON: %s", schema);
    }
    bool fits = satisfies(value, parsed, &check);
    json_object_put(parsed);
    return fits;
}
