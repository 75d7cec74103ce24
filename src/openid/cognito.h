/* OpenID tokens from Amazon Cognito identity pools. */
#ifndef MUSTER_OPENID_COGNITO_H
#define MUSTER_OPENID_COGNITO_H

#include "base/context.h"

/* A token for the user's identity in the pool; NO_TEXT: for a new guest identity. PROBLEM_UNAVAILABLE where
 * Cognito gives none (the reason is logged); for some seconds after that it is not asked again. Takes as long
 * as Cognito takes: run it outside of a transaction. */
enum problem cognito_token_issue(struct context *context, struct text user_id, struct text *token) MUST_CHECK;

#endif
