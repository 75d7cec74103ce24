/* Making invitations. */
#include "api/invitations.h"

#include "base/random.h"
#include "config/config.h"
#include "sql/statements.h"

/* Without those that are mistaken for each other: 0 O, 1 I L. */
#define CODE_ALPHABET "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
#define CODE_LENGTH   6

/* There are 887 million codes; a draw that hits a taken one is repeated. */
#define MAXIMUM_DRAWS 100

static enum problem make_code(struct context *context, struct text organization, struct text membership,
                              struct text *code)
{
    int64_t expires_at = context->now + context->configuration->invitation_lifetime;

    for (int draw = 0; draw < MAXIMUM_DRAWS; draw++) {
        struct result *rows;

        *code = random_from(context->arena, CODE_ALPHABET, CODE_LENGTH);
        TRY(sql_invitation_create(
            context,
            (struct sql_invitation_create){.membership = value_text(membership),
                                           .organization = value_text(organization),
                                           .invite_code = value_text(*code),
                                           .expires_at = value_time(context->arena, expires_at)},
            &rows));
        if (result_rows(rows) > 0) {
            return PROBLEM_NONE;
        }
    }
    return FAIL_PLAINLY(context, PROBLEM_UNAVAILABLE);
}

/* Teams of people only: a team of teams has nobody of its own. */
static enum problem join_teams(struct context *context, const struct membership_draft *draft,
                               struct text membership)
{
    struct result *rows;

    if (draft->teams.data == NULL) {
        return PROBLEM_NONE;
    }
    TRY(sql_membership_join_teams(
        context,
        (struct sql_membership_join_teams){.teams = value_text(draft->teams),
                                           .membership = value_text(membership),
                                           .organization = value_text(draft->organization)},
        &rows));
    if (!result_true(rows, 0, "complete")) {
        context_fault(context, "team_ids",
                      "team_ids has a team that is not one of this organization's teams of people.");
    }
    return FAIL_ON_FAULTS(context, PROBLEM_REFUSED);
}

/* A team that is about to take people must not become a team of teams meanwhile. The tree is locked before
 * the membership is made, in the order in which changes of the tree lock too. */
static enum problem hold_teams(struct context *context, const struct membership_draft *draft)
{
    struct result *rows;

    return draft->teams.data == NULL
               ? PROBLEM_NONE
               : sql_organization_tree_lock(
                     context,
                     (struct sql_organization_tree_lock){.organization = value_text(draft->organization)},
                     &rows);
}

static enum problem check_organization(struct context *context, struct text organization)
{
    struct result *rows;

    if (organization.data != NULL) {
        TRY(sql_organization_exists(
            context, (struct sql_organization_exists){.organization = value_text(organization)}, &rows));
        if (result_rows(rows) == 0) {
            context_fault(context, "organization_id", "organization_id is not an organization.");
        }
    }
    return FAIL_ON_FAULTS(context, PROBLEM_REFUSED);
}

enum problem membership_invite(struct context *context, const struct membership_draft *draft,
                               struct text *membership, struct text *code)
{
    struct result *rows;

    TRY(check_organization(context, draft->organization));
    TRY(hold_teams(context, draft));
    TRY(sql_membership_create(context,
                              (struct sql_membership_create){.organization = value_text(draft->organization),
                                                             .first_name = value_text(draft->first_name),
                                                             .last_name = value_text(draft->last_name),
                                                             .email = value_text(draft->email),
                                                             .employee_id = value_text(draft->employee_id),
                                                             .job_title = value_text(draft->job_title),
                                                             .org_admin = value_boolean(draft->org_admin)},
                              &rows));
    *membership = result_text(rows, 0, "id");
    TRY(join_teams(context, draft, *membership));
    return make_code(context, draft->organization, *membership, code);
}
