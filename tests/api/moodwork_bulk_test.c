/* Moodwork: thousands of people who leave in one request. */
#include "support/expect.h"
#include "support/machines.h"

static const char *many(struct world *world, size_t count)
{
    struct builder body;
    builder_start(&body, world_arena(world), 1 << 16, 1 << 24);
    builder_add_string(&body, "{\"emails\": [");
    for (size_t i = 0; i < count; i++) {
        builder_add_format(&body, "%s\"person%zu@example.test\"", i > 0 ? ", " : "", i);
    }
    builder_add_string(&body, "]}");
    return arena_copy_text(world_arena(world), builder_text(&body)).data;
}

static struct answer *delete_many(struct world *world, const char *company, size_t count,
                                  const char *request_id)
{
    return CALL(world, .method = "POST", .path = "/v3/users/delete", .body = many(world, count),
                .headers = {bearer(world, make_api_key(world, company, "users:delete")),
                            "Prefer: return=representation",
                            world_print(world, "X-Request-Id: %s", request_id)});
}

static void ten_thousand_are_taken_and_one_more_is_refused(void **state)
{
    struct world *world = *state;
    struct answer *answer = delete_many(world, make_organization(world, "Empty"), 10000, "ten_thousand");
    expect_status(answer, 200);
    expect_integer(answer, "requested", 10000);
    expect_length(answer, "not_found", 10000);
    expect_text(answer, "not_found.9999", "person9999@example.test");
    answer = delete_many(world, make_organization(world, "Empty"), 10001, "one_more");
    expect_status(answer, 400);
    expect_text(answer, "message", "emails has too many elements (maximum is 10000 elements).");
}

/* Straight into the database, all of them with a session and a place in a team. */
static void thousands_go_at_once(void **state)
{
    struct world *world = *state;
    const char *company = make_organization(world, "Large");
    const char *team = make_team(world, company, "Everybody");
    world_sql(
        world,
        "WITH people AS (INSERT INTO users (username, email, provider, first_name, last_name) "
        "SELECT 'many' || i, 'person' || i || '@example.test', 'email', 'Many', 'People' FROM "
        "generate_series(0, 4999) AS i RETURNING id, created_at, email), belonging AS ("
        "INSERT INTO memberships (organization_id, user_id, user_created_at, first_name, last_name, status) "
        "SELECT $1::uuid, id, created_at, 'Many', 'People', 'active' FROM people RETURNING id, user_id), "
        "placed AS (INSERT INTO team_members (team_id, membership_id, organization_id) "
        "SELECT $2::uuid, id, $1::uuid FROM belonging) "
        "INSERT INTO sessions (token_hash, user_id, client, expires_at) "
        "SELECT sha256(user_id::text::bytea), user_id, user_id::text, now() + interval '1 day' FROM "
        "belonging",
        company, team, NULL);
    struct answer *answer = delete_many(world, company, 10000, "thousands");
    expect_status(answer, 200);
    expect_integer(answer, "deleted", 5000);
    expect_length(answer, "not_found", 5000);
    expect_integer(answer, "sessions_ended", 5000);
    assert_string_equal(
        world_sql(world, "SELECT count(*) FROM memberships WHERE organization_id = $1::uuid", company, NULL),
        "0");
    assert_string_equal(world_sql(world, "SELECT count(*) FROM users WHERE first_name = 'Many'", NULL), "0");
    assert_string_equal(
        world_sql(world, "SELECT active_count FROM team_statistics WHERE team_id = $1::uuid", team, NULL),
        "0");
    /* Each of them is in the audit log, a hundred in an event. */
    assert_string_equal(world_sql(world,
                                  "SELECT count(*) || ' ' || sum(jsonb_array_length(before -> 'ids')) FROM "
                                  "audit_events WHERE request_id = 'thousands' AND action = 'user.delete'",
                                  NULL),
                        "50 5000");
    assert_string_equal(
        world_sql(world,
                  "SELECT sum((before ->> 'rows')::integer) FROM audit_events WHERE request_id = "
                  "'thousands' AND action = 'session.delete'",
                  NULL),
        "5000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_are_taken_and_one_more_is_refused),
        cmocka_unit_test(thousands_go_at_once),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
