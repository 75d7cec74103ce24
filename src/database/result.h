/* A result as this folder sees it. */
#ifndef MUSTER_DATABASE_RESULT_H
#define MUSTER_DATABASE_RESULT_H

#include <libpq-fe.h>

#include "database/database.h"

struct result {
    PGresult *rows;
    const struct statement *statement;
};

/* An empty result whose rows are cleared with the arena: made before the rows arrive, so that no way out
 * loses them. */
struct result *result_create(struct arena *arena, const struct statement *statement);

#endif
