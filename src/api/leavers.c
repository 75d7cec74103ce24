/* Thousands of people go in as many statements as one does. */
#include "api/leavers.h"

#include "base/clock.h"
#include "config/config.h"
#include "sql/statements.h"

#define MAXIMUM_LIST ((size_t)16 << 20)

/* One takes a tenth of a millisecond; a machine that is busy with other things is given thirty times as long.
 */
#define TIME_EACH 3000

static void start_list(struct context *context, struct builder *list)
{
    builder_start(list, context->arena, 64, MAXIMUM_LIST);
    builder_add_character(list, '{');
}

void leavers_start(struct context *context, struct text organization, struct leavers *leavers)
{
    *leavers = (struct leavers){.organization = organization};
    start_list(context, &leavers->memberships);
    start_list(context, &leavers->users);
    start_list(context, &leavers->unlocked);
}

struct queued leavers_prelude(struct context *context, struct text organization, size_t people)
{
    struct sql_leavers_organization *values = ARENA_NEW(context->arena, struct sql_leavers_organization);
    int64_t time;

    context->extra_time = TIME_EACH * (int64_t)people;
    time = context->configuration->statement_timeout + context->extra_time;
    *values = (struct sql_leavers_organization){
        .people = value_integer(context->arena, (int64_t)people),
        .milliseconds = value_integer(context->arena, time / (MICROSECONDS_PER_SECOND / 1000)),
        .organization = value_text(organization)};
    return (struct queued){.statement = &statement_leavers_organization,
                           .values = (const struct value *)values};
}

static void add(struct builder *list, struct text id)
{
    if (list->length > 1) {
        builder_add_character(list, ',');
    }
    builder_add_text(list, id);
}

void leavers_add(struct leavers *leavers, const struct result *rows, bool locked)
{
    for (size_t row = 0; row < result_rows(rows); row++) {
        add(&leavers->memberships, result_text(rows, row, "id"));
        leavers->count++;
        if (result_null(rows, row, "user_id")) {
            continue;
        }
        add(&leavers->users, result_text(rows, row, "user_id"));
        if (!locked) {
            add(&leavers->unlocked, result_text(rows, row, "user_id"));
        }
    }
}

static struct value end_list(struct builder *list)
{
    struct text text;

    BUILDER_ADD_LITERAL(list, "}\0");
    text = builder_text(list);
    return value_text(text_part(text, 0, text.length - 1));
}

enum problem leavers_remove(struct context *context, struct leavers *leavers)
{
    struct value users = end_list(&leavers->users);
    struct value memberships = end_list(&leavers->memberships);
    struct sql_leavers_lock lock = {.users = end_list(&leavers->unlocked)};
    struct value organization = value_text(leavers->organization);
    struct sql_leavers_end_access end_access = {
        .users = users, .memberships = memberships, .organization = organization};
    struct sql_leavers_erase erase = {
        .users = users, .organization = organization, .memberships = memberships};
    const struct queued queue[] = {
        {.statement = &statement_leavers_lock, .values = (const struct value *)&lock},
        {.statement = &statement_leavers_end_access, .values = (const struct value *)&end_access},
        {.statement = &statement_leavers_erase, .values = (const struct value *)&erase},
    };
    struct result *results[3];

    TRY(statements_run(context, queue, 3, results));
    leavers->sessions_ended = result_integer(results[1], 0, "sessions_ended");
    return PROBLEM_NONE;
}
