/* All faults of a body are told at once: those of its fields, and those that show only where fields are seen
 * together, beside the clock or as a document. */
#include "support/expect.h"
#include "support/learning.h"

static struct company company;
static const char *category;
static const char *course;

static const char *below_organization(struct world *world, const char *rest)
{
    return world_print(world, "/api/v1/worklete_admin/organizations/%s%s", company.organization, rest);
}

static int setup(void **state)
{
    world_setup(state);
    struct world *world = *state;
    company = make_company(world);
    course = make_course(world, &company.employee, "Together", true);
    struct answer *made =
        call_as(world, &company.employee, "POST", below_organization(world, "/training_categories"),
                "{\"name\": \"Together\"}");
    category = world_print(world, "/training_categories/%s", text_at(made, "data.id"));
    return 0;
}

/* Each of the fields has a sentence in the answer, and there are no others. */
static void expect_faults(struct answer *answer, const char *const *fields, size_t count)
{
    expect_status(answer, 422);
    for (size_t i = 0; i < count; i++) {
        expect_error(answer, 422, fields[i]);
    }
    expect_length(answer, "errors", count);
}

#define EXPECT_FAULTS(answer, ...) \
    expect_faults((answer), (const char *const[]){__VA_ARGS__}, COUNT(((const char *const[]){__VA_ARGS__})))

static void a_document_and_a_name(void **state)
{
    struct world *world = *state;
    EXPECT_FAULTS(call_as(world, &company.employee, "POST", "/api/v1/worklete_admin/organizations",
                          "{\"name\": \"\", \"saml_info\": \"<x/>\"}"),
                  "name", "saml_info");
    EXPECT_FAULTS(
        call_as(world, &company.employee, "PATCH", below_organization(world, ""),
                "{\"data\": {\"name\": \" \", \"saml_info\": \"<x/>\", \"new_hire_delay_days\": -1}}"),
        "name", "saml_info", "new_hire_delay_days");
}

static void days_in_their_order(void **state)
{
    struct world *world = *state;
    const char *path = world_print(world, "/api/v1/worklete_admin/teams/%s/refinements", company.team);
    const char *body =
        "{\"data\": {\"starts_on\": \"2019-05-02\", \"ends_on\": \"2019-05-01\", \"status\": \"x\"}}";
    EXPECT_FAULTS(call_as(world, &company.employee, "POST", path, body), "ends_on", "status");
    struct answer *made = call_as(world, &company.employee, "POST", path,
                                  "{\"starts_on\": \"2019-05-01\", \"ends_on\": \"2019-05-01\"}");
    path = world_print(world, "%s/%s", path, text_at(made, "data.id"));
    EXPECT_FAULTS(call_as(world, &company.employee, "PATCH", path, body), "ends_on", "status");
    EXPECT_FAULTS(
        call_as(world, &company.employee, "PATCH", path, "{\"ends_on\": \"2019-05-01\", \"status\": \"x\"}"),
        "status");
}

static void days_and_times_to_come(void **state)
{
    struct world *world = *state;
    EXPECT_FAULTS(call_as(world, &company.employee, "POST", "/api/v1/worklete_admin/champion_certifications",
                          "{\"date\": \"9999-12-31\"}"),
                  "date", "user_id");
    EXPECT_FAULTS(call_as(world, &company.employee, "POST", "/api/v1/worklete_admin/champion_certifications",
                          "{\"date\": \"2019-05-01\"}"),
                  "user_id");
    const char *path = world_print(world, "/api/v1/player/courses/%s/user_course_statuses", course);
    EXPECT_FAULTS(call_as(world, &company.learner, "POST", path,
                          "{\"event_type\": \"x\", \"client_supplied_occured_at_in_ms\": 253402300799999}"),
                  "event_type", "player_session_id", "client_supplied_occured_at_in_ms");
    EXPECT_FAULTS(call_as(world, &company.learner, "POST", path,
                          "{\"event_type\": \"x\", \"client_supplied_occured_at_in_ms\": 0}"),
                  "event_type", "player_session_id");
}

static void lists_with_a_thing_twice(void **state)
{
    struct world *world = *state;
    EXPECT_FAULTS(
        call_as(world, &company.employee, "PATCH", below_organization(world, category),
                world_print(
                    world, "{\"name\": \"%0201d\", \"job_titles\": [\"a\", \"A\"], \"course_ids\": [\"%s\"]}",
                    0, NOBODY)),
        "name", "job_titles", "course_ids");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_and_a_name),
        cmocka_unit_test(days_in_their_order),
        cmocka_unit_test(days_and_times_to_come),
        cmocka_unit_test(lists_with_a_thing_twice),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
