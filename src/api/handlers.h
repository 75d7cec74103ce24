/* Prototypes of all handlers, from the table: a handler has the name of its operation. */
#ifndef MUSTER_API_HANDLERS_H
#define MUSTER_API_HANDLERS_H

#include "http/request.h"

#define HANDLED(operation, ...) enum problem operation(struct request *request);
#define QUERIED(operation, ...)
#define SHOWN(operation, ...)
#include "api/endpoints.def"
#undef HANDLED
#undef QUERIED
#undef SHOWN

#endif
