/* Writes outlines: everything of the body but the inside of the objects that are kept. */
#include "json/outline.h"

#include "json/duplicates.h"
#include "json/json.h"
#include "json/source.h"

struct outline {
    struct context *context;
    const char *wrapper;
    struct builder text;
    const char *copied; /* up to here the body was copied, or something stands for it */
};

bool shape_keeps_json(const struct shape *shape)
{
    for (size_t index = 0; shape != NULL && index < shape->count; index++) {
        const struct field *field = &shape->fields[index];
        if (field->type == FIELD_JSON || (field->shape != shape && shape_keeps_json(field->shape))) {
            return true;
        }
    }
    return false;
}

static void copy_up_to(struct outline *outline, const char *place)
{
    builder_add(&outline->text, outline->copied, (size_t)(place - outline->copied));
    outline->copied = place;
}

static enum problem keep(struct outline *outline, struct text object)
{
    const struct json_scan scan = json_scan(object, JSON_MAXIMUM_DEPTH);

    if (scan.fault != NULL) {
        return FAIL(outline->context, PROBLEM_MALFORMED, "The JSON text %s (inside an object of %zu bytes).",
                    scan.fault, object.length);
    }
    if (json_has_duplicate_keys(outline->context->arena, object, scan.keys)) {
        return FAIL(outline->context, PROBLEM_MALFORMED, JSON_DUPLICATE_KEY);
    }
    copy_up_to(outline, object.data);
    builder_add_string(&outline->text, "{}");
    outline->copied = object.data + object.length;
    return PROBLEM_NONE;
}

static enum problem outline_members(struct outline *outline, struct text object, const struct shape *shape,
                                    const char *wrapper);

static bool is_object(struct text value)
{
    return value.data[0] == '{';
}

static enum problem outline_elements(struct outline *outline, struct text array, const struct shape *shape)
{
    struct json_source source = json_source_open(array);

    for (struct text element = json_source_next(&source); element.data != NULL;
         element = json_source_next(&source)) {
        if (is_object(element)) {
            TRY(outline_members(outline, element, shape, NULL));
        }
    }
    return PROBLEM_NONE;
}

static enum problem outline_value(struct outline *outline, const struct field *field, struct text value)
{
    if (field->type == FIELD_JSON && is_object(value)) {
        return keep(outline, value);
    }
    if (field->type == FIELD_OBJECT && is_object(value)) {
        return outline_members(outline, value, field->shape, NULL);
    }
    if (field->type == FIELD_LIST && value.data[0] == '[') {
        return outline_elements(outline, value, field->shape);
    }
    return PROBLEM_NONE;
}

/* A key that is written with escapes is looked at by the decoder only: its value just becomes a tree. */
static const struct field *field_of(const struct shape *shape, struct text key)
{
    for (size_t index = 0; index < shape->count; index++) {
        if (text_equal_string(key, shape->fields[index].name)) {
            return &shape->fields[index];
        }
    }
    return NULL;
}

static enum problem outline_members(struct outline *outline, struct text object, const struct shape *shape,
                                    const char *wrapper)
{
    struct json_source source = json_source_open(object);

    for (struct text value = json_source_next(&source); value.data != NULL;
         value = json_source_next(&source)) {
        const struct field *field = field_of(shape, source.key);
        if (wrapper != NULL && text_equal_string(source.key, wrapper) && is_object(value)) {
            TRY(outline_members(outline, value, shape, NULL));
        } else if (field != NULL) {
            TRY(outline_value(outline, field, value));
        }
    }
    return PROBLEM_NONE;
}

enum problem json_outline(struct context *context, struct text text, const struct shape *shape,
                          const char *wrapper, struct text *outline)
{
    struct outline written = {.context = context, .copied = text.data};

    builder_start(&written.text, context->arena, 256, text.length);
    TRY(outline_members(&written, text, shape, wrapper));
    copy_up_to(&written, text.data + text.length);
    *outline = builder_text(&written.text);
    return PROBLEM_NONE;
}
