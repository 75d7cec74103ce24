/* Every operation by every role: what tests/support/operations.def expects, and nothing that a row lacks goes
 * unnoticed. */
#include "support/expect.h"
#include "support/operations.h"

static struct tenant tenant;
static struct tenant other;
static struct person employee;
static struct person disabled;

/* What those who call Moab and Moodwork present, by role. */
static const char *secrets[ROLE_COUNT];

static void end_key(struct world *world, const char *key, const char *column)
{
    world_sql(
        world,
        world_print(world, "UPDATE api_keys SET %s = now() - interval '1 second' WHERE prefix = $1", column),
        prefix_of(world, key), NULL);
}

static void make_keys(struct world *world)
{
    secrets[DELETING_KEY] = make_api_key(world, tenant.organization_id, "users:delete");
    secrets[READING_KEY] = make_api_key(world, tenant.organization_id, "users:read");
    secrets[SCOPELESS_KEY] = make_api_key(world, tenant.organization_id, NULL);
    secrets[EXPIRED_KEY] = make_api_key(world, tenant.organization_id, "users:delete");
    secrets[REVOKED_KEY] = make_api_key(world, tenant.organization_id, "users:delete");
    secrets[REPLACED_KEY] = make_api_key(world, tenant.organization_id, "users:delete");
    secrets[FOREIGN_KEY] = make_api_key(world, other.organization_id, "users:delete");
    end_key(world, secrets[EXPIRED_KEY], "expires_at");
    end_key(world, secrets[REVOKED_KEY], "revoked_at");
    world_command(world, NULL, "api-key", "rotate", prefix_of(world, secrets[REPLACED_KEY]), NULL);
}

/* People of their own, so that nothing that is done to others ends a token. */
static const char *make_caller(struct world *world, const struct tenant *of, int role)
{
    struct person person = make_member(world, of->organization_id, "Cal");
    set_role(world, &person, role);
    return make_security_token(world, &person);
}

static void make_tokens(struct world *world)
{
    struct person inactive = make_admin(world, tenant.organization_id, "Ina");
    struct person replaced = make_admin(world, tenant.organization_id, "Rep");
    secrets[CREATOR] = make_caller(world, &tenant, 1);
    secrets[CONTRIBUTOR] = make_caller(world, &tenant, 2);
    secrets[READER] = make_caller(world, &tenant, 3);
    secrets[FOREIGN_CREATOR] = make_caller(world, &other, 1);
    secrets[DISABLED_CREATOR] = make_security_token(world, &disabled);
    secrets[INACTIVE_CREATOR] = make_security_token(world, &inactive);
    secrets[REPLACED_TOKEN] = make_security_token(world, &replaced);
    make_security_token(world, &replaced);
    world_sql(world, "UPDATE memberships SET status = 'inactive' WHERE id = $1::uuid", inactive.membership_id,
              NULL);
}

static int setup(void **state)
{
    struct world *world = world_start("open_registration = on\n");
    *state = world;
    tenant = make_tenant(world, "Roles");
    other = make_tenant(world, "Strangers");
    employee = make_employee(world, "Emil");
    disabled = make_admin(world, tenant.organization_id, "Dora");
    make_keys(world);
    make_tokens(world);
    world_sql(world, "UPDATE users SET enabled = false WHERE id = $1::uuid", disabled.user_id, NULL);
    return 0;
}

/* Each call has a session of its own, since some end it. */
static const struct session *session_of(struct world *world, enum role role, struct session *session)
{
    const char *const users[ROLE_COUNT] = {
        [MEMBER] = tenant.member.user_id,
        [COLLEAGUE] = tenant.colleague.user_id,
        [TEAM_ADMIN] = tenant.team_admin.user_id,
        [ORGANIZATION_ADMIN] = tenant.organization_admin.user_id,
        [EMPLOYEE] = employee.user_id,
        [DISABLED] = disabled.user_id,
        [ENDED] = tenant.organization_admin.user_id,
        [STRANGER] = other.organization_admin.user_id,
    };
    if (users[role] == NULL) {
        return NULL;
    }
    *session = insert_session(world, users[role], role == ENDED ? "-1 second" : "1 day");
    return session;
}

static void check_cell(struct world *world, const struct endpoint *row, enum role role)
{
    static const char *const names[ROLE_COUNT] = {"nobody",
                                                  "member",
                                                  "colleague",
                                                  "team admin",
                                                  "organization admin",
                                                  "employee",
                                                  "disabled user",
                                                  "ended session",
                                                  "stranger",
                                                  "creator",
                                                  "contributor",
                                                  "reader",
                                                  "disabled creator",
                                                  "inactive creator",
                                                  "replaced token",
                                                  "foreign creator",
                                                  "deleting key",
                                                  "reading key",
                                                  "key without a scope",
                                                  "expired key",
                                                  "revoked key",
                                                  "replaced key",
                                                  "foreign key"};
    struct session session;
    int expected = expected_status(row, role);
    struct presented presented = {.session = session_of(world, role, &session),
                                  .authorization =
                                      secrets[role] != NULL ? bearer(world, secrets[role]) : NULL};
    struct answer *answer = call_operation_by(world, row, presented, NULL, tenant_thing, &tenant);
    if (answer->status != expected) {
        fail_msg("%s by %s: status %d, expected %d: %s", row->name, names[role], answer->status, expected,
                 answer->body);
    }
    if (row->access == ACCESS_PUBLIC && answer_header(answer, "access-token") != NULL &&
        !row->opens_session) {
        fail_msg("%s by %s: a public operation shows a session", row->name, names[role]);
    }
}

static void every_operation_answers_every_role_as_expected(void **state)
{
    for (size_t i = 0; i < endpoint_count; i++) {
        for (enum role role = NOBODY; role < ROLE_COUNT; role++) {
            check_cell(*state, &endpoints[i], role);
        }
    }
}

/* Whoever may not call at all learns nothing of what a body should hold. */
static void the_role_is_judged_before_the_body(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < endpoint_count; i++) {
        const struct endpoint *row = &endpoints[i];
        struct session session;
        if (row->access == ACCESS_EMPLOYEE && row->body != NULL) {
            expect_status(call_operation(world, row, session_of(world, ORGANIZATION_ADMIN, &session),
                                         "{\"name\": [", tenant_thing, &tenant),
                          403);
        }
    }
}

static bool is_worthless(enum role role)
{
    return role == NOBODY || role == DISABLED || role == ENDED || role == DISABLED_CREATOR ||
           role == INACTIVE_CREATOR || role == REPLACED_TOKEN || role == EXPIRED_KEY || role == REVOKED_KEY;
}

static void check_expectation(const struct endpoint *row, enum role role)
{
    int status = expected_status(row, role);
    int nobodys = expected_status(row, NOBODY);
    bool worthless = is_worthless(role) || (role_api(role) != row->api && row->api != API_SERVER);
    if (status == 0) {
        fail_msg("%s: nobody has said what role %d is answered", row->name, (int)role);
    }
    if (row->session_optional) {
        nobodys = worthless && role != NOBODY ? 401 : 200;
    }
    if (row->access == ACCESS_PUBLIC ? status != nobodys : worthless && status != nobodys) {
        fail_msg("%s: those who are nobody are not all answered alike", row->name);
    }
    if (row->access != ACCESS_PUBLIC && worthless && status < 400) {
        fail_msg("%s: nothing needs to be presented", row->name);
    }
    if (row->access == ACCESS_EMPLOYEE && !worthless && role != EMPLOYEE && status != 403) {
        fail_msg("%s: others than employees are let in", row->name);
    }
}

/* The expectations themselves: a mistake in them would hide one in the table. */
static void expectations_agree_with_the_access_of_the_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < endpoint_count; i++) {
        for (enum role role = NOBODY; role < ROLE_COUNT; role++) {
            check_expectation(&endpoints[i], role);
        }
    }
}

/* Roles of Moab are ranks, and a scope is needed for what it names. */
static void expectations_agree_with_roles_and_scopes(void **state)
{
    (void)state;
    for (size_t i = 0; i < endpoint_count; i++) {
        const struct endpoint *row = &endpoints[i];
        if (row->api == API_MOAB && row->access != ACCESS_PUBLIC) {
            assert_int_equal(expected_status(row, CREATOR), 200);
            assert_int_equal(expected_status(row, CONTRIBUTOR), row->access == ACCESS_CREATOR ? 401 : 200);
            assert_int_equal(expected_status(row, READER), row->access == ACCESS_READER ? 200 : 401);
        }
        if (row->access == ACCESS_USERS_DELETE) {
            assert_int_equal(expected_status(row, DELETING_KEY), 200);
            assert_int_equal(expected_status(row, READING_KEY), 403);
            assert_int_equal(expected_status(row, SCOPELESS_KEY), 403);
        }
    }
}

static void every_expectation_belongs_to_a_row(void **state)
{
    (void)state;
    static const char *const names[] = {
#define OPERATION(name, ...) #name,
#include "support/operations.def"
#undef OPERATION
    };
    assert_int_equal(sizeof(names) / sizeof(names[0]), endpoint_count);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t rows = 0;
        for (size_t j = 0; j < endpoint_count; j++) {
            rows += strcmp(endpoints[j].name, names[i]) == 0;
        }
        assert_int_equal(rows, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_answers_every_role_as_expected),
        cmocka_unit_test(the_role_is_judged_before_the_body),
        cmocka_unit_test(expectations_agree_with_the_access_of_the_row),
        cmocka_unit_test(expectations_agree_with_roles_and_scopes),
        cmocka_unit_test(every_expectation_belongs_to_a_row),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
