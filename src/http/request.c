/* Small services that a request offers to handlers. */
#include "http/request.h"

#include <stdlib.h>
#include <string.h>

#include "base/encoding.h"
#include "base/log.h"

struct text path_value(const struct request *request, const char *name)
{
    for (size_t i = 0; i < request->path_value_count; i++) {
        if (strcmp(request->path_values[i].placeholder->name, name) == 0) {
            return request->path_values[i].text;
        }
    }
    LOG_ERROR("the path of %s has no value %s", request->endpoint->name, name);
    abort();
}

struct text request_header(const struct request *request, const char *name)
{
    return text_of(request->incoming.header(request->incoming.owner, name));
}

static bool is_header_value(struct text value)
{
    for (size_t i = 0; i < value.length; i++) {
        unsigned char character = (unsigned char)value.data[i];

        if (character < 0x20 || character == 0x7f) {
            return false;
        }
    }
    return true;
}

void response_header(struct request *request, const char *name, struct text value)
{
    struct response *response = &request->response;

    if (!is_header_value(value) || response->header_count == MAXIMUM_HEADERS) {
        LOG_ERROR("header %s could not be added", name);
        abort();
    }
    response->headers[response->header_count++] = (struct header){name, value};
}

struct text caller_authorization(struct request *request)
{
    const struct caller *caller = &request->caller;
    struct arena *arena = request->context.arena;
    struct json_writer writer;
    struct builder json;

    builder_start(&json, arena, 256, 4096);
    json_start(&writer, &json);
    json_open_object(&writer);
    json_key(&writer, "access-token");
    json_text(&writer, caller->access_token);
    json_key(&writer, "token-type");
    json_string(&writer, "Bearer");
    json_key(&writer, "client");
    json_text(&writer, caller->client);
    json_key(&writer, "expiry");
    json_string(&writer, arena_print(arena, "%lld", (long long)caller->expiry));
    json_key(&writer, "uid");
    json_text(&writer, caller->uid);
    json_close_object(&writer);
    return text_of(
        arena_print(arena, "Bearer %.*s", TEXT_ARGUMENTS(encode_base64(arena, builder_text(&json)))));
}
