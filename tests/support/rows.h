/* Which row of the table a request belongs to, found without the router that is under test. */
#ifndef MUSTER_TESTS_ROWS_H
#define MUSTER_TESTS_ROWS_H

#include "http/endpoint.h"

/* The row of a method and a path (with or without a query), or NULL. HEAD is looked up as GET. */
const struct endpoint *row_of(const char *method, const char *path);

/* A shape by its name, wherever in the table it is used; NULL where it is nowhere. */
const struct shape *shape_of_name(const char *name);

#endif
