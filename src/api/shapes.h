/* Bodies, queries and answers of the operations, as field tables. */
#ifndef MUSTER_API_SHAPES_H
#define MUSTER_API_SHAPES_H

#include "json/shape.h"

/* The only values that some fields take; ended by NULL. */
extern const char *const user_providers[];
extern const char *const team_types[];
extern const char *const score_labels[];

/* Read. */
extern const struct shape sign_up_draft;
extern const struct shape sign_in_draft;
extern const struct shape account_change;
extern const struct shape password_draft;
extern const struct shape password_reset_draft;
extern const struct shape password_reset_link;
extern const struct shape user_search;
extern const struct shape user_address;
extern const struct shape username_confirmation;
extern const struct shape admin_permission;
extern const struct shape team_name;
extern const struct shape team_draft_body;
extern const struct shape team_admin_draft;
extern const struct shape people_search;
extern const struct shape organization_saml;
extern const struct shape organization_draft;
extern const struct shape organization_change;
extern const struct shape team_with_people_draft;
extern const struct shape team_with_people_change;
extern const struct shape membership_draft_body;
extern const struct shape membership_filter;
extern const struct shape invitation_filter;
extern const struct shape user_change;
extern const struct shape user_named;
extern const struct shape media_conversion_draft;
extern const struct shape saml_login_query;
extern const struct shape saml_message_form;
extern const struct shape saml_message_query;

/* Written. */
extern const struct shape user_answer;
extern const struct shape session_answer;
extern const struct shape membership_answer;
extern const struct shape invitation_summary;
extern const struct shape organization_answer;
extern const struct shape team_answer;
extern const struct shape team_tree_head; /* the members of a team in a tree before its "teams" … */
extern const struct shape team_tree_tail; /* … and those behind them */
extern const struct shape invitation_answer;
extern const struct shape media_conversion_answer;
extern const struct shape media_progress_answer;

#endif
