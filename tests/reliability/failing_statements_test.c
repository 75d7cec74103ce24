/* Each statement of a request fails in turn: told an error by PostgreSQL, cut off from it, or failed by libpq
 * itself. The answer is 500 or 503 in the documented form or the request is done after all, and what it wrote
 * is there whole or not at all. */
#include "reliability/failing_world.h"
#include "support/figure.h"

static const struct failure {
    const char *name;
    enum failing_kind kind;
    bool onwards;
    int status;            /* of every answer that is no success; 0: 500 or 503 */
    const char *statement; /* sent in the place of the one that was meant */
} failures[] = {
    {"division by zero", FAILING_STATEMENT, false, 500, "SELECT 1/0"},
    {"serialization failure, once", FAILING_STATEMENT, false, 503,
     "DO $$BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END$$"},
    {"deadlock, each time", FAILING_STATEMENT, true, 503,
     "DO $$BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40P01'; END$$"},
    {"out of memory", FAILING_STATEMENT, false, 503,
     "DO $$BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '53200'; END$$"},
    {"disk full", FAILING_STATEMENT, false, 503,
     "DO $$BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '53100'; END$$"},
    {"read-only", FAILING_STATEMENT, false, 503,
     "DO $$BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '25006'; END$$"},
    {"its backend ends", FAILING_STATEMENT, false, 503, "SELECT pg_terminate_backend(pg_backend_pid())"},
    {"libpq cannot send", FAILING_CALL, false, 503, ""},
    {"libpq can send no more", FAILING_CALL, true, 503, ""},
    {"libpq loses a result", FAILING_RESULT, false, 503, ""},
};

static struct {
    size_t attempts;
    size_t done;
    size_t uncertain;
} counts;

static int setup(void **state)
{
    *state = failing_start();
    return 0;
}

static void judge(struct world *world, const struct typical *operation, const struct failure *failure,
                  const struct attempt *attempt, long chosen)
{
    bool stored = typical_is_stored(world, operation, attempt->key);
    bool committing = failing->committing || failure->kind != FAILING_STATEMENT;
    counts.attempts++;
    counts.done += attempt->done;
    counts.uncertain += !attempt->done && stored;
    if (attempt->died) {
        fail_msg("%s, %s %ld: the worker ended in %s", operation->name, failure->name, chosen,
                 attempt->died_in);
    }
    if (attempt->done ? operation->effect != NULL && !stored : stored && !committing) {
        fail_msg("%s, %s %ld: %d, but %s", operation->name, failure->name, chosen, attempt->exchange.status,
                 stored ? "stored" : "not stored");
    }
    if (!attempt->done) {
        typical_expect_form(operation, &attempt->exchange);
        if (failure->status != 0 && attempt->exchange.status != failure->status) {
            fail_msg("%s, %s %ld: %d", operation->name, failure->name, chosen, attempt->exchange.status);
        }
    }
}

/* Requests that fail, each followed by one that does not. */
static void fail_each(struct world *world, const struct typical *operation, const struct failure *failure)
{
    struct attempt attempt;
    failing_choose(failure->kind, 0, false);
    failing_send(world, operation, &attempt);
    assert_true(attempt.done);
    long calls = attempt.calls;
    assert_true(calls > 0);
    snprintf(failing->statement, sizeof failing->statement, "%s", failure->statement);
    for (long chosen = 1; chosen <= calls; chosen++) {
        failing_choose(failure->kind, chosen, failure->onwards);
        failing_send(world, operation, &attempt);
        judge(world, operation, failure, &attempt, chosen);
        failing_choose(failure->kind, 0, false);
        failing_send(world, operation, &attempt);
        if (!attempt.done && attempt.exchange.status != 503) {
            fail_msg("%s, after %s %ld: %s", operation->name, failure->name, chosen, attempt.exchange.text);
        }
    }
}

static void each_statement_may_fail(void **state)
{
    struct world *world = *state;
    failing_worker(world);
    for (size_t i = 0; i < TYPICAL_COUNT; i++) {
        for (size_t j = 0; j < sizeof failures / sizeof failures[0]; j++) {
            if (is_long() || j % 5 == i % 5) {
                fail_each(world, &typical[i], &failures[j]);
            }
        }
    }
    figure(
        "%zu requests with a statement that fails in %zu ways: %zu done after all, %zu refused although the "
        "commit was carried out",
        counts.attempts, sizeof failures / sizeof failures[0], counts.done, counts.uncertain);
}

int main(void)
{
#if defined(__SANITIZE_ADDRESS__)
    puts("skipped: AddressSanitizer must be loaded first");
    return EXIT_SKIP;
#else
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_statement_may_fail),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
#endif
}
