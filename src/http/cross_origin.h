/* Browsers that call from another origin (CORS, Fetch Standard section 3.2). */
#ifndef MUSTER_HTTP_CROSS_ORIGIN_H
#define MUSTER_HTTP_CROSS_ORIGIN_H

#include "http/request.h"

/* For an Origin of the configured list: lets the browser read the answer and its token headers. Others get
 * nothing. */
void add_cross_origin_headers(struct request *request);

/* 204 for OPTIONS; Allow is set already. A preflight of a configured origin learns what it may send. */
void answer_options(struct request *request);

#endif
