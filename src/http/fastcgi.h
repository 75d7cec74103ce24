/* The only user of libfcgi: takes one connection that was accepted elsewhere, reads its request, writes its
 * answer. */
#ifndef MUSTER_HTTP_FASTCGI_H
#define MUSTER_HTTP_FASTCGI_H

#include "http/request.h"

/* Prepares libfcgi; once in a process. Returns 0, or -1. */
int fastcgi_start(void);

/* Serves the one request of the accepted connection `descriptor` (which is closed in any case): reads it
 * whole, runs `answer`, writes the response. `request` has its context set. The maximum body is read even
 * when it will be refused, up to `body_limit` bytes; beyond it the rest is discarded and incoming.body stays
 * empty with content_length set. Returns false where no complete request arrived (nothing was run). */
bool fastcgi_serve(int descriptor, struct request *request, size_t body_limit,
                   void (*answer)(struct request *request));

#endif
