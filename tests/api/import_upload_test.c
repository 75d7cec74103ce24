/* A file of people that is uploaded imports itself, once, and tells how it went. */
#include <json-c/json.h>
#include <unistd.h>

#include "support/company.h"
#include "support/expect.h"
#include "support/roster.h"

static struct person employee;

static int setup(void **state)
{
    world_setup(state);
    employee = make_employee(*state, "Emil");
    return 0;
}

static const char *new_organization(struct world *world)
{
    return make_organization(world, make_name(world, "Roster "));
}

/* The key of the file. */
static const char *upload(struct world *world, const char *organization, const char *content)
{
    struct answer *answer =
        call_get(world, &employee.session,
                 world_print(world, "/api/v1/worklete_admin/organizations/%s/upload_memberships_list_url",
                             organization));
    const char *url = text_at(answer, "data.url");
    world_secret(world, strstr(url, "signature=") + strlen("signature="));
    expect_status(CALL(world, .method = "PUT", .path = url + strlen(world_url(world)), .body = content,
                       .type = "text/csv"),
                  200);
    return text_at(answer, "data.key");
}

static struct answer *list(struct world *world, const char *organization)
{
    return call_get(
        world, &employee.session,
        world_print(world, "/api/v1/worklete_admin/organizations/%s/membership_imports", organization));
}

/* The list when the newest import has this status. */
static struct answer *wait_for(struct world *world, const char *organization, const char *status)
{
    for (int tries = 0;
         count_rows(world,
                    world_print(world,
                                "SELECT count(*) FROM membership_imports WHERE organization_id = "
                                "$1::uuid AND status = '%s'",
                                status),
                    organization) == 0;
         tries++) {
        assert_true(tries < 3000);
        usleep(20000);
    }
    return list(world, organization);
}

static void wait_for_jobs(struct world *world, const char *organization)
{
    for (int tries = 0; count_rows(world,
                                   "SELECT count(*) FROM jobs WHERE organization_id = $1::uuid AND state IN "
                                   "('waiting', 'running')",
                                   organization) > 0;
         tries++) {
        assert_true(tries < 3000);
        usleep(20000);
    }
}

static void an_uploaded_file_imports_itself(void **state)
{
    struct world *world = *state;
    const char *organization = new_organization(world);
    const char *key = upload(world, organization, "employee_id,first_name,last_name\nE1,Ada,L\nE2,,B\n");
    struct answer *answer = wait_for(world, organization, "complete");
    expect_text(answer, "data.0.key", key);
    expect_integer(answer, "data.0.report.joined", 1);
    expect_integer(answer, "data.0.report.refusals.0.line", 3);
    assert_string_equal(member(world, organization, "E1"), "invited|Ada|L|-|-|-|-");
    wait_for_jobs(world, organization);
    assert_string_equal(
        world_sql(world, "SELECT state FROM jobs WHERE organization_id = $1::uuid", organization, NULL),
        "done");
    assert_int_equal(count_rows(world,
                                "SELECT count(*) FROM audit_events WHERE operation = 'membership_import' AND "
                                "organization_id = $1::uuid AND action = 'membership.create'",
                                organization),
                     1);
}

static void an_uploaded_file_may_be_refused(void **state)
{
    struct world *world = *state;
    const char *organization = new_organization(world);
    upload(world, organization, "employee_id,first_name,last_name\nE1,Ren\xe9,L\n");
    struct answer *answer = wait_for(world, organization, "error");
    expect_integer(answer, "meta.total", 1);
    assert_non_null(strstr(text_at(answer, "data.0.report.fault"), "Line 2 is not UTF-8"));
    wait_for_jobs(world, organization);
    assert_string_equal(world_sql(world,
                                  "SELECT state || ' ' || attempt FROM jobs WHERE organization_id = $1::uuid",
                                  organization, NULL),
                        "failed 1");
}

static void a_job_that_comes_twice_imports_once(void **state)
{
    struct world *world = *state;
    const char *organization = new_organization(world);
    const char *key = upload(world, organization, "employee_id,first_name,last_name\nE1,Ada,L\n");
    wait_for(world, organization, "complete");
    wait_for_jobs(world, organization);
    world_sql(
        world,
        "INSERT INTO jobs (kind, pool, organization_id, payload, attempts, lease_time) SELECT kind, pool, "
        "organization_id, jsonb_build_object('organization_id', organization_id, 'key', $2::text), attempts, "
        "lease_time FROM jobs WHERE organization_id = $1::uuid",
        organization, key, NULL);
    world_sql(world, "NOTIFY jobs", NULL);
    wait_for_jobs(world, organization);
    expect_integer(list(world, organization), "meta.total", 1);
    assert_int_equal(
        count_rows(world, "SELECT count(*) FROM jobs WHERE organization_id = $1::uuid AND state = 'done'",
                   organization),
        2);
}

static void a_file_that_is_gone_is_told(void **state)
{
    struct world *world = *state;
    const char *organization = new_organization(world);
    world_sql(
        world,
        "INSERT INTO jobs (kind, pool, organization_id, payload, attempts, lease_time) VALUES "
        "('membership_import', 'long', $1::uuid, jsonb_build_object('organization_id', $1::text, 'key', "
        "'nowhere.csv'), 5, '1 hour')",
        organization, NULL);
    world_sql(world, "NOTIFY jobs", NULL);
    struct answer *answer = wait_for(world, organization, "error");
    expect_text(answer, "data.0.report.fault", "There is no uploaded file of that key.");
    expect_text(answer, "data.0.key", "nowhere.csv");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_uploaded_file_imports_itself),
        cmocka_unit_test(an_uploaded_file_may_be_refused),
        cmocka_unit_test(a_job_that_comes_twice_imports_once),
        cmocka_unit_test(a_file_that_is_gone_is_told),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
