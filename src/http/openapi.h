/* The OpenAPI 3.1 document, printed from the table of endpoints and their shapes. */
#ifndef MUSTER_HTTP_OPENAPI_H
#define MUSTER_HTTP_OPENAPI_H

#include "base/context.h"

/* Relative to the document's own address, so that it is the same on every host. */
#define OPENAPI_SERVER_URL "/"

/* The whole document, pretty-printed with two spaces, ending in a line feed. `server_url` goes into
 * "servers". The same input gives the same bytes. */
struct text openapi_document(struct arena *arena, const char *server_url);

#endif
