/* A GET whose row has a statement changes nothing, so that a standby can answer it as well as the primary.
 * The check of the caller is not part of it: an ended session must be refused at once, and the primary knows.
 */
#include "http/standby_read.h"

#include "database/standby.h"
#include "http/bind.h"
#include "http/metrics.h"

bool standby_is_asked(struct request *request)
{
    const struct endpoint *endpoint = request->endpoint;

    if (!standby_is_attached(request->context.database) || endpoint->method != METHOD_GET ||
        endpoint->statement == NULL || endpoint->session != NULL || !request->decoded) {
        return false;
    }
    if (!standby_is_ready(&request->context)) {
        metrics_standby_read(STANDBY_AWAY);
        return false;
    }
    return true;
}

bool standby_answers(struct request *request, const struct result *check)
{
    struct queued queued = bind_statement(request, request->endpoint->statement);
    enum standby_outcome outcome = standby_read(&request->context, check, &queued, &request->result);

    metrics_standby_read(outcome);
    return outcome == STANDBY_ANSWERED;
}
