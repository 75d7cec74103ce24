/* An answer as FastCGI records. */
#ifndef MUSTER_HTTP_FASTCGI_ANSWER_H
#define MUSTER_HTTP_FASTCGI_ANSWER_H

#include "http/request.h"

/* Sends the whole answer of FastCGI request `id` on the blocking socket `descriptor`. Returns false where the
 * peer is gone, or where a signal came while it took nothing. */
bool fastcgi_answer(int descriptor, int id, const struct request *request);

#endif
