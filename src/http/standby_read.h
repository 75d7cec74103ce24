/* Operations that only read, from the standby: which do, and how often that succeeds. */
#ifndef MUSTER_HTTP_STANDBY_READ_H
#define MUSTER_HTTP_STANDBY_READ_H

#include "http/request.h"

/* Whether the row's statement is to be asked of the standby: it belongs to a GET with a caller, and the
 * standby is ready. The caller is then checked by a statement with log_columns. Outside of a transaction. */
bool standby_is_asked(struct request *request);

/* Runs the row's statement there and sets request->result. False: the primary is to be asked, as if there
 * were no standby. `check` is as standby_read() takes it. */
bool standby_answers(struct request *request, const struct result *check);

#endif
