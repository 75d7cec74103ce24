/* A UUID for whoever asks, and the server's own addresses. */
#include "api/handlers.h"
#include "base/random.h"
#include "database/migrate.h"
#include "http/metrics.h"

enum problem new_uuid(struct request *request)
{
    char uuid[UUID_TEXT_SIZE];

    random_uuid(uuid);
    json_string(&request->writer, uuid);
    return PROBLEM_NONE;
}

static void open_status(struct request *request)
{
    json_open_object(&request->writer);
    json_key(&request->writer, "status");
    json_string(&request->writer, "ok");
}

enum problem show_health(struct request *request)
{
    open_status(request);
    json_close_object(&request->writer);
    return PROBLEM_NONE;
}

enum problem show_readiness(struct request *request)
{
    int version;

    TRY(schema_version(&request->context, &version));
    if (version != schema_version_expected()) {
        return FAIL(&request->context, PROBLEM_UNAVAILABLE, "The schema is version %d, the program needs %d.",
                    version, schema_version_expected());
    }
    open_status(request);
    json_key(&request->writer, "schema_version");
    json_integer(&request->writer, version);
    json_close_object(&request->writer);
    return PROBLEM_NONE;
}

static const char *operation_name(size_t operation)
{
    return operation < endpoint_count ? endpoints[operation].name : "none";
}

enum problem show_metrics(struct request *request)
{
    request->response.type = request->endpoint->answer_type;
    metrics_write(&request->response.body, operation_name);
    return PROBLEM_NONE;
}
