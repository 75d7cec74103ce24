/* Compares answers with the shapes that their rows declare; the OpenAPI document is printed from the same
 * shapes. */
#include <inttypes.h>
#include <json-c/json.h>
#include <regex.h>

#include "support/rows.h"
#include "support/rules.h"

/* Where the comparison is, for messages, and the first fault it found. */
struct place {
    char path[512];
    char *fault;
    size_t size;
    bool extended; /* more members may follow those of the shape */
};

static bool __attribute__((format(printf, 2, 3))) differs(const struct place *place, const char *format, ...)
{
    char reason[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof(reason), format, arguments);
    va_end(arguments);
    snprintf(place->fault, place->size, "%s: %s", place->path[0] != '\0' ? place->path : "the value", reason);
    return false;
}

static struct place below(const struct place *place, const char *name)
{
    struct place inner = *place;
    inner.extended = false;
    size_t length = strlen(inner.path);
    snprintf(inner.path + length, sizeof(inner.path) - length, "%s%s", length > 0 ? "." : "", name);
    return inner;
}

static struct place element(const struct place *place, size_t index)
{
    char name[24];
    snprintf(name, sizeof(name), "%zu", index);
    return below(place, name);
}

static bool text_matches(const char *text, const char *pattern)
{
    regex_t expression;
    if (regcomp(&expression, pattern, REG_EXTENDED | REG_NOSUB) != 0) {
        fail_msg("bad pattern %s", pattern);
    }
    bool match = regexec(&expression, text, 0, NULL, 0) == 0;
    regfree(&expression);
    return match;
}

#define PATTERN_UUID "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"

/* The form of the texts of a type; NULL where any will do. */
static const char *pattern_of(enum field_type type)
{
    switch (type) {
    case FIELD_UUID:
        return PATTERN_UUID;
    case FIELD_TIME:
        return "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$";
    case FIELD_DATE:
        return "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";
    case FIELD_ADDRESS:
        return "^[0-9a-fA-F.:]+$";
    case FIELD_EMAIL:
        return "^[^ @]+@[^ @]+\\.[^ @]+$";
    case FIELD_URL:
        return "^[a-z][a-z0-9+.-]*:";
    default:
        return NULL;
    }
}

static bool is_choice(const struct field *field, const char *text)
{
    bool chosen = field->choices == NULL;
    for (const char *const *choice = field->choices; !chosen && *choice != NULL; choice++) {
        chosen = text_equal_string(text_of(text), *choice);
    }
    return chosen;
}

static bool text_fits(const struct field *field, struct json_object *value, const struct place *place)
{
    const char *pattern = pattern_of(field->type);
    if (!json_object_is_type(value, json_type_string)) {
        return differs(place, "is not a text");
    }
    const char *text = json_object_get_string(value);
    if (pattern != NULL && !text_matches(text, pattern)) {
        return differs(place, "\"%s\" does not match %s", text, pattern);
    }
    return is_choice(field, text) || differs(place, "\"%s\" is not one of the choices", text);
}

static bool texts_fit(const struct field *field, struct json_object *value, const struct place *place)
{
    const struct field one = {.name = field->name,
                              .type = field->type == FIELD_UUIDS ? FIELD_UUID : FIELD_TEXT};
    if (!json_object_is_type(value, json_type_array)) {
        return differs(place, "is not an array");
    }
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        struct place inner = element(place, i);
        if (!text_fits(&one, json_object_array_get_idx(value, i), &inner)) {
            return false;
        }
    }
    return true;
}

static bool has_shape(struct json_object *value, const struct shape *shape, const struct place *place);

static bool list_fits(struct json_object *value, const struct shape *shape, const struct place *place)
{
    if (!json_object_is_type(value, json_type_array)) {
        return differs(place, "is not an array");
    }
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        struct place inner = element(place, i);
        if (!has_shape(json_object_array_get_idx(value, i), shape, &inner)) {
            return false;
        }
    }
    return true;
}

static bool integer_fits(const struct field *field, struct json_object *value, const struct place *place)
{
    if (!json_object_is_type(value, json_type_int)) {
        return differs(place, "is not an integer");
    }
    int64_t number = json_object_get_int64(value);
    bool bounded = field->type == FIELD_INTEGER && (field->minimum != 0 || field->maximum != 0);
    return !bounded || (number >= field->minimum && number <= field->maximum) ||
           differs(place, "%" PRId64 " is out of its range", number);
}

static bool constant_fits(const struct field *field, struct json_object *value, const struct place *place)
{
    struct json_object *constant = json_tokener_parse(field->constant);
    bool equal = json_object_equal(constant, value) == 1;
    json_object_put(constant);
    return equal || differs(place, "is not %s", field->constant);
}

static bool field_fits(const struct field *field, struct json_object *value, const struct place *place)
{
    if (field->constant != NULL) {
        return constant_fits(field, value, place);
    }
    if (value == NULL) {
        return !field->not_null || differs(place, "is null");
    }
    switch (field->type) {
    case FIELD_INTEGER:
    case FIELD_UNIX_TIME:
        return integer_fits(field, value, place);
    case FIELD_BOOLEAN:
        return json_object_is_type(value, json_type_boolean) || differs(place, "is not a boolean");
    case FIELD_JSON:
        return json_object_is_type(value, json_type_object) || differs(place, "is not an object");
    case FIELD_OBJECT:
        return has_shape(value, field->shape, place);
    case FIELD_LIST:
        return list_fits(value, field->shape, place);
    case FIELD_UUIDS:
    case FIELD_TEXTS:
    case FIELD_EMAILS:
        return texts_fit(field, value, place);
    default:
        return text_fits(field, value, place);
    }
}

/* The keys of the object, in their order, must be the shape's fields, in theirs; fields with a `when` may be
 * absent. */
static bool has_shape(struct json_object *value, const struct shape *shape, const struct place *place)
{
    size_t next = 0;
    if (!json_object_is_type(value, json_type_object)) {
        return differs(place, "is not an object");
    }
    json_object_object_foreach(value, key, inner_value)
    {
        while (next < shape->count && shape->fields[next].when != NULL &&
               !text_equal_string(text_of(key), shape->fields[next].name)) {
            next++;
        }
        if (next == shape->count && place->extended) {
            break;
        }
        if (next == shape->count || !text_equal_string(text_of(key), shape->fields[next].name)) {
            return differs(place, "has %s where %s is expected", key,
                           next < shape->count ? shape->fields[next].name : "nothing");
        }
        struct place inner = below(place, key);
        if (!field_fits(&shape->fields[next], inner_value, &inner)) {
            return false;
        }
        next++;
    }
    while (next < shape->count && shape->fields[next].when != NULL) {
        next++;
    }
    return next == shape->count || differs(place, "has no %s", shape->fields[next].name);
}

bool value_has_shape(struct json_object *value, const struct shape *shape, bool extended, char *fault,
                     size_t size)
{
    struct place place = {.fault = fault, .size = size, .extended = extended};
    return has_shape(value, shape, &place);
}

static const struct field meta_fields[] = {
    {.name = "page", .type = FIELD_INTEGER, .not_null = true},
    {.name = "size", .type = FIELD_INTEGER, .not_null = true},
    {.name = "total", .type = FIELD_INTEGER, .not_null = true},
    {.name = "pages", .type = FIELD_INTEGER, .not_null = true},
};
static const struct shape meta_shape = SHAPE("Meta", "A page's place in its list.", meta_fields);

/* {"data": …} with, for a page, "meta" behind it. */
static bool envelope_fits(const struct answer *answer, bool many, bool paged, struct place *place)
{
    struct json_object *data = NULL;
    struct json_object *meta = NULL;
    const struct shape *shape = answer->endpoint->answer;
    bool has_meta = json_object_object_get_ex(answer->json, "meta", &meta);

    if (!json_object_object_get_ex(answer->json, "data", &data)) {
        return differs(place, "has no data");
    }
    if (json_object_object_length(answer->json) != (has_meta ? 2 : 1) || has_meta != paged) {
        return differs(place, "has other members than data%s", paged ? " and meta" : "");
    }
    struct place inner = below(place, "data");
    struct place meta_place = below(place, "meta");
    return (many ? list_fits(data, shape, &inner) : has_shape(data, shape, &inner)) &&
           (!paged || has_shape(meta, &meta_shape, &meta_place));
}

static bool is_page(const struct answer *answer)
{
    return answer->endpoint->form_of_answer == ANSWER_PAGE || strstr(answer->request, "page=") != NULL ||
           strstr(answer->request, "size=") != NULL;
}

static bool answer_fits(const struct answer *answer, struct place *place)
{
    switch (answer->endpoint->form_of_answer) {
    case ANSWER_UNSET:
        break;
    case ANSWER_ONE:
        return envelope_fits(answer, false, false, place);
    case ANSWER_LIST:
    case ANSWER_PAGE:
        return envelope_fits(answer, true, is_page(answer), place);
    case ANSWER_BARE:
        return has_shape(answer->json, answer->endpoint->answer, place);
    case ANSWER_ARRAY:
        return list_fits(answer->json, answer->endpoint->answer, place);
    case ANSWER_TRUE:
        return json_object_get_boolean(answer->json) || differs(place, "is not true");
    case ANSWER_NOTHING:
        return answer->body_length == 0 || differs(place, "is not empty");
    case ANSWER_OWN:
        return answer->endpoint->answer_type != NULL || answer->endpoint->answer_schema == NULL ||
               value_has_schema(answer->json, answer->endpoint->answer_schema, place->fault, place->size);
    }
    return differs(place, "has an unknown form");
}

void check_conformance(const struct answer *answer)
{
    char fault[1024] = "";
    struct place place = {.fault = fault, .size = sizeof(fault)};
    const struct endpoint *row = answer->endpoint;
    if (row == NULL || answer->status >= 300) {
        return;
    }
    if (row->page_instead != NULL && answer->status == 200) {
        assert_string_equal(answer_header(answer, "Content-Type"), "text/html; charset=utf-8");
        return;
    }
    int status = row->status != 0 ? row->status : row->form_of_answer == ANSWER_NOTHING ? 204 : 200;
    const char *type = answer_header(answer, "Content-Type");
    const char *expected = row->answer_type != NULL ? row->answer_type : "application/json; charset=utf-8";
    if (answer->status != status) {
        fail_msg("%s: status %d, declared is %d", answer->request, answer->status, status);
    }
    if (answer->body_length > 0 && (type == NULL || strncmp(type, expected, strlen(expected)) != 0)) {
        fail_msg("%s: Content-Type %s, declared is %s", answer->request, type != NULL ? type : "missing",
                 expected);
    }
    if (!answer_fits(answer, &place)) {
        fail_msg("%s: the answer is not as declared: %s\n%s", answer->request, fault, answer->body);
    }
    if (is_page(answer) && row->form_of_answer != ANSWER_ONE && row->paged &&
        answer_header(answer, "Link") == NULL) {
        fail_msg("%s: a page without Link", answer->request);
    }
}
