/* Refinements: what teams practise, as employees plan it. Each change shows in the scores at once. */
#include <string.h>

#include "api/handlers.h"
#include "api/scores.h"
#include "sql/statements.h"

static struct value team_of(const struct request *request)
{
    return value_text(path_value(request, "team_id"));
}

static struct value body_value(const struct request *request, const char *name)
{
    return value_text(text_value(&request->body, name));
}

static struct value is_given(const struct request *request, const char *name)
{
    return value_boolean(value_of(&request->body, name)->given);
}

enum problem judge_refinement_dates(struct request *request)
{
    struct text starts_on = text_value(&request->body, "starts_on");
    struct text ends_on = text_value(&request->body, "ends_on");

    if (starts_on.data != NULL && ends_on.data != NULL &&
        memcmp(ends_on.data, starts_on.data, starts_on.length) < 0) {
        context_fault(&request->context, "ends_on", "ends_on must not lie before starts_on.");
    }
    return FAIL_ON_FAULTS(&request->context, PROBLEM_REFUSED);
}

/* The changed row, once the scores know of it. */
static enum problem answer(struct request *request, const struct result *rows)
{
    if (result_rows(rows) == 0) {
        return FAIL_PLAINLY(&request->context, PROBLEM_NOT_FOUND);
    }
    TRY(scores_refresh(&request->context, value_text(result_text(rows, 0, "organization_id"))));
    return respond_with(request, rows);
}

enum problem create_refinement(struct request *request)
{
    const struct sql_refinement_insert draft = {
        .team = team_of(request),
        .course_id = body_value(request, "course_id"),
        .title = body_value(request, "title"),
        .description = body_value(request, "description"),
        .starts_on = body_value(request, "starts_on"),
        .ends_on = body_value(request, "ends_on"),
        .status = body_value(request, "status"),
        .completed_at = body_value(request, "completed_at"),
        .extra = body_value(request, "extra"),
    };
    struct result *rows;

    TRY(sql_refinement_insert(&request->context, draft, &rows));
    return answer(request, rows);
}

enum problem update_refinement(struct request *request)
{
    const struct sql_refinement_update change = {
        .team = team_of(request),
        .refinement = value_text(path_value(request, "refinement_id")),
        .course_given = is_given(request, "course_id"),
        .course_id = body_value(request, "course_id"),
        .title_given = is_given(request, "title"),
        .title = body_value(request, "title"),
        .description_given = is_given(request, "description"),
        .description = body_value(request, "description"),
        .starts_on = body_value(request, "starts_on"),
        .ends_on = body_value(request, "ends_on"),
        .status = body_value(request, "status"),
        .completed_given = is_given(request, "completed_at"),
        .completed_at = body_value(request, "completed_at"),
        .extra = body_value(request, "extra"),
    };
    struct result *rows;

    TRY(sql_refinement_update(&request->context, change, &rows));
    return answer(request, rows);
}
