/* Reads that a standby answers: nobody can tell them from the primary's, however far it is behind. */
#include <unistd.h>

#include "reliability/with_standby.h"
#include "support/expect.h"
#include "support/figure.h"
#include "support/operations.h"

/* Each of two workers has its turn, most probably. */
#define TURNS 12

static struct tenant tenant;
static struct person employee;

static int setup(void **state)
{
    struct world *world = with_standby_start();
    *state = world;
    tenant = make_tenant(world, "Read");
    employee = make_employee(world, "Emma");
    return 0;
}

static int teardown(void **state)
{
    with_standby_stop(*state);
    return 0;
}

/* --- The whole table --- */

/* Who is let in by each row about things of the tenant. A new token would end the one before. */
static struct presented somebody(struct world *world, const struct endpoint *row)
{
    static struct presented token;
    if (row->api != API_MOAB) {
        return presented_by(world, row,
                            row->access == ACCESS_EMPLOYEE ? &employee : &tenant.organization_admin);
    }
    if (token.authorization == NULL) {
        token = presented_by(world, row, &tenant.organization_admin);
    }
    return token;
}

static bool may_be_read_there(const struct endpoint *row)
{
    return row->method == METHOD_GET && row->statement != NULL && row->session == NULL &&
           endpoint_has_caller(row);
}

/* One call about things of the tenant, which can be sent again. */
struct reading {
    const struct endpoint *row;
    const char *path;
    struct presented presented;
    struct answer *there; /* by the standby */
    struct answer *here;  /* by the primary */
};

static struct reading reading_of(struct world *world, const struct endpoint *row)
{
    const char *path = fill(world, row->path, row, tenant_thing, &tenant);
    const char *query = fill(world, operation_of(row)->query, row, tenant_thing, &tenant);
    return (struct reading){.row = row,
                            .path = world_print(world, "%s%s%s", api_base(row->api), path, query),
                            .presented = somebody(world, row)};
}

static struct answer *send_reading(struct world *world, const struct reading *reading)
{
    return CALL(world, .path = reading->path, .session = reading->presented.session,
                .headers = {"X-Request-Id: same", reading->presented.authorization});
}

/* It may be behind for a moment. */
static struct answer *read_there(struct world *world, const struct reading *reading)
{
    for (int round = 0; round < 200; round++) {
        int64_t before = standby_reads(world, "answered");
        struct answer *answer = send_reading(world, reading);
        if (standby_reads(world, "answered") == before + 1) {
            return answer;
        }
        usleep(50000);
    }
    fail_msg("%s is never answered by the standby", reading->row->name);
    return NULL;
}

static void every_read_with_a_statement_is_answered_by_the_standby_as_by_the_primary(void **state)
{
    struct world *world = *state;
    struct reading readings[100];
    size_t count = 0;
    for (size_t i = 0; i < endpoint_count; i++) {
        if (may_be_read_there(&endpoints[i])) {
            assert_true(count < 100);
            readings[count++] = reading_of(world, &endpoints[i]);
        }
    }
    standby_await(world, &tenant.member.session);
    for (size_t i = 0; i < count; i++) {
        readings[i].there = read_there(world, &readings[i]);
    }
    assert_int_equal(standby_reads(world, "failed"), 0);
    standby_pause(world);
    world_sql(world, "UPDATE users SET first_name = first_name", NULL);
    int64_t answered = standby_reads(world, "answered");
    for (size_t i = 0; i < count; i++) {
        readings[i].here = send_reading(world, &readings[i]);
    }
    int64_t answered_behind = standby_reads(world, "answered") - answered;
    standby_resume(world);
    assert_int_equal(answered_behind, 0);
    for (size_t i = 0; i < count; i++) {
        expect_status(readings[i].there, 200);
        assert_string_equal(readings[i].there->body, readings[i].here->body);
    }
    figure("%zu of %zu operations are read from the standby", count, endpoint_count);
    assert_true(count >= 30);
}

/* --- What was written is read --- */

static const char *team_path(struct world *world)
{
    return world_print(world, "/api/v1/teams/%s", tenant.team_id);
}

static const char *name_on_standby(struct world *world)
{
    return standby_sql(world, world_print(world, "SELECT name FROM teams WHERE id = '%s'", tenant.team_id));
}

static void rename_team(struct world *world, const char *name)
{
    const char *body = world_print(world, "{\"name\": \"%s\"}", name);
    expect_status(CALL(world, .method = "PATCH", .path = team_path(world),
                       .session = &tenant.organization_admin.session, .body = body),
                  200);
}

static void expect_name(struct world *world, const char *name)
{
    expect_text(call_get(world, &tenant.member.session, team_path(world)), "data.name", name);
}

static void a_write_is_seen_by_the_next_read_of_anybody(void **state)
{
    struct world *world = *state;
    size_t rounds = short_or_long(300, 10000);
    size_t old = 0;
    standby_await(world, &tenant.member.session);
    int64_t answered = standby_reads(world, "answered");
    int64_t behind = standby_reads(world, "behind");
    for (size_t i = 0; i < rounds; i++) {
        const char *name = world_print(world, "Written %zu", i);
        rename_team(world, name);
        old += strcmp(name_on_standby(world), name) != 0;
        expect_name(world, name);
        expect_name(world, name);
    }
    figure("of %zu reads right behind a write the standby answered %lld and was behind for %lld; it still "
           "had the "
           "old state after %zu of %zu writes",
           2 * rounds, (long long)(standby_reads(world, "answered") - answered),
           (long long)(standby_reads(world, "behind") - behind), old, rounds);
    assert_true(standby_reads(world, "answered") > answered);
}

static void a_standby_that_is_behind_is_not_asked_and_does_not_delay(void **state)
{
    struct world *world = *state;
    standby_await(world, &tenant.member.session);
    rename_team(world, "Before the pause");
    standby_await(world, &tenant.member.session);
    standby_pause(world);
    int64_t behind = standby_reads(world, "behind");
    int64_t answered = standby_reads(world, "answered");
    for (int i = 0; i < 50; i++) {
        const char *name = world_print(world, "Behind %d", i);
        rename_team(world, name);
        expect_name(world, name);
        assert_string_equal(name_on_standby(world), "Before the pause");
    }
    assert_int_equal(standby_reads(world, "answered"), answered);
    assert_true(standby_reads(world, "behind") > behind);
    /* It is tried again after pauses, each twice as long as the one before. */
    assert_true(standby_reads(world, "behind") < behind + 40);
    standby_resume(world);
    standby_await(world, &tenant.member.session);
    assert_string_equal(name_on_standby(world), "Behind 49");
}

/* --- Whoever lost access --- */

static void expect_everywhere(struct world *world, const struct session *session, const char *path,
                              int status)
{
    for (int i = 0; i < TURNS; i++) {
        expect_status(call_get(world, session, path), status);
    }
}

static void lose(struct world *world, bool paused)
{
    struct person member = make_member(world, tenant.organization_id, "Mona");
    const char *path = world_print(world, "/api/v1/organizations/%s/teams", tenant.organization_id);
    standby_await(world, &member.session);
    if (paused) {
        standby_pause(world);
    }
    struct session other = open_session(world, member.email, member.password);
    expect_everywhere(world, &other, path, 200);
    expect_status(CALL(world, .method = "DELETE", .path = "/api/v1/session", .session = &other), 200);
    expect_everywhere(world, &other, path, 401);
    world_sql(world, "UPDATE memberships SET status = 'inactive' WHERE id = $1::uuid", member.membership_id,
              NULL);
    expect_everywhere(world, &member.session, path, 404);
    world_sql(world, "UPDATE users SET enabled = false WHERE id = $1::uuid", member.user_id, NULL);
    expect_everywhere(world, &member.session, path, 401);
    if (paused) {
        assert_string_equal(standby_sql(world, world_print(world,
                                                           "SELECT users.enabled AND memberships.status = "
                                                           "'active' FROM users JOIN memberships ON "
                                                           "memberships.user_id = users.id WHERE users.id "
                                                           "= '%s'",
                                                           member.user_id)),
                            "t");
        standby_resume(world);
    }
}

static void who_lost_access_is_refused_by_the_next_request_of_every_worker(void **state)
{
    lose(*state, false);
}

static void so_is_who_still_has_access_on_the_standby(void **state)
{
    lose(*state, true);
}

static void a_token_that_was_replaced_is_refused_at_once(void **state)
{
    struct world *world = *state;
    standby_await(world, &tenant.member.session);
    for (int i = 0; i < 5; i++) {
        const char *token = make_security_token(world, &tenant.organization_admin);
        expect_status(call_with(world, token, "GET", "/api/v1/user", NULL), 200);
        (void)make_security_token(world, &tenant.organization_admin);
        for (int turn = 0; turn < TURNS; turn++) {
            expect_status(call_with(world, token, "GET", "/api/v1/user", NULL), 401);
        }
    }
}

static void nobody_sees_another_organization_there(void **state)
{
    struct world *world = *state;
    struct person stranger = make_admin(world, make_organization(world, "Elsewhere"), "Stan");
    standby_await(world, &stranger.session);
    int64_t answered = standby_reads(world, "answered");
    expect_everywhere(world, &stranger.session, team_path(world), 404);
    expect_everywhere(world, &stranger.session,
                      world_print(world, "/api/v1/organizations/%s/teams", tenant.organization_id), 404);
    assert_true(standby_reads(world, "answered") > answered);
}

static void check_tells_how_the_standby_is(void **state)
{
    struct world *world = *state;
    const char *const arguments[] = {"check", NULL};
    struct output output = world_run(world, NULL, arguments);
    assert_non_null(strstr(output.out, "\nstandby        ok      follows the primary"));
    standby_pause(world);
    rename_team(world, "Checked");
    output = world_run(world, NULL, arguments);
    assert_non_null(strstr(output.out, "\nstandby        failed  is behind by "));
    standby_resume(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_read_with_a_statement_is_answered_by_the_standby_as_by_the_primary),
        cmocka_unit_test(a_write_is_seen_by_the_next_read_of_anybody),
        cmocka_unit_test(a_standby_that_is_behind_is_not_asked_and_does_not_delay),
        cmocka_unit_test(who_lost_access_is_refused_by_the_next_request_of_every_worker),
        cmocka_unit_test(so_is_who_still_has_access_on_the_standby),
        cmocka_unit_test(a_token_that_was_replaced_is_refused_at_once),
        cmocka_unit_test(nobody_sees_another_organization_there),
        cmocka_unit_test(check_tells_how_the_standby_is),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
