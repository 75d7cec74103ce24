/* Walks the table of operations for places that take a value, and fills one of them. */
#include "security/places.h"

#include <json-c/json.h>

#include "base/encoding.h"

/* Stands for the payload until the rest of the body has become text. */
#define MARK "@payload@"

const char *const read_headers[READ_HEADERS] = {
    "Accept",       "Accept-Encoding", "access-token", "Authorization",   "client",      "Cookie",
    "If-Match",     "If-None-Match",   "Origin",       "Prefer",          "traceparent", "uid",
    "X-Request-Id", "User-Agent",      "Referer",      "X-Forwarded-For",
};

struct list {
    struct world *world;
    struct place *places;
    size_t count;
    size_t maximum;
};

static void add(struct list *list, struct place place)
{
    assert_true(list->count < list->maximum);
    list->places[list->count++] = place;
}

static const char *note_placeholder(struct world *world, const struct endpoint *row, const char *name,
                                    const void *argument)
{
    struct list *list = *(struct list *const *)argument;
    add(list, (struct place){.row = row, .kind = PLACE_PATH, .name = world_print(world, "%s", name)});
    return "";
}

static bool is_array(const struct field *field)
{
    return field->type == FIELD_LIST || field->type == FIELD_UUIDS || field->type == FIELD_TEXTS ||
           field->type == FIELD_EMAILS;
}

static void add_fields(struct list *list, struct place like, const struct shape *shape)
{
    for (size_t i = 0; shape != NULL && i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        like.field = field;
        like.name = field->name;
        like.outer = NULL;
        like.in_list = like.kind == PLACE_BODY && is_array(field) && field->type != FIELD_LIST;
        add(list, like);
        for (size_t j = 0; like.kind == PLACE_BODY && field->shape != NULL && j < field->shape->count; j++) {
            add(list, (struct place){like.row, PLACE_BODY, field->shape->fields[j].name,
                                     &field->shape->fields[j], field->name, field->type == FIELD_LIST});
        }
    }
}

size_t places_of(struct world *world, const struct endpoint *row, struct place *places, size_t maximum)
{
    static const char *const of_pages[] = {"page", "size", "sort"};
    struct list list = {world, places, 0, maximum};
    struct list *place = &list;
    fill(world, row->path, row, note_placeholder, &place);
    add_fields(&list, (struct place){.row = row, .kind = PLACE_QUERY}, row->query);
    for (size_t i = 0; i < 3; i++) {
        if (i < 2 ? row->paged : row->sort != NULL) {
            add(&list, (struct place){.row = row, .kind = PLACE_QUERY, .name = of_pages[i]});
        }
    }
    if (row->body_in_query) {
        add_fields(&list, (struct place){.row = row, .kind = PLACE_QUERY}, row->body);
    }
    if (!row->form_only) {
        add_fields(&list, (struct place){.row = row, .kind = PLACE_BODY}, row->body);
    }
    if (row->form || row->form_only) {
        add_fields(&list, (struct place){.row = row, .kind = PLACE_FORM}, row->body);
    }
    if (row->values_in_headers) {
        add_fields(&list, (struct place){.row = row, .kind = PLACE_HEADER}, row->query);
    }
    return list.count;
}

struct callers make_callers(struct world *world, const char *name)
{
    struct callers callers = {.tenant = make_tenant(world, name), .employee = make_employee(world, "Emil")};
    /* People of their own, so that nothing that is done to others ends the token. */
    struct person creator = make_admin(world, callers.tenant.organization_id, "Cleo");
    callers.security_token = bearer(world, make_security_token(world, &creator));
    callers.api_key = bearer(world, make_api_key(world, callers.tenant.organization_id, "users:delete"));
    return callers;
}

/* A new session for each call, since some end it. */
static struct presented present(struct world *world, const struct callers *callers,
                                const struct endpoint *row, struct session *session)
{
    if (row->api == API_MOAB || row->api == API_MOODWORK) {
        return (struct presented){.authorization =
                                      row->api == API_MOAB ? callers->security_token : callers->api_key};
    }
    const struct person *caller =
        row->access == ACCESS_EMPLOYEE ? &callers->employee : &callers->tenant.organization_admin;
    *session = insert_session(world, caller->user_id, "1 day");
    return (struct presented){.session = session};
}

const char *json_string_of(struct world *world, struct text text)
{
    struct builder out;
    builder_start(&out, world_arena(world), text.length + 16, 8 * text.length + 64);
    builder_add_character(&out, '"');
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte < ' ' || byte == '"' || byte == '\\') {
            builder_add_format(&out, "\\u%04x", byte);
        } else {
            builder_add_character(&out, (char)byte);
        }
    }
    builder_add_character(&out, '"');
    return arena_copy_text(world_arena(world), builder_text(&out)).data;
}

/* The value for a placeholder: the payload, or what usually stands there. */
struct choice {
    const struct callers *callers;
    const struct place *place;
    struct text text;
};

static const char *chosen(struct world *world, const struct endpoint *row, const char *name,
                          const void *argument)
{
    const struct choice *choice = argument;
    if (choice->place->kind == PLACE_PATH && strcmp(choice->place->name, name) == 0) {
        return encode_percent(world_arena(world), choice->text).data;
    }
    return tenant_thing(world, row, name, &choice->callers->tenant);
}

static const char *path_of(struct world *world, const struct choice *choice)
{
    const struct endpoint *row = choice->place->row;
    const char *path =
        fill(world, world_print(world, "%s%s", api_base(row->api), row->path), row, chosen, choice);
    const char *usual = fill(world, operation_of(row)->query, row, chosen, choice);
    struct text rest = text_of(usual);
    const char *separator = "?";
    text_cut(&rest, '?');
    while (rest.data != NULL) {
        struct text parameter = text_cut(&rest, '&');
        struct text value = parameter;
        struct text name = text_cut(&value, '=');
        if (choice->place->kind != PLACE_QUERY || !text_equal_string(name, choice->place->name)) {
            path = world_print(world, "%s%s%.*s", path, separator, TEXT_ARGUMENTS(parameter));
            separator = "&";
        }
    }
    if (choice->place->kind == PLACE_QUERY) {
        path = world_print(world, "%s%s%s=%s", path, separator, choice->place->name,
                           encode_percent(world_arena(world), choice->text).data);
    }
    return path;
}

static struct json_object *usual_body(struct world *world, const struct choice *choice)
{
    const struct endpoint *row = choice->place->row;
    struct json_object *object =
        json_tokener_parse(fill(world, operation_of(row)->body, row, chosen, choice));
    assert_non_null(object);
    return object;
}

static struct json_object *inside(const struct endpoint *row, struct json_object *object)
{
    struct json_object *data = row->wrapped ? json_object_object_get(object, "data") : NULL;
    return data != NULL ? data : object;
}

/* The mark as the place's value, with what is around it. */
static struct json_object *marked(const struct place *place)
{
    struct json_object *value = json_object_new_string(MARK);
    if (place->outer != NULL) {
        struct json_object *object = json_object_new_object();
        json_object_object_add(object, place->name, value);
        value = object;
    }
    if (place->in_list) {
        struct json_object *array = json_object_new_array();
        json_object_array_add(array, value);
        value = array;
    }
    return value;
}

static struct text body_of(struct world *world, const struct choice *choice, const char *json)
{
    const struct place *place = choice->place;
    struct json_object *object = usual_body(world, choice);
    json_object_object_add(inside(place->row, object), place->outer != NULL ? place->outer : place->name,
                           marked(place));
    const char *text = world_print(world, "%s", json_object_to_json_string_ext(object, 0));
    json_object_put(object);
    const char *mark = strstr(text, "\"" MARK "\"");
    assert_non_null(mark);
    return text_of(
        world_print(world, "%.*s%s%s", (int)(mark - text), text, json, mark + sizeof("\"" MARK "\"") - 1));
}

static const char *form_of(struct world *world, const struct choice *choice)
{
    const char *form = world_print(world, "%s=%s", choice->place->name,
                                   encode_percent(world_arena(world), choice->text).data);
    if (choice->place->row->form_only) {
        return form;
    }
    struct json_object *object = usual_body(world, choice);
    json_object_object_foreach(object, name, value)
    {
        if (strcmp(name, choice->place->name) != 0) {
            struct text text = text_of(json_object_get_string(value));
            form = world_print(world, "%s&%s=%s", form, name, encode_percent(world_arena(world), text).data);
        }
    }
    json_object_put(object);
    return form;
}

/* The header's value cannot hold the end of its line. */
static const char *header_of(struct world *world, const struct place *place, struct text text)
{
    char *header = world_print(world, "%s: %.*s", place->name, TEXT_ARGUMENTS(text));
    for (char *at = header; *at != '\0'; at++) {
        *at = *at == '\r' || *at == '\n' ? ' ' : *at;
    }
    return header;
}

struct answer *call_place(struct world *world, const struct callers *callers, const struct place *place,
                          struct payload payload)
{
    const struct endpoint *row = place->row;
    const struct choice choice = {callers, place, payload.text};
    const char *usual = operation_of(row)->body;
    struct session session;
    struct presented presented = present(world, callers, row, &session);
    struct call call = {.method = method_name(row->method),
                        .path = path_of(world, &choice),
                        .session = presented.session,
                        .headers = {presented.authorization}};
    if (place->kind == PLACE_FORM) {
        call.type = "application/x-www-form-urlencoded";
        call.body = form_of(world, &choice);
    } else if (place->kind == PLACE_BODY) {
        struct text body = body_of(world, &choice,
                                   payload.json != NULL ? payload.json : json_string_of(world, payload.text));
        call.body = body.data;
        call.body_length = body.length;
    } else if (usual != NULL && !(place->kind == PLACE_QUERY && row->body_in_query)) {
        call.body = fill(world, usual, row, chosen, &choice);
    }
    if (place->kind == PLACE_HEADER) {
        call.headers[call.headers[0] != NULL ? 1 : 0] = header_of(world, place, payload.text);
    }
    return call_send(world, call);
}

bool is_declared(const struct endpoint *row, int status)
{
    enum problem list[PROBLEM_COUNT];
    size_t count = endpoint_problems(row, list);
    for (size_t i = 0; i < count; i++) {
        if (problem_status(list[i]) == status) {
            return true;
        }
    }
    return false;
}
