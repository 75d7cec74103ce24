/* A peer that sends what no front end would: nothing of it is run unless it is a whole request, no worker
 * dies of it, and none is held longer than peer_timeout. */
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "process/front_end.h"
#include "process/server.h"
#include "reliability/record_cases.h"
#include "support/cmocka_headers.h"
#include "support/figure.h"

#define MUTANTS      1500
#define LONG_MUTANTS 300000

static struct server server;
static pid_t worker;

/* --- Sending --- */

/* The peer may close before all of it is sent. */
static int send_it(void)
{
    int connection = front_end_connect(server.socket);
    assert_true(connection >= 0);
    for (size_t place = 0; place < sent.length;) {
        ssize_t count = send(connection, sent.data + place, sent.length - place, MSG_NOSIGNAL);
        if (count <= 0) {
            break;
        }
        place += (size_t)count;
    }
    return connection;
}

static void fill(const struct record_case *now)
{
    sent.length = 0;
    now->fill();
}

static void expect_served(const char *name)
{
    pid_t children[MAXIMUM_CHILDREN];
    if (front_end_get(server.socket, "/healthz") != 200) {
        fail_msg("%s: the next request is not answered", name);
    }
    if (children_of(server.master, children) != 1 || children[0] != worker) {
        fail_msg("%s: the worker died", name);
    }
}

static void start(const char *lines)
{
    pid_t children[MAXIMUM_CHILDREN];
    server_start(&server, lines);
    assert_int_equal(children_of(server.master, children), 1);
    worker = children[0];
}

static void judge(const struct record_case *now, const struct answer *answer)
{
    bool good = now->expectation == REFUSED    ? answer->status == 0
                : now->expectation == ANSWERED ? answer->complete && answer->status == 200
                                               : answer->complete && answer->status >= 400;
    if (!good) {
        fail_msg("%s: %d, %s: %s", now->name, answer->status, answer->complete ? "complete" : "broken off",
                 answer->text);
    }
}

static void what_is_no_whole_request_is_not_run(void **state)
{
    (void)state;
    start("workers = 1\nslow_workers = 0\n");
    for (size_t i = 0; i < RECORD_CASES; i++) {
        struct answer answer;
        fill(&record_cases[i]);
        int connection = send_it();
        assert_int_equal(shutdown(connection, SHUT_WR), 0);
        front_end_receive(connection, &answer);
        judge(&record_cases[i], &answer);
        expect_served(record_cases[i].name);
    }
    assert_int_equal(server_stop(&server), 0);
}

/* Time until somebody else is answered, by the only worker there is. */
static int64_t time_held(const struct record_case *now)
{
    fill(now);
    int64_t begun = clock_monotonic();
    int connection = send_it();
    expect_served(now->name);
    int64_t held = clock_monotonic() - begun;
    close(connection);
    return held;
}

static void a_silent_peer_holds_a_worker_only_so_long(void **state)
{
    (void)state;
    size_t silent = 0;
    start("workers = 1\nslow_workers = 0\npeer_timeout = 100 ms\n");
    for (size_t i = 0; i < RECORD_CASES; i++) {
        int64_t held = time_held(&record_cases[i]);
        silent += record_cases[i].waits;
        if (record_cases[i].waits && held < 90000) {
            fail_msg("%s: the worker did not wait for more", record_cases[i].name);
        }
        assert_true(held < 5 * MICROSECONDS_PER_SECOND);
    }

    assert_int_equal(server_stop(&server), 0);

    start("workers = 1\nslow_workers = 0\n");
    fill(&record_cases[8]);
    int64_t held = time_held(&record_cases[8]);
    assert_true(held < 5 * MICROSECONDS_PER_SECOND);
    assert_int_equal(server_stop(&server), 0);
    figure("%zu kinds of silence end; by default a silent peer holds a worker for %d ms", silent,
           (int)(held / 1000));
}

/* --- Mutants --- */

static uint32_t chance;

static uint32_t below(uint32_t limit)
{
    chance ^= chance << 13;
    chance ^= chance >> 17;
    chance ^= chance << 5;
    return chance % limit;
}

static void mutate(void)
{
    static const unsigned char favourites[] = {0, 1, 2, 4, 5, 0x7f, 0x80, 0xff};
    for (uint32_t count = 1 + below(6); count > 0; count--) {
        unsigned char *byte = &sent.data[below((uint32_t)sent.length)];
        *byte = below(2) == 0 ? favourites[below(sizeof favourites)] : (unsigned char)below(256);
    }
    sent.length = below(4) == 0 ? 1 + below((uint32_t)sent.length) : sent.length;
}

static void no_mutant_ends_a_worker(void **state)
{
    (void)state;
    const int count = is_long() ? LONG_MUTANTS : MUTANTS;
    int answered = 0;
    chance = 20261122;
    start("workers = 1\nslow_workers = 0\nworker_requests = 0\n");
    for (int i = 0; i < count; i++) {
        struct answer answer;
        const struct record_case *parent = &record_cases[below(RECORD_CASES)];
        fill(below(3) > 0 || strcmp(parent->name, "nothing") == 0 ||
                     strcmp(parent->name, "thousands_of_parameters") == 0
                 ? &(struct record_case){.fill = record_add_whole}
                 : parent);
        mutate();
        int connection = send_it();
        assert_int_equal(shutdown(connection, SHUT_WR), 0);
        front_end_receive(connection, &answer);
        answered += answer.status != 0;
        if (i % 50 == 49) {
            expect_served("a mutant");
        }
    }
    expect_served("the last mutant");
    assert_true(answered > 0 && answered < count);
    assert_int_equal(server_stop(&server), 0);
    figure("%d mutants of requests, %d of them answered, no worker ended", count, answered);
}

static char path[] = "/tmp/muster-suppressions-XXXXXX";

static int make_room(void **state)
{
    (void)state;

    static char options[128];
    int file = mkstemp(path);
    /* libfcgi itself keeps what it answers to records of management. */
    if (file < 0 || write(file, "leak:libfcgi\n", 13) != 13 || close(file) != 0) {
        return 1;
    }
    snprintf(options, sizeof options, "suppressions=%s:print_suppressions=0", path);
    setenv("LSAN_OPTIONS", options, 1);
    sent.data = mmap(NULL, RECORDS_LARGEST, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return sent.data == MAP_FAILED;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_whole_request_is_not_run),
        cmocka_unit_test(a_silent_peer_holds_a_worker_only_so_long),
        cmocka_unit_test(no_mutant_ends_a_worker),
    };
    return cmocka_run_group_tests(tests, make_room, remove_file);
}
