/* The way out of an answer: FastCGI records in as few writes as they fit into. libfcgi sends 8 KiB at a time,
 * and each write wakes the front end anew. */
#ifndef MUSTER_HTTP_RECORDS_H
#define MUSTER_HTTP_RECORDS_H

#include "base/text.h"

#define RECORD_HEADER    8
#define END_REQUEST_BODY 8

/* The content of one record; what is longer goes out in several. */
#define RECORD_CONTENT ((size_t)32 * 1024)
/* The end of the stream and that of the request. */
#define RECORDS_BEHIND (2 * RECORD_HEADER + END_REQUEST_BODY)

struct records {
    int descriptor;
    int request; /* the id that the front end gave it */
    bool failed; /* the peer is gone, or took too long */
    size_t length;
    char record[RECORD_HEADER + RECORD_CONTENT + RECORDS_BEHIND];
};

/* Begins the answer to a request on a connection that nothing was written to. */
void records_start(struct records *records, int descriptor, int request);

void records_add(struct records *records, struct text text);

/* Sends what is left, and that the request is complete. Whether the peer took it all is nobody's business any
 * more; a signal that interrupts a write ends it, too. */
void records_finish(struct records *records);

#endif
