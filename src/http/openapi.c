/* The OpenAPI document as a whole. It is printed from the tables that the program itself runs on, so that it
 * can't tell of something that isn't there. */
#include "http/openapi.h"

#include "config.h"
#include "http/openapi_parts.h"

#define DOCUMENT_CAPACITY ((size_t)512 * 1024)
#define DOCUMENT_MAXIMUM  ((size_t)16 * 1024 * 1024)

static const char description[] =
    "A directory of people: their accounts, sessions, organizations and memberships, over HTTP and JSON.\n\n"
    "**Sessions.** Signing in yields `access-token`, `client` and `uid`; each later request sends them as "
    "headers. The one "
    "header `authorization` of the same answer may be sent instead, or `Authorization: Bearer` with the "
    "access token "
    "alone. Every answer to a request with a valid session carries the session's headers, an error too. "
    "Under `/auth` the "
    "three values may also come as query or body parameters.\n\n"
    "**Bodies** are JSON objects in UTF-8. Unknown fields are ignored.\n\n"
    "**Errors** are `application/problem+json` (RFC 9457); Moodwork and Moab have forms of their own.\n\n"
    "**Times** are RFC 3339 in UTC with milliseconds. **Ids** are UUIDs in lower case.\n\n"
    "`HEAD` works wherever `GET` does, and `OPTIONS` everywhere.";

void openapi_member(struct openapi *openapi, const char *name, const char *value)
{
    if (value != NULL) {
        json_key(&openapi->writer, name);
        json_string(&openapi->writer, value);
    }
}

void openapi_flag(struct openapi *openapi, const char *name, bool value)
{
    json_key(&openapi->writer, name);
    json_boolean(&openapi->writer, value);
}

void openapi_reference_member(struct openapi *openapi, const char *kind, const char *name)
{
    openapi_member(openapi, "$ref", arena_print(openapi->arena, "#/components/%s/%s", kind, name));
}

void openapi_reference(struct openapi *openapi, const char *kind, const char *name)
{
    json_open_object(&openapi->writer);
    openapi_reference_member(openapi, kind, name);
    json_close_object(&openapi->writer);
}

static void write_info(struct openapi *openapi)
{
    openapi_member(openapi, "openapi", "3.1.0");
    json_key(&openapi->writer, "info");
    json_open_object(&openapi->writer);
    openapi_member(openapi, "title", "muster");
    openapi_member(openapi, "version", PACKAGE_VERSION);
    openapi_member(openapi, "description", description);
    json_key(&openapi->writer, "license");
    json_open_object(&openapi->writer);
    openapi_member(openapi, "name", "MIT");
    openapi_member(openapi, "identifier", "MIT");
    json_close_object(&openapi->writer);
    json_close_object(&openapi->writer);
}

static void write_servers(struct openapi *openapi, const char *server_url)
{
    json_key(&openapi->writer, "servers");
    json_open_array(&openapi->writer);
    json_open_object(&openapi->writer);
    openapi_member(openapi, "url", server_url);
    json_close_object(&openapi->writer);
    json_close_array(&openapi->writer);
}

static const char *tag_about(const char *name)
{
    for (size_t index = 0; index < tag_count; index++) {
        if (strcmp(tags[index].name, name) == 0) {
            return tags[index].about;
        }
    }
    return NULL;
}

static bool is_first_of_tag(size_t position)
{
    for (size_t index = 0; index < position; index++) {
        if (strcmp(endpoints[index].tag, endpoints[position].tag) == 0) {
            return false;
        }
    }
    return true;
}

static void write_tags(struct openapi *openapi)
{
    json_key(&openapi->writer, "tags");
    json_open_array(&openapi->writer);
    for (size_t index = 0; index < endpoint_count; index++) {
        if (!is_first_of_tag(index)) {
            continue;
        }
        json_open_object(&openapi->writer);
        openapi_member(openapi, "name", endpoints[index].tag);
        openapi_member(openapi, "description", tag_about(endpoints[index].tag));
        json_close_object(&openapi->writer);
    }
    json_close_array(&openapi->writer);
}

/* Paths that differ only in the names of their placeholders are one path: OpenAPI allows it only once. */
static bool is_same_path(const struct endpoint *left, const struct endpoint *right)
{
    if (strcmp(api_base(left->api), api_base(right->api)) != 0) {
        return false;
    }
    struct text first = text_of(left->path);
    struct text second = text_of(right->path);
    while (first.data != NULL && second.data != NULL) {
        struct text one = text_cut(&first, '/');
        struct text other = text_cut(&second, '/');
        bool placeholders_both =
            one.length > 0 && other.length > 0 && one.data[0] == '{' && other.data[0] == '{';
        if (!placeholders_both && !text_equal(one, other)) {
            return false;
        }
    }
    return first.data == NULL && second.data == NULL;
}

/* Who may call is said in the description, because OpenAPI has no word for more than "somebody with a
 * session". */
static const char *access_sentence(enum access access)
{
    switch (access) {
    case ACCESS_PUBLIC:
        return "Access: anybody.";
    case ACCESS_SESSION:
        return "Access: anybody who is signed in.";
    case ACCESS_EMPLOYEE:
        return "Access: employees.";
    case ACCESS_SELF_OR_ORGANIZATION_ADMIN:
        return "Access: the person itself, the admins of its organizations, employees.";
    case ACCESS_MEMBERSHIP_READERS:
        return "Access: the person itself, the admins of its teams and of its organization, employees.";
    case ACCESS_MEMBER:
        return "Access: members of the organization, employees.";
    case ACCESS_TEAM_MEMBER:
        return "Access: members of the team, its admins, the admins of its organization, employees.";
    case ACCESS_TEAM_ADMIN:
        return "Access: admins of the team or of one above it, the admins of its organization, employees.";
    case ACCESS_ORGANIZATION_ADMIN:
        return "Access: the admins of the organization, employees.";
    case ACCESS_READER:
        return "Access: users with a security token.";
    case ACCESS_CONTRIBUTOR:
        return "Access: contributors and creators, others are 401.";
    case ACCESS_CREATOR:
        return "Access: creators, others are 401.";
    case ACCESS_USERS_DELETE:
        return "Access: API keys with the scope users:delete.";
    case ACCESS_UNSET:
        break;
    }
    abort();
}

static void write_security(struct openapi *openapi, const struct endpoint *endpoint)
{
    json_key(&openapi->writer, "security");
    if (endpoint->session_optional) {
        struct text schemes = text_of(dialects[endpoint->api].security);

        json_raw(&openapi->writer,
                 text_of(arena_print(openapi->arena, "[{},%.*s",
                                     TEXT_ARGUMENTS(text_part(schemes, 1, schemes.length)))));
    } else if (endpoint->access == ACCESS_PUBLIC) {
        json_raw(&openapi->writer, TEXT("[]"));
    } else {
        json_raw(&openapi->writer, text_of(dialects[endpoint->api].security));
    }
}

static void write_operation(struct openapi *openapi, const struct endpoint *endpoint)
{
    json_key(&openapi->writer, text_lower(openapi->arena, text_of(method_name(endpoint->method))).data);
    json_open_object(&openapi->writer);
    openapi_member(openapi, "operationId", endpoint->name);
    json_key(&openapi->writer, "tags");
    json_open_array(&openapi->writer);
    json_string(&openapi->writer, endpoint->tag);
    json_close_array(&openapi->writer);
    openapi_member(openapi, "summary", endpoint->summary);
    const char *access = access_sentence(endpoint->access);
    openapi_member(
        openapi, "description",
        endpoint->about == NULL ? access : arena_print(openapi->arena, "%s\n\n%s", endpoint->about, access));
    openapi_member(openapi, "x-access", access_name(endpoint->access));
    if (endpoint->deprecated) {
        openapi_flag(openapi, "deprecated", true);
    }
    write_security(openapi, endpoint);
    openapi_parameters(openapi, endpoint);
    openapi_request_body(openapi, endpoint);
    openapi_responses(openapi, endpoint);
    json_close_object(&openapi->writer);
}

static bool is_first_of_path(size_t position)
{
    for (size_t index = 0; index < position; index++) {
        if (is_same_path(&endpoints[index], &endpoints[position])) {
            return false;
        }
    }
    return true;
}

static bool is_documented(const struct endpoint *endpoint)
{
    return endpoint->method != METHOD_HEAD && endpoint->method != METHOD_OPTIONS;
}

/* A path stands where its first row is, with all rows of that path. */
static void write_path(struct openapi *openapi, size_t position)
{
    const struct endpoint *first = &endpoints[position];
    json_key(&openapi->writer, arena_print(openapi->arena, "%s%s", api_base(first->api), first->path));
    json_open_object(&openapi->writer);
    openapi_path_parameters(openapi, first->path);
    for (size_t index = position; index < endpoint_count; index++) {
        if (is_documented(&endpoints[index]) && is_same_path(first, &endpoints[index])) {
            write_operation(openapi, &endpoints[index]);
        }
    }
    json_close_object(&openapi->writer);
}

static void write_paths(struct openapi *openapi)
{
    json_key(&openapi->writer, "paths");
    json_open_object(&openapi->writer);
    for (size_t index = 0; index < endpoint_count; index++) {
        if (is_first_of_path(index)) {
            write_path(openapi, index);
        }
    }
    json_close_object(&openapi->writer);
}

static const char security_schemes[] =
    "{\"moab_security_token\":{\"type\":\"http\",\"scheme\":\"bearer\","
    "\"description\":\"The user's number, a dot, and the security token.\"},"
    "\"moodwork_api_key\":{\"type\":\"http\",\"scheme\":\"bearer\","
    "\"description\":\"An API key, as `muster api-key create` prints it.\"},"
    "\"worklete_access_token\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"access-token\","
    "\"description\":\"The token of the session; together with client and uid.\"},"
    "\"worklete_bearer\":{\"type\":\"http\",\"scheme\":\"bearer\","
    "\"description\":\"The access token alone, or the base64 of the JSON of all session values.\"},"
    "\"worklete_client\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"client\","
    "\"description\":\"Which session of the user it is.\"},"
    "\"worklete_uid\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"uid\","
    "\"description\":\"The e-mail address or the username.\"}}";

static void write_components(struct openapi *openapi)
{
    json_key(&openapi->writer, "components");
    json_open_object(&openapi->writer);
    openapi_schemas(openapi);
    openapi_shared_parameters(openapi);
    openapi_shared_headers(openapi);
    openapi_shared_responses(openapi);
    json_key(&openapi->writer, "securitySchemes");
    json_raw(&openapi->writer, text_of(security_schemes));
    json_close_object(&openapi->writer);
}

struct text openapi_document(struct arena *arena, const char *server_url)
{
    struct openapi *openapi = ARENA_NEW(arena, struct openapi);
    openapi->arena = arena;
    builder_start(&openapi->builder, arena, DOCUMENT_CAPACITY, DOCUMENT_MAXIMUM);
    json_start(&openapi->writer, &openapi->builder);
    openapi_collect_schemas(openapi);
    json_open_object(&openapi->writer);
    write_info(openapi);
    write_servers(openapi, server_url);
    write_tags(openapi);
    write_paths(openapi);
    write_components(openapi);
    json_close_object(&openapi->writer);
    return openapi_print(arena, builder_text(&openapi->builder));
}
