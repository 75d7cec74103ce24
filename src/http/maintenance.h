/* Whether the service is closed for maintenance: one switch in the database for all servers, looked at once
 * in a while instead of once a request. */
#ifndef MUSTER_HTTP_MAINTENANCE_H
#define MUSTER_HTTP_MAINTENANCE_H

#include "base/context.h"

/* Maps what all processes of one master know together; call it in the master before the first fork. Without
 * it (in a command, in a test) each process knows for itself. Returns 0, or -1 with errno. */
int maintenance_create(void);

/* PROBLEM_UNAVAILABLE with Retry-After while the service is closed. The switch is looked at when nobody has
 * for half a second; where the database cannot be asked, the last answer counts. Run it outside of a
 * transaction. */
enum problem maintenance_check(struct context *context) MUST_CHECK;

#endif
