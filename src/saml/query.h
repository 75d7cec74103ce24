/* The signature of the redirect binding, which is about the query as it was sent (SAML bindings 3.4.4.1). */
#ifndef MUSTER_SAML_QUERY_H
#define MUSTER_SAML_QUERY_H

#include "saml/keys.h"
#include "saml/reading.h"

/* What stands in a query, still percent-encoded, each at most once; NO_TEXT where absent. */
struct saml_query {
    struct text message; /* SAMLResponse */
    struct text relay_state;
    struct text algorithm;
    struct text signature;
};

/* Finds the values. PROBLEM_MALFORMED where one is there twice, the message is missing, or another encoding
 * is named. */
enum problem saml_query_read(struct saml_reading *reading, struct text query,
                             struct saml_query *values) MUST_CHECK;

/* Without a signature *trusted is false; with one it must hold for one of the provider's keys. */
enum problem saml_query_verify(struct saml_reading *reading, const struct saml_query *values,
                               bool *trusted) MUST_CHECK;

/* The query that carries a request: signed with the key by RSA and SHA-256. `relay_state` may be NO_TEXT. */
struct text saml_query_sign(struct arena *arena, struct text request, struct text relay_state,
                            const struct saml_key *key);

#endif
