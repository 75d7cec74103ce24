/* The teams of an organization, listed in pages from 0, and made. */
#include "support/company.h"
#include "support/expect.h"

static struct company company;

static int setup(void **state)
{
    world_setup(state);
    company = make_company(*state);
    return 0;
}

static struct answer *list(struct world *world, const struct person *caller, const char *organization,
                           const char *query)
{
    return call_as(world, caller, "GET",
                   world_print(world, "/api/v1/organizations/%s/teams%s", organization, query), NULL);
}

static struct answer *make(struct world *world, const struct person *caller, const char *organization,
                           const char *body)
{
    return call_as(world, caller, "POST", world_print(world, "/api/v1/organizations/%s/teams", organization),
                   body);
}

static const char *draft(struct world *world, const char *name, const char *parent)
{
    return world_print(world, "{\"name\": \"%s\", \"parent_id\": \"%s\"}", name, parent);
}

static int64_t count_teams(struct world *world)
{
    return count_rows(world, "SELECT count(*) FROM teams WHERE organization_id = $1::uuid",
                      company.organization);
}

/* --- GET --- */

static void members_see_all_teams_but_the_root(void **state)
{
    const struct person *callers[] = {&company.outsider, &company.learner, &company.admin, &company.employee};
    for (size_t i = 0; i < COUNT(callers); i++) {
        struct answer *answer = list(*state, callers[i], company.organization, "");
        expect_length(answer, "data", 3);
        expect_integer(answer, "meta.page", 0);
        expect_integer(answer, "meta.size", 25);
        expect_integer(answer, "meta.total", 3);
        expect_integer(answer, "meta.pages", 1);
        expect_text(answer, "data.0.id", company.area);
        expect_text(answer, "data.0.type", "META");
        expect_text(answer, "data.1.id", company.team);
        expect_text(answer, "data.1.type", "LEARNER");
        expect_integer(answer, "data.1.status.active", 1);
        expect_text(answer, "data.2.id", company.sister);
    }
}

static void pages_count_from_0(void **state)
{
    struct answer *first = list(*state, &company.learner, company.organization, "?page=0&size=2");
    expect_length(first, "data", 2);
    expect_integer(first, "meta.page", 0);
    expect_integer(first, "meta.pages", 2);
    const char *link = answer_header(first, "Link");
    assert_non_null(strstr(link, "page=0&size=2>; rel=\"first\""));
    assert_non_null(strstr(link, "page=1&size=2>; rel=\"next\""));
    assert_non_null(strstr(link, "page=1&size=2>; rel=\"last\""));
    assert_null(strstr(link, "prev"));
    struct answer *second = list(*state, &company.learner, company.organization, "?page=1&size=2");
    expect_length(second, "data", 1);
    expect_text(second, "data.0.id", company.sister);
    assert_non_null(strstr(answer_header(second, "Link"), "page=0&size=2>; rel=\"prev\""));
    assert_null(strstr(answer_header(second, "Link"), "next"));
    struct answer *behind = list(*state, &company.learner, company.organization, "?page=2&size=2");
    expect_length(behind, "data", 0);
    expect_integer(behind, "meta.total", 3);
    expect_length(list(*state, &company.learner, company.organization, "?page=2147483647&size=100"), "data",
                  0);
}

static void numbers_out_of_range_are_400(void **state)
{
    static const char *const bad[] = {"?page=-1", "?page=x",   "?page=",   "?page=2147483648",
                                      "?size=0",  "?size=101", "?size=-1", "?size=1.5"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_error(list(*state, &company.admin, company.organization, bad[i]), 400,
                     strstr(bad[i], "page") != NULL ? "page" : "size");
    }
}

static void an_organization_without_teams_has_an_empty_list(void **state)
{
    struct world *world = *state;
    struct person member = make_member(world, make_organization(world, "Empty"), "Eve");
    struct answer *answer = list(world, &member, member.organization_id, "");
    expect_length(answer, "data", 0);
    expect_integer(answer, "meta.total", 0);
    expect_integer(answer, "meta.pages", 0);
}

static void lists_elsewhere_are_404_as_if_they_did_not_exist(void **state)
{
    struct world *world = *state;
    expect_hidden(list(world, &company.stranger, company.organization, ""),
                  list(world, &company.stranger, NOBODY, ""));
    expect_hidden(list(world, &company.stranger, company.organization, "?page=5"),
                  list(world, &company.stranger, NOBODY, "?page=5"));
    expect_error(list(world, &company.employee, NOBODY, ""), 404, NULL);
    expect_error(list(world, &company.admin, "x", ""), 404, NULL);
    expect_error(list(world, NULL, company.organization, ""), 401, NULL);
    struct person former = make_member(world, company.organization, "Fred");
    world_sql(world, "UPDATE memberships SET status = 'inactive' WHERE id = $1::uuid", former.membership_id,
              NULL);
    expect_error(list(world, &former, company.organization, ""), 404, NULL);
}

/* --- POST --- */

static void a_team_without_a_parent_stands_below_the_root(void **state)
{
    struct world *world = *state;
    const struct person *callers[] = {&company.admin, &company.employee};
    for (size_t i = 0; i < COUNT(callers) * 2; i++) {
        const char *name = make_name(world, "Flat");
        const char *body = i % 2 == 0 ? text_body(world, "name", name)
                                      : world_print(world, "{\"name\": \"%s\", \"parent_id\": null}", name);
        struct answer *answer = make(world, callers[i / 2], company.organization, body);
        expect_status(answer, 200);
        expect_text(answer, "data.name", name);
        expect_text(answer, "data.parent_id", company.root);
        expect_text(answer, "data.organization_id", company.organization);
        expect_text(answer, "data.type", "LEARNER");
        expect_integer(answer, "data.status.members", 0);
        struct json_object *meta = NULL;
        assert_true(json_at(answer, "meta", &meta));
        assert_non_null(strstr(answer->body, "\"meta\":{}"));
    }
}

static void a_parent_becomes_a_team_of_teams(void **state)
{
    struct world *world = *state;
    const char *parent = text_at(make(world, &company.admin, company.organization,
                                      text_body(world, "name", make_name(world, "Parent"))),
                                 "data.id");
    struct answer *below = make(world, &company.admin, company.organization, draft(world, "Child", parent));
    expect_status(below, 200);
    expect_text(below, "data.parent_id", parent);
    expect_text(below, "data.type", "LEARNER");
    struct answer *above =
        call_as(world, &company.admin, "GET", world_print(world, "/api/v1/teams/%s", parent), NULL);
    expect_text(above, "data.type", "META");
    expect_status(make(world, &company.admin, company.organization, draft(world, "Second child", parent)),
                  200);
}

static void a_parent_with_people_of_its_own_is_409(void **state)
{
    struct world *world = *state;
    int64_t before = count_teams(world);
    expect_error(make(world, &company.admin, company.organization, draft(world, "Child", company.team)), 409,
                 NULL);
    assert_int_equal(count_teams(world), before);
    struct answer *parent =
        call_as(world, &company.admin, "GET", world_print(world, "/api/v1/teams/%s", company.team), NULL);
    expect_text(parent, "data.type", "LEARNER");
}

static void an_unknown_or_foreign_parent_is_422(void **state)
{
    struct world *world = *state;
    struct answer *unknown = make(world, &company.admin, company.organization, draft(world, "Child", NOBODY));
    struct answer *foreign =
        make(world, &company.admin, company.organization, draft(world, "Child", company.foreign_team));
    expect_error(unknown, 422, "parent_id");
    struct answer *both = make(world, &company.admin, company.organization, draft(world, "", NOBODY));
    expect_error(both, 422, "parent_id");
    expect_error(both, 422, "name");
    struct answer *member = make(world, &company.learner, company.organization, draft(world, "", NOBODY));
    expect_status(member, 403);
    assert_null(strstr(member->body, "parent_id"));
    expect_status(foreign, 422);
    expect_body(foreign, unknown->body);
    expect_error(
        make(world, &company.employee, company.organization, draft(world, "Child", company.foreign_team)),
        422, "parent_id");
}

static void sisters_have_different_names(void **state)
{
    struct world *world = *state;
    const char *name = make_name(world, "Named ");
    expect_status(make(world, &company.admin, company.organization, draft(world, name, company.area)), 200);
    int64_t before = count_teams(world);
    expect_error(make(world, &company.admin, company.organization, draft(world, name, company.area)), 409,
                 "name");
    const char *shout = world_sql(world, "SELECT '  ' || upper($1) || ' '", name, NULL);
    expect_error(make(world, &company.admin, company.organization, draft(world, shout, company.area)), 409,
                 "name");
    assert_int_equal(count_teams(world), before);
    expect_status(make(world, &company.admin, company.organization, draft(world, name, company.root)), 200);
}

static void bad_bodies_are_refused(void **state)
{
    static const struct {
        const char *body;
        int status;
    } bad[] = {{NULL, 400},
               {"{}", 422},
               {"{\"name\": null}", 422},
               {"{\"name\": \"\"}", 422},
               {"{\"name\": \" \\t \"}", 422},
               {"{\"name\": 5}", 400},
               {"{\"name\": \"a\", \"parent_id\": \"x\"}", 400},
               {"{\"name\": \"a\", \"parent_id\": 5}", 400},
               {"{\"name\": \"a\", \"parent_id\": {}}", 400},
               {"{\"name\": \"a\", \"name\": \"b\"}", 400},
               {"\"name\"", 400}};
    struct world *world = *state;
    int64_t before = count_teams(world);
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_error(make(world, &company.admin, company.organization, bad[i].body), bad[i].status, NULL);
    }
    const char *long_name = world_sql(world, "SELECT repeat('x', 201)", NULL);
    expect_error(make(world, &company.admin, company.organization, text_body(world, "name", long_name)), 422,
                 "name");
    assert_int_equal(count_teams(world), before);
}

static void others_make_no_team(void **state)
{
    struct world *world = *state;
    const struct person *callers[] = {&company.learner, &company.leader, &company.leader_of_area,
                                      &company.outsider};
    int64_t before = count_teams(world);
    for (size_t i = 0; i < COUNT(callers); i++) {
        expect_error(make(world, callers[i], company.organization, draft(world, "Mine", company.area)), 403,
                     NULL);
    }
    const char *body = text_body(world, "name", "Mine");
    expect_hidden(make(world, &company.stranger, company.organization, body),
                  make(world, &company.stranger, NOBODY, body));
    expect_error(make(world, &company.employee, NOBODY, body), 404, NULL);
    expect_error(make(world, NULL, company.organization, body), 401, NULL);
    assert_int_equal(count_teams(world), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_see_all_teams_but_the_root),
        cmocka_unit_test(pages_count_from_0),
        cmocka_unit_test(numbers_out_of_range_are_400),
        cmocka_unit_test(an_organization_without_teams_has_an_empty_list),
        cmocka_unit_test(lists_elsewhere_are_404_as_if_they_did_not_exist),
        cmocka_unit_test(a_team_without_a_parent_stands_below_the_root),
        cmocka_unit_test(a_parent_becomes_a_team_of_teams),
        cmocka_unit_test(a_parent_with_people_of_its_own_is_409),
        cmocka_unit_test(an_unknown_or_foreign_parent_is_422),
        cmocka_unit_test(sisters_have_different_names),
        cmocka_unit_test(bad_bodies_are_refused),
        cmocka_unit_test(others_make_no_team),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
