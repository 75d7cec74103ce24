/* A standby that dies, hangs, is promoted or is the wrong one: reads go to the primary, and nobody notices.
 */
#include <unistd.h>

#include "base/clock.h"
#include "reliability/family.h"
#include "reliability/with_standby.h"
#include "support/expect.h"
#include "support/figure.h"

static const char *organization;
static struct person admin;
static const char *team;

static int setup(void **state)
{
    struct world *world = with_standby_start();
    *state = world;
    organization = make_organization(world, "Faults");
    admin = make_admin(world, organization, "Ada");
    team = make_team(world, organization, "Team");
    return 0;
}

static int teardown(void **state)
{
    with_standby_stop(*state);
    return 0;
}

/* Writes and reads it back, again and again; the longest that a read took. */
static int64_t write_and_read(struct world *world, const char *beginning, int rounds)
{
    const char *path = world_print(world, "/api/v1/teams/%s", team);
    int64_t longest = 0;
    for (int i = 0; i < rounds; i++) {
        const char *name = world_print(world, "%s %d", beginning, i);
        expect_status(CALL(world, .method = "PATCH", .path = path, .session = &admin.session,
                           .body = world_print(world, "{\"name\": \"%s\"}", name)),
                      200);
        int64_t start = clock_monotonic();
        expect_text(call_get(world, &admin.session, path), "data.name", name);
        int64_t took = clock_monotonic() - start;
        longest = larger(longest, took);
    }
    return longest;
}

static void expect_told(struct world *world, const char *sentence)
{
    const char *const arguments[] = {"check", NULL};
    struct output output = world_run(world, NULL, arguments);
    const char *line = world_print(world, "\nstandby        %s", sentence);
    if (strstr(output.out, line) == NULL) {
        fail_msg("muster check does not say \"%s\":\n%s", line, output.out);
    }
}

static void expect_unused(struct world *world, const char *beginning)
{
    int64_t answered = standby_reads(world, "answered");
    (void)write_and_read(world, beginning, 30);
    assert_int_equal(standby_reads(world, "answered"), answered);
}

static void a_standby_that_dies_fails_no_request_and_is_used_again(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < short_or_long(2, 50); i++) {
        standby_await(world, &admin.session);
        own_cluster_do(the_standby(), "kill");
        (void)write_and_read(world, "Killed", 30);
        expect_told(world, "failed  no connection to it; all reads go to the primary");
        own_cluster_do(the_standby(), "start");
        (void)write_and_read(world, "Started", 30);
        standby_connect(world);
        standby_await(world, &admin.session);
    }
}

static void a_standby_that_hangs_costs_each_worker_a_moment_once(void **state)
{
    struct world *world = *state;
    standby_await(world, &admin.session);
    int64_t failed = standby_reads(world, "failed");
    own_cluster_do(the_standby(), "freeze");
    int64_t longest = write_and_read(world, "Frozen", 60);
    failed = standby_reads(world, "failed") - failed;
    own_cluster_do(the_standby(), "thaw");
    figure("with a frozen standby %lld of 60 reads waited for it", (long long)failed);
    figure_time("the longest of these reads", longest, 400000);
    /* One of each worker at most; none, where the worker found out while it asked both servers who they are.
     */
    assert_in_range(failed, 0, 2);
    standby_await(world, &admin.session);
}

static void one_that_ends_its_connections_is_connected_to_again(void **state)
{
    struct world *world = *state;
    for (int round = 0; round < 5; round++) {
        standby_await(world, &admin.session);
        standby_sql(world, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> "
                           "pg_backend_pid() AND backend_type = 'client backend'");
        (void)write_and_read(world, "Ended", 5);
    }
}

/* Who the standby is comes out when a read would go there again. */
static void read_until_found_out(struct world *world)
{
    for (int round = 0; round < 3000 && log_count(world, "the standby is no standby") == 0; round++) {
        expect_status(call_get(world, &admin.session, world_print(world, "/api/v1/teams/%s", team)), 200);
        usleep(10000);
    }
    assert_true(log_count(world, "the standby is no standby") > 0);
}

static void a_promoted_one_is_not_read_from(void **state)
{
    struct world *world = *state;
    standby_await(world, &admin.session);
    own_cluster_do(the_standby(), "promote");
    expect_unused(world, "Promoted");
    expect_told(world, "failed  is no standby; all reads go to the primary");
    /* Its log goes far beyond the primary's, whose place it once had. */
    standby_sql(world, "SELECT pg_switch_wal()");
    expect_unused(world, "Promoted and ahead");
    read_until_found_out(world);
}

static void a_standby_of_the_promoted_one_is_of_another_timeline(void **state)
{
    struct world *world = *state;
    struct own_cluster third;
    own_cluster_follow(&third, the_standby());
    own_cluster_do(the_standby(), "asynchronous");
    with_standby_read_from(world, &third, NULL, NULL);
    expect_unused(world, "Another timeline");
    expect_told(world, "failed  follows another timeline than the primary's; all reads go to the primary");
    own_cluster_remove(&third);
}

static void a_standby_of_another_cluster_is_not_read_from(void **state)
{
    struct world *world = *state;
    struct own_cluster other;
    struct own_cluster follower;
    own_cluster_make(&other, "synchronous_standby_names = ''", "wal_level = replica");
    own_cluster_follow(&follower, &other);
    with_standby_read_from(world, &follower, "postgres", "postgres");
    expect_unused(world, "Another cluster");
    expect_told(world, "failed  is one of another cluster; all reads go to the primary");
    own_cluster_remove(&follower);
    own_cluster_remove(&other);
}

static void an_address_of_nobody_costs_nothing(void **state)
{
    struct world *world = *state;
    struct own_cluster nobody = {.folder = "/nonexistent"};
    with_standby_read_from(world, &nobody, NULL, NULL);
    expect_unused(world, "Nobody");
    expect_told(world, "failed  no connection to it; all reads go to the primary");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_standby_that_dies_fails_no_request_and_is_used_again),
        cmocka_unit_test(a_standby_that_hangs_costs_each_worker_a_moment_once),
        cmocka_unit_test(one_that_ends_its_connections_is_connected_to_again),
        cmocka_unit_test(a_promoted_one_is_not_read_from),
        cmocka_unit_test(a_standby_of_the_promoted_one_is_of_another_timeline),
        cmocka_unit_test(a_standby_of_another_cluster_is_not_read_from),
        cmocka_unit_test(an_address_of_nobody_costs_nothing),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
