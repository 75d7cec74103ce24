/* How a message travels: base64 in a form, or compressed in a query (SAML bindings 3.4 and 3.5). */
#ifndef MUSTER_SAML_TRANSPORT_H
#define MUSTER_SAML_TRANSPORT_H

#include "saml/reading.h"

#define SAML_MAXIMUM_MESSAGE ((size_t)256 * 1024) /* bytes of XML */

/* Bindings 3.5.4: base64, in lines or not. Never inflated. */
enum problem saml_decode_form(struct saml_reading *reading, struct text encoded, struct text *xml) MUST_CHECK;

/* Bindings 3.4.4.1: base64 of a raw DEFLATE stream that ends where the data does. */
enum problem saml_decode_query(struct saml_reading *reading, struct text encoded,
                               struct text *xml) MUST_CHECK;

/* The other way: compressed and in base64, not yet percent-encoded. */
struct text saml_encode_query(struct arena *arena, struct text xml);

#endif
