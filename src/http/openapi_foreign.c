/* The error forms of Moodwork and Moab as the OpenAPI document tells them. */
#include "http/openapi_parts.h"

#include "http/problem_answer.h"

const char *openapi_foreign_media_type(enum api api)
{
    return api == API_MOODWORK ? "application/json" : api == API_MOAB ? "application/problem+json" : NULL;
}

const char *openapi_foreign_schema(enum api api, int status)
{
    if (api == API_MOAB) {
        return status == 400 ? "MoabValidationProblem" : "MoabProblem";
    }
    return api == API_MOODWORK ? "MoodworkError" : NULL;
}

static void write_status(struct openapi *openapi, int status)
{
    json_key(&openapi->writer, "status");
    json_integer(&openapi->writer, status);
}

static void write_moodwork_example(struct openapi *openapi, enum problem problem)
{
    int status = problem_status(problem);
    const char *message = moodwork_message(status);
    write_status(openapi, status);
    openapi_member(openapi, "error", problem_title(problem));
    openapi_member(openapi, "message", message != NULL ? message : problem_detail(problem));
}

static void write_moab_example(struct openapi *openapi, enum problem problem)
{
    int status = problem_status(problem);
    openapi_member(openapi, "type", moab_specification(status));
    openapi_member(openapi, "title", moab_title(status, problem));
    write_status(openapi, status);
    openapi_member(openapi, "traceId", "|0af7651916cd43dd8448eb211c80319c.b7ad6b71.");
    if (status == 400) {
        json_key(&openapi->writer, "errors");
        json_raw(&openapi->writer, TEXT("{\"role\":[\"role must be between 1 and 3.\"]}"));
    }
}

void openapi_foreign_example(struct openapi *openapi, enum api api, enum problem problem)
{
    json_open_object(&openapi->writer);
    if (api == API_MOODWORK) {
        write_moodwork_example(openapi, problem);
    } else {
        write_moab_example(openapi, problem);
    }
    json_close_object(&openapi->writer);
}

#define MOAB_MEMBERS                                                                                        \
    "\"type\":{\"type\":\"string\",\"format\":\"uri\"},\"title\":{\"type\":\"string\"},"                    \
    "\"status\":{\"type\":\"integer\",\"minimum\":400,\"maximum\":599},"                                    \
    "\"traceId\":{\"type\":\"string\",\"description\":\"The trace id of `traceparent` where it came; also " \
    "in the log.\"}"

static const char moab_problem_schema[] =
    "{\"type\":\"object\",\"description\":\"What went wrong, as ASP.NET tells it.\","
    "\"required\":[\"type\",\"title\",\"status\",\"traceId\"],\"properties\":{" MOAB_MEMBERS "}}";

static const char moab_validation_schema[] =
    "{\"type\":\"object\",\"description\":\"The same, with the sentences of each field; `$` stands for the "
    "body "
    "as a "
    "whole.\",\"required\":[\"type\",\"title\",\"status\",\"traceId\",\"errors\"],\"properties\":"
    "{" MOAB_MEMBERS ",\"errors\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"array\","
    "\"items\":{\"type\":\"string\"}}}"
    "}}";

static const char moodwork_schema[] =
    "{\"type\":\"object\",\"description\":\"What went "
    "wrong.\",\"required\":[\"status\",\"error\",\"message\"],"
    "\"properties\":{\"status\":{\"type\":\"integer\",\"minimum\":400,\"maximum\":599},"
    "\"error\":{\"type\":\"string\",\"description\":\"The reason phrase of the status.\"},"
    "\"message\":{\"type\":\"string\",\"description\":\"One sentence for people.\"}}}";

void openapi_foreign_schemas(struct openapi *openapi)
{
    json_key(&openapi->writer, "MoabProblem");
    json_raw(&openapi->writer, text_of(moab_problem_schema));
    json_key(&openapi->writer, "MoabValidationProblem");
    json_raw(&openapi->writer, text_of(moab_validation_schema));
    json_key(&openapi->writer, "MoodworkError");
    json_raw(&openapi->writer, text_of(moodwork_schema));
}
