/* Organizations, as employees list, make and change them, and the job titles in them. */
#include "support/company.h"
#include "support/expect.h"
#include "support/metadata.h"

#define PATH "/api/v1/worklete_admin/organizations"

static struct company company;

static int setup(void **state)
{
    world_setup(state);
    company = make_company(*state);
    return 0;
}

static struct answer *make(struct world *world, const char *body)
{
    return call_as(world, &company.employee, "POST", PATH, body);
}

static struct answer *on_one(struct world *world, const struct person *caller, const char *method,
                             const char *id, const char *body)
{
    return call_as(world, caller, method, world_print(world, PATH "/%s", id), body);
}

static struct answer *change(struct world *world, const char *id, const char *body)
{
    return on_one(world, &company.employee, "PATCH", id, body);
}

static const char *new_organization(struct world *world)
{
    return text_at(make(world, text_body(world, "name", make_name(world, "Made"))), "data.id");
}

static void an_organization_is_made_with_its_root_team(void **state)
{
    struct world *world = *state;
    const char *name = make_name(world, "Whole");
    const char *metadata = metadata_of(world, "https://idp.example.test/whole");
    struct answer *answer =
        make(world,
             world_print(world, "{\"name\": \"%s\", \"s3_integrations_folder\": \"a/b\", \"saml_info\": %s}",
                         name, metadata));
    expect_status(answer, 200);
    expect_text(answer, "data.name", name);
    expect_text(answer, "data.s3_integrations_folder", "a/b");
    expect_true(answer, "data.saml_enabled");
    expect_integer(answer, "data.new_hire_delay_days", 0);
    expect_integer(answer, "data.teams_count", 0);
    expect_integer(answer, "data.members_count", 0);
    const char *id = text_at(answer, "data.id");
    assert_string_equal(
        world_sql(world, "SELECT name FROM teams WHERE organization_id = $1::uuid AND type = 'ORGANIZATION'",
                  id, NULL),
        name);
    struct answer *shown = on_one(world, &company.employee, "GET", id, NULL);
    expect_body(shown, answer->body);
}

static void bodies_come_bare_or_inside_data(void **state)
{
    struct world *world = *state;
    const char *name = make_name(world, "Wrapped");
    struct answer *answer = make(world, world_print(world, "{\"data\": {\"name\": \"%s\"}}", name));
    expect_text(answer, "data.name", name);
    expect_null(answer, "data.s3_integrations_folder");
    const char *id = text_at(answer, "data.id");
    expect_integer(change(world, id, "{\"data\": {\"new_hire_delay_days\": 7}}"), "data.new_hire_delay_days",
                   7);
    expect_integer(change(world, id, "{\"new_hire_delay_days\": 8}"), "data.new_hire_delay_days", 8);
    expect_integer(change(world, id, "{\"new_hire_delay_days\": 9, \"data\": {\"new_hire_delay_days\": 10}}"),
                   "data.new_hire_delay_days", 10);
    expect_error(change(world, id, "{\"data\": 5}"), 400, "data");
    expect_error(change(world, id, "{\"data\": [{}]}"), 400, "data");
    expect_error(change(world, id, "{\"data\": null}"), 400, "data");
}

static void a_taken_name_is_409_without_case(void **state)
{
    struct world *world = *state;
    const char *name = make_name(world, "Taken");
    expect_status(make(world, text_body(world, "name", name)), 200);
    int64_t before = strtol(world_sql(world, "SELECT count(*) FROM organizations", NULL), NULL, 10);
    expect_error(make(world, text_body(world, "name", name)), 409, "name");
    expect_error(
        make(world, text_body(world, "name", world_sql(world, "SELECT '  ' || upper($1)", name, NULL))), 409,
        "name");
    assert_int_equal(strtol(world_sql(world, "SELECT count(*) FROM organizations", NULL), NULL, 10), before);
    const char *other = new_organization(world);
    expect_error(change(world, other, text_body(world, "name", name)), 409, "name");
}

static void of_one_name_at_once_exactly_one_is_made(void **state)
{
    struct world *world = *state;
    const char *body = text_body(world, "name", make_name(world, "Raced"));
    struct call calls[4];
    struct answer *answers[4];
    size_t made = 0;
    for (size_t i = 0; i < COUNT(calls); i++) {
        calls[i] =
            (struct call){.method = "POST", .path = PATH, .body = body, .session = &company.employee.session};
    }
    call_together(world, calls, COUNT(calls), answers);
    for (size_t i = 0; i < COUNT(calls); i++) {
        made += answers[i]->status == 200;
        assert_true(answers[i]->status == 200 || answers[i]->status == 409);
    }
    assert_int_equal(made, 1);
}

static void what_is_given_replaces_and_the_rest_stays(void **state)
{
    struct world *world = *state;
    const char *id = new_organization(world);
    const char *name = make_name(world, "Changed");
    struct answer *answer =
        change(world, id, world_print(world, "{\"name\": \"%s\", \"s3_integrations_folder\": \"f\"}", name));
    expect_text(answer, "data.name", name);
    assert_string_equal(
        world_sql(world, "SELECT name FROM teams WHERE id = $1::uuid", root_of(world, id), NULL), name);
    answer = change(world, id, "{\"new_hire_delay_days\": 3650}");
    expect_text(answer, "data.name", name);
    expect_text(answer, "data.s3_integrations_folder", "f");
    expect_integer(answer, "data.new_hire_delay_days", 3650);
    answer = change(
        world, id,
        world_print(world, "{\"saml_info\": %s}", metadata_of(world, "https://idp.example.test/replaced")));
    expect_true(answer, "data.saml_enabled");
    answer = change(world, id, "{\"s3_integrations_folder\": null}");
    expect_null(answer, "data.s3_integrations_folder");
    expect_true(answer, "data.saml_enabled");
    answer = change(world, id, "{\"saml_info\": null, \"new_hire_delay_days\": 0}");
    expect_false(answer, "data.saml_enabled");
    expect_integer(answer, "data.new_hire_delay_days", 0);
    expect_text(change(world, id, "{}"), "data.name", name);
    expect_error(change(world, id, "{\"name\": null}"), 422, "name");
    expect_error(change(world, id, "{\"new_hire_delay_days\": null}"), 422, "new_hire_delay_days");
    expect_text(change(world, id, text_body(world, "name", name)), "data.name", name);
}

static void bad_bodies_are_refused(void **state)
{
    static const struct {
        const char *body;
        int status;
    } of_both[] = {{"{\"name\": 5}", 400},
                   {"{\"name\": \"\"}", 422},
                   {"{\"name\": \"  \"}", 422},
                   {"{\"name\": \"Bad body\", \"s3_integrations_folder\": 5}", 400},
                   {"{\"name\": \"Bad body\", \"saml_info\": true}", 400},
                   {"{\"name\": \"Bad body\", \"saml_info\": \"<x/>\"}", 422},
                   {"[]", 400},
                   {"{", 400}},
      of_change[] = {{"{\"new_hire_delay_days\": -1}", 422},
                     {"{\"new_hire_delay_days\": 3651}", 422},
                     {"{\"new_hire_delay_days\": 1.5}", 400},
                     {"{\"new_hire_delay_days\": \"7\"}", 400},
                     {"{\"new_hire_delay_days\": 99999999999999999999}", 422}},
      of_making[] = {{NULL, 400}, {"{}", 422}, {"{\"name\": null}", 422}, {"{\"data\": {}}", 422}};
    struct world *world = *state;
    const char *id = new_organization(world);
    for (size_t i = 0; i < COUNT(of_both); i++) {
        expect_error(make(world, of_both[i].body), of_both[i].status, NULL);
        expect_error(change(world, id, of_both[i].body), of_both[i].status, NULL);
    }
    for (size_t i = 0; i < COUNT(of_change); i++) {
        expect_error(change(world, id, of_change[i].body), of_change[i].status, "new_hire_delay_days");
    }
    for (size_t i = 0; i < COUNT(of_making); i++) {
        expect_error(make(world, of_making[i].body), of_making[i].status, NULL);
    }
    const char *long_name = world_sql(world, "SELECT repeat('x', 201)", NULL);
    expect_error(make(world, text_body(world, "name", long_name)), 422, "name");
    assert_string_equal(world_sql(world, "SELECT count(*) FROM organizations WHERE name = 'Bad body'", NULL),
                        "0");
}

static void the_list_has_all_organizations_in_pages(void **state)
{
    struct world *world = *state;
    const char *total = world_sql(world, "SELECT count(*) FROM organizations", NULL);
    struct answer *answer = call_get(world, &company.employee.session, PATH "?size=100");
    expect_integer(answer, "meta.total", strtol(total, NULL, 10));
    int at = position_of(world, answer, "data", "id", company.organization);
    assert_true(at >= 0);
    expect_integer(answer, world_print(world, "data.%d.teams_count", at), 3);
    expect_integer(answer, world_print(world, "data.%d.members_count", at), 5);
    expect_null(answer, world_print(world, "data.%d.saml_info", at));
    struct answer *page = call_get(world, &company.employee.session, PATH "?size=1&page=2");
    expect_length(page, "data", 1);
    expect_text(page, "data.0.id", text_at(answer, "data.1.id"));
    expect_error(call_get(world, &company.employee.session, PATH "?page=0"), 400, "page");
}

/* --- Job titles --- */

static struct answer *titles(struct world *world, const struct person *caller, const char *id)
{
    return on_one(world, caller, "GET", world_print(world, "%s/job_titles", id), NULL);
}

static void add_title(struct world *world, const char *organization, const char *title, const char *status,
                      const char *minute)
{
    world_sql(
        world,
        "INSERT INTO memberships (organization_id, first_name, last_name, job_title, status, created_at) "
        "VALUES ($1::uuid, 'A', 'B', $2, $3, '2019-05-01'::timestamptz + make_interval(mins => $4::integer))",
        organization, title, status, minute, NULL);
}

static void titles_are_distinct_sorted_and_spelled_as_the_first(void **state)
{
    struct world *world = *state;
    const char *id = new_organization(world);
    expect_length(titles(world, &company.employee, id), "data", 0);
    add_title(world, id, "nurse", "active", "2");
    add_title(world, id, "  Nurse ", "invited", "1");
    add_title(world, id, "Driver", "invited", "3");
    add_title(world, id, "DRIVER", "active", "4");
    add_title(world, id, "clerk", "active", "5");
    add_title(world, id, "Gone", "inactive", "6");
    add_title(world, id, " ", "active", "7");
    add_title(world, id, "Z \\\"quoted\\\"", "active", "8");
    struct answer *answer = titles(world, &company.employee, id);
    expect_length(answer, "data", 4);
    expect_text(answer, "data.0", "clerk");
    expect_text(answer, "data.1", "Driver");
    expect_text(answer, "data.2", "Nurse");
    expect_text(answer, "data.3", "Z \\\"quoted\\\"");
    expect_length(titles(world, &company.employee, company.organization), "data", 0);
    expect_error(titles(world, &company.employee, NOBODY), 404, NULL);
    expect_error(titles(world, &company.employee, "x"), 404, NULL);
}

/* --- Who may not --- */

static void only_employees_may(void **state)
{
    struct world *world = *state;
    const struct person *callers[] = {&company.admin, &company.learner, &company.stranger, NULL};
    for (size_t i = 0; i < COUNT(callers); i++) {
        int status = callers[i] == NULL ? 401 : 403;
        expect_error(call_as(world, callers[i], "GET", PATH, NULL), status, NULL);
        expect_error(call_as(world, callers[i], "POST", PATH, "{\"name\": \"Mine\"}"), status, NULL);
        expect_error(on_one(world, callers[i], "GET", company.organization, NULL), status, NULL);
        expect_error(on_one(world, callers[i], "GET", NOBODY, NULL), status, NULL);
        expect_error(on_one(world, callers[i], "PATCH", company.organization, "{\"name\": \"Mine\"}"), status,
                     NULL);
        expect_error(titles(world, callers[i], company.organization), status, NULL);
    }
    assert_string_equal(world_sql(world, "SELECT count(*) FROM organizations WHERE name = 'Mine'", NULL),
                        "0");
    expect_error(on_one(world, &company.employee, "GET", NOBODY, NULL), 404, NULL);
    expect_error(change(world, NOBODY, "{}"), 404, NULL);
    expect_error(change(world, "x", "{}"), 404, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_organization_is_made_with_its_root_team),
        cmocka_unit_test(bodies_come_bare_or_inside_data),
        cmocka_unit_test(a_taken_name_is_409_without_case),
        cmocka_unit_test(of_one_name_at_once_exactly_one_is_made),
        cmocka_unit_test(what_is_given_replaces_and_the_rest_stays),
        cmocka_unit_test(bad_bodies_are_refused),
        cmocka_unit_test(the_list_has_all_organizations_in_pages),
        cmocka_unit_test(titles_are_distinct_sorted_and_spelled_as_the_first),
        cmocka_unit_test(only_employees_may),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
