/* From what PostgreSQL says of a failure to the problem that it is for a caller. */
#ifndef MUSTER_DATABASE_CONSTRAINTS_H
#define MUSTER_DATABASE_CONSTRAINTS_H

#include <libpq-fe.h>

#include "database/database.h"

/* Sets the problem on the context, logs what is nobody's fault but ours. `name` is the statement's. */
enum problem problem_of_error(struct context *context, const char *name, const PGresult *error);

/* SQLSTATE of an error; "" where libpq made it up. */
const char *error_state(const PGresult *error);

#endif
