/* What an operation answers with when it succeeds: the form of the row around the shape of one element. */
#include "http/openapi_parts.h"

static int success_status(const struct endpoint *endpoint)
{
    if (endpoint->status != 0) {
        return endpoint->status;
    }
    return endpoint->form_of_answer == ANSWER_NOTHING ? 204 : 200;
}

static const char *element_name(const struct endpoint *endpoint)
{
    return endpoint->answer != NULL && endpoint->answer->name != NULL ? endpoint->answer->name : "thing";
}

static const char *success_description(struct openapi *openapi, const struct endpoint *endpoint)
{
    const char *name = element_name(endpoint);
    switch (endpoint->form_of_answer) {
    case ANSWER_ONE:
        return arena_print(openapi->arena, "One %s in `data`.", name);
    case ANSWER_LIST:
        return arena_print(openapi->arena,
                           "All of them in `data`, each a %s; one page of them, with `meta` and "
                           "`Link`, where `page` or `size` is given.",
                           name);
    case ANSWER_PAGE:
        return arena_print(openapi->arena, "One page of a list in `data`, each element a %s.", name);
    case ANSWER_BARE:
        return arena_print(openapi->arena, "One %s, without an envelope.", name);
    case ANSWER_ARRAY:
        return arena_print(
            openapi->arena,
            "All of them, each a %s, without an envelope; one page of them, with `Link`, where "
            "`page` or `size` is given.",
            name);
    case ANSWER_TRUE:
        return "`true`: it is done.";
    case ANSWER_NOTHING:
        return "It is done; there is no body.";
    case ANSWER_OWN:
    case ANSWER_UNSET:
        break;
    }
    return success_status(endpoint) >= 300 ? "The way leads on to the address in `Location`." : "Success.";
}

static void write_header_reference(struct openapi *openapi, const char *name, const char *component)
{
    json_key(&openapi->writer, name);
    openapi_reference(openapi, "headers", component);
}

static void write_session_headers(struct openapi *openapi)
{
    write_header_reference(openapi, "access-token", "AccessToken");
    write_header_reference(openapi, "token-type", "TokenType");
    write_header_reference(openapi, "client", "Client");
    write_header_reference(openapi, "expiry", "Expiry");
    write_header_reference(openapi, "uid", "Uid");
    write_header_reference(openapi, "authorization", "Authorization");
}

static void write_success_headers(struct openapi *openapi, const struct endpoint *endpoint)
{
    json_key(&openapi->writer, "headers");
    json_open_object(&openapi->writer);
    write_header_reference(openapi, "X-Request-Id", "RequestId");
    if (endpoint->opens_session || endpoint_shows_session(endpoint)) {
        write_session_headers(openapi);
    }
    if (endpoint->form_of_answer == ANSWER_PAGE ||
        ((endpoint->form_of_answer == ANSWER_LIST || endpoint->form_of_answer == ANSWER_ARRAY) &&
         endpoint->paged)) {
        write_header_reference(openapi, "Link", "Link");
    }
    if (endpoint->entity_tag) {
        write_header_reference(openapi, "ETag", "ETag");
    }
    if (success_status(endpoint) >= 300) {
        write_header_reference(openapi, "Location", "Location");
    }
    json_close_object(&openapi->writer);
}

static void write_list_of_elements(struct openapi *openapi, const struct endpoint *endpoint)
{
    json_open_object(&openapi->writer);
    openapi_member(openapi, "type", "array");
    json_key(&openapi->writer, "items");
    openapi_shape(openapi, endpoint->answer, DIRECTION_ANSWER);
    json_close_object(&openapi->writer);
}

/* {"data": …} with "meta" where the answer is, or may be, a page. */
static void write_envelope(struct openapi *openapi, const struct endpoint *endpoint)
{
    bool list = endpoint->form_of_answer != ANSWER_ONE;
    json_open_object(&openapi->writer);
    openapi_member(openapi, "type", "object");
    json_key(&openapi->writer, "required");
    json_open_array(&openapi->writer);
    json_string(&openapi->writer, "data");
    if (endpoint->form_of_answer == ANSWER_PAGE) {
        json_string(&openapi->writer, "meta");
    }
    json_close_array(&openapi->writer);
    json_key(&openapi->writer, "properties");
    json_open_object(&openapi->writer);
    json_key(&openapi->writer, "data");
    if (list) {
        write_list_of_elements(openapi, endpoint);
    } else {
        openapi_shape(openapi, endpoint->answer, DIRECTION_ANSWER);
    }
    if (list && (endpoint->form_of_answer == ANSWER_PAGE || endpoint->paged)) {
        json_key(&openapi->writer, "meta");
        openapi_reference(openapi, "schemas", "PageMeta");
    }
    json_close_object(&openapi->writer);
    json_close_object(&openapi->writer);
}

static void write_answer_schema(struct openapi *openapi, const struct endpoint *endpoint)
{
    switch (endpoint->form_of_answer) {
    case ANSWER_ONE:
    case ANSWER_LIST:
    case ANSWER_PAGE:
        write_envelope(openapi, endpoint);
        break;
    case ANSWER_BARE:
        openapi_shape(openapi, endpoint->answer, DIRECTION_ANSWER);
        break;
    case ANSWER_ARRAY:
        write_list_of_elements(openapi, endpoint);
        break;
    case ANSWER_TRUE:
        json_raw(&openapi->writer, TEXT("{\"const\":true}"));
        break;
    case ANSWER_NOTHING:
    case ANSWER_UNSET:
    case ANSWER_OWN:
        json_raw(&openapi->writer, endpoint->answer_schema != NULL ? text_of(endpoint->answer_schema)
                                                                   : TEXT("{\"type\":\"string\"}"));
        break;
    }
}

static bool has_content(const struct endpoint *endpoint)
{
    return endpoint->form_of_answer != ANSWER_NOTHING &&
           (endpoint->form_of_answer != ANSWER_OWN || endpoint->answer_schema != NULL ||
            endpoint->answer_type != NULL);
}

/* The media type without its parameters: those are no part of what a client chooses by. */
static const char *media_type(struct openapi *openapi, const struct endpoint *endpoint)
{
    if (endpoint->answer_type == NULL) {
        return "application/json";
    }
    struct text type = text_of(endpoint->answer_type);
    return arena_copy(openapi->arena, type.data, text_find(type, ';'));
}

static void write_success(struct openapi *openapi, const struct endpoint *endpoint)
{
    json_key(&openapi->writer, arena_print(openapi->arena, "%d", success_status(endpoint)));
    json_open_object(&openapi->writer);
    openapi_member(openapi, "description", success_description(openapi, endpoint));
    write_success_headers(openapi, endpoint);
    if (has_content(endpoint)) {
        json_key(&openapi->writer, "content");
        json_open_object(&openapi->writer);
        json_key(&openapi->writer, media_type(openapi, endpoint));
        json_open_object(&openapi->writer);
        json_key(&openapi->writer, "schema");
        write_answer_schema(openapi, endpoint);
        json_close_object(&openapi->writer);
        json_close_object(&openapi->writer);
    }
    json_close_object(&openapi->writer);
}

/* A page for people, in the place of a redirect. */
static void write_page(struct openapi *openapi, const struct endpoint *endpoint)
{
    json_key(&openapi->writer, "200");
    json_open_object(&openapi->writer);
    openapi_member(openapi, "description", endpoint->page_instead);
    json_key(&openapi->writer, "headers");
    json_open_object(&openapi->writer);
    write_header_reference(openapi, "X-Request-Id", "RequestId");
    json_close_object(&openapi->writer);
    json_key(&openapi->writer, "content");
    json_raw(&openapi->writer, TEXT("{\"text/html\":{\"schema\":{\"type\":\"string\"}}}"));
    json_close_object(&openapi->writer);
}

void openapi_responses(struct openapi *openapi, const struct endpoint *endpoint)
{
    json_key(&openapi->writer, "responses");
    json_open_object(&openapi->writer);
    if (endpoint->page_instead != NULL) {
        write_page(openapi, endpoint);
    }
    write_success(openapi, endpoint);
    openapi_problem_responses(openapi, endpoint);
    json_close_object(&openapi->writer);
}

static const struct {
    const char *key;
    const char *about;
    const char *schema; /* JSON */
} shared_headers[] = {
    {"AccessToken", "The token that the next request sends; it changes only where the server rotates tokens.",
     "{\"type\":\"string\"}"},
    {"Authorization",
     "`Bearer` and the base64 of the JSON of the other five: one header that may be sent instead of them.",
     "{\"type\":\"string\"}"},
    {"Client", "Which session of the user this is.", "{\"type\":\"string\"}"},
    {"ETag", "Tells this state of the thing from others; a change may be bound to it by If-Match.",
     "{\"type\":\"string\"}"},
    {"Expiry", "When the session ends, in seconds since 1970.",
     "{\"type\":\"integer\",\"format\":\"int64\"}"},
    {"Link", "The first, previous, next and last page, as far as there are such (RFC 8288).",
     "{\"type\":\"string\"}"},
    {"Location", "Where to go on.", "{\"type\":\"string\",\"format\":\"uri\"}"},
    {"RequestId", "The id of this request; the same stands in the log.", "{\"type\":\"string\"}"},
    {"RetryAfter", "Seconds to wait before trying again.", "{\"type\":\"integer\",\"minimum\":1}"},
    {"TokenType", "How the token may be presented.", "{\"const\":\"Bearer\"}"},
    {"Uid", "Who the user is: the e-mail address or the username, by its provider.", "{\"type\":\"string\"}"},
    {"WwwAuthenticate", "The scheme to authenticate with (RFC 6750).", "{\"const\":\"Bearer\"}"},
};

void openapi_shared_headers(struct openapi *openapi)
{
    json_key(&openapi->writer, "headers");
    json_open_object(&openapi->writer);
    for (size_t index = 0; index < sizeof(shared_headers) / sizeof(shared_headers[0]); index++) {
        json_key(&openapi->writer, shared_headers[index].key);
        json_open_object(&openapi->writer);
        openapi_member(openapi, "description", shared_headers[index].about);
        json_key(&openapi->writer, "schema");
        json_raw(&openapi->writer, text_of(shared_headers[index].schema));
        json_close_object(&openapi->writer);
    }
    json_close_object(&openapi->writer);
}
