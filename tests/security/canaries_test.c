/* Secrets in every place where they can be given, through successes, refusals, a database that is away and a
 * worker that dies: none is in any log, and the database holds their hashes alone. */
#include <signal.h>
#include <unistd.h>

#include "security/places.h"
#include "support/expect.h"
#include "support/figure.h"
#include "support/logs.h"
#include "support/process.h"
#include "support/world_parts.h"

#define MAXIMUM_PLACES 64

/* What no log may hold: of the configuration, and of requests. */
#define SETTING_MARK "canary-of-a-setting"
#define MARK         "canary-of-a-request"

static const char settings[] = "open_registration = on\n"
                               "mail = smtp\n"
                               "smtp_url = smtp://mailer:" SETTING_MARK "-smtp@127.0.0.1:1\n"
                               "identity = cognito\n"
                               "cognito_endpoint = http://127.0.0.1:1\n"
                               "aws_access_key_id = key\n"
                               "aws_secret_access_key = " SETTING_MARK "-aws\n"
                               "s3_access_key_id = key\n"
                               "s3_secret_access_key = " SETTING_MARK "-s3\n"
                               "job_retry_pause = 10 ms\n";

static char folder[] = "/tmp/muster-canaries-XXXXXX";
static struct callers callers;

/* Tokens that the server has made. */
static const char *tokens[64];
static size_t token_count;
static size_t calls;

static int cluster(const char *what)
{
    const char *arguments[] = {"bash",        SOURCE_FOLDER "/tests/reliability/cluster",
                               what,          folder,
                               "fsync = off", "log_min_messages = info",
                               NULL};
    return process_wait(process_start(arguments, NULL, NULL, NULL));
}

static int setup(void **state)
{
    char url[160];
    assert_non_null(mkdtemp(folder));
    assert_int_equal(cluster("make"), 0);
    snprintf(url, sizeof(url), "dbname=postgres user=postgres host=%s/run", folder);
    assert_int_equal(setenv("MUSTER_TEST_DATABASE_URL", url, 1), 0);
    struct world *world = world_start(settings);
    callers = make_callers(world, "Canaries");
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    world_stop(*state);
    return cluster("remove");
}

static void note(struct world *world, const char *token)
{
    assert_true(strlen(token) >= 6 && token_count < sizeof(tokens) / sizeof(tokens[0]));
    tokens[token_count++] = world_print(world, "%s", token);
}

static void note_session(struct world *world, struct session session)
{
    note(world, session.access_token);
}

/* --- Where secrets are given -------------------------------------------------------------------------------
 */

/* The request id is logged by intent. */
static bool is_logged_by_intent(const char *header)
{
    return strcmp(header, "X-Request-Id") == 0;
}

static void call_with_mark(struct world *world, const struct place *place)
{
    const char *text = world_print(world, MARK "-%zu", calls++);
    call_place(world, &callers, place, (struct payload){text_of(text), NULL});
}

static void put_marks_everywhere(struct world *world)
{
    struct place places[MAXIMUM_PLACES];
    for (size_t i = 0; i < endpoint_count; i++) {
        size_t count = places_of(world, &endpoints[i], places, MAXIMUM_PLACES);
        for (size_t j = 0; j < count; j++) {
            if (places[j].kind != PLACE_PATH) {
                call_with_mark(world, &places[j]);
            }
        }
        for (size_t j = i % 4; j < READ_HEADERS; j += 4) {
            const struct place place = {.row = &endpoints[i], .kind = PLACE_HEADER, .name = read_headers[j]};
            if (!is_logged_by_intent(read_headers[j])) {
                call_with_mark(world, &place);
            }
        }
    }
}

/* A few of each kind, for the times when all of them fail. */
static void put_marks_into_failures(struct world *world, int expected)
{
    const char *session = "?access-token=" MARK "&client=" MARK "&uid=" MARK;
    const struct call all[] = {
        {.method = "POST",
         .path = "/api/v1/auth/sign_in",
         .body = "{\"username\": \"" MARK "\", \"password\": \"" MARK "\"}"},
        {.method = "GET", .path = world_print(world, "/api/v1/auth/validate_token%s", session)},
        {.method = "GET",
         .path = "/api/v1/auth/password/edit?reset_password_token=" MARK "&redirect_url=" WORLD_RESET_URL},
        {.method = "GET", .path = "/api/v1/session", .headers = {"Authorization: Bearer " MARK}},
        {.method = "GET", .path = "/api/v1/user", .headers = {"Authorization: Bearer 1." MARK}},
        {.method = "POST",
         .path = "/v3/users/delete",
         .body = "{\"emails\": []}",
         .headers = {"Authorization: Bearer " MARK}},
        {.method = "POST",
         .path = "/api/v1/saml/consume",
         .body = "SAMLResponse=" MARK,
         .type = "application/x-www-form-urlencoded"},
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        int status = call_send(world, all[i])->status;
        bool judged_without = status >= 400 && status < 500 && i > 2;
        if (expected != 0 && status != expected && !judged_without) {
            fail_msg("%s: %d instead of %d", all[i].path, status, expected);
        }
        calls++;
    }
}

/* --- Where they are made -----------------------------------------------------------------------------------
 */

static const char *after(struct world *world, const char *text, const char *mark)
{
    const char *found = strstr(text, mark);
    assert_non_null(found);
    found += strlen(mark);
    return world_print(world, "%.*s", (int)strcspn(found, "&\" \r\n"), found);
}

static void make_tokens(struct world *world)
{
    struct person person = make_member(world, callers.tenant.organization_id, "Toni");
    note(world, person.password);
    note_session(world, person.session);
    note_session(world, open_session(world, person.username != NULL ? person.username : person.email,
                                     person.password));
    note(world, strchr(make_security_token(world, &person), '.') + 1);
    note(world, make_api_key(world, callers.tenant.organization_id, "users:read"));
    struct answer *answer =
        call_get(world, &callers.employee.session,
                 world_print(world, "/api/v1/worklete_admin/organizations/%s/upload_memberships_list_url",
                             callers.tenant.organization_id));
    note(world, after(world, text_at(answer, "data.url"), "signature="));
    const char *address = text_at(answer, "data.url") + strlen(world_url(world));
    expect_status(CALL(world, .method = "PUT", .path = address, .body = "employee_id\n", .type = "text/csv"),
                  200);
    expect_status(CALL(world, .method = "PUT", .path = address, .body = "employee_id\n", .type = "text/csv"),
                  403);
}

/* --- Where they must not be --------------------------------------------------------------------------------
 */

static void expect_none(const char *name, const char *content)
{
    assert_non_null(content);
    static const char *const marks[] = {MARK, SETTING_MARK};
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        const char *found = strstr(content, marks[i]);
        if (found != NULL) {
            fail_msg("%s holds %.100s", name, found - (found - content > 60 ? 60 : 0));
        }
    }
    for (size_t i = 0; i < token_count; i++) {
        if (strstr(content, tokens[i]) != NULL) {
            fail_msg("%s holds the token %s", name, tokens[i]);
        }
    }
}

/* Logs are written some time after the answer: what is logged by intent comes behind all the rest. */
static void wait_for_logs(struct world *world)
{
    const char *id = world_print(world, "logged-by-intent-%zu", calls++);
    expect_status(
        CALL(world, .path = "/api/v1/uuid/new", .headers = {world_print(world, "X-Request-Id: %s", id)}),
        200);
    wait_for_line(world, MUSTER_LOG, id);
    wait_for_line(world, ACCESS_LOG, id);
}

static size_t check_logs(struct world *world)
{
    wait_for_logs(world);
    const char *const logs[] = {"muster.log", "nginx.error", "nginx/error.log", "nginx/muster.error.log",
                                "nginx/muster.access.log"};
    size_t bytes = 0;
    for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
        const char *content =
            world_read_file(world, world_print(world, "%s/%s", world_folder(world), logs[i]));
        if (content != NULL) {
            expect_none(logs[i], content);
            bytes += strlen(content);
        }
    }
    const char *content = world_read_file(world, world_print(world, "%s/run/log", folder));
    expect_none("PostgreSQL's log", content);
    return bytes + strlen(content);
}

static void no_secret_is_in_any_log(void **state)
{
    struct world *world = *state;
    make_tokens(world);
    put_marks_everywhere(world);
    put_marks_into_failures(world, 0);
    figure("%zu requests with canaries, %zu secrets that were made, none in %zu bytes of logs", calls,
           token_count, check_logs(world));
    const char *access =
        world_read_file(world, world_print(world, "%s/nginx/muster.access.log", world_folder(world)));
    assert_null(strstr(access, "?"));
    assert_non_null(strstr(access, "path=\"/api/v1/auth/sign_in\""));
}

static pid_t worker_of(struct world *world)
{
    const char *children = world_read_file(
        world, world_print(world, "/proc/%d/task/%d/children", world_master(world), world_master(world)));
    return (pid_t)strtol(children, NULL, 10);
}

/* The worker that dies says what it can. */
static void nor_when_a_worker_dies_or_the_database_is_away(void **state)
{
    struct world *world = *state;
    assert_int_equal(kill(worker_of(world), SIGABRT), 0);
    put_marks_into_failures(world, 0);
    assert_int_equal(cluster("kill"), 0);
    put_marks_into_failures(world, 503);
    assert_int_equal(cluster("start"), 0);
    PQreset(world->database);
    PQreset(world->maintenance);
    for (int i = 0; CALL(world, .path = "/readyz")->status != 200; i++) {
        assert_true(i < 1000);
        usleep(10000);
    }
    put_marks_into_failures(world, 0);
    check_logs(world);
}

static const char *dump(struct world *world)
{
    const char *path = world_print(world, "%s/dump", world_folder(world));
    const char *arguments[] = {
        "pg_dump", "--dbname",
        world_print(world, "dbname=%s user=postgres host=%s/run", world->database_name, folder), NULL};
    assert_int_equal(process_wait(process_start(arguments, NULL, path, path)), 0);
    return world_read_file(world, path);
}

/* Names and addresses that were given stay, and so do marks in them; what proves who somebody is does not. */
static void only_hashes_are_in_a_dump(void **state)
{
    struct world *world = *state;
    const char *content = dump(world);
    for (size_t i = 0; i < token_count; i++) {
        if (strstr(content, tokens[i]) != NULL) {
            fail_msg("a dump holds the token %s", tokens[i]);
        }
    }
    assert_null(strstr(content, SETTING_MARK));
    assert_non_null(strstr(content, "$y$"));
    assert_non_null(strstr(content, callers.tenant.member.email));
}

/* Each of the workers is asked several times. */
static void an_ended_token_is_refused_by_every_worker(void **state)
{
    struct world *world = *state;
    struct person person = make_member(world, callers.tenant.organization_id, "Enda");
    struct session other = insert_session(world, person.user_id, "1 day");
    expect_status(call_get(world, &other, "/api/v1/session"), 200);
    const char *body = world_print(world, "{\"password\": \"%s2\", \"password_confirmation\": \"%s2\"}",
                                   person.password, person.password);
    expect_status(CALL(world, .method = "PUT", .path = "/api/v1/auth/password", .session = &person.session,
                       .body = body),
                  200);
    for (int i = 0; i < 40; i++) {
        expect_status(call_get(world, &other, "/api/v1/session"), 401);
        expect_status(call_get(world, &person.session, "/api/v1/session"), 200);
    }
    expect_status(CALL(world, .method = "DELETE", .path = "/api/v1/session", .session = &person.session),
                  200);
    for (int i = 0; i < 40; i++) {
        expect_status(call_get(world, &person.session, "/api/v1/session"), 401);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_secret_is_in_any_log),
        cmocka_unit_test(nor_when_a_worker_dies_or_the_database_is_away),
        cmocka_unit_test(only_hashes_are_in_a_dump),
        cmocka_unit_test(an_ended_token_is_refused_by_every_worker),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
