/* New configurations and new programs take over under load, and nobody notices; what cannot take over changes
 * nothing. */
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "reliability/family.h"
#include "reliability/ledger.h"
#include "support/figure.h"
#include "support/process.h"
#include "support/world_parts.h"

static int setup(void **state)
{
    /* After an upgrade the new master is a grandchild, which comes to us when its parent has gone. */
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
    *state = world_start("log_level = info\n");
    ledger_start(*state);
    ledger_send(4);
    return 0;
}

static int teardown(void **state)
{
    ledger_end();
    return world_teardown(state);
}

static void expect_no_failure(void)
{
    for (size_t i = 0; i < ledger_count(); i++) {
        const struct entry *entry = ledger_entry(i);
        if (entry->ended && entry->outcome != (entry->wrong ? REFUSED : ACKNOWLEDGED)) {
            fail_msg("request %zu was answered with %d", i, entry->status);
        }
    }
}

static void reload(struct world *world)
{
    size_t before = log_count(world, "new configuration: in force");
    assert_int_equal(kill(world->muster, SIGHUP), 0);
    log_await(world, "new configuration: in force", before);
}

static void reloads_lose_nothing(void **state)
{
    struct world *world = *state;
    size_t reloads = short_or_long(4, 100);
    for (size_t i = 0; i < reloads; i++) {
        struct family before = family_of(world);
        world_configure(world, i % 2 == 0 ? "log_level = info\nworkers = 4\n" : "log_level = info\n");
        ledger_await(20);
        reload(world);
        ledger_await(20);
        struct family after = family_of(world);
        assert_false(family_equal(&before, &after));
    }
    expect_no_failure();
    figure("%zu reloads, %zu requests, none failed", reloads, ledger_count());
}

/* The process that the log told last. */
static pid_t told_successor(struct world *world)
{
    static const char words[] = " starts as process ";
    long process = 0;
    for (const char *at = strstr(world_log(world), words); at != NULL; at = strstr(at + 1, words)) {
        process = strtol(at + sizeof words - 1, NULL, 10);
    }
    assert_true(process > 0);
    return (pid_t)process;
}

static void upgrades_lose_nothing(void **state)
{
    struct world *world = *state;
    size_t upgrades = short_or_long(2, 20);
    for (size_t i = 0; i < upgrades; i++) {
        ledger_await(20);
        assert_int_equal(kill(world->muster, SIGUSR2), 0);
        assert_int_equal(process_wait(world->muster), 0);
        world->muster = told_successor(world);
        assert_int_equal(kill(world->muster, 0), 0);
    }
    ledger_await(20);
    expect_no_failure();
    figure("%zu upgrades, %zu requests, none failed", upgrades, ledger_count());
}

static void a_broken_configuration_changes_nothing(void **state)
{
    struct world *world = *state;
    static const char *const broken[] = {"workers = many\n", "nothing = 1\n", "database_url =\n"};
    struct family before = family_of(world);
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        size_t complaints = log_count(world, "the configuration stays as it was: ");
        world_configure(world, broken[i]);
        assert_int_equal(kill(world->muster, SIGHUP), 0);
        log_await(world, "the configuration stays as it was: ", complaints);
        ledger_await(20);
    }
    assert_true(log_count(world, "muster.conf:") > 0);
    struct family after = family_of(world);
    assert_true(family_equal(&before, &after));
    /* A new program does not start with it either, and the one that runs goes on. */
    size_t failed = log_count(world, "the new program did not become ready");
    assert_int_equal(kill(world->muster, SIGUSR2), 0);
    log_await(world, "the new program did not become ready", failed);
    ledger_await(20);
    after = family_of(world);
    assert_true(family_equal(&before, &after));
    world_configure(world, "log_level = info\n");
    ledger_pause();
    expect_no_failure();
    ledger_expect_good();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reloads_lose_nothing),
        cmocka_unit_test(upgrades_lose_nothing),
        cmocka_unit_test(a_broken_configuration_changes_nothing),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
