/* A long answer as FastCGI records of their full size: libfcgi would cut it into pieces of eight kilobytes,
 * each with calls of its own to the kernel on both sides. */
#ifndef MUSTER_HTTP_RECORDS_H
#define MUSTER_HTTP_RECORDS_H

#include <fastcgi.h>

#include "base/text.h"

/* Writes the text to the connection as standard output of the request. False where the peer is gone, or too
 * slow for the alarm that runs. */
bool records_write(int descriptor, int request_id, struct text text);

/* The header of a record of that type with so many bytes of content. */
FCGI_Header records_header(int request_id, unsigned char type, size_t length);

#endif
