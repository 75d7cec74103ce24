/* What a client sends and takes: media types of Content-Type and Accept. */
#ifndef MUSTER_HTTP_NEGOTIATION_H
#define MUSTER_HTTP_NEGOTIATION_H

#include "http/request.h"

/* Whether a Content-Type names this media type, whatever its parameters (RFC 9110 section 8.3). */
bool media_type_is(struct text content_type, struct text media_type);

/* Whether it names no other character set than UTF-8, in which everything is read. */
bool charset_is_utf8(struct text content_type);

/* Whether a list of what is accepted, each with an optional weight, has a type or a coding; false for
 * NO_TEXT. */
bool list_accepts(struct text accept, struct text type);

/* PROBLEM_NOT_ACCEPTABLE where the Accept header excludes the media type of the row's answer (RFC 9110
 * section 12.5.1). */
enum problem negotiate(struct request *request) MUST_CHECK;

#endif
