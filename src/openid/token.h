/* OpenID tokens that are signed here: JSON Web Tokens (RFC 7519) by which other services know a user of this
 * one, or a guest. */
#ifndef MUSTER_OPENID_TOKEN_H
#define MUSTER_OPENID_TOKEN_H

#include "base/context.h"

#define OPENID_TOKEN_LIFETIME 900 /* seconds */

/* A token for the user; NO_TEXT: for a new guest. Run it outside of a transaction. */
enum problem openid_token_issue(struct context *context, struct text user_id, struct text *token) MUST_CHECK;

#endif
