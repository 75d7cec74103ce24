/* Invitations of all organizations, as employees see them. */
#include "support/company.h"
#include "support/expect.h"

#define PATH "/api/v1/worklete_admin/invitations"

static struct company company;
static const char *code, *invitation, *membership;

static int setup(void **state)
{
    world_setup(state);
    struct world *world = *state;
    company = make_company(world);
    code = make_invitation(world, company.organization, "Ivy", NULL);
    membership = membership_of_code(world, code);
    invitation = world_sql(world, "SELECT id FROM invitations WHERE invite_code = $1", code, NULL);
    return 0;
}

static struct answer *get(struct world *world, const struct person *caller, const char *rest)
{
    return call_as(world, caller, "GET", world_print(world, PATH "%s", rest), NULL);
}

static struct answer *list(struct world *world, const char *query)
{
    return get(world, &company.employee, query);
}

static const char *used_invitation(struct world *world)
{
    return world_sql(world, "SELECT id FROM invitations WHERE membership_id = $1::uuid",
                     company.learner.membership_id, NULL);
}

static void an_invitation_is_shown_with_its_code(void **state)
{
    struct world *world = *state;
    struct answer *answer = get(world, &company.employee, world_print(world, "/%s", invitation));
    expect_text(answer, "data.id", invitation);
    expect_text(answer, "data.membership_id", membership);
    expect_text(answer, "data.organization_id", company.organization);
    expect_text(answer, "data.invite_code", code);
    expect_null(answer, "data.used_at");
    answer = get(world, &company.employee, world_print(world, "/%s", used_invitation(world)));
    assert_non_null(text_at(answer, "data.used_at"));
    expect_error(get(world, &company.employee, "/" NOBODY), 404, NULL);
    expect_error(get(world, &company.employee, "/x"), 404, NULL);
}

static void the_list_has_all_of_them(void **state)
{
    struct answer *whole = list(*state, "");
    size_t total = (size_t)strtol(world_sql(*state, "SELECT count(*) FROM invitations", NULL), NULL, 10);
    expect_length(whole, "data", total);
    expect_absent(whole, "meta");
    struct answer *page = list(*state, "?size=2&page=2");
    expect_length(page, "data", 2);
    expect_text(page, "data.0.id", text_at(whole, "data.2.id"));
    expect_integer(page, "meta.total", (int64_t)total);
    expect_error(list(*state, "?page=0"), 400, "page");
    expect_error(list(*state, "?size=101"), 400, "size");
}

static void filters_take_lists_and_both_must_hold(void **state)
{
    struct world *world = *state;
    const char *used = used_invitation(world);
    const char *learner = company.learner.membership_id;
    expect_length(list(world, world_print(world, "?id=%s,%s", invitation, used)), "data", 2);
    expect_length(list(world, world_print(world, "?id[]=%s&id[]=%s", invitation, used)), "data", 2);
    expect_text(list(world, world_print(world, "?membership_id=%s", membership)), "data.0.id", invitation);
    expect_length(list(world, world_print(world, "?membership_id=%s,%s", membership, learner)), "data", 2);
    struct answer *both =
        list(world, world_print(world, "?id=%s,%s&membership_id=%s", invitation, used, learner));
    expect_length(both, "data", 1);
    expect_text(both, "data.0.id", used);
    expect_length(list(world, world_print(world, "?id=%s&membership_id=%s", invitation, learner)), "data", 0);
    expect_length(list(world, "?id=" NOBODY), "data", 0);
    struct answer *page = list(world, world_print(world, "?id=%s,%s&page=2&size=1", invitation, used));
    expect_integer(page, "meta.total", 2);
    expect_integer(list(world, "?membership_id=" NOBODY "&page=1"), "meta.total", 0);
}

static void malformed_filters_are_400(void **state)
{
    static const char *const bad[] = {"?id=x", "?id=", "?membership_id=5",
                                      "?membership_id[]=", "?id=" NOBODY ","};
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_error(list(*state, bad[i]), 400, NULL);
    }
}

static void only_employees_may(void **state)
{
    const struct person *callers[] = {&company.admin, &company.learner, &company.stranger, NULL};
    for (size_t i = 0; i < COUNT(callers); i++) {
        int status = callers[i] == NULL ? 401 : 403;
        expect_error(get(*state, callers[i], ""), status, NULL);
        expect_error(get(*state, callers[i], world_print(*state, "/%s", invitation)), status, NULL);
        expect_error(get(*state, callers[i], "/" NOBODY), status, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_invitation_is_shown_with_its_code),
        cmocka_unit_test(the_list_has_all_of_them),
        cmocka_unit_test(filters_take_lists_and_both_must_hold),
        cmocka_unit_test(malformed_filters_are_400),
        cmocka_unit_test(only_employees_may),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
