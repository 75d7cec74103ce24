/* Entity tags (RFC 9110 section 8.8.3): changes that are bound to the state in which a client saw a thing. */
#ifndef MUSTER_HTTP_ENTITY_TAG_H
#define MUSTER_HTTP_ENTITY_TAG_H

#include "http/request.h"

/* Whether the request's If-Match (section 13.1.1) lets a thing with this tag, quotes included, be changed: it
 * is absent, is "*" or names the tag. A tag that a front end made weak ("W/") because it compressed the
 * answer still names the same state. */
bool entity_tag_matches(const struct request *request, struct text tag);

#endif
