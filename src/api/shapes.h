/* Bodies, queries and answers of the operations, as field tables. */
#ifndef MUSTER_API_SHAPES_H
#define MUSTER_API_SHAPES_H

#include "json/shape.h"

/* Read. */
extern const struct shape sign_up_draft;
extern const struct shape sign_in_draft;
extern const struct shape account_change;
extern const struct shape password_draft;
extern const struct shape password_reset_draft;
extern const struct shape password_reset_link;
extern const struct shape user_search;
extern const struct shape user_address;

/* Written. */
extern const struct shape user_answer;
extern const struct shape session_answer;
extern const struct shape membership_answer;
extern const struct shape invitation_summary;
extern const struct shape organization_answer;

#endif
