/* What an operation answers with when it fails. Operations that can fail in the same ways under a status
 * share one response, which keeps the document small. */
#include "http/openapi_parts.h"

#include "base/problem.h"

/* "no_session" → "NoSession" */
static void add_title_case(struct builder *name, const char *words)
{
    bool capital = true;
    for (const char *letter = words; *letter != '\0'; letter++) {
        if (*letter == '_') {
            capital = true;
            continue;
        }
        bool small = *letter >= 'a' && *letter <= 'z';
        builder_add_character(name, capital && small ? (char)(*letter - 'a' + 'A') : *letter);
        capital = false;
    }
}

static const char *set_name(struct openapi *openapi, const struct problem_set *set)
{
    struct builder name;
    builder_start(&name, openapi->arena, 64, 1024);
    if (openapi_foreign_media_type(set->api) != NULL) {
        builder_add_string(&name, api_name(set->api));
    }
    for (size_t index = 0; index < set->count; index++) {
        if (index > 0) {
            BUILDER_ADD_LITERAL(&name, "Or");
        }
        add_title_case(&name, problem_name(set->list[index]));
    }
    if (set->faults_by_field) {
        BUILDER_ADD_LITERAL(&name, "ByField");
    }
    struct text text = builder_text(&name);
    return arena_copy(openapi->arena, text.data, text.length);
}

/* The name under which the set is among the components, where it is put if it is new. */
static const char *shared_name(struct openapi *openapi, struct problem_set *set)
{
    set->name = set_name(openapi, set);
    for (size_t index = 0; index < openapi->problem_set_count; index++) {
        if (strcmp(openapi->problem_sets[index].name, set->name) == 0) {
            return set->name;
        }
    }
    if (openapi->problem_set_count == MAXIMUM_RESPONSES) {
        abort();
    }
    openapi->problem_sets[openapi->problem_set_count++] = *set;
    return set->name;
}

void openapi_problem_responses(struct openapi *openapi, const struct endpoint *endpoint)
{
    enum problem problems[PROBLEM_COUNT];
    size_t count = endpoint_problems(endpoint, problems);
    for (size_t first = 0; first < count;) {
        int status = problem_status(problems[first]);
        struct problem_set set = {.api = endpoint->api,
                                  .faults_by_field = endpoint->faults_by_field && status == 422};
        while (first < count && problem_status(problems[first]) == status) {
            set.list[set.count++] = problems[first++];
        }
        json_key(&openapi->writer, arena_print(openapi->arena, "%d", status));
        openapi_reference(openapi, "responses", shared_name(openapi, &set));
    }
}

/* One sentence for each problem of the set, as a list where there are several. */
static const char *set_description(struct openapi *openapi, const struct problem_set *set)
{
    if (set->count == 1) {
        return problem_detail(set->list[0]);
    }
    struct builder lines;
    builder_start(&lines, openapi->arena, 256, 8192);
    for (size_t index = 0; index < set->count; index++) {
        builder_add_format(&lines, "%s- %s", index > 0 ? "\n" : "", problem_detail(set->list[index]));
    }
    struct text text = builder_text(&lines);
    return arena_copy(openapi->arena, text.data, text.length);
}

static void write_problem_headers(struct openapi *openapi, int status)
{
    json_key(&openapi->writer, "headers");
    json_open_object(&openapi->writer);
    json_key(&openapi->writer, "X-Request-Id");
    openapi_reference(openapi, "headers", "RequestId");
    if (status == 401) {
        json_key(&openapi->writer, "WWW-Authenticate");
        openapi_reference(openapi, "headers", "WwwAuthenticate");
    } else if (status == 429 || status == 503) {
        json_key(&openapi->writer, "Retry-After");
        openapi_reference(openapi, "headers", "RetryAfter");
    }
    json_close_object(&openapi->writer);
}

#define FIELD_SENTENCE "password must not be empty."

static void write_example_errors(struct openapi *openapi, enum problem problem, bool by_field)
{
    json_key(&openapi->writer, "errors");
    if (by_field) {
        json_raw(&openapi->writer, TEXT("{\"password\":[\"" FIELD_SENTENCE "\"],"
                                        "\"full_messages\":[\"" FIELD_SENTENCE "\"]}"));
        return;
    }
    json_open_array(&openapi->writer);
    json_string(&openapi->writer, problem_detail(problem));
    json_close_array(&openapi->writer);
}

static void write_example_value(struct openapi *openapi, enum problem problem, bool by_field)
{
    json_open_object(&openapi->writer);
    openapi_member(openapi, "type", "about:blank");
    openapi_member(openapi, "title", problem_title(problem));
    json_key(&openapi->writer, "status");
    json_integer(&openapi->writer, problem_status(problem));
    openapi_member(openapi, "detail", by_field ? FIELD_SENTENCE : problem_detail(problem));
    openapi_flag(openapi, "success", false);
    write_example_errors(openapi, problem, by_field);
    openapi_member(openapi, "request_id", "0a6f3a4e9f1c4d2b");
    json_close_object(&openapi->writer);
}

static void write_example(struct openapi *openapi, const struct problem_set *set, enum problem problem)
{
    json_key(&openapi->writer, problem_name(problem));
    json_open_object(&openapi->writer);
    json_key(&openapi->writer, "value");
    if (openapi_foreign_media_type(set->api) != NULL) {
        openapi_foreign_example(openapi, set->api, problem);
    } else {
        write_example_value(openapi, problem, set->faults_by_field);
    }
    json_close_object(&openapi->writer);
}

static const char *media_type_of(const struct problem_set *set)
{
    const char *foreign = openapi_foreign_media_type(set->api);
    return foreign != NULL ? foreign : "application/problem+json";
}

static const char *schema_of(const struct problem_set *set)
{
    const char *foreign = openapi_foreign_schema(set->api, problem_status(set->list[0]));
    return foreign != NULL ? foreign : set->faults_by_field ? "ProblemByField" : "Problem";
}

static void write_problem_set(struct openapi *openapi, const struct problem_set *set)
{
    json_key(&openapi->writer, set->name);
    json_open_object(&openapi->writer);
    openapi_member(openapi, "description", set_description(openapi, set));
    write_problem_headers(openapi, problem_status(set->list[0]));
    json_key(&openapi->writer, "content");
    json_open_object(&openapi->writer);
    json_key(&openapi->writer, media_type_of(set));
    json_open_object(&openapi->writer);
    json_key(&openapi->writer, "schema");
    openapi_reference(openapi, "schemas", schema_of(set));
    json_key(&openapi->writer, "examples");
    json_open_object(&openapi->writer);
    for (size_t index = 0; index < set->count; index++) {
        write_example(openapi, set, set->list[index]);
    }
    json_close_object(&openapi->writer);
    json_close_object(&openapi->writer);
    json_close_object(&openapi->writer);
    json_close_object(&openapi->writer);
}

static int compare_sets(const void *left, const void *right)
{
    const struct problem_set *first = left;
    const struct problem_set *second = right;
    int difference = problem_status(first->list[0]) - problem_status(second->list[0]);
    return difference != 0 ? difference : strcmp(first->name, second->name);
}

void openapi_shared_responses(struct openapi *openapi)
{
    qsort(openapi->problem_sets, openapi->problem_set_count, sizeof(openapi->problem_sets[0]), compare_sets);
    json_key(&openapi->writer, "responses");
    json_open_object(&openapi->writer);
    for (size_t index = 0; index < openapi->problem_set_count; index++) {
        write_problem_set(openapi, &openapi->problem_sets[index]);
    }
    json_close_object(&openapi->writer);
}

#define PROBLEM_MEMBERS                                                                              \
    "\"required\":[\"type\",\"title\",\"status\",\"detail\",\"success\",\"errors\",\"request_id\"]," \
    "\"properties\":{"                                                                               \
    "\"type\":{\"type\":\"string\",\"format\":\"uri-reference\"},"                                   \
    "\"title\":{\"type\":\"string\",\"description\":\"The reason phrase of the status.\"},"          \
    "\"status\":{\"type\":\"integer\",\"minimum\":400,\"maximum\":599},"                             \
    "\"detail\":{\"type\":\"string\",\"description\":\"One sentence for people.\"},"                 \
    "\"success\":{\"const\":false},"                                                                 \
    "\"request_id\":{\"type\":\"string\",\"description\":\"Also in X-Request-Id and in the log.\"},"

#define LIST_OF_SENTENCES "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}"

static const char problem_schema[] =
    "{\"type\":\"object\",\"description\":\"What went wrong (RFC 9457). `errors` has one full sentence a "
    "fault; all faults "
    "of a body are told at once.\"," PROBLEM_MEMBERS
    "\"errors\":{\"type\":\"array\",\"minItems\":1,\"items\":{\"type\":\"string\"}}}}";

static const char problem_by_field_schema[] =
    "{\"type\":\"object\",\"description\":\"The same, with the sentences in `errors` sorted by field and all "
    "of them "
    "once more as full sentences.\"," PROBLEM_MEMBERS
    "\"errors\":{\"type\":\"object\",\"required\":[\"full_messages\"],\"properties\":{\"full_"
    "messages\":" LIST_OF_SENTENCES "},\"additionalProperties\":" LIST_OF_SENTENCES "}}}";

static const char page_schema[] =
    "{\"type\":\"object\",\"description\":\"Which part of a list this is.\","
    "\"required\":[\"page\",\"size\",\"total\",\"pages\"],\"properties\":{"
    "\"page\":{\"type\":\"integer\",\"minimum\":0,\"examples\":[1]},"
    "\"size\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":100,\"examples\":[25]},"
    "\"total\":{\"type\":\"integer\",\"minimum\":0,\"description\":\"Things on all pages "
    "together.\",\"examples\":[61]},"
    "\"pages\":{\"type\":\"integer\",\"minimum\":0,\"examples\":[3]}}}";

void openapi_problem_schemas(struct openapi *openapi)
{
    json_key(&openapi->writer, "PageMeta");
    json_raw(&openapi->writer, text_of(page_schema));
    json_key(&openapi->writer, "Problem");
    json_raw(&openapi->writer, text_of(problem_schema));
    json_key(&openapi->writer, "ProblemByField");
    json_raw(&openapi->writer, text_of(problem_by_field_schema));
    openapi_foreign_schemas(openapi);
}
