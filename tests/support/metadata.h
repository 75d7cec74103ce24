/* Metadata of identity providers for tests: one that is good, and how it can be spoiled. */
#ifndef MUSTER_TESTS_METADATA_H
#define MUSTER_TESTS_METADATA_H

#include "support/world.h"

/* A JSON text (with its quotes) that holds the metadata of a provider with this entity id. */
const char *metadata_of(struct world *world, const char *entity);

/* The same without its certificate, without its sign-on address, of a service provider, and with a DTD. */
const char *metadata_without_certificate(struct world *world);
const char *metadata_without_sign_on(struct world *world);
const char *metadata_of_service_provider(struct world *world);
const char *metadata_with_doctype(struct world *world);

#endif
