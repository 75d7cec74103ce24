/* The fixed list of steps that every request walks: route, limit, decode, authenticate, authorize, handle,
 * encode. */
#ifndef MUSTER_HTTP_PIPELINE_H
#define MUSTER_HTTP_PIPELINE_H

#include "http/request.h"

/* Answers `request`, whose `incoming`, context.arena, context.configuration and context.database are set;
 * afterwards response is complete: status, headers (in order) and body. Never fails: what goes wrong becomes
 * the answer. The caller writes it and resets the arena. */
void pipeline_run(struct request *request);

/* The access log's line and the metrics of an answered request. */
void pipeline_account(const struct request *request);

#endif
