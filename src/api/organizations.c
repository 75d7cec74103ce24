/* Organizations, as their admins and employees make and change them. */
#include "api/handlers.h"
#include "saml/metadata.h"
#include "sql/statements.h"

static bool is_given(const struct request *request, const char *name)
{
    const struct shape *shape = request->endpoint->body;

    return shape_find(shape, name) < shape->count && value_of(&request->body, name)->given;
}

static struct value given_text(const struct request *request, const char *name)
{
    return is_given(request, name) ? value_text(text_value(&request->body, name)) : NULL_VALUE;
}

/* Metadata is judged before it is stored; null switches SAML off. */
static enum problem read_saml_info(struct request *request, struct text *entity_id)
{
    struct text xml = is_given(request, "saml_info") ? text_value(&request->body, "saml_info") : NO_TEXT;
    struct saml_metadata metadata;

    *entity_id = NO_TEXT;
    if (xml.data == NULL) {
        return PROBLEM_NONE;
    }
    TRY(saml_metadata_read(&request->context, xml, &metadata));
    *entity_id = metadata.entity_id;
    return PROBLEM_NONE;
}

enum problem judge_saml_info(struct request *request)
{
    struct text entity_id;

    return read_saml_info(request, &entity_id);
}

static enum problem change(struct request *request, struct text organization)
{
    struct text entity_id;
    struct result *rows;

    TRY(read_saml_info(request, &entity_id));
    return sql_organization_update(
        &request->context,
        (struct sql_organization_update){
            .organization = value_text(organization),
            .name = given_text(request, "name"),
            .folder_given = value_boolean(is_given(request, "s3_integrations_folder")),
            .s3_integrations_folder = given_text(request, "s3_integrations_folder"),
            .saml_info_given = value_boolean(is_given(request, "saml_info")),
            .saml_info = given_text(request, "saml_info"),
            .saml_entity_id = value_text(entity_id),
            .new_hire_delay_days = given_text(request, "new_hire_delay_days")},
        &rows);
}

static enum problem answer(struct request *request, struct text organization)
{
    struct result *rows;

    TRY(sql_admin_show_organization(
        &request->context, (struct sql_admin_show_organization){.organization_id = value_text(organization)},
        &rows));
    return respond_with(request, rows);
}

enum problem update_organization(struct request *request)
{
    struct context *context = &request->context;
    struct text organization = path_value(request, "organization_id");
    struct result *rows;

    TRY(sql_organization_to_change(
        context, (struct sql_organization_to_change){.organization = value_text(organization)}, &rows));
    if (result_rows(rows) == 0) {
        return FAIL_PLAINLY(context, PROBLEM_NOT_FOUND);
    }
    if (!result_true(rows, 0, "permitted")) {
        return FAIL_PLAINLY(context, PROBLEM_FORBIDDEN);
    }
    TRY(change(request, organization));
    return answer(request, organization);
}

enum problem update_own_organization(struct request *request)
{
    return update_organization(request);
}

enum problem admin_update_organization(struct request *request)
{
    return update_organization(request);
}

enum problem admin_create_organization(struct request *request)
{
    struct text organization;
    struct result *rows;

    TRY(sql_organization_create(
        &request->context, (struct sql_organization_create){.name = given_text(request, "name")}, &rows));
    organization = result_text(rows, 0, "id");
    TRY(change(request, organization));
    return answer(request, organization);
}

/* The organization's people's titles, as plain texts. */
enum problem list_job_titles(struct request *request)
{
    struct context *context = &request->context;
    struct value organization = value_text(path_value(request, "organization_id"));
    struct json_writer *writer = &request->writer;
    struct result *rows;

    TRY(sql_organization_exists(context, (struct sql_organization_exists){.organization = organization},
                                &rows));
    if (result_rows(rows) == 0) {
        return FAIL_PLAINLY(context, PROBLEM_NOT_FOUND);
    }
    TRY(sql_list_job_titles(context, (struct sql_list_job_titles){.organization_id = organization}, &rows));
    json_open_object(writer);
    json_key(writer, "data");
    json_open_array(writer);
    for (size_t row = 0; row < result_rows(rows); row++) {
        json_text(writer, result_text(rows, row, "job_title"));
    }
    json_close_array(writer);
    json_close_object(writer);
    return PROBLEM_NONE;
}
