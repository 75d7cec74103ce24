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

enum problem invitation_make(struct context *context, struct text organization_id, struct text membership_id,
                             struct text *code)
{
    int64_t expires_at = context->now + context->configuration->invitation_lifetime;

    for (int draw = 0; draw < MAXIMUM_DRAWS; draw++) {
        struct result *rows;

        *code = random_from(context->arena, CODE_ALPHABET, CODE_LENGTH);
        TRY(sql_invitation_create(
            context,
            (struct sql_invitation_create){.membership = value_text(membership_id),
                                           .organization = value_text(organization_id),
                                           .invite_code = value_text(*code),
                                           .expires_at = value_time(context->arena, expires_at)},
            &rows));
        if (result_rows(rows) > 0) {
            return PROBLEM_NONE;
        }
    }
    return FAIL_PLAINLY(context, PROBLEM_UNAVAILABLE);
}
