/* Every operation by every role: what tests/support/operations.def expects, and nothing that a row lacks goes
 * unnoticed. */
#include "support/expect.h"
#include "support/operations.h"

static struct tenant tenant;
static struct tenant other;
static struct person employee;
static struct person disabled;

static int setup(void **state)
{
    world_setup(state);
    tenant = make_tenant(*state, "Roles");
    other = make_tenant(*state, "Strangers");
    employee = make_employee(*state, "Emil");
    disabled = make_admin(*state, tenant.organization_id, "Dora");
    world_sql(*state, "UPDATE users SET enabled = false WHERE id = $1::uuid", disabled.user_id, NULL);
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
    static const char *const names[ROLE_COUNT] = {
        "nobody",   "member",        "colleague",     "team admin", "organization admin",
        "employee", "disabled user", "ended session", "stranger"};
    struct session session;
    int expected = operation_of(row)->statuses[role];
    struct answer *answer =
        call_operation(world, row, session_of(world, role, &session), NULL, tenant_thing, &tenant);
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

/* The expectations themselves: a mistake in them would hide one in the table. */
static void expectations_agree_with_the_access_of_the_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < endpoint_count; i++) {
        const int *statuses = operation_of(&endpoints[i])->statuses;
        bool public = endpoints[i].access == ACCESS_PUBLIC;
        for (enum role role = NOBODY; role < ROLE_COUNT; role++) {
            bool without = role == NOBODY || role == DISABLED || role == ENDED;
            if (public ? statuses[role] != statuses[NOBODY] : without && statuses[role] != statuses[NOBODY]) {
                fail_msg("%s: those without a session are not all answered alike", endpoints[i].name);
            }
            if (!public && without && statuses[role] < 400) {
                fail_msg("%s: no session is needed", endpoints[i].name);
            }
            if (endpoints[i].access == ACCESS_EMPLOYEE && !without && role != EMPLOYEE &&
                statuses[role] != 403) {
                fail_msg("%s: others than employees are let in", endpoints[i].name);
            }
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
        cmocka_unit_test(expectations_agree_with_the_access_of_the_row),
        cmocka_unit_test(every_expectation_belongs_to_a_row),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
