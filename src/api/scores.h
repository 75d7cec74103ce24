/* Keeping scores up to date, for the operations that show them or change what they follow from. */
#ifndef MUSTER_API_SCORES_H
#define MUSTER_API_SCORES_H

#include "database/database.h"

/* Whether the rows' column `late` says that their scores are not up to date; false where there are none. */
bool scores_are_late(const struct result *rows);

/* Brings the scores of an organization up to date, within the open transaction; of very many changes only the
 * first, the others being left to the housekeeping. */
enum problem scores_refresh(struct context *context, struct value organization) MUST_CHECK;

#endif
