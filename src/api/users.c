/* People, as those see them who may. */
#include "access/session.h"
#include "api/handlers.h"
#include "http/paging.h"
#include "sql/statements.h"

/* Everybody's usual page is read from the whole directory; any other choice is found among the people whom
 * the caller may see. */
static enum problem find_users(struct request *request, struct result **rows)
{
    struct context *context = &request->context;
    const struct paging *paging = &request->paging;
    struct text q = text_value(&request->query, "q");
    struct value limit = paging_limit(request);
    struct value offset = paging_offset(request);

    if (text_is_empty(q) && request->caller.employee) {
        return sql_users_all(context, (struct sql_users_all){.limit = limit, .offset = offset}, paging->order,
                             paging->order_count, rows);
    }
    return sql_users_visible(context,
                             (struct sql_users_visible){.q = text_is_empty(q) ? NULL_VALUE : value_text(q),
                                                        .limit = limit,
                                                        .offset = offset},
                             paging->order, paging->order_count, rows);
}

/* What most admins ask for came with the check of the session. */
enum problem list_users(struct request *request)
{
    struct result *rows = request->result;

    if (rows == NULL || result_rows(rows) == 0) {
        if (rows != NULL) {
            TRY(session_resume(request));
        }
        TRY(find_users(request, &rows));
    }
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
