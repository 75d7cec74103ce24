/* Running statements: what a batch needs from the arena is taken before it is sent, and what came back
 * becomes a problem or results. */
#include "base/log.h"
#include "database/batch.h"
#include "database/constraints.h"
#include "database/order.h"
#include "database/result.h"

/* One queued statement with all that sending it takes. */
struct item {
    const struct queued *queued;
    struct result *result;
    struct prepared *place; /* NULL: runs unprepared */
    const char *text;       /* NULL: not needed, the server knows it */
};

static int compare_name(const void *name, const void *element)
{
    const struct statement *const *statement = element;
    return strcmp(name, (*statement)->name);
}

const struct statement *statement_find(const char *name)
{
    const struct statement *const *found =
        bsearch(name, statements, statement_count, sizeof statements[0], compare_name);
    return found != NULL ? *found : NULL;
}

static void plan_item(struct context *context, const struct queued *queued, struct item *item)
{
    const struct statement *statement = queued->statement;
    struct arena *arena = context->arena;
    if (statement->ordered != (queued->order_count > 0) ||
        statement->parameter_count > STATEMENT_MAXIMUM_PARAMETERS) {
        LOG_ERROR("statement %s: an order where none belongs, none where one does, or too many parameters",
                  statement->name);
        abort();
    }
    const char *order = statement->ordered ? order_text(arena, queued->order, queued->order_count) : NULL;
    item->queued = queued;
    item->result = result_create(arena, statement);
    item->place = prepared_place(&context->database->prepared, statement, order);
    if (item->place == NULL || item->place->state != PREPARED_READY) {
        item->text = statement->ordered
                         ? order_apply(arena, statement->text, queued->order, queued->order_count)
                         : statement->text;
    }
}

static void add_item(struct batch *batch, struct item *item)
{
    struct prepared *place = item->place;
    bool knew = place != NULL && place->state == PREPARED_READY;
    if (place != NULL && place->state == PREPARED_NOT) {
        batch->operations[batch->count++] = (struct operation){.kind = OPERATION_PREPARE,
                                                               .statement = item->queued->statement,
                                                               .text = item->text,
                                                               .prepared = place};
        place->state = PREPARED_QUEUED;
    }
    batch->operations[batch->count++] = (struct operation){
        .kind = place != NULL ? OPERATION_EXECUTE : OPERATION_UNNAMED,
        .statement = item->queued->statement,
        .text = item->text,
        .prepared = place,
        .values = item->queued->values,
        .rows = &item->result->rows,
        .knew = knew,
    };
}

/* BEGIN, and what was asked to follow it. */
static void add_begin(struct batch *batch, struct item *prelude)
{
    batch->operations[batch->count++] = (struct operation){.kind = OPERATION_COMMAND, .text = "BEGIN"};
    if (prelude->queued != NULL) {
        add_item(batch, prelude);
    }
}

/* Fills and runs the batch; no arena from the first operation to the last answer. */
static struct item *run_once(struct context *context, const struct queued *queue, size_t count,
                             struct batch *batch)
{
    struct database *database = context->database;
    struct item *items = ARENA_ARRAY(context->arena, struct item, count);
    struct item prelude = {0};
    bool begins = database->transaction == TRANSACTION_ASKED;
    for (size_t index = 0; index < count; index++) {
        plan_item(context, &queue[index], &items[index]);
    }
    if (begins && database->prelude != NULL) {
        plan_item(context, database->prelude, &prelude);
    }
    struct result *failure = result_create(context->arena, NULL);
    *batch = (struct batch){.operations = ARENA_ARRAY(context->arena, struct operation, 2 * count + 3)};
    if (begins) {
        add_begin(batch, &prelude);
    }
    for (size_t index = 0; index < count; index++) {
        add_item(batch, &items[index]);
    }
    batch_run(database, batch);
    failure->rows = batch->error;
    return items;
}

/* A migration changed what a statement prepared earlier gives, or a pooler forgot it. */
static bool schema_changed(const struct batch *batch)
{
    if (batch->lost || batch->error == NULL || batch->failed >= batch->count ||
        !batch->operations[batch->failed].knew) {
        return false;
    }
    const char *state = error_state(batch->error);
    return strcmp(state, "0A000") == 0 || strcmp(state, "26000") == 0;
}

static const char *failed_name(const struct batch *batch)
{
    bool known = batch->failed < batch->count && batch->operations[batch->failed].statement != NULL;
    return known ? batch->operations[batch->failed].statement->name : "(transaction)";
}

static enum problem problem_of_batch(struct context *context, const struct batch *batch)
{
    struct database *database = context->database;
    if (batch->lost) {
        return FAIL_PLAINLY(context, PROBLEM_UNAVAILABLE);
    }
    if (schema_changed(batch)) {
        database->stale = true;
        return FAIL_PLAINLY(context, PROBLEM_RETRY);
    }
    if (batch->error != NULL) {
        return problem_of_error(context, failed_name(batch), batch->error);
    }
    if (database->doubtful && database->transaction == TRANSACTION_NONE) {
        return FAIL_PLAINLY(context, PROBLEM_UNAVAILABLE);
    }
    return PROBLEM_NONE;
}

/* Runs the queue; once more where it is certain that nothing of it happened. */
static enum problem run(struct context *context, const struct queued *queue, size_t count,
                        struct batch *batch, struct item **items)
{
    struct database *database = context->database;
    bool fresh = database->transaction != TRANSACTION_OPEN;
    TRY(connection_use(context));
    *items = run_once(context, queue, count, batch);
    if (fresh && (batch_never_ran(batch) || schema_changed(batch))) {
        LOG_INFO("the connection to %s is reopened, and the statement sent again", database->title);
        connection_drop(database);
        TRY(connection_use(context));
        *items = run_once(context, queue, count, batch);
    }
    return problem_of_batch(context, batch);
}

enum problem statements_run(struct context *context, const struct queued *queue, size_t count,
                            struct result **results)
{
    struct database *database = context->database;
    if (database->transaction == TRANSACTION_FAILED) {
        return FAIL_PLAINLY(context, database->transaction_problem);
    }
    struct batch batch = {0};
    struct item *items = NULL;
    enum problem problem = run(context, queue, count, &batch, &items);
    if (database->transaction != TRANSACTION_NONE) {
        database->transaction = problem == PROBLEM_NONE ? TRANSACTION_OPEN : TRANSACTION_FAILED;
        database->transaction_problem = problem;
    }
    for (size_t index = 0; index < count; index++) {
        results[index] = problem == PROBLEM_NONE ? items[index].result : NULL;
    }
    return problem;
}

enum problem statement_run_ordered(struct context *context, const struct statement *statement,
                                   const struct value *values, const char *const *order, size_t order_count,
                                   struct result **result)
{
    struct queued queued = {statement, values, order, order_count};
    return statements_run(context, &queued, 1, result);
}

enum problem statement_run(struct context *context, const struct statement *statement,
                           const struct value *values, struct result **result)
{
    return statement_run_ordered(context, statement, values, NULL, 0, result);
}
