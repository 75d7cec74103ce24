/* The way out of an answer as FastCGI records: what is short leaves in one write, together with the end of
 * the request. libfcgi would send 8 KiB at a time, and each write wakes the front end anew. */
#ifndef MUSTER_HTTP_REPLY_H
#define MUSTER_HTTP_REPLY_H

#include "base/text.h"

/* What is gathered in one record; longer texts go out by themselves. */
#define REPLY_ROOM ((size_t)32 * 1024)

/* The header of a record, and the two records that end the answer. */
#define REPLY_HEADER 8
#define REPLY_END    24

struct reply {
    int descriptor;
    int request; /* the id that the front end gave it */
    bool failed; /* the peer is gone, or took too long */
    size_t length;
    char record[REPLY_HEADER + REPLY_ROOM + REPLY_END];
};

/* Begins the answer to a request on a connection that nothing was written to. */
void reply_start(struct reply *reply, int descriptor, int request);

void reply_add(struct reply *reply, struct text text);

/* Sends what is left, and that the request is complete; nothing more where something could not be sent, so
 * that an answer that was broken off does not look whole. A signal that interrupts a write breaks it off,
 * too. */
void reply_finish(struct reply *reply);

#endif
