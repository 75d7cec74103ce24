/* Behind PgBouncer, set up as doc/growing.md says: requests are answered as without it. */
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/company.h"
#include "support/expect.h"
#include "support/figure.h"
#include "support/process.h"
#include "support/world_parts.h"

#define STOP_SECONDS 10
#define ROUNDS       500

/* From here on statements that were prepared by the protocol are known to each of its connections. */
#define FIRST_WITH_STATEMENTS 121

static struct company company;
static pid_t pooler = -1;
static char folder[] = "/tmp/muster-pooler-XXXXXX";

/* 118 of "PgBouncer 1.18.0"; 0: there is none. */
static int pooler_version(void)
{
    static const char *const programs[] = {"/usr/sbin/pgbouncer", "/usr/bin/pgbouncer",
                                           "/usr/local/bin/pgbouncer"};
    static int version = -1;
    char out[] = "/tmp/muster-pooler-XXXXXX";
    for (size_t i = 0; i < COUNT(programs) && version < 0; i++) {
        if (access(programs[i], X_OK) != 0) {
            continue;
        }
        const char *arguments[] = {programs[i], "--version", NULL};
        int descriptor = mkstemp(out);
        char text[64] = "";
        int major = 0;
        int minor = 0;
        assert_int_equal(process_wait(process_start(arguments, NULL, out, out)), 0);
        assert_true(read(descriptor, text, sizeof text - 1) > 0);
        close(descriptor);
        unlink(out);
        /* Two small numbers. NOLINTNEXTLINE(cert-err34-c) */
        version = sscanf(text, "PgBouncer %d.%d", &major, &minor) == 2 ? 100 * major + minor : 0;
    }
    version = version < 0 ? 0 : version;
    return version;
}

/* It does not run as root. */
static const char *user_line(struct world *world)
{
    const struct passwd *user = geteuid() == 0 ? getpwnam("postgres") : NULL;
    if (geteuid() == 0 && user == NULL) {
        user = getpwnam("nobody");
    }
    return user == NULL ? "" : world_print(world, "user = %s\n", user->pw_name);
}

static void write_pooler_files(struct world *world, const char *lines)
{
    const char *names = world_print(world, "%s/users", folder);
    world_write_file(names, "\"" WORLD_PROGRAM "\" \"\"\n");
    world_write_file(
        world_print(world, "%s/pgbouncer.ini", folder),
        world_print(
            world,
            "[databases]\n%s = host=%s port=%s\n[pgbouncer]\nunix_socket_dir = %s\nlisten_port = 6432\n"
            "auth_type = trust\nauth_file = %s\nignore_startup_parameters = "
            "extra_float_digits,options\n%s%s",
            world->database_name, PQhost(world->maintenance), PQport(world->maintenance), folder, names,
            user_line(world), lines));
}

static void start_pooler(struct world *world, const char *lines)
{
    const char *log = world_print(world, "%s/log", folder);
    const char *socket = world_print(world, "%s/.s.PGSQL.6432", folder);
    write_pooler_files(world, lines);
    const char *arguments[] = {"pgbouncer", world_print(world, "%s/pgbouncer.ini", folder), NULL};
    pooler = process_start(arguments, NULL, log, log);
    for (int round = 0; round < ROUNDS && access(socket, F_OK) != 0; round++) {
        usleep(20000);
    }
    if (access(socket, F_OK) != 0) {
        fail_msg("PgBouncer does not start:\n%s", world_read_file(world, log));
    }
}

static void stop_pooler(void)
{
    if (pooler > 0) {
        (void)process_stop(pooler, SIGTERM, STOP_SECONDS);
        pooler = -1;
    }
}

/* What muster would send as `options`, in the way that the document says. */
static void set_role(struct world *world)
{
    static const char *const settings[] = {
        "TimeZone = 'UTC'",
        "DateStyle = 'ISO'",
        "bytea_output = 'hex'",
        "jit = off",
        "plan_cache_mode = 'force_generic_plan'",
        "enable_hashjoin = off",
        "enable_mergejoin = off",
        "enable_memoize = off",
        "max_parallel_workers_per_gather = 0",
        "statement_timeout = '4s'",
        "lock_timeout = '2s'",
        "idle_in_transaction_session_timeout = '5s'",
    };
    for (size_t i = 0; i < COUNT(settings); i++) {
        world_sql(world,
                  world_print(world, "ALTER ROLE " WORLD_PROGRAM " IN DATABASE %s SET %s",
                              world->database_name, settings[i]),
                  NULL);
    }
}

static int setup(void **state)
{
    if (pooler_version() == 0) {
        puts("skipped: PgBouncer is not installed");
        exit(EXIT_SKIP);
    }
    struct world *world = world_start(NULL);
    *state = world;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chmod(folder, 0777), 0);
    company = make_company(world);
    set_role(world);
    return 0;
}

static int teardown(void **state)
{
    static const char *const names[] = {"pgbouncer.ini", "users", "log"};
    struct world *world = *state;
    for (size_t i = 0; i < COUNT(names); i++) {
        unlink(world_print(world, "%s/%s", folder, names[i]));
    }
    int status = world_teardown(state);
    stop_pooler();
    rmdir(folder);
    return status;
}

static int end_pooler(void **state)
{
    (void)state;
    stop_pooler();
    return 0;
}

/* Workers only: the document says what must not go this way. */
static void go_through(struct world *world, const char *lines)
{
    start_pooler(world, lines);
    world->database_url = world_print(world, "dbname='%s' user='%s' host='%s' port=6432",
                                      world->database_name, WORLD_PROGRAM, folder);
    world_restart(world, "workers = 4\njob_processes = 0\nlong_job_processes = 0\n"
                         "housekeeping_interval = 0 s\n");
}

static const char *team_path(struct world *world)
{
    return world_print(world, "/api/v1/teams/%s", company.team);
}

/* Requests of two organizations and of an employee in turn, so that one's identity could stay for the next.
 */
static void use(struct world *world, size_t rounds)
{
    for (size_t i = 0; i < rounds; i++) {
        const char *name = world_print(world, "Pooled %zu", i);
        struct call calls[] = {
            {.path = team_path(world), .session = &company.learner.session},
            {.path = team_path(world), .session = &company.stranger.session},
            {.path = "/api/v1/users", .session = &company.admin.session},
            {.path = "/api/v1/worklete_admin/organizations", .session = &company.employee.session},
            {.path = "/api/v1/session", .session = &company.outsider.session},
            {.path = "/api/v1/worklete_admin/organizations", .session = &company.learner.session},
        };
        static const int statuses[COUNT(calls)] = {200, 404, 200, 200, 200, 403};
        struct answer *answers[COUNT(calls)];
        call_together(world, calls, COUNT(calls), answers);
        for (size_t j = 0; j < COUNT(calls); j++) {
            expect_status(answers[j], statuses[j]);
        }
        expect_status(
            call_as(world, &company.admin, "PATCH", team_path(world), text_body(world, "name", name)), 200);
        expect_text(call_get(world, &company.learner.session, team_path(world)), "data.name", name);
    }
    (void)open_session(world, company.learner.email, company.learner.password);
}

static void session_pooling_suits_the_workers(void **state)
{
    struct world *world = *state;
    go_through(world, "pool_mode = session\ndefault_pool_size = 20\n");
    use(world, short_or_long(20, 1000));
    assert_string_not_equal(world_sql(world,
                                      "SELECT count(*) FROM pg_stat_activity WHERE datname = "
                                      "current_database() AND usename = '" WORLD_PROGRAM "'",
                                      NULL),
                            "0");
    /* Nobody is connected but through it. */
    stop_pooler();
    expect_status(call_get(world, &company.learner.session, "/api/v1/session"), 503);
    start_pooler(world, "pool_mode = session\ndefault_pool_size = 20\n");
    int good = 0;
    for (int round = 0; round < ROUNDS && good < 20; round++) {
        int status = call_get(world, &company.learner.session, "/api/v1/session")->status;
        assert_true(status == 200 || status == 503);
        good = status == 200 ? good + 1 : 0;
        usleep(status == 200 ? 0 : 20000);
    }
    assert_int_equal(good, 20);
}

/* Four workers with their statements share two connections. */
static void transaction_pooling_suits_them_from_1_21_on(void **state)
{
    struct world *world = *state;
    if (pooler_version() < FIRST_WITH_STATEMENTS) {
        printf("PgBouncer %d.%d keeps no prepared statements\n", pooler_version() / 100,
               pooler_version() % 100);
        skip();
    }
    go_through(world, "pool_mode = transaction\ndefault_pool_size = 2\nmax_prepared_statements = 1000\n");
    use(world, short_or_long(20, 1000));
}

/* The same without its keeping statements: what one worker has prepared another one cannot prepare again. */
static void transaction_pooling_without_statements_is_found_out(void **state)
{
    struct world *world = *state;
    size_t wrong = 0;
    const char *keeps = pooler_version() < FIRST_WITH_STATEMENTS ? "" : "max_prepared_statements = 0\n";
    go_through(world, world_print(world, "pool_mode = transaction\ndefault_pool_size = 1\n%s", keeps));
    for (int round = 0; round < 10; round++) {
        struct call calls[8];
        struct answer *answers[8];
        for (size_t i = 0; i < 8; i++) {
            calls[i] = (struct call){.path = "/api/v1/session", .session = &company.learner.session};
        }
        call_together(world, calls, 8, answers);
        for (size_t i = 0; i < 8; i++) {
            wrong += answers[i]->status != 200;
        }
    }
    assert_true(wrong > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(session_pooling_suits_the_workers, end_pooler),
        cmocka_unit_test_teardown(transaction_pooling_suits_them_from_1_21_on, end_pooler),
        cmocka_unit_test_teardown(transaction_pooling_without_statements_is_found_out, end_pooler),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
