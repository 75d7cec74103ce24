/* Where a browser goes with its new session. */
#ifndef MUSTER_SAML_TARGET_H
#define MUSTER_SAML_TARGET_H

#include "base/context.h"

/* The address that RelayState names, if it is one of the option saml_redirect_urls or a path of the first of
 * these; whatever else it says, the first of these (SAML bindings 3.4.3: its content is not to be trusted).
 */
struct text saml_target(struct context *context, struct text relay_state);

#endif
