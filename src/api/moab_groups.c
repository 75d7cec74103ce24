/* Moab: user groups, which are the teams of teams of the caller's organization. */
#include "api/handlers.h"
#include "api/moab.h"
#include "sql/statements.h"

static enum problem lock_tree(struct request *request)
{
    struct result *rows;

    return sql_organization_tree_lock(
        &request->context,
        (struct sql_organization_tree_lock){.organization = value_text(request->caller.organization_id)},
        &rows);
}

enum problem moab_create_group(struct request *request)
{
    const struct values *body = &request->body;
    struct result *rows;

    TRY(lock_tree(request));
    TRY(sql_moab_group_create(
        &request->context,
        (struct sql_moab_group_create){.name = value_text(text_value(body, "name")),
                                       .description = value_text(text_value(body, "description")),
                                       .organization = value_text(request->caller.organization_id)},
        &rows));
    if (result_rows(rows) == 0) {
        moab_write_outcome(request, TEXT("\"0\""), "error", "user group creation failed");
    } else {
        moab_write_outcome(request, result_text(rows, 0, "number"), "success", "user group created");
    }
    return PROBLEM_NONE;
}

enum problem moab_delete_group(struct request *request)
{
    struct text number = path_value(request, "group_number");
    struct result *rows;
    bool gone;

    TRY(lock_tree(request));
    TRY(sql_moab_group_delete(
        &request->context,
        (struct sql_moab_group_delete){.group_number = value_text(number),
                                       .organization = value_text(request->caller.organization_id)},
        &rows));
    gone = result_rows(rows) > 0;
    moab_write_outcome(request, number, gone ? "success" : "error",
                       gone ? "user group deleted" : "user group deletion failed");
    return PROBLEM_NONE;
}
