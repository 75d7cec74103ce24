/* The metadata of identity providers as sign-ons need it: the same few documents again and again. */
#ifndef MUSTER_SAML_PROVIDER_H
#define MUSTER_SAML_PROVIDER_H

#include "saml/metadata.h"

/* What saml_metadata_read() says of the document. This process keeps what it has read, until other documents
 * displace it; what has expired since is refused as there. Everything in *metadata belongs to the arena of
 * the context. */
enum problem saml_provider_read(struct context *context, struct text xml,
                                struct saml_metadata *metadata) MUST_CHECK;

#endif
