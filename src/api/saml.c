/* The operations of SAML sign-on that show what this service provider is. */
#include "api/handlers.h"
#include "saml/service.h"
#include "sql/statements.h"

static enum problem answer_metadata(struct request *request)
{
    struct saml_keys keys;

    TRY(saml_keys_read(&request->context, &keys));
    request->response.type = request->endpoint->answer_type;
    saml_service_metadata(&request->context, &keys, &request->response.body);
    return PROBLEM_NONE;
}

enum problem show_saml_metadata(struct request *request)
{
    return answer_metadata(request);
}

enum problem admin_show_saml_metadata(struct request *request)
{
    struct context *context = &request->context;
    struct result *rows;

    TRY(sql_organization_exists(
        context,
        (struct sql_organization_exists){.organization = value_text(path_value(request, "organization_id"))},
        &rows));
    if (result_rows(rows) == 0) {
        return FAIL_PLAINLY(context, PROBLEM_NOT_FOUND);
    }
    return answer_metadata(request);
}
