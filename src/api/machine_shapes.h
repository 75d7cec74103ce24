/* Bodies and answers of Moodwork and Moab, whose clients are programs. */
#ifndef MUSTER_API_MACHINE_SHAPES_H
#define MUSTER_API_MACHINE_SHAPES_H

#include "json/shape.h"

/* The most addresses that one deletion takes. */
#define MAXIMUM_LEAVERS 10000

/* Read. */
extern const struct shape leavers_draft;
extern const struct shape moab_user_draft;
extern const struct shape moab_group_draft;
extern const struct shape moab_organization_draft;
extern const struct shape moab_login_draft;

/* Written. */
extern const struct shape moab_user_answer;
extern const struct shape moab_group_answer;

#endif
