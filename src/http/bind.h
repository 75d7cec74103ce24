/* Parameters of a row's statement, found by their names in the request. */
#ifndef MUSTER_HTTP_BIND_H
#define MUSTER_HTTP_BIND_H

#include "http/request.h"

/* Values for each parameter of the statement: limit, offset and sort from the page; else the path's, the
 * query's or the body's value of that name. A name that is none of these is a mistake in the program: it
 * aborts, and the test over all rows finds it. */
struct queued bind_statement(struct request *request, const struct statement *statement);

#endif
