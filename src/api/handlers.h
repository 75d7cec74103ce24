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

/* What the bodies of some of them show beyond decoding: the `judge` of their rows. */
enum problem judge_saml_info(struct request *request);
enum problem judge_certification_date(struct request *request);
enum problem judge_event_time(struct request *request);
enum problem judge_refinement_dates(struct request *request);
enum problem judge_category_lists(struct request *request);

#endif
