/* Bytes straight to nginx, for requests that no HTTP client would send, and from addresses that are not the
 * usual one. */
#ifndef MUSTER_TESTS_RAW_H
#define MUSTER_TESTS_RAW_H

#include "support/call.h"

/* Connects to the world's nginx from `source` (NULL: 127.0.0.1); the caller closes it. Waiting for an answer
 * ends after a minute. */
int raw_connect(struct world *world, const char *source);

/* Sends the bytes and reads one answer. It belongs to no row; the rules of all answers are checked as for
 * CALL(). */
struct answer *raw_send(struct world *world, const char *source, const char *bytes, size_t length);

/* The same for printed text, from the usual address. */
struct answer *raw_print(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A GET of that path from another address of this machine. */
struct answer *raw_get_from(struct world *world, const char *source, const char *path);

/* One answer that arrives on a connection; the request is told for messages. An answer to HEAD is read to the
 * end of the connection. */
struct answer *raw_receive(struct world *world, int connection, const char *request);

#endif
