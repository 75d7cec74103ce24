/* What the operations of SAML sign-on take. Messages are judged by src/saml; what stands here is for the
 * documents, so that whatever is wrong with a message gets the one answer that tells nothing. */
#include "api/shapes.h"

#define LONGEST_MESSAGE     (INT64_C(1) << 20)
#define LONGEST_RELAY_STATE 2048

static const struct field saml_login_fields[] = {
    {.name = "organization_id", .type = FIELD_UUID, .about = "The organization.", .required = true},
    {.name = "RelayState",
     .type = FIELD_TEXT,
     .about = "Where to go afterwards: a path of the front end, or an allowed address.",
     .example = "\"/courses\"",
     .maximum = 1024},
};
const struct shape saml_login_query = SHAPE("SamlLogin", "Where to sign in.", saml_login_fields);

#define MESSAGE_FIELD(is_required)                                                                       \
    {                                                                                                    \
        .name = "SAMLResponse", .type = FIELD_PASSWORD, .about = "The message, in base64.",              \
        .example = "\"PHNhbWxwOlJlc3BvbnNlLz4=\"", .required = (is_required), .maximum = LONGEST_MESSAGE \
    }
#define RELAY_STATE_FIELD                                                                       \
    {                                                                                           \
        .name = "RelayState", .type = FIELD_PASSWORD,                                           \
        .about = "Where to go afterwards, as far as it is allowed.", .example = "\"/courses\"", \
        .blank_allowed = true, .maximum = LONGEST_RELAY_STATE                                   \
    }

static const struct field saml_form_fields[] = {MESSAGE_FIELD(true), RELAY_STATE_FIELD};
const struct shape saml_message_form =
    SHAPE("SamlMessage", "What an identity provider has its user's browser send.", saml_form_fields);

static const struct field saml_query_fields[] = {
    MESSAGE_FIELD(false),
    RELAY_STATE_FIELD,
    {.name = "SigAlg",
     .type = FIELD_PASSWORD,
     .about = "How the query is signed.",
     .example = "\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"",
     .blank_allowed = true,
     .maximum = 256},
    {.name = "Signature",
     .type = FIELD_PASSWORD,
     .about = "The signature of the query, in base64.",
     .example = "\"c2lnbmF0dXJl\"",
     .blank_allowed = true,
     .maximum = 4096},
};
const struct shape saml_message_query =
    SHAPE("SamlQuery", "A message by the redirect binding; SAMLResponse is needed.", saml_query_fields);
