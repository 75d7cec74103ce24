/* The name of one request, which everybody who had a part in it can tell. */
#ifndef MUSTER_HTTP_REQUEST_ID_H
#define MUSTER_HTTP_REQUEST_ID_H

#include "http/request.h"

/* The caller's own id (X-Request-Id), else the one that nginx made, else a new one; 1 to 64 letters, digits
 * and
 * "._-". It lies in the request's arena. */
struct text request_id_choose(struct request *request);

#endif
