/* The audit log is written by triggers; they know what changed, and here they are told by what. */
#include "access/audit.h"

#include "sql/statements.h"

static struct queued tell(struct context *context, const char *operation, struct text address,
                          bool everything)
{
    struct sql_transaction_context *values = ARENA_NEW(context->arena, struct sql_transaction_context);

    *values = (struct sql_transaction_context){.everything = value_boolean(everything),
                                               .operation = value_string(operation),
                                               .request_id = value_text(context->request_id),
                                               .address = value_text(address)};
    return (struct queued){.statement = &statement_transaction_context,
                           .values = (const struct value *)values};
}

static void begin(struct context *context, struct queued told)
{
    struct queued *prelude = ARENA_NEW(context->arena, struct queued);

    *prelude = told;
    database_begin_with(context->database, prelude);
}

void audit_begin(struct context *context, const char *operation)
{
    begin(context, tell(context, operation, NO_TEXT, true));
}

void write_begin(struct request *request)
{
    begin(&request->context, audit_context(request));
}

/* Besides what needs no session, the machines' APIs reach everything when they write: whether a person who
 * leaves belongs elsewhere too, and whether an address is taken, is not to be told from one organization
 * alone. */
static bool reaches_everything(const struct endpoint *endpoint)
{
    return endpoint->access == ACCESS_PUBLIC || endpoint->api == API_MOODWORK || endpoint->api == API_MOAB;
}

struct queued audit_context(struct request *request)
{
    return tell(&request->context, request->endpoint->name, request->incoming.address,
                reaches_everything(request->endpoint));
}
