/* An organization's identity provider, set by its admins; both paths are the same operation. */
#include "support/company.h"
#include "support/expect.h"
#include "support/metadata.h"

static struct company company;

static int setup(void **state)
{
    world_setup(state);
    company = make_company(*state);
    return 0;
}

static const char *const paths[] = {"organizations", "organization"};

static struct answer *change_at(struct world *world, size_t path, const struct person *caller,
                                const char *organization, const char *body)
{
    return call_as(world, caller, "PATCH", world_print(world, "/api/v1/%s/%s", paths[path], organization),
                   body);
}

static struct answer *change(struct world *world, const struct person *caller, const char *organization,
                             const char *body)
{
    return change_at(world, 0, caller, organization, body);
}

static const char *saml(struct world *world, const char *metadata)
{
    return world_print(world, "{\"saml_info\": %s}", metadata);
}

static const char *stored(struct world *world, const char *organization)
{
    return world_sql(world, "SELECT saml_info FROM organizations WHERE id = $1::uuid", organization, NULL);
}

static void an_admin_sets_and_removes_the_provider(void **state)
{
    struct world *world = *state;
    const struct person *callers[] = {&company.admin, &company.employee};
    const char *metadata = metadata_of(world, "https://idp.example.test/one");
    for (size_t i = 0; i < COUNT(paths) * COUNT(callers); i++) {
        const struct person *caller = callers[i / 2];
        struct answer *answer = change_at(world, i % 2, caller, company.organization, saml(world, metadata));
        expect_status(answer, 200);
        expect_text(answer, "data.id", company.organization);
        expect_true(answer, "data.saml_enabled");
        assert_string_equal(world_print(world, "\"%s\"", text_at(answer, "data.saml_info")), metadata);
        expect_integer(answer, "data.new_hire_delay_days", 0);
        expect_integer(answer, "data.teams_count", 3);
        expect_integer(answer, "data.members_count", 5);
        answer = change_at(world, i % 2, caller, company.organization, "{\"saml_info\": null}");
        expect_false(answer, "data.saml_enabled");
        expect_null(answer, "data.saml_info");
        assert_string_equal(stored(world, company.organization), "");
    }
}

static void the_same_again_is_the_same(void **state)
{
    struct world *world = *state;
    const char *body = saml(world, metadata_of(world, "https://idp.example.test/same"));
    expect_status(change(world, &company.admin, company.organization, body), 200);
    struct answer *answer = change(world, &company.admin, company.organization, body);
    expect_status(answer, 200);
    expect_true(answer, "data.saml_enabled");
    expect_status(change(world, &company.admin, company.organization, "{\"saml_info\": null}"), 200);
    expect_status(change(world, &company.admin, company.organization, "{\"saml_info\": null}"), 200);
}

static void one_provider_speaks_for_one_organization(void **state)
{
    struct world *world = *state;
    const char *body = saml(world, metadata_of(world, "https://idp.example.test/shared"));
    expect_status(change(world, &company.admin, company.organization, body), 200);
    expect_error(change(world, &company.stranger, company.stranger.organization_id, body), 422, "saml_info");
    assert_string_equal(stored(world, company.stranger.organization_id), "");
    expect_status(change(world, &company.admin, company.organization, "{\"saml_info\": null}"), 200);
    expect_status(change(world, &company.stranger, company.stranger.organization_id, body), 200);
    expect_status(change(world, &company.stranger, company.stranger.organization_id, "{\"saml_info\": null}"),
                  200);
}

static void unusable_metadata_is_refused_and_changes_nothing(void **state)
{
    struct world *world = *state;
    const char *good = metadata_of(world, "https://idp.example.test/kept");
    const char *bad[] = {metadata_without_certificate(world),
                         metadata_without_sign_on(world),
                         metadata_of_service_provider(world),
                         metadata_with_doctype(world),
                         "\"no metadata\"",
                         "\"<x/>\"",
                         "\"<md:EntityDescriptor\""};
    expect_status(change(world, &company.admin, company.organization, saml(world, good)), 200);
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_error(change(world, &company.admin, company.organization, saml(world, bad[i])), 422,
                     "saml_info");
    }
    assert_string_equal(world_print(world, "\"%s\"", stored(world, company.organization)), good);
    expect_status(change(world, &company.admin, company.organization, "{\"saml_info\": null}"), 200);
}

static void bad_bodies_are_refused(void **state)
{
    static const struct {
        const char *body;
        int status;
    } bad[] = {{NULL, 400},
               {"{}", 422},
               {"{\"saml_info\": \"\"}", 422},
               {"{\"saml_info\": 5}", 400},
               {"{\"saml_info\": {}}", 400},
               {"[null]", 400}};
    for (size_t i = 0; i < COUNT(bad) * COUNT(paths); i++) {
        expect_error(change_at(*state, i % 2, &company.admin, company.organization, bad[i / 2].body),
                     bad[i / 2].status, NULL);
    }
}

static void only_the_provider_can_be_changed(void **state)
{
    struct world *world = *state;
    const char *name =
        world_sql(world, "SELECT name FROM organizations WHERE id = $1::uuid", company.organization, NULL);
    struct answer *answer = change(world, &company.admin, company.organization,
                                   "{\"saml_info\": null, \"name\": \"Taken\", \"s3_integrations_folder\": "
                                   "\"f\", \"new_hire_delay_days\": 9, "
                                   "\"id\": \"" NOBODY "\", \"teams_count\": 99, \"saml_entity_id\": \"x\"}");
    expect_text(answer, "data.name", name);
    expect_text(answer, "data.id", company.organization);
    expect_null(answer, "data.s3_integrations_folder");
    expect_integer(answer, "data.new_hire_delay_days", 0);
    expect_integer(answer, "data.teams_count", 3);
}

static void others_change_nothing(void **state)
{
    struct world *world = *state;
    const char *body = "{\"saml_info\": null}";
    const struct person *callers[] = {&company.learner, &company.leader_of_area, &company.outsider};
    for (size_t path = 0; path < COUNT(paths); path++) {
        for (size_t i = 0; i < COUNT(callers); i++) {
            expect_error(change_at(world, path, callers[i], company.organization, body), 403, NULL);
        }
        expect_hidden(change_at(world, path, &company.stranger, company.organization, body),
                      change_at(world, path, &company.stranger, NOBODY, body));
        expect_error(change_at(world, path, &company.employee, NOBODY, body), 404, NULL);
        expect_error(change_at(world, path, &company.admin, "x", body), 404, NULL);
        expect_error(change_at(world, path, NULL, company.organization, body), 401, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_admin_sets_and_removes_the_provider),
        cmocka_unit_test(the_same_again_is_the_same),
        cmocka_unit_test(one_provider_speaks_for_one_organization),
        cmocka_unit_test(unusable_metadata_is_refused_and_changes_nothing),
        cmocka_unit_test(bad_bodies_are_refused),
        cmocka_unit_test(only_the_provider_can_be_changed),
        cmocka_unit_test(others_change_nothing),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
