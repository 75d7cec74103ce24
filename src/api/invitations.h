/* Invitations: a membership that waits for its person, and the code of six characters that opens it. */
#ifndef MUSTER_API_INVITATIONS_H
#define MUSTER_API_INVITATIONS_H

#include "base/context.h"

/* Who is invited. Optional members are NO_TEXT. */
struct membership_draft {
    struct text organization; /* a UUID */
    struct text first_name;
    struct text last_name;
    struct text email;       /* an e-mail address, lower case; optional */
    struct text employee_id; /* optional */
    struct text job_title;   /* optional */
    struct text teams;       /* UUIDs as PostgreSQL writes an array; optional */
    bool org_admin;
};

/* Makes the membership, its places in teams and its invitation, inside the caller's transaction. A team of
 * another organization, or one that holds teams, is a fault of `team_ids`. */
enum problem membership_invite(struct context *context, const struct membership_draft *draft,
                               struct text *membership, struct text *code) MUST_CHECK;

#endif
