/* People, as those see them who may. */
#include "access/session.h"
#include "api/handlers.h"
#include "http/paging.h"
#include "sql/statements.h"

/* An employee sees everybody, others the people of the organizations that they administer, or themselves. */
static enum problem find_users(struct request *request, struct result **rows)
{
    struct context *context = &request->context;
    const struct paging *paging = &request->paging;
    struct value limit = paging_limit(request);
    struct value offset = paging_offset(request);

    if (request->caller.employee) {
        return sql_users_all(context, (struct sql_users_all){.limit = limit, .offset = offset}, paging->order,
                             paging->order_count, rows);
    }
    return sql_users_of_organizations(context,
                                      (struct sql_users_of_organizations){.limit = limit, .offset = offset},
                                      paging->order, paging->order_count, rows);
}

/* The same, by the words of `q`. */
static enum problem search_users(struct request *request, struct text q, struct result **rows)
{
    struct context *context = &request->context;
    const struct paging *paging = &request->paging;
    struct value words = value_text(q);
    struct value limit = paging_limit(request);
    struct value offset = paging_offset(request);

    if (request->caller.employee) {
        return sql_users_found(context,
                               (struct sql_users_found){.q = words, .limit = limit, .offset = offset},
                               paging->order, paging->order_count, rows);
    }
    return sql_users_found_of_organizations(
        context, (struct sql_users_found_of_organizations){.q = words, .limit = limit, .offset = offset},
        paging->order, paging->order_count, rows);
}

/* What most admins ask for came with the check of the session. */
enum problem list_users(struct request *request)
{
    struct text q = text_value(&request->query, "q");
    struct result *rows = request->result;

    if (rows == NULL || result_rows(rows) == 0) {
        if (rows != NULL) {
            TRY(session_resume(request));
        }
        TRY(text_is_empty(q) ? find_users(request, &rows) : search_users(request, q, &rows));
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
