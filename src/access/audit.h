/* Where a write comes from, told to the database ahead of it, so that the audit log can say so. */
#ifndef MUSTER_ACCESS_AUDIT_H
#define MUSTER_ACCESS_AUDIT_H

#include "http/request.h"

/* Begins the transaction of a command or a job, which reaches every row. Its events tell the operation's
 * name. It costs no round trip of its own. */
void audit_begin(struct context *context, const char *operation);

/* Begins the transaction of the request's operation: every operation that writes begins with it, or puts
 * audit_context() ahead of its one statement. Events tell the operation, the request id and the address. What
 * needs no session reaches every row, and so does a machine's API; otherwise the check of the session says
 * what the caller reaches. */
void write_begin(struct request *request);

/* The statement that tells so, to be queued in front of others in one batch. */
struct queued audit_context(struct request *request);

#endif
