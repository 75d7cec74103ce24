/* Values that some operations take as request headers. */
#ifndef MUSTER_HTTP_HEADER_PARAMETERS_H
#define MUSTER_HTTP_HEADER_PARAMETERS_H

#include "http/request.h"

/* The query's parameters and, where the row takes them, behind these the request headers that have the names
 * of the shape's fields, in any case, with hyphens or underscores. A header that is not UTF-8 text:
 * PROBLEM_MALFORMED. */
enum problem parameters_with_headers(struct request *request, const struct shape *shape,
                                     struct parameters *parameters) MUST_CHECK;

#endif
