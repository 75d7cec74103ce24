/* This service provider as identity providers see it: its names and its metadata. Hosts come from the
 * configuration, never from a request. */
#ifndef MUSTER_SAML_SERVICE_H
#define MUSTER_SAML_SERVICE_H

#include "saml/keys.h"

/* The entity id, which is the address of the metadata, and the one consumer address for all organizations. */
const char *saml_entity_id(struct context *context);
const char *saml_consumer(struct context *context);

/* Writes the metadata (SAML metadata 2.4.4) with all keys. */
void saml_service_metadata(struct context *context, const struct saml_keys *keys, struct builder *out);

#endif
