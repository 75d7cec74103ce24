/* A file of people that is uploaded imports itself, once, and tells how it went. */
#include <json-c/json.h>
#include <signal.h>
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
    for (int tries = 0; imports_of(world, organization, status) == 0; tries++) {
        assert_true(tries < 3000);
        usleep(20000);
    }
    return list(world, organization);
}

/* Until all jobs of the organization are as the condition says. */
static void wait_until(struct world *world, const char *organization, const char *condition)
{
    const char *others = world_print(
        world, "SELECT count(*) FROM jobs WHERE organization_id = $1::uuid AND NOT (%s)", condition);
    for (int tries = 0; count_rows(world, others, organization) > 0; tries++) {
        assert_true(tries < 3000);
        usleep(20000);
    }
}

static void wait_for_jobs(struct world *world, const char *organization)
{
    wait_until(world, organization, "state NOT IN ('waiting', 'running')");
}

static void an_uploaded_file_imports_itself(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
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
    const char *file = world_print(world, "%s/uploads/%s.csv", world_folder(world),
                                   world_sql(world, "SELECT id FROM uploads WHERE key = $1", key, NULL));
    for (int tries = 0; access(file, F_OK) == 0; tries++) {
        assert_true(tries < 3000);
        usleep(20000);
    }
}

static void an_uploaded_file_may_be_refused(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
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
    const char *organization = roster_organization(world);
    const char *key = upload(world, organization, "employee_id,first_name,last_name\nE1,Ada,L\n");
    wait_for(world, organization, "complete");
    wait_for_jobs(world, organization);
    world_sql(
        world,
        "INSERT INTO jobs (kind, pool, organization_id, payload, attempts, lease_time) SELECT kind, pool, "
        "organization_id, jsonb_build_object('organization_id', organization_id, 'key', $2::text), attempts, "
        "lease_time FROM jobs WHERE organization_id = $1::uuid",
        organization, key, NULL);
    world_sql(world, "NOTIFY muster_jobs", NULL);
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
    const char *organization = roster_organization(world);
    world_sql(
        world,
        "INSERT INTO jobs (kind, pool, organization_id, payload, attempts, lease_time) VALUES "
        "('membership_import', 'long', $1::uuid, jsonb_build_object('organization_id', $1::text, 'key', "
        "'nowhere.csv'), 5, '1 hour')",
        organization, NULL);
    world_sql(world, "NOTIFY muster_jobs", NULL);
    struct answer *answer = wait_for(world, organization, "error");
    expect_text(answer, "data.0.report.fault", "There is no uploaded file of that key.");
    expect_text(answer, "data.0.key", "nowhere.csv");
}

/* The master's child of that name. */
static pid_t process_named(struct world *world, const char *name)
{
    const char *line =
        world_read_file(world, world_print(world, "/proc/%d/task/%d/children", (int)world_master(world),
                                           (int)world_master(world)));
    assert_non_null(line);
    for (char *next = NULL; *line != '\0'; line = next) {
        long process = strtol(line, &next, 10);
        if (next == line) {
            break;
        }
        const char *comm = world_read_file(world, world_print(world, "/proc/%ld/comm", process));
        if (comm != NULL && strncmp(comm, name, strlen(name)) == 0) {
            return (pid_t)process;
        }
    }
    fail_msg("the server has no process %s", name);
    return 0;
}

static void a_killed_import_is_done_once_by_the_next_process(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    world_sql(world, "SELECT pg_advisory_lock(1)", NULL);
    world_sql(world,
              "CREATE FUNCTION wait_here() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM "
              "pg_advisory_xact_lock(1); RETURN NULL; END $$",
              NULL);
    world_sql(
        world,
        "CREATE TRIGGER wait_here AFTER INSERT ON teams FOR EACH STATEMENT EXECUTE FUNCTION wait_here()",
        NULL);
    upload(world, organization, "employee_id,first_name,last_name,team\nE1,Ann,One,Dock\nE2,Bob,Two,Dock\n");
    wait_until(
        world, organization,
        "state = 'running' AND EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)");
    assert_int_equal(kill(process_named(world, "muster-longjobs"), SIGKILL), 0);
    wait_until(world, organization, "attempt = 2");
    world_sql(world, "SELECT pg_advisory_unlock(1)", NULL);
    wait_until(world, organization, "state = 'done'");
    world_sql(world, "DROP FUNCTION wait_here CASCADE", NULL);
    assert_int_equal(
        count_rows(world, "SELECT count(*) FROM memberships WHERE organization_id = $1::uuid", organization),
        2);
    assert_int_equal(count_rows(world,
                                "SELECT count(*) FROM membership_imports WHERE organization_id = $1::uuid",
                                organization),
                     1);
    assert_non_null(strstr(world_log(world), "was left undone; it is waiting"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_uploaded_file_imports_itself),
        cmocka_unit_test(an_uploaded_file_may_be_refused),
        cmocka_unit_test(a_job_that_comes_twice_imports_once),
        cmocka_unit_test(a_file_that_is_gone_is_told),
        cmocka_unit_test(a_killed_import_is_done_once_by_the_next_process),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
