/* What an operation takes: its path values, query parameters and body. */
#include "http/openapi_parts.h"

#define MAXIMUM_SAFE_INTEGER INT64_C(9007199254740991)

static void write_path_schema(struct openapi *openapi, const struct placeholder *placeholder)
{
    json_key(&openapi->writer, "schema");
    json_open_object(&openapi->writer);
    switch (placeholder->type) {
    case PLACEHOLDER_UUID:
        openapi_member(openapi, "type", "string");
        openapi_member(openapi, "format", "uuid");
        break;
    case PLACEHOLDER_TEXT:
        openapi_member(openapi, "type", "string");
        break;
    case PLACEHOLDER_INTEGER:
        openapi_member(openapi, "type", "integer");
        openapi_member(openapi, "format", "int64");
        json_key(&openapi->writer, "minimum");
        json_integer(&openapi->writer, 1);
        json_key(&openapi->writer, "maximum");
        json_integer(&openapi->writer, MAXIMUM_SAFE_INTEGER);
        break;
    }
    json_close_object(&openapi->writer);
}

static void write_path_parameter(struct openapi *openapi, struct text name)
{
    const struct placeholder *placeholder = placeholder_find(name);
    if (placeholder == NULL) {
        abort();
    }
    json_open_object(&openapi->writer);
    openapi_member(openapi, "name", placeholder->name);
    openapi_member(openapi, "in", "path");
    openapi_flag(openapi, "required", true);
    openapi_member(openapi, "description", placeholder->about);
    write_path_schema(openapi, placeholder);
    json_close_object(&openapi->writer);
}

void openapi_path_parameters(struct openapi *openapi, const char *path)
{
    json_key(&openapi->writer, "parameters");
    json_open_array(&openapi->writer);
    for (struct text rest = text_of(path); rest.data != NULL;) {
        struct text part = text_cut(&rest, '/');
        if (part.length > 2 && part.data[0] == '{') {
            write_path_parameter(openapi, text_part(part, 1, part.length - 2));
        }
    }
    openapi_reference(openapi, "parameters", "RequestId");
    json_close_array(&openapi->writer);
}

static void open_parameter(struct openapi *openapi, const char *name, const char *place, const char *about)
{
    json_open_object(&openapi->writer);
    openapi_member(openapi, "name", name);
    openapi_member(openapi, "in", place);
    openapi_member(openapi, "description", about);
}

static void write_parameter(struct openapi *openapi, const struct field *field, const char *place,
                            bool required)
{
    open_parameter(openapi, field->name, place, field->about);
    if (required) {
        openapi_flag(openapi, "required", true);
    }
    json_key(&openapi->writer, "schema");
    json_open_object(&openapi->writer);
    struct field described = *field;
    described.about = NULL;
    openapi_field_schema(openapi, &described, DIRECTION_BODY);
    json_close_object(&openapi->writer);
    json_close_object(&openapi->writer);
}

static void write_query(struct openapi *openapi, const struct shape *query)
{
    for (size_t index = 0; query != NULL && index < query->count; index++) {
        write_parameter(openapi, &query->fields[index], "query", query->fields[index].required);
    }
}

/* Nested fields have no form in a query. */
static void write_body_in_query(struct openapi *openapi, const struct endpoint *endpoint)
{
    if (!endpoint->body_in_query) {
        return;
    }
    for (size_t index = 0; index < endpoint->body->count; index++) {
        struct field field = endpoint->body->fields[index];
        if (field.type == FIELD_OBJECT || field.type == FIELD_LIST) {
            continue;
        }
        field.about = arena_print(openapi->arena, "Instead of `%s` in the body.", field.name);
        write_parameter(openapi, &field, "query", false);
    }
}

static void write_headers(struct openapi *openapi, const struct shape *shape)
{
    for (size_t index = 0; shape != NULL && index < shape->count; index++) {
        struct field field = shape->fields[index];
        field.about = arena_print(openapi->arena,
                                  "Instead of `%s` elsewhere; with a hyphen or an underscore.", field.name);
        write_parameter(openapi, &field, "header", false);
    }
}

static bool heeds_if_match(const struct endpoint *endpoint)
{
    return endpoint->entity_tag && endpoint->method == METHOD_PATCH;
}

static void write_header_parameters(struct openapi *openapi, const struct endpoint *endpoint)
{
    if (endpoint->values_in_headers) {
        write_headers(openapi, endpoint->query);
        write_headers(openapi, endpoint->body);
    }
    if (heeds_if_match(endpoint)) {
        open_parameter(openapi, "If-Match", "header",
                       "ETags of states, one of which the thing must still have; `*` is any.");
        json_key(&openapi->writer, "schema");
        json_raw(&openapi->writer, TEXT("{\"type\":\"string\"}"));
        json_close_object(&openapi->writer);
    }
}

/* "^-?(a|b)(,-?(a|b))*$" */
static const char *sort_pattern(struct openapi *openapi, const char *columns)
{
    struct builder names;
    builder_start(&names, openapi->arena, 256, 4096);
    for (const char *letter = columns; *letter != '\0'; letter++) {
        builder_add_character(&names, *letter == ',' ? '|' : *letter);
    }
    struct text list = builder_text(&names);
    return arena_print(openapi->arena, "^-?(%.*s)(,-?(%.*s))*$", TEXT_ARGUMENTS(list), TEXT_ARGUMENTS(list));
}

static void write_sort(struct openapi *openapi, const struct endpoint *endpoint)
{
    if (endpoint->sort == NULL) {
        return;
    }
    const char *order = endpoint->order != NULL ? endpoint->order : "created_at";
    open_parameter(openapi, "sort", "query",
                   arena_print(openapi->arena,
                               "Names to sort by, separated by commas; a minus sign before a name "
                               "turns its order round. Ties are broken by id. Without it: `%s`.",
                               order));
    json_key(&openapi->writer, "schema");
    json_open_object(&openapi->writer);
    openapi_member(openapi, "type", "string");
    openapi_member(openapi, "pattern", sort_pattern(openapi, endpoint->sort));
    json_close_object(&openapi->writer);
    json_close_object(&openapi->writer);
}

static bool has_parameters(const struct endpoint *endpoint)
{
    return (endpoint->query != NULL && endpoint->query->count > 0) || endpoint->body_in_query ||
           endpoint->paged || endpoint->sort != NULL || heeds_if_match(endpoint);
}

void openapi_parameters(struct openapi *openapi, const struct endpoint *endpoint)
{
    if (!has_parameters(endpoint)) {
        return;
    }
    json_key(&openapi->writer, "parameters");
    json_open_array(&openapi->writer);
    write_query(openapi, endpoint->query);
    write_body_in_query(openapi, endpoint);
    write_header_parameters(openapi, endpoint);
    write_sort(openapi, endpoint);
    if (endpoint->paged) {
        openapi_reference(openapi, "parameters", endpoint->pages_from_zero ? "PageFromZero" : "Page");
        openapi_reference(openapi, "parameters", "Size");
    }
    json_close_array(&openapi->writer);
}

/* A body whose fields stand inside "data"; bare ones are taken for the sake of clients that differ. */
static void write_wrapped(struct openapi *openapi, const struct shape *shape)
{
    struct json_writer *writer = &openapi->writer;

    json_open_object(writer);
    json_key(writer, "oneOf");
    json_open_array(writer);
    json_open_object(writer);
    json_key(writer, "type");
    json_string(writer, "object");
    json_key(writer, "required");
    json_raw(writer, TEXT("[\"data\"]"));
    json_key(writer, "properties");
    json_open_object(writer);
    json_key(writer, "data");
    openapi_shape(openapi, shape, DIRECTION_BODY);
    json_close_object(writer);
    json_close_object(writer);
    json_open_object(writer);
    json_key(writer, "allOf");
    json_open_array(writer);
    openapi_shape(openapi, shape, DIRECTION_BODY);
    json_raw(writer, TEXT("{\"not\":{\"required\":[\"data\"]}}"));
    json_close_array(writer);
    json_close_object(writer);
    json_close_array(writer);
    json_close_object(writer);
}

static void write_content(struct openapi *openapi, const char *type, const struct endpoint *endpoint)
{
    json_key(&openapi->writer, type);
    json_open_object(&openapi->writer);
    json_key(&openapi->writer, "schema");
    if (endpoint->wrapped) {
        write_wrapped(openapi, endpoint->body);
    } else {
        openapi_shape(openapi, endpoint->body, DIRECTION_BODY);
    }
    json_close_object(&openapi->writer);
}

void openapi_request_body(struct openapi *openapi, const struct endpoint *endpoint)
{
    if (endpoint->body == NULL) {
        return;
    }
    json_key(&openapi->writer, "requestBody");
    json_open_object(&openapi->writer);
    openapi_flag(openapi, "required", endpoint_needs_body(endpoint));
    json_key(&openapi->writer, "content");
    json_open_object(&openapi->writer);
    if (!endpoint->form_only) {
        write_content(openapi, "application/json", endpoint);
    }
    if (endpoint->form) {
        write_content(openapi, "application/x-www-form-urlencoded", endpoint);
    }
    json_close_object(&openapi->writer);
    json_close_object(&openapi->writer);
}

static const struct {
    const char *key;
    const char *json;
} shared_parameters[] = {
    {"Page", "{\"name\":\"page\",\"in\":\"query\",\"description\":\"Which page, counted from 1.\","
             "\"schema\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":2147483647,\"default\":1}}"},
    {"PageFromZero", "{\"name\":\"page\",\"in\":\"query\",\"description\":\"Which page, counted from 0.\","
                     "\"schema\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":2147483647,\"default\":0}}"},
    {"RequestId",
     "{\"name\":\"X-Request-Id\",\"in\":\"header\",\"description\":\"An id of the caller's own for this "
     "request; the answer has it too.\","
     "\"schema\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9._-]{1,64}$\"}}"},
    {"Size", "{\"name\":\"size\",\"in\":\"query\",\"description\":\"How many things a page has.\","
             "\"schema\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":100,\"default\":25}}"},
};

void openapi_shared_parameters(struct openapi *openapi)
{
    json_key(&openapi->writer, "parameters");
    json_open_object(&openapi->writer);
    for (size_t index = 0; index < sizeof(shared_parameters) / sizeof(shared_parameters[0]); index++) {
        json_key(&openapi->writer, shared_parameters[index].key);
        json_raw(&openapi->writer, text_of(shared_parameters[index].json));
    }
    json_close_object(&openapi->writer);
}
