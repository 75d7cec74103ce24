/* Memberships of all organizations, as employees list, show and make them. */
#include "support/company.h"
#include "support/expect.h"

#define PATH "/api/v1/worklete_admin/memberships"

static struct company company;

static int setup(void **state)
{
    world_setup(state);
    company = make_company(*state);
    return 0;
}

static struct answer *list(struct world *world, const char *query)
{
    return call_as(world, &company.employee, "GET", world_print(world, PATH "%s", query), NULL);
}

static struct answer *make(struct world *world, const char *body)
{
    return call_as(world, &company.employee, "POST", PATH, body);
}

/* A draft for the organization with more members, which begin with a comma. */
static const char *draft(struct world *world, const char *more)
{
    return world_print(world,
                       "{\"organization_id\": \"%s\", \"first_name\": \"Ivy\", \"last_name\": \"Made\"%s}",
                       company.organization, more);
}

static void expect_ids(struct world *world, const char *query, const char *const *ids, size_t count)
{
    struct answer *answer = list(world, query);
    expect_length(answer, "data", count);
    expect_integer(answer, "meta.total", (int64_t)count);
    for (size_t i = 0; i < count; i++) {
        assert_true(position_of(world, answer, "data", "id", ids[i]) >= 0);
    }
}

#define IDS(...) (const char *const[]){__VA_ARGS__}, COUNT(((const char *const[]){__VA_ARGS__}))

/* --- List --- */

static void the_list_has_everybody(void **state)
{
    struct answer *answer = list(*state, "?size=100");
    int64_t total = strtol(world_sql(*state, "SELECT count(*) FROM memberships", NULL), NULL, 10);
    expect_integer(answer, "meta.total", total);
    expect_length(answer, "data", (size_t)total);
    assert_true(position_of(*state, answer, "data", "id", company.stranger.membership_id) >= 0);
    int at = position_of(*state, answer, "data", "id", company.learner.membership_id);
    expect_text(answer, world_print(*state, "data.%d.teams.0.id", at), company.team);
    struct answer *page = list(*state, "?size=2&page=2");
    expect_length(page, "data", 2);
    expect_text(page, "data.0.id", text_at(answer, "data.2.id"));
    expect_error(list(*state, "?page=0"), 400, "page");
}

static void filters_take_lists(void **state)
{
    struct world *world = *state;
    const char *learner = company.learner.membership_id;
    const char *admin = company.admin.membership_id;
    const char *stranger = company.stranger.membership_id;
    expect_ids(world, world_print(world, "?id=%s", learner), IDS(learner));
    expect_ids(world, world_print(world, "?id=%s,%s", learner, stranger), IDS(learner, stranger));
    expect_ids(world, world_print(world, "?id[]=%s&id[]=%s", learner, admin), IDS(learner, admin));
    expect_ids(world, world_print(world, "?id%%5B%%5D=%s&id%%5B%%5D=%s,%s", learner, admin, stranger),
               IDS(learner, admin, stranger));
    expect_ids(world, world_print(world, "?id=%s,%s", learner, learner), IDS(learner));
    expect_ids(world, world_print(world, "?id=%s,%s", NOBODY, admin), IDS(admin));
    expect_length(list(world, "?id=" NOBODY), "data", 0);
    expect_integer(list(world, "?id=" NOBODY), "meta.total", 0);
}

static void organizations_and_teams_are_filters_too(void **state)
{
    struct world *world = *state;
    const char *other = make_organization(world, "Other");
    struct person member = make_member(world, other, "Mona");
    const char *team = place_team(world, other, root_of(world, other), "LEARNER", "Other");
    place_learner(world, team, member.membership_id);
    expect_ids(world, world_print(world, "?organization_id=%s", other), IDS(member.membership_id));
    expect_ids(world, world_print(world, "?organization_id=%s,%s", other, company.stranger.organization_id),
               IDS(member.membership_id, company.stranger.membership_id));
    expect_ids(world, world_print(world, "?organization_id=%s,%s", other, other), IDS(member.membership_id));
    expect_ids(world, world_print(world, "?team_id=%s,%s", team, company.team),
               IDS(member.membership_id, company.learner.membership_id));
    expect_length(list(world, world_print(world, "?organization_id=%s", NOBODY)), "data", 0);
    expect_length(list(world, world_print(world, "?team_id=%s", NOBODY)), "data", 0);
    expect_integer(list(world, world_print(world, "?organization_id=%s&page=9", other)), "meta.total", 1);
}

static void all_filters_must_hold(void **state)
{
    struct world *world = *state;
    const char *learner = company.learner.membership_id;
    const char *organization = company.organization;
    expect_ids(world,
               world_print(world, "?id=%s,%s&organization_id=%s", learner, company.stranger.membership_id,
                           organization),
               IDS(learner));
    expect_ids(world,
               world_print(world, "?id=%s,%s&team_id=%s", learner, company.admin.membership_id, company.team),
               IDS(learner));
    expect_ids(world, world_print(world, "?team_id=%s&organization_id=%s", company.team, organization),
               IDS(learner));
    expect_length(list(world, world_print(world, "?team_id=%s&organization_id=%s", company.team,
                                          company.stranger.organization_id)),
                  "data", 0);
    expect_length(list(world, world_print(world, "?id=%s&team_id=%s", learner, company.sister)), "data", 0);
}

static void malformed_filters_are_400(void **state)
{
    static const char *const bad[] = {"?id=x",
                                      "?id=",
                                      "?id=" NOBODY ",",
                                      "?id[]=x",
                                      "?organization_id=1",
                                      "?team_id=" NOBODY "%20",
                                      "?team_id=" NOBODY "," NOBODY "x"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_error(list(*state, bad[i]), 400, NULL);
    }
}

static void links_keep_the_filters(void **state)
{
    struct world *world = *state;
    struct answer *answer =
        list(world, world_print(world, "?size=1&organization_id=%s", company.organization));
    const char *wanted =
        world_print(world, "organization_id=%s&page=2&size=1>; rel=\"next\"", company.organization);
    assert_non_null(strstr(answer_header(answer, "Link"), wanted));
    answer = list(world, world_print(world, "?size=1&id[]=%s&id[]=%s", company.admin.membership_id,
                                     company.learner.membership_id));
    const char *link = answer_header(answer, "Link");
    assert_non_null(strstr(link, company.admin.membership_id));
    assert_non_null(strstr(link, company.learner.membership_id));
    const char *next = strstr(link, ">; rel=\"next\"");
    assert_non_null(next);
    const char *start = next;
    while (*start != '<') {
        start--;
    }
    const char *path = world_print(world, "%.*s", (int)(next - start - 1), start + 1);
    struct answer *second = call_get(world, &company.employee.session, path + strlen(world_url(world)));
    expect_integer(second, "meta.total", 2);
    expect_integer(second, "meta.page", 2);
    expect_length(second, "data", 1);
}

/* --- One --- */

static void one_membership_is_shown_with_its_code(void **state)
{
    struct world *world = *state;
    const char *code = make_invitation(world, company.organization, "Una", NULL);
    const char *path = world_print(world, PATH "/%s", membership_of_code(world, code));
    expect_text(call_as(world, &company.employee, "GET", path, NULL), "data.invite_code", code);
    path = world_print(world, PATH "/%s", company.learner.membership_id);
    struct answer *answer = call_as(world, &company.employee, "GET", path, NULL);
    expect_text(answer, "data.id", company.learner.membership_id);
    expect_null(answer, "data.invite_code");
    expect_error(call_as(world, &company.employee, "GET", PATH "/" NOBODY, NULL), 404, NULL);
    expect_error(call_as(world, &company.employee, "GET", PATH "/x", NULL), 404, NULL);
}

/* --- Making --- */

static void a_membership_comes_with_an_invitation_that_can_be_used(void **state)
{
    struct world *world = *state;
    struct answer *answer =
        make(world, draft(world, world_print(world,
                                             ", \"email\": \"Ivy.Made@Example.test\", \"employee_id\": "
                                             "\"E-7\", \"job_title\": \"Driver\", "
                                             "\"team_ids\": [\"%s\", \"%s\"], \"org_admin\": true",
                                             company.team, company.sister)));
    expect_status(answer, 200);
    expect_text(answer, "data.organization_id", company.organization);
    expect_null(answer, "data.user_id");
    expect_text(answer, "data.first_name", "Ivy");
    expect_text(answer, "data.email", "ivy.made@example.test");
    expect_text(answer, "data.employee_id", "E-7");
    expect_text(answer, "data.job_title", "Driver");
    expect_integer(answer, "data.role", 1);
    expect_text(answer, "data.status", "invited");
    expect_length(answer, "data.teams", 2);
    expect_false(answer, "data.teams.0.admin");
    assert_non_null(text_at(answer, "data.invited_at"));
    struct person person = join_with(world, company.organization, text_at(answer, "data.invite_code"), "Ivy");
    assert_string_equal(person.membership_id, text_at(answer, "data.id"));
}

static void the_least_is_an_organization_and_a_name(void **state)
{
    struct world *world = *state;
    static const char *const more[] = {
        "", ", \"team_ids\": []",
        ", \"email\": null, \"job_title\": null, \"team_ids\": null, \"org_admin\": null",
        ", \"org_admin\": false, \"role\": 1, \"status\": \"active\", \"user_id\": \"" NOBODY "\""};
    for (size_t i = 0; i < COUNT(more); i++) {
        struct answer *answer = make(world, draft(world, more[i]));
        expect_status(answer, 200);
        expect_integer(answer, "data.role", 3);
        expect_text(answer, "data.status", "invited");
        expect_null(answer, "data.user_id");
        expect_null(answer, "data.email");
        expect_length(answer, "data.teams", 0);
    }
    struct answer *wrapped = make(world, world_print(world, "{\"data\": %s}", draft(world, "")));
    assert_int_equal(strlen(text_at(wrapped, "data.invite_code")), 6);
}

static void bad_drafts_are_refused_and_leave_nothing(void **state)
{
    struct world *world = *state;
    const struct {
        const char *body;
        int status;
    } bad[] = {{NULL, 400},
               {"{}", 422},
               {"{\"first_name\": \"A\", \"last_name\": \"B\"}", 422},
               {"{\"organization_id\": \"" NOBODY "\", \"first_name\": \"A\", \"last_name\": \"B\"}", 422},
               {"{\"organization_id\": \"x\", \"first_name\": \"A\", \"last_name\": \"B\"}", 400},
               {draft(world, ", \"email\": \"no address\""), 422},
               {draft(world, ", \"email\": 5"), 400},
               {draft(world, ", \"org_admin\": \"true\""), 400},
               {draft(world, ", \"team_ids\": \"x\""), 400},
               {draft(world, ", \"team_ids\": [\"x\"]"), 400},
               {draft(world, ", \"team_ids\": [5]"), 400},
               {draft(world, ", \"team_ids\": [\"" NOBODY "\"]"), 422},
               {draft(world, world_print(world, ", \"team_ids\": [\"%s\", \"%s\"]", company.team,
                                         company.foreign_team)),
                422},
               {draft(world, world_print(world, ", \"team_ids\": [\"%s\"]", company.area)), 422},
               {draft(world, world_print(world, ", \"team_ids\": [\"%s\"]", company.root)), 422},
               {draft(world, ", \"job_title\": {}"), 400}};
    const char *before = world_sql(world, "SELECT count(*) FROM memberships", NULL);
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_error(make(world, bad[i].body), bad[i].status, NULL);
    }
    struct answer *several = make(world, "{\"first_name\": \"\", \"email\": \"x\"}");
    expect_error(several, 422, "organization_id");
    expect_error(several, 422, "first_name");
    expect_error(several, 422, "last_name");
    expect_error(several, 422, "email");
    several =
        make(world, "{\"organization_id\": \"" NOBODY "\", \"first_name\": \"\", \"last_name\": \"B\"}");
    expect_error(several, 422, "organization_id");
    expect_error(several, 422, "first_name");
    several = make(world, "{\"organization_id\": \"x\", \"first_name\": 5, \"email\": \"no address\"}");
    expect_error(several, 400, "organization_id");
    expect_error(several, 400, "first_name");
    expect_error(several, 400, "last_name");
    expect_error(several, 400, "email");
    assert_string_equal(world_sql(world, "SELECT count(*) FROM memberships", NULL), before);
}

static void an_employee_id_is_taken_once_in_an_organization(void **state)
{
    struct world *world = *state;
    expect_status(make(world, draft(world, ", \"employee_id\": \"E-9\"")), 200);
    expect_error(make(world, draft(world, ", \"employee_id\": \"E-9\"")), 409, "employee_id");
    const char *elsewhere = world_print(world,
                                        "{\"organization_id\": \"%s\", \"first_name\": \"A\", \"last_name\": "
                                        "\"B\", \"employee_id\": \"E-9\"}",
                                        company.stranger.organization_id);
    expect_status(make(world, elsewhere), 200);
}

static void only_employees_may(void **state)
{
    struct world *world = *state;
    const struct person *callers[] = {&company.admin, &company.learner, &company.stranger, NULL};
    const char *before = world_sql(world, "SELECT count(*) FROM memberships", NULL);
    for (size_t i = 0; i < COUNT(callers); i++) {
        int status = callers[i] == NULL ? 401 : 403;
        expect_error(call_as(world, callers[i], "GET", PATH, NULL), status, NULL);
        expect_error(call_as(world, callers[i], "POST", PATH, draft(world, "")), status, NULL);
        expect_error(call_as(world, callers[i], "GET",
                             world_print(world, PATH "/%s", company.learner.membership_id), NULL),
                     status, NULL);
    }
    assert_string_equal(world_sql(world, "SELECT count(*) FROM memberships", NULL), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_has_everybody),
        cmocka_unit_test(filters_take_lists),
        cmocka_unit_test(organizations_and_teams_are_filters_too),
        cmocka_unit_test(all_filters_must_hold),
        cmocka_unit_test(malformed_filters_are_400),
        cmocka_unit_test(links_keep_the_filters),
        cmocka_unit_test(one_membership_is_shown_with_its_code),
        cmocka_unit_test(a_membership_comes_with_an_invitation_that_can_be_used),
        cmocka_unit_test(the_least_is_an_organization_and_a_name),
        cmocka_unit_test(bad_drafts_are_refused_and_leave_nothing),
        cmocka_unit_test(an_employee_id_is_taken_once_in_an_organization),
        cmocka_unit_test(only_employees_may),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
