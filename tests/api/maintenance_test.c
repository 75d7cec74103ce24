/* The switch for maintenance: seen by all workers within about a second, told by each API in its own form,
 * and not asked for at each request. */
#include <unistd.h>

#include "support/expect.h"
#include "support/machines.h"

/* Far more than the switch takes to be seen. */
#define ROUNDS 3000

static struct person admin;
static const char *key;
static const char *token;

static int setup(void **state)
{
    *state = world_start("workers = 4\n");
    const char *organization = make_organization(*state, "Closed");
    admin = make_admin(*state, organization, "Ada");
    key = make_api_key(*state, organization, "users:delete");
    token = make_security_token(*state, &admin);
    return 0;
}

static void turn(struct world *world, const char *position)
{
    assert_string_equal(world_command(world, NULL, "maintenance", position, NULL), position);
}

/* Until many answers in a row, and so those of all workers, have the status. */
static void wait_for(struct world *world, int status)
{
    int seen = 0;
    for (int round = 0; round < ROUNDS && seen < 30; round++) {
        seen = call_get(world, &admin.session, "/api/v1/session")->status == status ? seen + 1 : 0;
        usleep(seen > 0 ? 0 : 5000);
    }
    assert_int_equal(seen, 30);
}

static void expect_closed(const struct answer *answer, const char *type)
{
    expect_status(answer, 503);
    expect_header(answer, "Retry-After", "60");
    expect_header(answer, "Content-Type", type);
    expect_no_header(answer, "access-token");
}

static void each_api_tells_it_in_its_own_form(void **state)
{
    struct world *world = *state;
    turn(world, "on");
    wait_for(world, 503);
    struct answer *answer = call_get(world, &admin.session, "/api/v1/session");
    expect_closed(answer, "application/problem+json");
    expect_error(answer, 503, "closed for maintenance");
    answer = call_with(world, key, "POST", "/v3/users/delete", "{}");
    expect_closed(answer, "application/json");
    expect_body(
        answer,
        "{\"status\":503,\"error\":\"Service Unavailable\",\"message\":\"We're temporarily offline for "
        "maintenance. Please try again later.\"}");
    answer = call_with(world, token, "GET", "/api/v1/user", NULL);
    expect_closed(answer, "application/problem+json; charset=utf-8");
    expect_text(answer, "type", "https://tools.ietf.org/html/rfc7231#section-6.6.4");
    expect_text(answer, "title", "Service Unavailable");
    turn(world, "off");
    wait_for(world, 200);
    expect_status(call_with(world, key, "POST", "/v3/users/delete", "{}"), 200);
    expect_status(call_with(world, token, "GET", "/api/v1/user", NULL), 200);
}

/* Whatever an operation needs, and whoever asks. */
static void every_operation_is_closed_but_those_of_the_server(void **state)
{
    struct world *world = *state;
    turn(world, "on");
    wait_for(world, 503);
    for (size_t i = 0; i < endpoint_count; i++) {
        const struct endpoint *row = &endpoints[i];
        if (row->registration || strchr(row->path, '{') != NULL) {
            continue;
        }
        struct answer *answer = CALL(world, .method = method_name(row->method),
                                     .path = world_print(world, "%s%s", api_base(row->api), row->path),
                                     .body = row->body != NULL ? "{}" : NULL);
        expect_status(answer, row->api == API_SERVER ? 200 : 503);
    }
    expect_status(CALL(world, .path = "/api/v1/nothing"), 404);
    expect_status(CALL(world, .method = "OPTIONS", .path = "/api/v1/session"), 204);
    turn(world, "off");
    wait_for(world, 200);
}

static void nothing_is_changed_while_closed(void **state)
{
    struct world *world = *state;
    turn(world, "on");
    wait_for(world, 503);
    const char *before = world_sql(world, "SELECT count(*) FROM audit_events", NULL);
    expect_status(call_with(world, token, "POST", "/api/v1/usergroup", "{\"name\": \"Late\"}"), 503);
    expect_status(
        call_post(world, NULL, "/api/v1/auth/sign_in", "{\"username\": \"a\", \"password\": \"b\"}"), 503);
    assert_string_equal(world_sql(world, "SELECT count(*) FROM audit_events", NULL), before);
    turn(world, "off");
    wait_for(world, 200);
}

/* It is no worker's memory. */
static void it_stays_closed_over_a_restart(void **state)
{
    struct world *world = *state;
    turn(world, "on");
    world_restart(world, "workers = 4\n");
    wait_for(world, 503);
    turn(world, "off");
    wait_for(world, 200);
}

static const char *looks(struct world *world)
{
    world_sql(world, "SELECT pg_stat_clear_snapshot()", NULL);
    return world_sql(world, "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'maintenance'", NULL);
}

/* Hundreds of requests look a few times: once in a while for all workers together. */
static void the_switch_is_not_looked_at_by_each_request(void **state)
{
    struct world *world = *state;
    int64_t before = 0;
    int64_t after = 0;
    assert_true(text_to_integer(text_of(looks(world)), 0, INT64_MAX, &before));
    for (int i = 0; i < 600; i++) {
        expect_status(call_get(world, NULL, "/api/v1/uuid/new"), 200);
    }
    sleep(2); /* statistics of a backend come with a delay */
    expect_status(call_get(world, NULL, "/api/v1/uuid/new"), 200);
    assert_true(text_to_integer(text_of(looks(world)), 0, INT64_MAX, &after));
    assert_true(after - before < 300);
}

static void the_status_is_told(void **state)
{
    struct world *world = *state;
    assert_string_equal(world_command(world, NULL, "maintenance", "status", NULL), "off");
    assert_string_equal(world_command(world, NULL, "maintenance", "status", "--json", NULL),
                        "{\"maintenance\":false,\"since\":null}");
    turn(world, "on");
    const char *since = world_command(world, NULL, "maintenance", "status", "--json", NULL);
    assert_int_equal(strncmp(since, "{\"maintenance\":true,\"since\":\"20", 30), 0);
    turn(world, "on");
    assert_string_equal(world_command(world, NULL, "maintenance", "status", "--json", NULL), since);
    turn(world, "off");
    turn(world, "off");
    wait_for(world, 200);
    assert_string_equal(
        world_sql(world,
                  "SELECT count(*) FROM (SELECT 1 FROM audit_events WHERE action = "
                  "'maintenance.update' AND operation = 'maintenance on' ORDER BY position DESC "
                  "LIMIT 1) AS last",
                  NULL),
        "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_api_tells_it_in_its_own_form),
        cmocka_unit_test(every_operation_is_closed_but_those_of_the_server),
        cmocka_unit_test(nothing_is_changed_while_closed),
        cmocka_unit_test(it_stays_closed_over_a_restart),
        cmocka_unit_test(the_switch_is_not_looked_at_by_each_request),
        cmocka_unit_test(the_status_is_told),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
