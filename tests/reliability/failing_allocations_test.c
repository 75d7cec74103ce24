/* Each allocation of a request fails in turn, once and from there on: the request is done or refused whole,
 * our code goes on and keeps nothing, and where a library ends the process nothing was acknowledged. */
#include "reliability/failing_world.h"
#include "support/figure.h"

static struct {
    size_t attempts;
    size_t done;
    size_t refused;
    size_t uncertain; /* refused, but stored */
    size_t ended;     /* by a library */
    long kept;        /* blocks that are there afterwards, beyond those of before */
} counts;

static int setup(void **state)
{
    *state = failing_start();
    return 0;
}

static void judge(struct world *world, const struct typical *operation, const struct attempt *attempt,
                  long chosen)
{
    bool stored = typical_is_stored(world, operation, attempt->key);
    counts.attempts++;
    counts.done += attempt->done;
    counts.refused += !attempt->done && !attempt->died;
    counts.uncertain += !attempt->done && stored;
    counts.ended += attempt->died;
    if (attempt->died && (attempt->died_in[0] == '\0' || strcmp(attempt->died_in, "muster") == 0)) {
        fail_msg("%s: the worker ended in %s at allocation %ld", operation->name, attempt->died_in, chosen);
    }
    if (attempt->done && operation->effect != NULL && !stored) {
        fail_msg("%s: acknowledged, but not stored, at allocation %ld", operation->name, chosen);
    }
    if (!attempt->done && !attempt->died) {
        typical_expect_form(operation, &attempt->exchange);
    }
}

/* How many blocks a worker keeps that has just served a usual request. */
static long blocks_kept(struct world *world, const struct typical *operation)
{
    struct attempt attempt;
    failing_choose(FAILING_ALLOCATION, 0, false);
    for (int i = 0; i < 2; i++) {
        failing_send(world, operation, &attempt);
        if (!attempt.done) {
            fail_msg("%s: afterwards: %s", operation->name, attempt.exchange.text);
        }
    }
    return failing->blocks;
}

/* libfcgi, whose allocations come first, ends the process; seeing that once is enough for the short form. */
#define FIRST 14

static void fail_each(struct world *world, const struct typical *operation, bool onwards, long step)
{
    struct attempt attempt;
    failing_worker(world);
    long kept = blocks_kept(world, operation);
    long calls = failing->calls;
    for (long chosen = is_long() || operation == typical ? 1 : FIRST; chosen <= calls; chosen += step) {
        failing_choose(FAILING_ALLOCATION, chosen, onwards);
        failing_send(world, operation, &attempt);
        judge(world, operation, &attempt, chosen);
        long now = blocks_kept(world, operation);
        counts.kept += attempt.died ? 0 : now - kept;
        kept = now;
    }
}

static void each_allocation_may_fail(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < TYPICAL_COUNT; i++) {
        for (int onwards = 0; onwards < 2; onwards++) {
            fail_each(world, &typical[i], onwards == 1, is_long() ? 1 : typical[i].slow ? 29 : 11);
        }
    }
    if (counts.kept > (long)(counts.attempts / 2)) {
        fail_msg("%ld blocks are kept after %zu requests", counts.kept, counts.attempts);
    }
    figure("%zu requests with an allocation that fails: %zu done, %zu refused (%zu of them stored), %zu "
           "ended by "
           "a library",
           counts.attempts, counts.done, counts.refused, counts.uncertain, counts.ended);
}

int main(void)
{
#if defined(__SANITIZE_ADDRESS__)
    puts("skipped: AddressSanitizer has an allocator of its own");
    return EXIT_SKIP;
#else
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
#endif
}
