/* Where a write comes from, told to the database ahead of it, so that the audit log can say so. */
#ifndef MUSTER_ACCESS_AUDIT_H
#define MUSTER_ACCESS_AUDIT_H

#include "http/request.h"

/* Begins a transaction whose events tell the operation (or the command), the context's request id and the
 * address; NO_TEXT where there is none. It costs no round trip of its own. */
void audit_begin(struct context *context, const char *operation, struct text address);

/* The same for the request's operation: every operation that writes begins with it, or puts audit_context()
 * ahead of its one statement. */
void write_begin(struct request *request);

/* The statement that tells so, to be queued in front of others in one batch. */
struct queued audit_context(struct request *request);

#endif
