/* Moab's security tokens: a user's number and a second number that only its owner knows, good for one
 * membership. */
#ifndef MUSTER_ACCESS_SECURITY_TOKEN_H
#define MUSTER_ACCESS_SECURITY_TOKEN_H

#include "http/request.h"

/* Gives the membership a new token and ends the one it had: 53 random bits, so that it is exact wherever
 * numbers are doubles. `identity` is the number of the membership's user. Run it inside a transaction. */
enum problem security_token_issue(struct context *context, struct text membership, int64_t identity,
                                  int64_t *token) MUST_CHECK;

/* For dialects[]: checks "Authorization: Bearer <identity>.<token>" and the role that the row asks for, sets
 * request->caller, and runs the row's statement in the same round trip. A wrong token is counted; after ten
 * in 15 minutes each check for that identity takes some milliseconds of work. */
enum problem security_token_authenticate(struct request *request) MUST_CHECK;

#endif
