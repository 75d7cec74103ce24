/* muster housekeeping, and muster scores recompute: work that the server does by itself, done at once. */
#include "process/housekeeping.h"
#include "base/clock.h"
#include "command/commands.h"
#include "command/patience.h"
#include "sql/statements.h"

#define ORGANIZATIONS_AT_ONCE 100
#define FIRST_ID              "00000000-0000-0000-0000-000000000000"

int command_housekeeping(struct command_line *line)
{
    struct housekeeping_report report;
    struct builder output;
    enum problem problem;

    be_patient(line);
    problem = housekeeping_work(&line->context, true, &report);
    if (problem != PROBLEM_NONE) {
        return refuse_problem(line, problem);
    }
    if (report.elsewhere) {
        return refuse(line, "another process does it just now");
    }
    output_start(line, &output);
    builder_add_format(&output,
                       line->json
                           ? "{\"assignments\":%lld,\"organizations\":%lld}\n"
                           : "%lld assignments made, scores of %lld organizations brought up to date\n",
                       (long long)report.assignments, (long long)report.organizations);
    return output_end(line, &output);
}

/* What `muster scores recompute` is to do, and what it has done. */
struct recomputation {
    struct value month; /* a day of it; NULL: all months */
    int64_t organizations;
    int64_t teams;
};

static enum problem recompute(struct context *context, struct recomputation *work, struct text organization)
{
    struct result *rows;

    TRY(sql_scores_recompute(
        context,
        (struct sql_scores_recompute){.organization = value_text(organization), .month = work->month},
        &rows));
    if (result_rows(rows) == 0) {
        return FAIL(context, PROBLEM_NOT_FOUND, "There is no organization %.*s.",
                    TEXT_ARGUMENTS(organization));
    }
    work->organizations++;
    work->teams += result_integer(rows, 0, "teams");
    return PROBLEM_NONE;
}

/* One that is deleted meanwhile needs no scores. */
static enum problem recompute_page(struct context *context, struct recomputation *work,
                                   const struct result *organizations)
{
    for (size_t row = 0; row < result_rows(organizations); row++) {
        enum problem problem = recompute(context, work, result_text(organizations, row, "id"));

        if (problem == PROBLEM_NOT_FOUND) {
            context_forgive(context);
        } else {
            TRY(problem);
        }
    }
    return PROBLEM_NONE;
}

static enum problem recompute_all(struct context *context, struct recomputation *work)
{
    struct text after = TEXT(FIRST_ID);
    struct result *rows;

    do {
        TRY(sql_organizations_after(
            context,
            (struct sql_organizations_after){.after = value_text(after),
                                             .limit = value_integer(context->arena, ORGANIZATIONS_AT_ONCE)},
            &rows));
        TRY(recompute_page(context, work, rows));
        after = result_rows(rows) > 0 ? result_text(rows, result_rows(rows) - 1, "id") : NO_TEXT;
    } while (after.data != NULL);
    return PROBLEM_NONE;
}

/* "2019-05" becomes a day of that month. */
static int read_month(struct command_line *line, struct value *month)
{
    const char *given = option_value(line, "month");
    const char *day;

    *month = NULL_VALUE;
    if (given == NULL) {
        return EXIT_DONE;
    }
    day = arena_print(line->context.arena, "%s-01", given);
    if (!clock_is_date(text_of(day))) {
        return wrong_usage(line, "--month %s is not a month such as 2019-05", given);
    }
    *month = value_string(day);
    return EXIT_DONE;
}

static int report(struct command_line *line, const struct recomputation *work)
{
    struct builder output;

    if (!line->json) {
        return EXIT_DONE;
    }
    output_start(line, &output);
    builder_add_format(&output, "{\"organizations\":%lld,\"teams\":%lld}\n", (long long)work->organizations,
                       (long long)work->teams);
    return output_end(line, &output);
}

int command_scores_recompute(struct command_line *line)
{
    const char *organization = option_value(line, "organization");
    struct recomputation work = {0};
    enum problem problem;
    int status = read_month(line, &work.month);

    if (status != EXIT_DONE) {
        return status;
    }
    if (organization != NULL && !text_is_uuid(text_of(organization))) {
        return wrong_usage(line, "--organization %s is not an id", organization);
    }
    be_patient(line);
    problem = organization != NULL ? recompute(&line->context, &work, text_of(organization))
                                   : recompute_all(&line->context, &work);
    return problem == PROBLEM_NONE ? report(line, &work) : refuse_problem(line, problem);
}
