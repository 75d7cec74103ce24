/* Memberships of all organizations, for employees. */
#include "api/handlers.h"
#include "api/invitations.h"
#include "api/memberships.h"
#include "http/paging.h"
#include "sql/statements.h"

/* Pages of whole organizations are read along an index; what names memberships or teams is looked up. */
enum problem admin_list_memberships(struct request *request)
{
    const struct values *query = &request->query;
    struct sql_admin_memberships_of_organizations whole = {
        .organization_id = value_text(text_value(query, "organization_id")),
        .limit = paging_limit(request),
        .offset = paging_offset(request),
    };
    struct sql_admin_memberships_matching matching = {
        .id = value_text(text_value(query, "id")),
        .organization_id = whole.organization_id,
        .team_id = value_text(text_value(query, "team_id")),
        .limit = whole.limit,
        .offset = whole.offset,
    };
    struct result *rows;

    if (matching.id.data == NULL && matching.team_id.data == NULL) {
        TRY(sql_admin_memberships_of_organizations(&request->context, whole, &rows));
    } else {
        TRY(sql_admin_memberships_matching(&request->context, matching, &rows));
    }
    return respond_with(request, rows);
}

enum problem admin_create_membership(struct request *request)
{
    const struct values *body = &request->body;
    const struct membership_draft draft = {.organization = text_value(body, "organization_id"),
                                           .first_name = text_value(body, "first_name"),
                                           .last_name = text_value(body, "last_name"),
                                           .email = text_value(body, "email"),
                                           .employee_id = text_value(body, "employee_id"),
                                           .job_title = text_value(body, "job_title"),
                                           .org_admin = value_of(body, "org_admin")->boolean,
                                           .teams = text_value(body, "team_ids")};
    struct text membership;
    struct text code;

    TRY(membership_invite(&request->context, &draft, &membership, &code));
    return respond_with_membership(request, membership, true);
}
