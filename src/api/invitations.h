/* Invitations: a code of six characters for one membership. */
#ifndef MUSTER_API_INVITATIONS_H
#define MUSTER_API_INVITATIONS_H

#include "base/context.h"

/* Makes the invitation of a membership with a new code, inside the caller's transaction. */
enum problem invitation_make(struct context *context, struct text organization_id, struct text membership_id,
                             struct text *code) MUST_CHECK;

#endif
