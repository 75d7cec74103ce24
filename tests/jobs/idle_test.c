/* The job processes of a server that has nothing to do are told when there is something: they do not ask
 * again and again. */
#include <unistd.h>

#include "support/world_parts.h"

/* When any of them asked last. */
static const char *last_question(struct world *world)
{
    return world_sql(world,
                     "SELECT max(query_start) FROM pg_stat_activity WHERE datname = current_database() AND "
                     "application_name = 'muster jobs'",
                     NULL);
}

static void who_waits_does_not_ask(void **state)
{
    struct world *world = *state;
    bool asked = false;
    bool quiet = false;
    for (int tries = 0; tries < 100 && !quiet; tries++) {
        const char *before = last_question(world);
        usleep(200000);
        asked = asked || *before != '\0';
        quiet = *before != '\0' && strcmp(last_question(world), before) == 0;
    }
    assert_true(asked);
    assert_true(quiet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_waits_does_not_ask),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
