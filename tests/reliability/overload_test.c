/* More than can be served: what is not served is told so at once, what is served is served as before, and
 * whoever is slow delays nobody else. */
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/company.h"
#include "support/expect.h"
#include "support/figure.h"
#include "support/raw.h"
#include "support/world_parts.h"

#define MOST      256
#define SESSION   "/api/v1/session"
#define SIGN_INS  12
#define ONE_ROUND 40

static struct person member;
static struct person signer;

static int setup(void **state)
{
    *state = world_start("workers = 6\nslow_workers = 2\njob_processes = 0\nlong_job_processes = 0\n");
    member = make_member(*state, make_organization(*state, "Overload"), "Mary");
    signer = make_member(*state, member.organization_id, "Sid");
    return 0;
}

struct counts {
    size_t good;
    size_t away; /* with Retry-After */
    int64_t time;
};

/* So many at once, so many times. Anything but 200, or 503 and 429 with Retry-After, fails the test. */
static struct counts send_rounds(struct world *world, size_t together, size_t rounds)
{
    struct counts counts = {0};
    struct call calls[MOST];
    struct answer *answers[MOST];
    int64_t begun = clock_monotonic();
    for (size_t round = 0; round < rounds; round++) {
        struct arena_mark mark = arena_mark(world_arena(world));
        for (size_t i = 0; i < together; i++) {
            calls[i] = (struct call){.path = SESSION, .session = &member.session, .unchecked = true};
        }
        call_together(world, calls, together, answers);
        for (size_t i = 0; i < together; i++) {
            bool later = answer_header(answers[i], "Retry-After") != NULL;
            bool refused = (answers[i]->status == 503 || answers[i]->status == 429) && later;
            if (answers[i]->status != 200 && !refused) {
                fail_msg("%s: %d %s", answers[i]->request, answers[i]->status, answers[i]->body);
            }
            counts.good += answers[i]->status == 200;
            counts.away += refused;
        }
        arena_rewind(world_arena(world), mark);
    }
    counts.time = clock_monotonic() - begun;
    return counts;
}

static double rate(struct counts counts)
{
    return (double)counts.good * MICROSECONDS_PER_SECOND / (double)counts.time;
}

static void limit_connections(struct world *world, int limit)
{
    PQclear(PQexec(world->maintenance,
                   world_print(world, "ALTER DATABASE %s CONNECTION LIMIT %d", world->database_name, limit)));
    world_sql(world,
              "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = "
              "current_database() AND pid <> pg_backend_pid()",
              NULL);
}

static void too_few_connections_cost_some_requests_a_503(void **state)
{
    struct world *world = *state;
    limit_connections(world, 4);
    struct counts short_of = send_rounds(world, ONE_ROUND, short_or_long(5, 200));
    limit_connections(world, -1);
    assert_true(short_of.good > 0);
    assert_true(short_of.away > 0);
    struct counts after = {0};
    for (int i = 0; i < 100 && after.good < ONE_ROUND; i++) {
        usleep(50000);
        after = send_rounds(world, ONE_ROUND, 1);
    }
    assert_int_equal(after.good, ONE_ROUND);
    figure("with 3 connections for 6 workers: %zu answers 200, %zu answers 503 with Retry-After, none other",
           short_of.good, short_of.away);
}

static void ten_times_the_load_is_served_at_the_same_rate(void **state)
{
    struct world *world = *state;
    (void)send_rounds(world, ONE_ROUND, 2);
    struct counts peak = send_rounds(world, 20, short_or_long(20, 500));
    struct counts tenfold = send_rounds(world, 200, short_or_long(2, 50));
    figure("20 at once: %.0f good answers a second; 200 at once: %.0f, which is %.0f %%", rate(peak),
           rate(tenfold), 100 * rate(tenfold) / rate(peak));
    assert_true(rate(tenfold) > 0.3 * rate(peak));
}

/* Sign-ins that are under way take all places for hashes. */
static void slow_sign_ins_do_not_delay_others(void **state)
{
    struct world *world = *state;
    struct call calls[SIGN_INS + 1];
    struct answer *answers[SIGN_INS + 1];
    const char *body =
        world_print(world, "{\"username\": \"%s\", \"password\": \"%s\"}", signer.email, signer.password);
    pid_t others = fork();
    assert_true(others >= 0);
    if (others == 0) {
        int64_t longest = 0;
        for (int i = 0; i < 20; i++) {
            int64_t begun = clock_monotonic();
            (void)send_rounds(world, 1, 1);
            int64_t time = clock_monotonic() - begun;
            longest = larger(longest, time);
        }
        figure("beside %d sign-ins the slowest of 20 usual requests took %.1f ms", SIGN_INS,
               (double)longest / 1000);
        _exit(longest < 2 * MICROSECONDS_PER_SECOND ? 0 : 1);
    }
    for (size_t i = 0; i < SIGN_INS; i++) {
        calls[i] =
            (struct call){.method = "POST", .path = "/api/v1/auth/sign_in", .body = body, .unchecked = true};
    }
    call_together(world, calls, SIGN_INS, answers);
    for (size_t i = 0; i < SIGN_INS; i++) {
        expect_status(answers[i], 200);
    }
    int status = -1;
    assert_int_equal(waitpid(others, &status, 0), others);
    assert_int_equal(status, 0);
}

static int by_time(const void *left, const void *right)
{
    int64_t first = *(const int64_t *)left;
    int64_t second = *(const int64_t *)right;
    return (first > second) - (first < second);
}

/* What 99 of 100 good requests, one after the other, take at most. */
static int64_t usual_time(struct world *world)
{
    size_t count = short_or_long(200, 5000);
    int64_t *times = ARENA_ARRAY(world_arena(world), int64_t, count);
    for (size_t i = 0; i < count; i++) {
        struct arena_mark mark = arena_mark(world_arena(world));
        int64_t begun = clock_monotonic();
        expect_status(call_get(world, &member.session, SESSION), 200);
        times[i] = clock_monotonic() - begun;
        arena_rewind(world_arena(world), mark);
    }
    qsort(times, count, sizeof *times, by_time);
    return times[count * 99 / 100];
}

static void compare_times(int64_t alone, int64_t beside)
{
    figure("beside them 99 of 100 requests take %.1f ms at most, without them %.1f ms", (double)beside / 1000,
           (double)alone / 1000);
    assert_true(!is_long() || beside <= 2 * alone);
}

/* Idle ones say nothing, slow ones send a request that does not end. */
static void idle_and_slow_clients_hold_no_worker(void **state)
{
    struct world *world = *state;
    static const char part[] =
        "POST /api/v1/auth/sign_in HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{";
    const size_t idle = short_or_long(200, 10000);
    const size_t slow = short_or_long(100, 4000);
    int *connections = ARENA_ARRAY(world_arena(world), int, idle + slow);
    if (is_long()) {
        world_widen(world, 16384);
    }
    int64_t alone = usual_time(world);
    for (size_t i = 0; i < idle + slow; i++) {
        connections[i] = raw_connect(world, NULL);
        if (i >= idle) {
            assert_int_equal(send(connections[i], part, sizeof part - 1, MSG_NOSIGNAL), sizeof part - 1);
        }
    }
    int64_t beside = usual_time(world);
    struct counts counts = send_rounds(world, 10, short_or_long(20, 1000));
    assert_int_equal(counts.away, 0);
    const char *metrics = call_get(world, NULL, "/metrics")->body;
    assert_non_null(strstr(metrics, "muster_workers{state=\"busy\"} 1\n"));
    for (size_t i = 0; i < idle + slow; i++) {
        close(connections[i]);
    }
    figure("beside %zu idle and %zu slow clients all of %zu answers are 200, and no worker is held", idle,
           slow, counts.good);
    compare_times(alone, beside);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(too_few_connections_cost_some_requests_a_503),
        cmocka_unit_test(ten_times_the_load_is_served_at_the_same_rate),
        cmocka_unit_test(slow_sign_ins_do_not_delay_others),
        cmocka_unit_test(idle_and_slow_clients_hold_no_worker),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
