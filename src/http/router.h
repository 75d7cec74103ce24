/* Which row a path and a method belong to. */
#ifndef MUSTER_HTTP_ROUTER_H
#define MUSTER_HTTP_ROUTER_H

#include "http/request.h"

/* Finds the row of request->incoming and fills endpoint, api and path_values. No such path:
 * PROBLEM_NOT_FOUND; the path with another method: PROBLEM_METHOD_NOT_ALLOWED, and OPTIONS: PROBLEM_NONE with
 * endpoint NULL; both with an Allow header. HEAD goes to the row of GET. */
enum problem route(struct request *request) MUST_CHECK;

#endif
