/* API keys on the command line, and what they are good for from one request to the next. */
#include <json-c/json.h>

#include "support/expect.h"
#include "support/machines.h"

#define DELETE_USERS "/v3/users/delete"

static const char *organization;

static int setup(void **state)
{
    world_setup(state);
    organization = make_organization(*state, "Keys");
    return 0;
}

static int status_of(struct world *world, const char *key)
{
    return call_with(world, key, "POST", DELETE_USERS, "{}")->status;
}

static const char *new_key(struct world *world)
{
    return make_api_key(world, organization, "users:delete");
}

static struct output run(struct world *world, const char *const *arguments)
{
    return world_run(world, NULL, arguments);
}

#define RUN(world, ...) run((world), (const char *const[]){__VA_ARGS__, NULL})

/* A member of a key in `api-key list --json`, as JSON. */
static const char *listed(struct world *world, const char *key, const char *name)
{
    const char *text = world_command(world, NULL, "api-key", "list", "--json", NULL);
    struct json_object *list = json_tokener_parse(text);
    const char *found = NULL;
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct json_object *one = json_object_array_get_idx(list, i);
        if (strcmp(json_object_get_string(json_object_object_get(one, "prefix")), prefix_of(world, key)) ==
            0) {
            found = world_print(
                world, "%s",
                json_object_to_json_string_ext(json_object_object_get(one, name),
                                               JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
        }
    }
    json_object_put(list);
    if (found == NULL) {
        fail_msg("%s is not in the list: %s", prefix_of(world, key), text);
    }
    return found;
}

static void a_key_is_shown_once_and_kept_as_a_hash(void **state)
{
    struct world *world = *state;
    const char *key = new_key(world);
    assert_int_equal(strspn(key, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"),
                     strlen(key));
    assert_true(strlen(key) > 50);
    assert_int_equal(status_of(world, key), 200);
    assert_null(strstr(world_command(world, NULL, "api-key", "list", NULL), key));
    assert_null(strstr(world_command(world, NULL, "api-key", "list", "--json", NULL), key));
    assert_string_equal(
        world_sql(world, "SELECT count(*) FROM api_keys AS key WHERE key::text LIKE '%' || $1 || '%'", key,
                  NULL),
        "0");
    assert_string_equal(
        world_sql(world, "SELECT count(*) FROM api_keys WHERE key_hash = sha256($1::bytea)", key, NULL), "1");
}

static void a_key_that_differs_anywhere_is_wrong(void **state)
{
    struct world *world = *state;
    const char *key = new_key(world);
    assert_int_equal(status_of(world, world_print(world, "%sx", key)), 401);
    assert_int_equal(status_of(world, world_print(world, "%.*s", (int)strlen(key) - 1, key)), 401);
    assert_int_equal(status_of(world, prefix_of(world, key)), 401);
    assert_int_equal(status_of(world, world_sql(world, "SELECT lower($1)", key, NULL)), 401);
    assert_int_equal(status_of(world, "\xff\xfe"), 401);
    assert_int_equal(status_of(world, world_print(world, "%04000d", 1)), 401);
}

static void the_scheme_is_bearer_in_any_case(void **state)
{
    static const struct {
        const char *form;
        int status;
    } forms[] = {{"Authorization: Bearer %s", 200},   {"Authorization: bearer   %s ", 200},
                 {"Authorization: BEARER %s", 200},   {"Authorization: Basic %s", 401},
                 {"Authorization: %s", 401},          {"Authorization: Bearer", 401},
                 {"Authorization: Bearer %s x", 401}, {"X-Authorization: Bearer %s", 401}};
    struct world *world = *state;
    const char *key = new_key(world);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        const char *mark = strstr(forms[i].form, "%s");
        const char *header = mark == NULL ? forms[i].form
                                          : world_print(world, "%.*s%s%s", (int)(mark - forms[i].form),
                                                        forms[i].form, key, mark + 2);
        struct answer *answer =
            CALL(world, .method = "POST", .path = DELETE_USERS, .body = "{}", .headers = {header});
        expect_status(answer, forms[i].status);
    }
}

static void a_session_is_no_key_and_a_key_no_session(void **state)
{
    struct world *world = *state;
    struct person admin = make_admin(world, organization, "Ada");
    assert_int_equal(status_of(world, admin.session.access_token), 401);
    expect_status(call_with(world, new_key(world), "GET", "/api/v1/session", NULL), 401);
    expect_status(call_with(world, new_key(world), "GET", "/api/v1/user", NULL), 401);
}

static void the_list_tells_all_but_the_secret(void **state)
{
    struct world *world = *state;
    const char *key = world_command(world, NULL, "api-key", "create", "--organization", organization,
                                    "--name", "Personnel \"A\"", "--scope", "users:delete", "--scope",
                                    "users:read", "--scope", "users:delete", "--expires", "2099-12-31", NULL);
    assert_string_equal(listed(world, key, "organization_id"), world_print(world, "\"%s\"", organization));
    assert_string_equal(listed(world, key, "name"), "\"Personnel \\\"A\\\"\"");
    assert_string_equal(listed(world, key, "scopes"), "[\"users:delete\",\"users:read\"]");
    assert_string_equal(listed(world, key, "expires_at"), "\"2100-01-01T00:00:00.000Z\"");
    assert_string_equal(listed(world, key, "revoked_at"), "null");
    assert_string_equal(listed(world, key, "last_used_at"), "null");
    assert_string_equal(listed(world, key, "successor"), "null");
    const char *lines = world_command(world, NULL, "api-key", "list", NULL);
    assert_non_null(strstr(lines, prefix_of(world, key)));
    assert_non_null(strstr(lines, "scopes=users:delete,users:read"));
    const char *other = make_organization(world, "Keyless");
    assert_string_equal(world_command(world, NULL, "api-key", "list", "--organization", other, NULL), "");
    assert_string_equal(
        world_command(world, NULL, "api-key", "list", "--organization", other, "--json", NULL), "[]");
}

static void the_last_use_is_noted_even_where_the_request_is_refused(void **state)
{
    struct world *world = *state;
    const char *key = new_key(world);
    assert_string_equal(listed(world, key, "last_used_at"), "null");
    expect_status(call_with(world, key, "POST", DELETE_USERS, "{\"emails\": [\"wrong\"]}"), 400);
    assert_string_not_equal(listed(world, key, "last_used_at"), "null");
    world_sql(
        world,
        "UPDATE api_key_uses SET last_used_at = '2019-05-01' WHERE api_key_id = (SELECT id FROM api_keys "
        "WHERE prefix = $1)",
        prefix_of(world, key), NULL);
    assert_int_equal(status_of(world, key), 200);
    assert_null(strstr(listed(world, key, "last_used_at"), "2019"));
}

static void a_revoked_key_is_refused_at_once_and_for_ever(void **state)
{
    struct world *world = *state;
    const char *key = new_key(world);
    assert_int_equal(status_of(world, key), 200);
    assert_string_equal(world_command(world, NULL, "api-key", "revoke", prefix_of(world, key), NULL),
                        prefix_of(world, key));
    assert_int_equal(status_of(world, key), 401);
    const char *when = listed(world, key, "revoked_at");
    assert_string_not_equal(when, "null");
    world_command(world, NULL, "api-key", "revoke", prefix_of(world, key), NULL);
    assert_string_equal(listed(world, key, "revoked_at"), when);
}

static void a_key_ends_with_its_last_day(void **state)
{
    struct world *world = *state;
    const char *today = world_sql(world, "SELECT (now() AT TIME ZONE 'UTC')::date", NULL);
    const char *yesterday = world_sql(world, "SELECT (now() AT TIME ZONE 'UTC')::date - 1", NULL);
    const char *key = world_command(world, NULL, "api-key", "create", "--organization", organization,
                                    "--name", "Day", "--scope", "users:delete", "--expires", today, NULL);
    assert_int_equal(status_of(world, key), 200);
    assert_int_equal(RUN(world, "api-key", "create", "--organization", organization, "--name", "Past",
                         "--expires", yesterday)
                         .status,
                     1);
    world_sql(world, "UPDATE api_keys SET expires_at = now() WHERE prefix = $1", prefix_of(world, key), NULL);
    assert_int_equal(status_of(world, key), 401);
    assert_int_equal(RUN(world, "api-key", "rotate", prefix_of(world, key)).status, 1);
}

static void a_replaced_key_lives_on_for_a_day(void **state)
{
    struct world *world = *state;
    const char *key =
        world_command(world, NULL, "api-key", "create", "--organization", organization, "--name", "Rotated",
                      "--scope", "users:delete", "--expires", "2099-12-31", NULL);
    const char *successor = world_command(world, NULL, "api-key", "rotate", prefix_of(world, key), NULL);
    world_secret(world, successor);
    assert_string_not_equal(successor, key);
    assert_int_equal(status_of(world, key), 200);
    assert_int_equal(status_of(world, successor), 200);
    assert_string_equal(listed(world, key, "successor"),
                        world_print(world, "\"%s\"", prefix_of(world, successor)));
    assert_string_equal(listed(world, successor, "name"), "\"Rotated\"");
    assert_string_equal(listed(world, successor, "scopes"), "[\"users:delete\"]");
    assert_string_equal(listed(world, successor, "expires_at"), "\"2100-01-01T00:00:00.000Z\"");
    assert_string_equal(
        world_sql(world,
                  "SELECT expires_at BETWEEN now() + interval '23 hours 59 minutes' AND now() + "
                  "interval '24 hours' FROM api_keys WHERE prefix = $1",
                  prefix_of(world, key), NULL),
        "t");
    struct output again = RUN(world, "api-key", "rotate", prefix_of(world, key));
    assert_int_equal(again.status, 1);
    assert_non_null(strstr(again.error, prefix_of(world, successor)));
}

static void a_key_that_is_replaced_at_once_ends_at_once(void **state)
{
    struct world *world = *state;
    const char *key = new_key(world);
    const char *successor =
        world_command(world, NULL, "api-key", "rotate", prefix_of(world, key), "--now", NULL);
    assert_int_equal(status_of(world, key), 401);
    assert_int_equal(status_of(world, successor), 200);
}

static void a_key_never_lives_longer_for_being_replaced(void **state)
{
    struct world *world = *state;
    const char *key = new_key(world);
    world_sql(world, "UPDATE api_keys SET expires_at = now() + interval '1 hour' WHERE prefix = $1",
              prefix_of(world, key), NULL);
    world_command(world, NULL, "api-key", "rotate", prefix_of(world, key), NULL);
    assert_string_equal(
        world_sql(world, "SELECT expires_at <= now() + interval '1 hour' FROM api_keys WHERE prefix = $1",
                  prefix_of(world, key), NULL),
        "t");
}

static void what_is_wrong_is_told_with_its_exit_status(void **state)
{
    struct world *world = *state;
    const char *unknown = "00000000-0000-4000-8000-000000000000";
    assert_int_equal(RUN(world, "api-key", "create", "--name", "X").status, 2);
    assert_int_equal(RUN(world, "api-key", "create", "--organization", "x", "--name", "X").status, 2);
    assert_int_equal(RUN(world, "api-key", "create", "--organization", organization, "--name", "  ").status,
                     2);
    assert_int_equal(RUN(world, "api-key", "create", "--organization", organization, "--name", "a\nb").status,
                     2);
    assert_int_equal(
        RUN(world, "api-key", "create", "--organization", organization, "--name", "X", "--scope", "all")
            .status,
        2);
    assert_int_equal(
        RUN(world, "api-key", "create", "--organization", organization, "--name", "X", "--expires", "soon")
            .status,
        2);
    assert_int_equal(RUN(world, "api-key", "create", "--organization", organization, "--name", "X",
                         "--expires", "2099-02-30")
                         .status,
                     2);
    struct output output = RUN(world, "api-key", "create", "--organization", unknown, "--name", "X");
    assert_int_equal(output.status, 1);
    assert_non_null(strstr(output.error, "no such organization"));
    assert_int_equal(RUN(world, "api-key", "revoke", "mw_nothing").status, 1);
    assert_int_equal(RUN(world, "api-key", "rotate", "mw_nothing").status, 1);
    assert_int_equal(RUN(world, "api-key", "revoke").status, 2);
}

static void json_is_one_value(void **state)
{
    struct world *world = *state;
    struct output output =
        RUN(world, "--json", "api-key", "create", "--organization", organization, "--name", "X");
    assert_int_equal(output.status, 0);
    assert_int_equal(strncmp(output.out, "{\"key\":\"mw_", 11), 0);
}

static void making_and_ending_leave_events_without_secrets(void **state)
{
    struct world *world = *state;
    const char *key = new_key(world);
    world_command(world, NULL, "api-key", "revoke", prefix_of(world, key), NULL);
    assert_string_equal(
        world_sql(world,
                  "SELECT string_agg(action || ' by ' || operation, ', ' ORDER BY position) FROM "
                  "audit_events WHERE thing_id = (SELECT id::text FROM api_keys WHERE prefix = $1)",
                  prefix_of(world, key), NULL),
        "api_key.create by api-key create, api_key.update by api-key revoke");
    assert_string_equal(
        world_sql(world,
                  "SELECT count(*) FROM audit_events AS event, api_keys WHERE event::text LIKE '%' || "
                  "encode(key_hash, 'hex') || '%'",
                  NULL),
        "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_shown_once_and_kept_as_a_hash),
        cmocka_unit_test(a_key_that_differs_anywhere_is_wrong),
        cmocka_unit_test(the_scheme_is_bearer_in_any_case),
        cmocka_unit_test(a_session_is_no_key_and_a_key_no_session),
        cmocka_unit_test(the_list_tells_all_but_the_secret),
        cmocka_unit_test(the_last_use_is_noted_even_where_the_request_is_refused),
        cmocka_unit_test(a_revoked_key_is_refused_at_once_and_for_ever),
        cmocka_unit_test(a_key_ends_with_its_last_day),
        cmocka_unit_test(a_replaced_key_lives_on_for_a_day),
        cmocka_unit_test(a_key_that_is_replaced_at_once_ends_at_once),
        cmocka_unit_test(a_key_never_lives_longer_for_being_replaced),
        cmocka_unit_test(what_is_wrong_is_told_with_its_exit_status),
        cmocka_unit_test(json_is_one_value),
        cmocka_unit_test(making_and_ending_leave_events_without_secrets),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
