/* Calls to the kernel fail, one kind after the other (strace injects it): what the client sees, and whether
 * the process goes on, stands in a table. */
#include <signal.h>
#include <unistd.h>

#include "process/server.h"
#include "reliability/typical.h"
#include "support/company.h"
#include "support/figure.h"
#include "support/process.h"

#define ATTEMPTS 3000

enum what {
    SESSION,   /* GET /session */
    SIGN_IN,   /* hashes a password */
    UPLOAD,    /* stores a file */
    LONG,      /* an answer of many records */
    RECONNECT, /* GET /session by a worker whose connection to PostgreSQL has ended */
    RESPAWN,   /* GET /session after the worker was killed; the master has the failing calls */
};

/* Answers that a case allows. */
#define OK      1
#define AWAY    2 /* 503 with Retry-After */
#define NOTHING 8 /* the connection ends without a whole answer, which nginx makes 502 of */

static const struct kernel_case {
    const char *call;
    const char *error;
    const char *when; /* which of the calls fail, as strace counts them */
    enum what what;
    int outcome;
    bool dies; /* the worker, and is replaced */
} cases[] = {
    {"accept4", "EMFILE", "1", SESSION, OK},
    {"accept4", "ENFILE", "1", SESSION, OK},
    {"accept4", "ENOMEM", "1", SESSION, OK},
    {"accept4", "ECONNABORTED", "1", SESSION, OK},
    {"accept4", "EINTR", "1", SESSION, OK},
    {"epoll_wait", "EINTR", "1..2", SESSION, OK},
    {"getsockopt", "EACCES", "1", SESSION, NOTHING},
    {"setitimer", "EINVAL", "1", SESSION, OK},
    {"read", "EINTR", "1", SESSION, NOTHING},
    {"read", "ECONNRESET", "1", SESSION, NOTHING},
    {"read", "EIO", "1", SESSION, NOTHING},
    {"write", "EPIPE", "1+", SESSION, NOTHING},
    {"write", "EAGAIN", "1+", SESSION, NOTHING},
    {"write", "EINTR", "1+", SESSION, NOTHING},
    {"writev", "EPIPE", "1", LONG, NOTHING},
    {"writev", "EAGAIN", "1", LONG, NOTHING},
    {"close", "EIO", "1", SESSION, OK},
    {"sendto", "EPIPE", "1", SESSION, OK | AWAY},
    {"sendto", "ECONNRESET", "1", SESSION, OK | AWAY},
    {"sendto", "EINTR", "1", SESSION, OK},
    {"recvfrom", "ECONNRESET", "1", SESSION, OK | AWAY},
    {"recvfrom", "EINTR", "1", SESSION, OK},
    {"poll", "EINTR", "1..2", SESSION, OK},
    {"poll", "ENOMEM", "1+", SESSION, AWAY},
    {"socket", "EMFILE", "1", RECONNECT, AWAY},
    {"connect", "ECONNREFUSED", "1", RECONNECT, AWAY},
    {"connect", "EAGAIN", "1", RECONNECT, AWAY},
    {"brk", "ENOMEM", "1+", RECONNECT, OK | AWAY},
    {"mmap", "ENOMEM", "1+", SIGN_IN, AWAY},
    {"getrandom", "EINTR", "1", SIGN_IN, OK},
    {"getrandom", "ENOSYS", "1+", SIGN_IN, NOTHING, .dies = true},
    {"fcntl", "EINTR", "1", SIGN_IN, OK},
    {"fcntl", "EDEADLK", "1+", SIGN_IN, OK},
    {"openat", "ENOSPC", "1", UPLOAD, AWAY},
    {"openat", "EMFILE", "1", UPLOAD, AWAY},
    {"fsync", "EIO", "1", UPLOAD, AWAY},
    {"rename", "ENOSPC", "1", UPLOAD, AWAY},
    {"unlink", "EIO", "1+", UPLOAD, OK},
    {"clone", "EAGAIN", "1", RESPAWN, OK},
    {"clone", "ENOMEM", "1", RESPAWN, OK},
    {"ppoll", "EINTR", "1..3", RESPAWN, OK},
};

#define CASES (sizeof cases / sizeof cases[0])

static const char *organization;
static pid_t worker;

static int setup(void **state)
{
    *state = world_start(TYPICAL_CONFIGURATION);
    typical_start(*state);
    organization = make_organization(*state, "Uploads");
    return 0;
}

static pid_t find_worker(struct world *world)
{
    pid_t children[MAXIMUM_CHILDREN];
    for (int i = 0; i < ATTEMPTS; i++) {
        size_t count = children_of(world_master(world), children);
        if (count == 1 && process_is_named(children[0], "muster-worker")) {
            return children[0];
        }
        /* A reload ends the pause after workers that died early. */
        if (count == 0 && i % 400 == 399) {
            kill(world_master(world), SIGHUP);
        }
        usleep(5000);
    }
    fail_msg("there is no worker");
    return 0;
}

/* --- strace --- */

static bool is_traced(struct world *world, pid_t process)
{
    const char *status = world_read_file(world, world_print(world, "/proc/%ld/status", (long)process));
    return status != NULL && strstr(status, "TracerPid:\t0\n") == NULL;
}

/* 0 where tracing is not permitted here. */
static pid_t attach(struct world *world, pid_t process, const struct kernel_case *now)
{
    const char *arguments[] = {
        "strace",
        "-o",
        "/dev/null",
        "-e",
        world_print(world, "trace=%s", now->call),
        "-e",
        world_print(world, "inject=%s:error=%s:when=%s", now->call, now->error, now->when),
        "-p",
        world_print(world, "%ld", (long)process),
        NULL};
    int status = 0;
    pid_t strace = process_start(arguments, NULL, NULL, NULL);
    for (int i = 0; i < ATTEMPTS && !is_traced(world, process); i++) {
        if (process_ended(strace, &status)) {
            return 0;
        }
        usleep(2000);
    }
    return strace;
}

/* --- Requests --- */

static void send_upload(struct world *world, struct exchange *exchange)
{
    const char *address = world_sql(
        world,
        "INSERT INTO uploads (organization_id, key, signature_hash, expires_at) VALUES ($1::uuid, $2, "
        "sha256('signature'), date_trunc('second', now()) + interval '1 hour') RETURNING id || '?expires=' "
        "|| "
        "extract(epoch FROM expires_at)::bigint || '&signature=signature'",
        organization, make_name(world, "upload"), NULL);
    const char *const parameters[] = {"REQUEST_METHOD",
                                      "PUT",
                                      "REQUEST_URI",
                                      world_print(world, "/api/v1/uploads/%s", address),
                                      "REMOTE_ADDR",
                                      "192.0.2.1",
                                      "MUSTER_UPLOAD",
                                      "store",
                                      NULL};
    exchange_send(world_socket(world), parameters, "employee_id,first_name,last_name\nE1,Ann,One\n",
                  exchange);
}

static void send_long(struct world *world, struct exchange *exchange)
{
    const char *const parameters[] = {"REQUEST_METHOD", "GET",       "REQUEST_URI", "/openapi.json",
                                      "REMOTE_ADDR",    "192.0.2.1", NULL};
    exchange_send(world_socket(world), parameters, NULL, exchange);
}

static void ask(struct world *world, enum what what, struct exchange *exchange)
{
    char key[TYPICAL_KEY_SIZE];
    typical_key(key);
    if (what == UPLOAD) {
        send_upload(world, exchange);
    } else if (what == LONG) {
        send_long(world, exchange);
    } else {
        typical_send(world, &typical[what == SIGN_IN ? 1 : 0], key, exchange);
    }
}

static int outcome_of(const struct exchange *exchange)
{
    bool later = strstr(exchange->text, "\r\nRetry-After: ") != NULL;
    return !exchange->complete || exchange->status == 0        ? NOTHING
           : exchange->status >= 200 && exchange->status < 300 ? OK
           : exchange->status == 503 && later                  ? AWAY
                                                               : 0;
}

static void prepare(struct world *world, enum what what)
{
    if (what == RECONNECT) {
        world_sql(world,
                  "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = "
                  "current_database() AND pid <> pg_backend_pid()",
                  NULL);
    }
}

/* The worker answers as ever. After a failed connection it waits a little before it tries again. */
static void expect_back(struct world *world, const struct kernel_case *now)
{
    struct exchange exchange;
    for (int i = 0; i < 200; i++) {
        ask(world, now->what == RESPAWN || now->what == RECONNECT ? SESSION : now->what, &exchange);
        if (outcome_of(&exchange) == OK) {
            return;
        }
        usleep(20000);
    }
    fail_msg("%s %s: it does not end: %s", now->call, now->error, exchange.text);
}

static void run(struct world *world, const struct kernel_case *now)
{
    struct exchange exchange;
    prepare(world, now->what);
    pid_t strace = attach(world, now->what == RESPAWN ? world_master(world) : worker, now);
    assert_true(strace > 0);
    if (now->what == RESPAWN) {
        assert_int_equal(kill(worker, SIGKILL), 0);
    }
    ask(world, now->what, &exchange);
    process_stop(strace, SIGINT, 20);
    if ((outcome_of(&exchange) & now->outcome) == 0) {
        fail_msg("%s %s: %s, %d: %s", now->call, now->error, exchange.complete ? "whole" : "broken off",
                 exchange.status, exchange.text);
    }
    pid_t present = find_worker(world);
    if ((present != worker) != (now->dies || now->what == RESPAWN)) {
        fail_msg("%s %s: the worker is %s", now->call, now->error,
                 present != worker ? "another" : "the same");
    }
    worker = present;
    expect_back(world, now);
}

static void each_call_fails_as_written_down(void **state)
{
    struct world *world = *state;
    worker = find_worker(world);
    pid_t strace = attach(world, worker, &cases[0]);
    if (strace == 0) {
        print_message("skipped: strace is missing, or processes may not be traced here\n");
        skip();
    }
    process_stop(strace, SIGINT, 20);
    for (size_t i = 0; i < CASES; i++) {
        run(world, &cases[i]);
    }
    figure("%zu failures of the kernel, each with the outcome that was written down", CASES);
}

int main(void)
{
#if defined(__SANITIZE_ADDRESS__)
    puts("skipped: a traced process cannot be searched for leaks");
    return EXIT_SKIP;
#else
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_call_fails_as_written_down),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
#endif
}
