/* A ledger of player events: what was acknowledged is there, once, whatever was killed meanwhile; and a
 * ledger that finds nothing missing can be trusted only if it finds what is missing where commits are not
 * made to last. */
#include <signal.h>
#include <unistd.h>

#include "support/company.h"
#include "support/expect.h"
#include "support/process.h"
#include "support/world_parts.h"

#define LEARNERS 12
#define TOGETHER 24
#define MOST     4000

enum outcome { ACKNOWLEDGED, UNKNOWN, REFUSED };

struct entry {
    const char *session_id;
    enum outcome outcome;
};

/* A server with a PostgreSQL of its own, and what was sent to it. */
struct ledger {
    struct world *world;
    char folder[64];
    const char *course;
    const char *people[LEARNERS]; /* memberships */
    struct session sessions[LEARNERS];
    struct entry entries[MOST];
    size_t count;
};

static struct ledger ledger;

static int cluster(const char *what, const char *line, const char *other)
{
    const char *arguments[] = {
        "bash", SOURCE_FOLDER "/tests/reliability/cluster", what, ledger.folder, line, other, NULL};
    return process_wait(process_start(arguments, NULL, NULL, NULL));
}

/* One learner, straight into the database. */
static void add_learner(struct world *world, const char *organization, size_t number)
{
    const char *name = world_print(world, "learner%zu", number);
    const char *user = world_sql(world,
                                 "INSERT INTO users (provider, username, first_name, last_name) VALUES "
                                 "('username', $1, 'A', 'B') RETURNING id",
                                 name, NULL);
    ledger.people[number] = world_sql(
        world,
        "INSERT INTO memberships (organization_id, user_id, user_created_at, first_name, last_name, status, "
        "joined_at, active_from) SELECT $1::uuid, id, created_at, 'A', 'B', 'active', now(), now() FROM "
        "users "
        "WHERE id = $2::uuid RETURNING id",
        organization, user, NULL);
    world_sql(world,
              "INSERT INTO sessions (token_hash, user_id, client, expires_at) VALUES "
              "(sha256($1::text::bytea), $2::uuid, $1, now() + interval '1 day')",
              name, user, NULL);
    ledger.sessions[number] = (struct session){name, name, name};
}

static void start(const char *line, const char *other)
{
    ledger = (struct ledger){.folder = "/tmp/muster-ledger-XXXXXX"};
    assert_non_null(mkdtemp(ledger.folder));
    if (cluster("make", line, other) != 0) {
        fail_msg("no PostgreSQL could be made in %s", ledger.folder);
    }
    char url[160];
    snprintf(url, sizeof url, "dbname=postgres user=postgres host=%s/run", ledger.folder);
    assert_int_equal(setenv("MUSTER_TEST_DATABASE_URL", url, 1), 0);
    ledger.world = world_start(NULL);
    const char *organization = make_organization(ledger.world, "Ledger");
    ledger.course = world_sql(
        ledger.world, "INSERT INTO courses (name, basics, versions_count) VALUES ('C', true, 1) RETURNING id",
        NULL);
    world_sql(ledger.world,
              "WITH version AS (INSERT INTO course_versions (course_id, number, status, title, published_at) "
              "VALUES ($1::uuid, 1, 'published', 'First', now()) RETURNING id, course_id) UPDATE courses SET "
              "published_version_id = version.id FROM version WHERE courses.id = version.course_id",
              ledger.course, NULL);
    for (size_t i = 0; i < LEARNERS; i++) {
        add_learner(ledger.world, organization, i);
    }
}

static void end(void)
{
    world_stop(ledger.world);
    assert_int_equal(cluster("remove", NULL, NULL), 0);
}

/* --- Sending --- */

static struct call next_call(void)
{
    struct world *world = ledger.world;
    size_t number = ledger.count;
    assert_true(number < MOST);
    ledger.entries[number].session_id = world_print(world, "00000000-0000-4000-8000-%012zu", number);
    return (struct call){
        .method = "POST",
        .path = world_print(world, "/api/v1/player/courses/%s/user_course_statuses", ledger.course),
        .session = &ledger.sessions[number % LEARNERS],
        .unchecked = true,
        .body = world_print(world,
                            "{\"event_type\": \"%s\", \"player_session_id\": \"%s\", "
                            "\"client_supplied_occured_at_in_ms\": %zu, \"progress\": {\"n\": %zu}}",
                            number % 7 == 3 ? "complete" : "update_progress",
                            ledger.entries[number].session_id, 1000 + number, number)};
}

/* A connection that broke in the middle is told by nginx as 502. */
static enum outcome outcome_of(const struct answer *answer)
{
    if (answer->status == 200) {
        return ACKNOWLEDGED;
    }
    if (answer->status != 502 && answer->status != 503 && answer->status != 504) {
        fail_msg("%s: %d %s", answer->request, answer->status, answer->body);
    }
    return UNKNOWN;
}

static void send_many(void)
{
    struct call calls[TOGETHER];
    struct answer *answers[TOGETHER];
    size_t first = ledger.count;
    for (size_t i = 0; i < TOGETHER; i++, ledger.count++) {
        calls[i] = next_call();
    }
    call_together(ledger.world, calls, TOGETHER, answers);
    for (size_t i = 0; i < TOGETHER; i++) {
        ledger.entries[first + i].outcome = outcome_of(answers[i]);
    }
}

static size_t count_of(enum outcome outcome)
{
    size_t count = 0;
    for (size_t i = 0; i < ledger.count; i++) {
        count += ledger.entries[i].outcome == outcome;
    }
    return count;
}

/* Until so many more were acknowledged. */
static void send_until(size_t acknowledged)
{
    size_t wanted = count_of(ACKNOWLEDGED) + acknowledged;
    while (count_of(ACKNOWLEDGED) < wanted) {
        send_many();
    }
}

/* --- Killing --- */

static void kill_after(useconds_t pause, void (*strike)(void))
{
    pid_t killer = fork();
    assert_true(killer >= 0);
    if (killer == 0) {
        usleep(pause);
        strike();
        _exit(0);
    }
    send_many();
    send_many();
    assert_int_equal(process_wait(killer), 0);
}

/* One of the master's children, another each time. */
static void kill_a_worker(void)
{
    const char *children =
        world_read_file(ledger.world, world_print(ledger.world, "/proc/%d/task/%d/children",
                                                  world_master(ledger.world), world_master(ledger.world)));
    struct text rest = text_trim(text_of(children));
    size_t number = ledger.count / TOGETHER % 8;
    int64_t process = 0;
    for (size_t i = 0; i <= number && rest.data != NULL; i++) {
        struct text child = text_cut(&rest, ' ');
        process = text_to_integer(child, 2, INT32_MAX, &process) ? process : 0;
    }
    if (process > 0) {
        kill((pid_t)process, SIGKILL);
    }
}

static void kill_postgresql(void)
{
    if (cluster("kill", NULL, NULL) != 0) {
        _exit(1);
    }
}

/* The test's own connections went too. */
static void bring_back(void)
{
    assert_int_equal(cluster("start", NULL, NULL), 0);
    PQreset(ledger.world->database);
    PQreset(ledger.world->maintenance);
    assert_int_equal(PQstatus(ledger.world->database), CONNECTION_OK);
}

/* --- Judging --- */

static int64_t stored(const struct entry *entry)
{
    return count_rows(ledger.world, "SELECT count(*) FROM player_events WHERE session_id = $1::uuid",
                      entry->session_id);
}

static size_t count_lost(void)
{
    size_t lost = 0;
    for (size_t i = 0; i < ledger.count; i++) {
        int64_t times = stored(&ledger.entries[i]);
        assert_true(times <= 1);
        lost += ledger.entries[i].outcome == ACKNOWLEDGED && times == 0;
    }
    return lost;
}

/* Each assignment is what its events say, and there is no event that nobody sent. */
static void expect_agreement(void)
{
    assert_string_equal(
        world_sql(ledger.world,
                  "SELECT string_agg(assignments.id::text, ' ') FROM assignments JOIN LATERAL (SELECT "
                  "bool_or(completes) AS done, (array_agg(progress ORDER BY client_time DESC))[1] AS latest "
                  "FROM player_events WHERE assignment = number) AS told ON true WHERE (status = "
                  "'completed', progress) IS DISTINCT FROM (coalesce(told.done, false), "
                  "coalesce(told.latest, '{}'))",
                  NULL),
        "");
    assert_true(count_rows(ledger.world, "SELECT count(*) FROM player_events WHERE $1 <> ''", "x") <=
                (int64_t)ledger.count);
}

static void acknowledged_events_survive_the_death_of_workers_and_of_postgresql(void **state)
{
    (void)state;
    start(NULL, NULL);
    for (useconds_t round = 0; round < 12; round++) {
        kill_after(2000 * round, kill_a_worker);
    }
    for (useconds_t round = 0; round < 3; round++) {
        send_until(50);
        kill_after(10000 + 15000 * round, kill_postgresql);
        bring_back();
    }
    send_until(50);
    assert_true(count_of(UNKNOWN) > 0);
    assert_int_equal(count_lost(), 0);
    expect_agreement();
    end();
}

/* Without commits that last, the ledger must find a loss. */
static void the_ledger_finds_what_is_lost(void **state)
{
    (void)state;
    start("synchronous_commit = off", "wal_writer_delay = 10s");
    send_until(50);
    kill_postgresql();
    bring_back();
    assert_true(count_lost() > 0);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acknowledged_events_survive_the_death_of_workers_and_of_postgresql),
        cmocka_unit_test(the_ledger_finds_what_is_lost),
    };
    if (getenv("MUSTER_TEST_DATABASE_URL") == NULL) {
        puts("skipped: MUSTER_TEST_DATABASE_URL is not set");
        return EXIT_SKIP;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
