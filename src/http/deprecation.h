/* The headers of deprecated operations: since when, and where to go instead. */
#ifndef MUSTER_HTTP_DEPRECATION_H
#define MUSTER_HTTP_DEPRECATION_H

#include "http/request.h"

/* Adds Deprecation (RFC 9745) and a Link to the successor (RFC 5829) to the answer of an operation whose row
 * says so; nothing to others. */
void add_deprecation_headers(struct request *request);

#endif
