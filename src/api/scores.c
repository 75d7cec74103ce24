/* The scores of teams: read as they stand, and brought up to date where something has changed. */
#include "api/scores.h"
#include "access/session.h"
#include "api/handlers.h"
#include "http/bind.h"
#include "sql/statements.h"

/* A quarter of a second at most. */
#define MARKS_AT_ONCE 1000

bool scores_are_late(const struct result *rows)
{
    return result_rows(rows) > 0 && result_true(rows, 0, "late");
}

enum problem scores_refresh(struct context *context, struct value organization)
{
    struct result *rows;

    return sql_scores_refresh(
        context,
        (struct sql_scores_refresh){.organization = organization,
                                    .at_most = value_integer(context->arena, MARKS_AT_ONCE)},
        &rows);
}

/* The score came with the check of the session; where it is late, it is asked for again. */
enum problem show_team_score(struct request *request)
{
    struct result *rows = request->result;

    if (scores_are_late(rows) && result_true(rows, 0, "permitted")) {
        const struct queued again = bind_statement(request, request->endpoint->statement);
        struct value organization = value_text(result_text(rows, 0, "organization_id"));

        TRY(session_resume(request));
        TRY(scores_refresh(&request->context, organization));
        TRY(statements_run(&request->context, &again, 1, &rows));
    }
    return respond_with(request, rows);
}
