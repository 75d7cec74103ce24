/* A world whose only worker has calls that fail when a test says so. */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "process/server.h"
#include "reliability/failing_world.h"
#include "support/cmocka_headers.h"

#define PRELOAD  BUILD_FOLDER "/tests/reliability/failing_preload.so"
#define ATTEMPTS 3000

struct failing *failing;

struct world *failing_start(void)
{
    static char path[] = "/tmp/muster-failing-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(ftruncate(file, sizeof *failing), 0);
    failing = mmap(NULL, sizeof *failing, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    assert_ptr_not_equal(failing, MAP_FAILED);
    close(file);
    assert_int_equal(setenv(FAILING_VARIABLE, path, 1), 0);
    assert_int_equal(setenv("LD_PRELOAD", PRELOAD, 1), 0);
    struct world *world = world_start(TYPICAL_CONFIGURATION);
    unsetenv("LD_PRELOAD");
    unsetenv(FAILING_VARIABLE);
    unlink(path);
    typical_start(world);
    return world;
}

bool failing_worker(struct world *world)
{
    pid_t children[MAXIMUM_CHILDREN];
    for (int i = 0; i < ATTEMPTS; i++) {
        size_t count = children_of(world_master(world), children);
        if (count == 1 && process_is_named(children[0], "muster-worker")) {
            bool same = failing->process == children[0];
            failing->process = children[0];
            return !same;
        }
        /* Where workers die early there is a pause, which doubles; a reload ends it. */
        if (i % 10 == 5 && count == 0) {
            kill(world_master(world), SIGHUP);
        }
        usleep(5000);
    }
    fail_msg("there is no worker");
    return true;
}

/* A request counts as ended when the worker waits again, a little after its answer has come. */
static void await_end(long requests)
{
    for (int i = 0; i < ATTEMPTS && failing->requests == requests && process_lives(failing->process); i++) {
        usleep(failing->requests == requests ? 200 : 0);
    }
}

void failing_send(struct world *world, const struct typical *operation, struct attempt *attempt)
{
    long requests = failing->requests;
    failing->committing = false;
    memset(failing->died_in, 0, sizeof failing->died_in);
    typical_key(attempt->key);
    typical_send(world, operation, attempt->key, &attempt->exchange);
    await_end(requests);
    attempt->calls = failing->calls;
    attempt->died = failing_worker(world);
    memcpy(attempt->died_in, failing->died_in, sizeof attempt->died_in);
    attempt->done = typical_is_done(operation, &attempt->exchange);
}

void failing_choose(enum failing_kind kind, long chosen, bool onwards)
{
    failing->chosen = chosen;
    failing->onwards = onwards;
    failing->kind = kind;
}
