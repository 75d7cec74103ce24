/* Who administers a team. */
#include "api/handlers.h"
#include "api/memberships.h"
#include "api/teams.h"
#include "http/paging.h"
#include "sql/statements.h"

/* The ids of the body agree with the path and the organization. */
static enum problem check_ids(struct request *request, struct text team)
{
    struct text named = text_value(&request->body, "team_id");

    if (named.data != NULL && !text_equal(named, team)) {
        context_fault(&request->context, "team_id", "team_id is not the team of the address.");
    }
    return FAIL_ON_FAULTS(&request->context, PROBLEM_REFUSED);
}

enum problem add_team_admin(struct request *request)
{
    struct context *context = &request->context;
    struct text team = path_value(request, "team_id");
    struct text membership = text_value(&request->body, "membership_id");
    struct result *judged;
    struct result *rows;

    TRY(team_to_change(request, team, TEAM_RIGHT_TEAM, &judged));
    TRY(check_ids(request, team));
    TRY(sql_team_admin_add(
        context,
        (struct sql_team_admin_add){.membership = value_text(membership),
                                    .organization = value_text(result_text(judged, 0, "organization_id")),
                                    .team = value_text(team)},
        &rows));
    if (result_rows(rows) == 0) {
        context_fault(context, "membership_id", "membership_id is not a membership of this organization.");
        return FAIL_ON_FAULTS(context, PROBLEM_REFUSED);
    }
    return respond_with_membership(request, membership, result_true(judged, 0, "administers_organization"));
}

enum problem remove_team_admin(struct request *request)
{
    struct context *context = &request->context;
    struct text team = path_value(request, "team_id");
    struct text membership = path_value(request, "admin_id");
    struct result *judged;
    struct result *rows;

    TRY(team_to_change(request, team, TEAM_RIGHT_TEAM, &judged));
    TRY(sql_team_admin_remove(
        context,
        (struct sql_team_admin_remove){.team = value_text(team), .membership = value_text(membership)},
        &rows));
    if (result_rows(rows) == 0) {
        return FAIL(context, PROBLEM_NOT_FOUND, "This membership is not an admin of the team.");
    }
    return respond_with_membership(request, membership, result_true(judged, 0, "administers_organization"));
}

enum problem list_potential_admins(struct request *request)
{
    struct text q = text_value(&request->query, "q");
    struct result *rows;

    if (text_is_empty(q)) {
        context_fault(&request->context, "q", "q is required.");
        return FAIL_ON_FAULTS(&request->context, PROBLEM_MALFORMED);
    }
    TRY(sql_potential_admins(
        &request->context,
        (struct sql_potential_admins){.team_id = value_text(path_value(request, "team_id")),
                                      .q = value_text(q),
                                      .limit = paging_limit(request),
                                      .offset = paging_offset(request)},
        request->paging.order, request->paging.order_count, &rows));
    return respond_with(request, rows);
}
