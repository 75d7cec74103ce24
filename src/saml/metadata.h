/* What an identity provider tells about itself (SAML metadata 2.0), reduced to what sign-in needs and trusted
 * as far as it passes every check here: this is where trust begins, so an organization's saml_info is stored
 * only after it was read. */
#ifndef MUSTER_SAML_METADATA_H
#define MUSTER_SAML_METADATA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/context.h"

#define SAML_METADATA_MAXIMUM_SIZE ((size_t)512 * 1024)
#define SAML_MAXIMUM_ENTITY_ID     1024 /* bytes */
#define SAML_MAXIMUM_LOCATION      2048 /* bytes */
#define SAML_MAXIMUM_CERTIFICATES  16
#define SAML_MAXIMUM_FORMATS       16

/* How an AuthnRequest can be sent to the identity provider. */
enum saml_binding { SAML_BINDING_REDIRECT, SAML_BINDING_POST, SAML_BINDING_COUNT };

struct saml_metadata {
    struct text entity_id;                         /* byte by byte as in the metadata */
    struct text sso_locations[SAML_BINDING_COUNT]; /* NO_TEXT where it does not offer the binding */
    struct text name_id_formats[SAML_MAXIMUM_FORMATS];
    size_t name_id_format_count;
    struct text certificates[SAML_MAXIMUM_CERTIFICATES]; /* for signatures, DER, each usable, none twice */
    size_t certificate_count;                            /* at least 1 */
    bool wants_signed_requests;
    int64_t
        valid_until; /* microseconds since 1970, after the context's now; INT64_MAX where nothing is said */
};

/* Reads the metadata of one identity provider. PROBLEM_REFUSED where it cannot be trusted or used: each
 * reason that could be found is then a fault of the field saml_info, and *metadata is not to be used.
 * Everything in it belongs to the arena of the context. */
enum problem saml_metadata_read(struct context *context, struct text xml,
                                struct saml_metadata *metadata) MUST_CHECK;

#endif
