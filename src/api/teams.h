/* What the operations on teams share. */
#ifndef MUSTER_API_TEAMS_H
#define MUSTER_API_TEAMS_H

#include "http/request.h"

/* Whose right a change needs: that of the organization's admins, or that of the team's admins too. */
enum team_right { TEAM_RIGHT_ORGANIZATION, TEAM_RIGHT_TEAM };

/* A team to be made; all members are set. */
struct team_draft {
    struct text organization;
    struct text parent;
    struct text name;
    struct text type;
};

/* Locks the team and judges the caller: PROBLEM_NOT_FOUND for a team of an organization that the caller has
 * no part in, PROBLEM_FORBIDDEN without the right. */
enum problem team_to_change(struct request *request, struct text team, enum team_right right,
                            struct result **rows) MUST_CHECK;

/* Makes the team below its parent, with the organization's tree locked. */
enum problem team_make(struct context *context, const struct team_draft *draft, struct text *team) MUST_CHECK;

/* Adds the fault of a parent_id that is no team of the organization to those that there are; without any,
 * team_take_parent tells it. NO_TEXT: the root. */
enum problem team_judge_parent(struct context *context, struct text organization,
                               struct text parent) MUST_CHECK;

/* Lets `parent` have teams below it: it must belong to the organization (422) and have no people of its own
 * (409). */
enum problem team_take_parent(struct context *context, struct text organization,
                              struct text parent) MUST_CHECK;

/* Whether `parent` is `team` or lies below it; a place that makes the tree too deep is refused (422). */
enum problem team_levels(struct context *context, struct text parent, struct text team,
                         bool *below) MUST_CHECK;

/* {"data": Team, "meta": {}} */
enum problem respond_with_team_and_meta(struct request *request, struct text team) MUST_CHECK;

#endif
