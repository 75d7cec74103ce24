/* The audit log is written by triggers; they know what changed, and here they are told by what. */
#include "access/audit.h"

#include "sql/statements.h"

static struct queued tell(struct context *context, const char *operation, struct text address)
{
    struct sql_transaction_context *values = ARENA_NEW(context->arena, struct sql_transaction_context);

    *values = (struct sql_transaction_context){.operation = value_string(operation),
                                               .request_id = value_text(context->request_id),
                                               .address = value_text(address)};
    return (struct queued){.statement = &statement_transaction_context,
                           .values = (const struct value *)values};
}

void audit_begin(struct context *context, const char *operation, struct text address)
{
    struct queued *prelude = ARENA_NEW(context->arena, struct queued);

    *prelude = tell(context, operation, address);
    database_begin_with(context->database, prelude);
}

void write_begin(struct request *request)
{
    audit_begin(&request->context, request->endpoint->name, request->incoming.address);
}

struct queued audit_context(struct request *request)
{
    return tell(&request->context, request->endpoint->name, request->incoming.address);
}
