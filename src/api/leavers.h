/* People who leave an organization: what goes with them, in one place for every API by which they can. */
#ifndef MUSTER_API_LEAVERS_H
#define MUSTER_API_LEAVERS_H

#include "base/context.h"
#include "database/database.h"

/* Memberships of one organization that are to end, and the users behind them. */
struct leavers {
    struct text organization;
    struct builder memberships; /* lists of PostgreSQL, not closed yet */
    struct builder users;
    struct builder unlocked; /* those of the users whose rows are not locked yet */
    size_t count;            /* of memberships; one that was added twice counts twice */
    int64_t sessions_ended;  /* after leavers_remove() */
};

void leavers_start(struct context *context, struct text organization, struct leavers *leavers);

/* The statement to be run ahead of those that lock rows, in the same batch: it locks the organization, and
 * gives the request time for `people`. */
struct queued leavers_prelude(struct context *context, struct text organization, size_t people);

/* Adds rows with the columns id (of a membership, locked) and user_id; `locked`: the users are, too. */
void leavers_add(struct leavers *leavers, const struct result *rows, bool locked);

/* Ends the memberships with invitations, places in teams and security tokens; ends all sessions and reset
 * links of their users; and erases the users who belong to no other organization, but for employees. Run it
 * inside the transaction in which the rows were locked. */
enum problem leavers_remove(struct context *context, struct leavers *leavers) MUST_CHECK;

#endif
