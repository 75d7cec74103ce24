/* Memberships: joining, and who administers an organization. */
#include "api/memberships.h"
#include "access/session.h"
#include "api/handlers.h"
#include "api/invitations.h"
#include "sql/statements.h"

enum problem respond_with_membership(struct request *request, struct text membership, bool shows_code)
{
    struct result *rows;

    TRY(sql_membership_shown(&request->context,
                             (struct sql_membership_shown){.shows_code = value_boolean(shows_code),
                                                           .membership = value_text(membership)},
                             &rows));
    return respond_with(request, rows);
}

/* An account may have one membership an organization: a second invitation there is of no use to it. */
enum problem accept_invitation(struct request *request)
{
    struct context *context = &request->context;
    struct text membership;
    struct result *rows;

    TRY(sql_reach_everything(context, (struct sql_reach_everything){0}, &rows));
    TRY(sql_invitation_claim(
        context, (struct sql_invitation_claim){.invite_code = value_text(path_value(request, "code"))},
        &rows));
    if (result_rows(rows) == 0) {
        return FAIL_PLAINLY(context, PROBLEM_NOT_FOUND);
    }
    membership = result_text(rows, 0, "membership_id");
    TRY(sql_membership_join(context,
                            (struct sql_membership_join){.membership = value_text(membership),
                                                         .user = value_text(request->caller.user_id)},
                            &rows));
    if (result_rows(rows) == 0) {
        return session_refuse(request);
    }
    return respond_with_membership(request, membership, false);
}

/* An organization is never left without somebody who can sign in and administer it. */
static enum problem check_demotion(struct context *context, struct text membership)
{
    struct result *rows;

    TRY(sql_other_admin(context, (struct sql_other_admin){.membership = value_text(membership)}, &rows));
    if (!result_true(rows, 0, "found")) {
        return FAIL(context, PROBLEM_CONFLICT, "The last admin of an organization stays its admin.");
    }
    return PROBLEM_NONE;
}

enum problem update_admin_permission(struct request *request)
{
    struct context *context = &request->context;
    struct text membership = path_value(request, "membership_id");
    bool org_admin = value_of(&request->body, "org_admin")->boolean;
    struct result *rows;

    TRY(sql_membership_to_change(
        context, (struct sql_membership_to_change){.membership = value_text(membership)}, &rows));
    if (result_rows(rows) == 0) {
        return FAIL_PLAINLY(context, PROBLEM_NOT_FOUND);
    }
    if (!result_true(rows, 0, "permitted")) {
        return FAIL_PLAINLY(context, PROBLEM_FORBIDDEN);
    }
    if (!org_admin && result_true(rows, 0, "org_admin")) {
        TRY(check_demotion(context, membership));
    }
    TRY(sql_membership_set_admin(context,
                                 (struct sql_membership_set_admin){.org_admin = value_boolean(org_admin),
                                                                   .membership = value_text(membership)},
                                 &rows));
    return respond_with_membership(request, membership, true);
}
