/* Who signs in when an identity provider names somebody. */
#ifndef MUSTER_API_SAML_MEMBER_H
#define MUSTER_API_SAML_MEMBER_H

#include "database/database.h"
#include "saml/profile.h"

/* The user whom the verified message is about. `organization` is a row of saml_provider: only its own active
 * members come in; where it allows it, somebody whose name nobody has becomes one. Else PROBLEM_FORBIDDEN. */
enum problem saml_member_find(struct saml_reading *reading, const struct result *organization,
                              const struct saml_sign_on *sign_on, struct text *user_id) MUST_CHECK;

#endif
