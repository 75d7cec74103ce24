/* Compressing an answer once instead of each time that it goes through the front end. */
#ifndef MUSTER_HTTP_COMPRESS_H
#define MUSTER_HTTP_COMPRESS_H

#include "http/request.h"

/* The text in the gzip format (RFC 1952); NO_TEXT where that is not possible. */
struct text compress_text(struct arena *arena, struct text text);

/* Whether the request's Accept-Encoding takes gzip (RFC 9110, section 12.5.3). */
bool accepts_compressed(const struct request *request);

/* Answers with bytes that live as long as the request: the compressed ones where the request takes them and
 * there are any. */
void respond_with_bytes(struct request *request, struct text text, struct text compressed);

#endif
