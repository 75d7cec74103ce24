/* What goes in and out of the course player, of refinements and of scores, as field tables. */
#ifndef MUSTER_API_PLAYER_SHAPES_H
#define MUSTER_API_PLAYER_SHAPES_H

#include "json/shape.h"

/* Read. */
extern const struct shape player_membership;
extern const struct shape player_event;
extern const struct shape refinement_draft;
extern const struct shape refinement_change;

/* Written. */
extern const struct shape player_answer;
extern const struct shape assignment_answer;
extern const struct shape refinement_answer;
extern const struct shape score_answer;
extern const struct shape scored_tree_tail; /* what stands behind a team's "teams" in a tree with scores */

#endif
