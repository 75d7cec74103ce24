/* People, as those see them who may. */
#include "api/handlers.h"
#include "http/paging.h"
#include "sql/statements.h"

/* The one organization that the caller belongs to is the one it administers. */
static bool is_admin_of_one_organization(const struct result *roles)
{
    return result_integer(roles, 0, "administered") == 1 && result_integer(roles, 0, "belongs") == 1;
}

/* The most exact statement for what is asked: whole directory, one organization in its usual order, or any
 * other choice. */
enum problem list_users(struct request *request)
{
    struct context *context = &request->context;
    const struct result *roles = request->caller.session;
    struct text q = text_value(&request->query, "q");
    bool search = !text_is_empty(q);
    bool usual_order = text_is_empty(parameters_find(request->query_parameters, "sort"));
    struct sql_users_all everybody = {.limit = paging_limit(request), .offset = paging_offset(request)};
    struct sql_users_of_organization people = {.limit = everybody.limit, .offset = everybody.offset};
    struct sql_users_visible visible = {
        .q = search ? value_text(q) : NULL_VALUE, .limit = everybody.limit, .offset = everybody.offset};
    const struct statement *statement = &statement_users_visible;
    const struct value *values = (const struct value *)&visible;
    struct result *rows;

    if (!search && request->caller.employee) {
        statement = &statement_users_all;
        values = (const struct value *)&everybody;
    } else if (!search && usual_order && is_admin_of_one_organization(roles)) {
        people.organization = value_text(result_text(roles, 0, "administered_organization"));
        statement = &statement_users_of_organization;
        values = (const struct value *)&people;
    }
    TRY(statement_run_ordered(context, statement, values, request->paging.order,
                              statement->ordered ? request->paging.order_count : 0, &rows));
    return respond_with(request, rows);
}

enum problem update_user(struct request *request)
{
    struct context *context = &request->context;
    struct result *rows;

    TRY(sql_update_user(context,
                        (struct sql_update_user){.user = value_text(path_value(request, "id")),
                                                 .email = value_text(text_value(&request->body, "email"))},
                        &rows));
    TRY(respond_with(request, rows));
    if (result_true(rows, 0, "needed")) {
        context_fault(context, "email", "email is what the user signs in with; it cannot be taken away.");
        return FAIL_ON_FAULTS(context, PROBLEM_REFUSED);
    }
    if (!result_null(rows, 0, "uid") && text_equal(result_text(rows, 0, "id"), request->caller.user_id)) {
        request->caller.uid = result_text(rows, 0, "uid");
    }
    return PROBLEM_NONE;
}
