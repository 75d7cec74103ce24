/* The course player: what is learned now, and the events of learning it. Most requests are answered by the
 * statement that ran along with the check of their session; a transaction is begun only where an assignment
 * is to be made or completed. */
#include "access/session.h"
#include "api/handlers.h"
#include "base/clock.h"
#include "http/bind.h"
#include "sql/statements.h"

#define MICROSECONDS_PER_MILLISECOND 1000
#define MILLISECONDS_PER_DAY         INT64_C(86400000)

static enum problem ask(struct request *request, const struct statement *statement, struct result **rows)
{
    const struct queued queued = bind_statement(request, statement);

    return statements_run(&request->context, &queued, 1, rows);
}

/* A caller who learns nowhere. */
static enum problem check_learner(struct request *request, const struct result *rows)
{
    return result_rows(rows) == 0 ? FAIL_PLAINLY(&request->context, PROBLEM_FORBIDDEN) : PROBLEM_NONE;
}

static enum problem check_course(struct request *request, const struct result *rows)
{
    TRY(check_learner(request, rows));
    if (result_null(rows, 0, "course_id")) {
        return FAIL_PLAINLY(&request->context, PROBLEM_NOT_FOUND);
    }
    return result_true(rows, 0, "learns") ? PROBLEM_NONE : FAIL_PLAINLY(&request->context, PROBLEM_FORBIDDEN);
}

static bool lacks_assignment(const struct result *rows)
{
    return !result_null(rows, 0, "course_id") && result_null(rows, 0, "assignment_id");
}

static enum problem make_assignment(struct request *request, const struct result *rows)
{
    struct result *made;

    return sql_assignment_make(
        &request->context,
        (struct sql_assignment_make){.membership = value_text(result_text(rows, 0, "own_id")),
                                     .course = value_text(result_text(rows, 0, "course_id"))},
        &made);
}

/* Makes the assignment of the course in `rows` where it lacks one, and asks again. What another request
 * completes meanwhile leads to yet another course: then all begins anew. */
static enum problem settle(struct request *request, struct result **rows)
{
    if (!lacks_assignment(*rows)) {
        return PROBLEM_NONE;
    }
    TRY(session_resume_to_write(request));
    TRY(make_assignment(request, *rows));
    TRY(ask(request, request->endpoint->statement, rows));
    TRY(check_learner(request, *rows));
    return lacks_assignment(*rows) ? FAIL_PLAINLY(&request->context, PROBLEM_RETRY) : PROBLEM_NONE;
}

enum problem show_my_course(struct request *request)
{
    struct result *rows = request->result;

    TRY(check_learner(request, rows));
    TRY(settle(request, &rows));
    return respond_with(request, rows);
}

enum problem open_course(struct request *request)
{
    struct result *rows = request->result;

    TRY(check_course(request, rows));
    TRY(settle(request, &rows));
    return respond_with(request, rows);
}

static enum problem fail_on_future(struct request *request)
{
    context_fault(&request->context, "client_supplied_occured_at_in_ms",
                  "client_supplied_occured_at_in_ms must not lie more than a day ahead.");
    return FAIL_ON_FAULTS(&request->context, PROBLEM_REFUSED);
}

enum problem judge_event_time(struct request *request)
{
    const struct field_value *time = value_of(&request->body, "client_supplied_occured_at_in_ms");
    const int64_t latest = clock_now() / MICROSECONDS_PER_MILLISECOND + MILLISECONDS_PER_DAY;

    return time->text.data != NULL && time->integer > latest ? fail_on_future(request) : PROBLEM_NONE;
}

static enum problem check_time(struct request *request, const struct result *event)
{
    TRY(check_learner(request, event));
    return result_true(event, 0, "ahead") ? fail_on_future(request) : PROBLEM_NONE;
}

/* The assignment as it is now, after an event that was there already or was stored in several steps. */
static enum problem show_assignment(struct request *request, const struct result *event)
{
    struct result *rows;

    TRY(sql_assignment_shown(
        &request->context,
        (struct sql_assignment_shown){.assignment = value_text(result_text(event, 0, "current_id"))}, &rows));
    return respond_with(request, rows);
}

static bool completes(const struct request *request)
{
    return text_equal(text_value(&request->body, "event_type"), TEXT("complete"));
}

/* The next course becomes current with the completion of one. */
static enum problem make_next(struct request *request, const struct result *event)
{
    struct result *rows;

    if (!completes(request)) {
        return PROBLEM_NONE;
    }
    return sql_assignment_make_current(
        &request->context,
        (struct sql_assignment_make_current){.membership = value_text(result_text(event, 0, "own_id"))},
        &rows);
}

/* An event that makes its assignment, or completes it. */
static enum problem record_in_steps(struct request *request)
{
    struct result *rows;
    struct result *event;

    TRY(session_resume_to_write(request));
    TRY(ask(request, &statement_open_course, &rows));
    TRY(check_course(request, rows));
    if (lacks_assignment(rows)) {
        TRY(make_assignment(request, rows));
    }
    TRY(ask(request, &statement_record_event, &event));
    TRY(check_learner(request, event));
    TRY(make_next(request, event));
    return show_assignment(request, event);
}

enum problem record_progress(struct request *request)
{
    struct result *event = request->result;

    TRY(check_time(request, event));
    if (!result_null(event, 0, "id")) {
        return respond_with(request, event);
    }
    if (!result_null(event, 0, "current_id") && !completes(request)) {
        TRY(session_resume(request));
        return show_assignment(request, event);
    }
    return record_in_steps(request);
}
