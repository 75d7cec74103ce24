/* How fields that hold more than one value are read: objects, lists of objects, arrays, and objects kept as
 * they were written. */
#include "json/decode_value.h"

#include <json-c/json.h>

#include "json/source.h"

void decode_json(struct faults *faults, const struct field *field, const struct input *input,
                 struct field_value *value)
{
    if (input->kind != INPUT_JSON || !json_object_is_type(input->json, json_type_object)) {
        fault_type(faults, field);
        return;
    }
    decode_set_text(faults, value, input->source);
}

void decode_nested(struct faults *faults, const struct field *field, const struct input *input,
                   struct field_value *value)
{
    const struct place place = {.outer = faults->place, .field = field->name};

    if (input->kind != INPUT_JSON || !json_object_is_type(input->json, json_type_object)) {
        fault_type(faults, field);
        return;
    }
    faults->place = &place;
    value->elements = ARENA_NEW(faults->context->arena, struct values);
    value->element_count = 1;
    value->elements[0] = decode_members(faults, field->shape, input->json, input->source);
    faults->place = place.outer;
    decode_set_text(faults, value, input->source);
}

/* Whether as many elements came as the field wants. */
static bool check_count(struct faults *faults, const struct field *field, size_t count)
{
    if (count == 0 && field->required && !field->blank_allowed) {
        fault_required(faults, field);
    } else if ((int64_t)count < field->minimum && (count > 0 || !field->blank_allowed)) {
        fault_too_few(faults, field, field->minimum);
    } else if (field->maximum > 0 && (int64_t)count > field->maximum) {
        fault_too_many(faults, field, field->maximum);
    } else {
        return true;
    }
    return false;
}

static void read_elements(struct faults *faults, const struct field *field, const struct input *input,
                          struct field_value *value)
{
    struct json_source source = json_source_open(input->source);

    value->element_count = json_object_array_length(input->json);
    value->elements = ARENA_ARRAY(faults->context->arena, struct values, value->element_count);
    for (size_t index = 0; index < value->element_count; index++) {
        const struct place place = {
            .outer = faults->place, .field = field->name, .element = true, .index = index};
        struct json_object *element = json_object_array_get_idx(input->json, index);
        const struct text text = json_source_next(&source);
        if (!json_object_is_type(element, json_type_object)) {
            fault_type(faults, field);
            return;
        }
        faults->place = &place;
        value->elements[index] = decode_members(faults, field->shape, element, text);
        faults->place = place.outer;
    }
}

void decode_list(struct faults *faults, const struct field *field, const struct input *input,
                 struct field_value *value)
{
    if (input->kind != INPUT_JSON || !json_object_is_type(input->json, json_type_array)) {
        fault_type(faults, field);
        return;
    }
    if (check_count(faults, field, json_object_array_length(input->json))) {
        read_elements(faults, field, input, value);
        decode_set_text(faults, value, input->source);
    }
}

/* One element of an array literal of PostgreSQL; quotes are always right and mostly needed. */
static void add_array_element(struct builder *literal, struct text text)
{
    builder_add_character(literal, '"');
    for (size_t index = 0; index < text.length; index++) {
        if (text.data[index] == '"' || text.data[index] == '\\') {
            builder_add_character(literal, '\\');
        }
        builder_add_character(literal, text.data[index]);
    }
    builder_add_character(literal, '"');
}

/* Checks one element of FIELD_UUIDS or FIELD_TEXTS. */
static bool check_element(struct faults *faults, const struct field *field, struct text text)
{
    if (field->type == FIELD_UUIDS) {
        if (!text_is_uuid(text)) {
            fault_type(faults, field);
            return false;
        }
        return true;
    }
    if (text.length == 0 && !field->blank_allowed) {
        fault_content(faults, field);
        return false;
    }
    return decode_check_text(faults, field, text, 0, DEFAULT_MAXIMUM_CHARACTERS);
}

static size_t count_elements(const struct input *input)
{
    return input->kind == INPUT_PARAMETER ? input->parameter_count : json_object_array_length(input->json);
}

static bool take_element(struct faults *faults, const struct field *field, const struct input *input,
                         size_t index, struct text *text)
{
    struct input element = {.kind = input->kind};

    if (input->kind == INPUT_PARAMETER) {
        element.parameters = &input->parameters[index];
    } else {
        element.json = json_object_array_get_idx(input->json, index);
    }
    if (!decode_take_text(faults, field, &element, text)) {
        return false;
    }
    if (field->type == FIELD_TEXTS) {
        *text = text_trim(*text);
    }
    return check_element(faults, field, *text);
}

void decode_array(struct faults *faults, const struct field *field, const struct input *input,
                  struct field_value *value)
{
    struct builder literal;
    struct text text;

    if (input->kind == INPUT_JSON && !json_object_is_type(input->json, json_type_array)) {
        fault_type(faults, field);
        return;
    }
    const size_t count = count_elements(input);
    if (!check_count(faults, field, count)) {
        return;
    }
    builder_start(&literal, faults->context->arena, 40 * (count + 1), SIZE_MAX);
    builder_add_character(&literal, '{');
    for (size_t index = 0; index < count; index++) {
        if (!take_element(faults, field, input, index, &text)) {
            return;
        }
        if (index > 0) {
            builder_add_character(&literal, ',');
        }
        add_array_element(&literal, text);
    }
    builder_add_character(&literal, '}');
    builder_add_character(&literal, '\0');
    value->text = (struct text){literal.data, literal.length - 1};
}

/* The address, or a fault that names what stands in its place. Spaces around it are part of it. */
static struct text take_address(struct faults *faults, const struct field *field, const struct input *input,
                                size_t index, struct text source)
{
    struct text text = source;
    bool is_text = true;

    if (input->kind == INPUT_PARAMETER) {
        text = input->parameters[index];
    } else {
        struct json_object *element = json_object_array_get_idx(input->json, index);

        is_text = json_object_is_type(element, json_type_string);
        if (is_text) {
            text =
                (struct text){json_object_get_string(element), (size_t)json_object_get_string_len(element)};
        }
    }
    if (!is_text || !is_email_address(text)) {
        fault_entry(faults, field, text);
    }
    return text;
}

static void set_array(struct faults *faults, struct field_value *value)
{
    struct builder literal;

    builder_start(&literal, faults->context->arena, 40 * (value->element_count + 1), SIZE_MAX);
    builder_add_character(&literal, '{');
    for (size_t index = 0; index < value->element_count; index++) {
        if (index > 0) {
            builder_add_character(&literal, ',');
        }
        add_array_element(&literal, value->texts[index]);
    }
    BUILDER_ADD_LITERAL(&literal, "}\0");
    value->text = (struct text){literal.data, literal.length - 1};
}

void decode_emails(struct faults *faults, const struct field *field, const struct input *input,
                   struct field_value *value)
{
    struct json_source walk = {0};

    if (input->kind == INPUT_JSON && !json_object_is_type(input->json, json_type_array)) {
        fault_type(faults, field);
        return;
    }
    if (!check_count(faults, field, count_elements(input))) {
        return;
    }
    if (input->kind == INPUT_JSON) {
        walk = json_source_open(input->source);
    }
    value->element_count = count_elements(input);
    value->texts = ARENA_ARRAY(faults->context->arena, struct text, value->element_count + 1);
    for (size_t index = 0; index < value->element_count; index++) {
        const struct text source = input->kind == INPUT_JSON ? json_source_next(&walk) : NO_TEXT;
        value->texts[index] = take_address(faults, field, input, index, source);
    }
    set_array(faults, value);
}
