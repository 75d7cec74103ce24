/* Security tokens: who has one, how long it is good, and what guessing costs. */
#include "support/company.h"
#include "support/expect.h"
#include "support/machines.h"

#define USERS "/api/v1/user"

static const char *organization;

static int setup(void **state)
{
    world_setup(state);
    organization = make_organization(*state, "Tokens");
    return 0;
}

static int status_of(struct world *world, const char *token)
{
    return call_with(world, token, "GET", USERS, NULL)->status;
}

static struct person new_person(struct world *world)
{
    return make_admin(world, organization, "Tom");
}

static const char *identity_of(struct world *world, const char *token)
{
    return world_print(world, "%.*s", (int)(strchr(token, '.') - token), token);
}

static const char *secret_of(const char *token)
{
    return strchr(token, '.') + 1;
}

static void a_token_is_the_number_and_53_bits(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    const char *token = make_security_token(world, &person);
    int64_t secret = 0;
    assert_string_equal(identity_of(world, token), number_of(world, &person));
    assert_true(text_to_integer(text_of(secret_of(token)), 1, (INT64_C(1) << 53) - 1, &secret));
    assert_int_equal(status_of(world, token), 200);
}

/* The highest of many draws comes near the limit, and no two are equal. */
static void tokens_are_drawn_from_the_whole_range(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    int64_t highest = 0;
    int64_t last = 0;
    for (int i = 0; i < 24; i++) {
        int64_t secret = 0;
        assert_true(
            text_to_integer(text_of(secret_of(make_security_token(world, &person))), 1, INT64_MAX, &secret));
        assert_true(secret != last);
        highest = secret > highest ? secret : highest;
        last = secret;
    }
    assert_true(highest > INT64_C(1) << 51);
}

static void only_a_slow_hash_is_stored(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    const char *token = make_security_token(world, &person);
    assert_string_equal(
        world_sql(world,
                  "SELECT octet_length(token_hash) FROM security_tokens WHERE membership_id = $1::uuid",
                  person.membership_id, NULL),
        "32");
    assert_string_equal(
        world_sql(world,
                  "SELECT count(*) FROM security_tokens AS token WHERE token::text LIKE '%' || $1 || "
                  "'%' OR token_hash IN (sha256($1::bytea), sha256($2::bytea))",
                  secret_of(token), token, NULL),
        "0");
}

static void what_differs_anywhere_is_wrong(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    struct person other = new_person(world);
    const char *token = make_security_token(world, &person);
    const char *identity = identity_of(world, token);
    const char *secret = secret_of(token);
    const char *wrong[] = {
        world_print(world, "%s.%s", number_of(world, &other), secret),
        world_print(world, "%s.%s1", identity, secret),
        world_print(world, "%s.0%s", identity, secret),
        world_print(world, "0%s.%s", identity, secret),
        world_print(world, "%s.%s.", identity, secret),
        world_print(world, "%s.-%s", identity, secret),
        world_print(world, "%s,%s", identity, secret),
        world_print(world, "%s .%s", identity, secret),
        world_print(world, "%s.", identity),
        world_print(world, ".%s", secret),
        world_print(world, "%s", identity),
        "0.0",
        "9007199254740992.9007199254740992",
        "1.99999999999999999999999999",
        "x.y",
        "",
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        if (status_of(world, wrong[i]) != 401) {
            fail_msg("%s is let in", wrong[i]);
        }
    }
    assert_int_equal(status_of(world, token), 200);
}

static void the_scheme_is_bearer_in_any_case(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    const char *token = make_security_token(world, &person);
    const char *header = world_print(world, "Authorization: bEARER %s", token);
    expect_status(CALL(world, .path = USERS, .headers = {header}), 200);
    expect_status(
        CALL(world, .path = USERS, .headers = {world_print(world, "Authorization: Basic %s", token)}), 401);
    expect_status(CALL(world, .path = USERS, .headers = {world_print(world, "access-token: %s", token)}),
                  401);
}

static void a_session_of_worklete_is_no_token(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    expect_status(call_get(world, &person.session, USERS), 401);
    assert_int_equal(status_of(world, person.session.access_token), 401);
}

static void a_new_token_ends_the_old_one(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    const char *first = make_security_token(world, &person);
    const char *second = make_security_token(world, &person);
    assert_int_equal(status_of(world, first), 401);
    assert_int_equal(status_of(world, second), 200);
}

static void a_token_ends_with_its_membership_and_rests_with_its_user(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    const char *token = make_security_token(world, &person);
    world_sql(world, "UPDATE users SET enabled = false WHERE id = $1::uuid", person.user_id, NULL);
    assert_int_equal(status_of(world, token), 401);
    world_sql(world, "UPDATE users SET enabled = true WHERE id = $1::uuid", person.user_id, NULL);
    assert_int_equal(status_of(world, token), 200);
    world_sql(world, "DELETE FROM memberships WHERE id = $1::uuid", person.membership_id, NULL);
    assert_int_equal(status_of(world, token), 401);
}

static void a_change_of_role_counts_from_the_next_request(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    const char *token = make_security_token(world, &person);
    expect_status(call_with(world, token, "POST", "/api/v1/usergroup", "{\"name\": \"Roles One\"}"), 200);
    set_role(world, &person, 3);
    expect_status(call_with(world, token, "POST", "/api/v1/usergroup", "{\"name\": \"Roles Two\"}"), 401);
    assert_int_equal(status_of(world, token), 200);
}

static void each_organization_has_its_own_token(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    const char *second = make_organization(world, "Second");
    add_membership(world, second, &person, 3, "active");
    const char *first_token = make_security_token(world, &person);
    struct person there = person;
    there.organization_id = second;
    const char *second_token = make_security_token(world, &there);
    assert_string_equal(identity_of(world, first_token), identity_of(world, second_token));
    expect_length(call_with(world, second_token, "GET", USERS, NULL), "", 1);
    expect_integer(call_with(world, second_token, "GET", USERS, NULL), "0.role", 3);
    expect_integer(call_with(world, first_token, "GET",
                             world_print(world, USERS "/%s", identity_of(world, first_token)), NULL),
                   "role", 1);
}

static const char *failures_of(struct world *world, const char *identity)
{
    return world_sql(
        world,
        "SELECT coalesce((SELECT failures FROM sign_in_failures WHERE name_hash = sha256(('security token "
        "' || $1)::bytea)), 0)",
        identity, NULL);
}

/* The work of a slow check is what tells it from a quick one; here only that it still says the right thing.
 */
static void guessing_is_counted_and_locks_nobody_out(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    const char *token = make_security_token(world, &person);
    const char *identity = identity_of(world, token);
    for (int i = 1; i <= 14; i++) {
        assert_int_equal(status_of(world, world_print(world, "%s.%d", identity, i)), 401);
    }
    assert_string_equal(failures_of(world, identity), "14");
    assert_int_equal(status_of(world, token), 200);
    assert_int_equal(status_of(world, world_print(world, "%s.1", identity)), 401);
    expect_status(call_with(world, token, "POST", "/api/v1/usergroup", "{\"name\": \"After Guesses\"}"), 200);
}

/* Microseconds of work that muster's log tells of a request, the least of some. */
static int64_t least_work(struct world *world, const char *token)
{
    int64_t least = INT64_MAX;
    for (int i = 0; i < 12; i++) {
        const char *id = make_name(world, "work");
        CALL(world, .path = USERS,
             .headers = {bearer(world, token), world_print(world, "X-Request-Id: %s", id)});
        const char *line = NULL;
        for (int round = 0; round < 30000 && line == NULL; round++) {
            line = strstr(world_log(world), world_print(world, "request_id=%s ", id));
        }
        struct text rest = text_of(strstr(line, " microseconds=") + 14);
        struct text database = text_of(strstr(line, " database_microseconds=") + 23);
        int64_t whole = 0;
        int64_t waited = 0;
        assert_true(text_to_integer(text_cut(&rest, ' '), 0, INT64_MAX, &whole));
        database.length = strspn(database.data, "0123456789");
        assert_true(text_to_integer(database, 0, INT64_MAX, &waited));
        least = whole - waited < least ? whole - waited : least;
    }
    return least;
}

/* A ratio, and a wide one: the check does a hundred times the work. */
static void after_ten_failures_each_check_is_slow(void **state)
{
    struct world *world = *state;
    struct person guessed = new_person(world);
    struct person calm = new_person(world);
    const char *token = make_security_token(world, &guessed);
    const char *other = make_security_token(world, &calm);
    for (int i = 1; i <= 10; i++) {
        status_of(world, world_print(world, "%s.%d", identity_of(world, token), i));
    }
    int64_t quick = least_work(world, other);
    assert_true(least_work(world, token) > 3 * quick);
    world_sql(
        world,
        "UPDATE sign_in_failures SET window_started_at = now() - interval '16 minutes' WHERE name_hash = "
        "sha256(('security token ' || $1)::bytea)",
        identity_of(world, token), NULL);
    assert_true(least_work(world, token) < 3 * quick);
}

static struct output run(struct world *world, const char *name, const char *option, const char *value)
{
    const char *const arguments[] = {"moab-token", name, option, value, NULL};
    return world_run(world, NULL, arguments);
}

static void the_command_takes_a_username_or_an_address(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    world_sql(world, "UPDATE users SET username = 'Tom.Token' WHERE id = $1::uuid", person.user_id, NULL);
    assert_int_equal(status_of(world, run(world, "tom.TOKEN", NULL, NULL).out), 200);
    const char *upper = world_sql(world, "SELECT upper($1)", person.email, NULL);
    assert_int_equal(status_of(world, run(world, upper, NULL, NULL).out), 200);
    struct output output = run(world, person.email, "--json", NULL);
    assert_int_equal(strncmp(output.out, "{\"token\":\"", 10), 0);
}

static void the_command_tells_what_is_wrong(void **state)
{
    struct world *world = *state;
    struct person person = new_person(world);
    struct person employee = make_employee(world, "Emil");
    const char *second = make_organization(world, "Another");
    assert_int_equal(run(world, "nobody@example.test", NULL, NULL).status, 1);
    assert_int_equal(run(world, employee.email, NULL, NULL).status, 1);
    assert_int_equal(run(world, person.email, "--organization", "x").status, 2);
    assert_int_equal(run(world, person.email, "--organization", second).status, 1);
    add_membership(world, second, &person, 3, "active");
    struct output output = run(world, person.email, NULL, NULL);
    assert_int_equal(output.status, 1);
    assert_non_null(strstr(output.error, "--organization"));
    assert_int_equal(run(world, person.email, "--organization", second).status, 0);
    world_sql(world, "UPDATE users SET enabled = false WHERE id = $1::uuid", person.user_id, NULL);
    assert_int_equal(run(world, person.email, "--organization", second).status, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_the_number_and_53_bits),
        cmocka_unit_test(tokens_are_drawn_from_the_whole_range),
        cmocka_unit_test(only_a_slow_hash_is_stored),
        cmocka_unit_test(what_differs_anywhere_is_wrong),
        cmocka_unit_test(the_scheme_is_bearer_in_any_case),
        cmocka_unit_test(a_session_of_worklete_is_no_token),
        cmocka_unit_test(a_new_token_ends_the_old_one),
        cmocka_unit_test(a_token_ends_with_its_membership_and_rests_with_its_user),
        cmocka_unit_test(a_change_of_role_counts_from_the_next_request),
        cmocka_unit_test(each_organization_has_its_own_token),
        cmocka_unit_test(guessing_is_counted_and_locks_nobody_out),
        cmocka_unit_test(after_ten_failures_each_check_is_slow),
        cmocka_unit_test(the_command_takes_a_username_or_an_address),
        cmocka_unit_test(the_command_tells_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
