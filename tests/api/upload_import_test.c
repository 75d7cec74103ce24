/* From the address to the report: a list of memberships is uploaded, imported by a job process of the server,
 * and told of in the list of imports, also where the process is killed in the middle of it. */
#include <json-c/json.h>
#include <signal.h>
#include <unistd.h>

#include "support/company.h"
#include "support/expect.h"

#define PATIENCE 1200 /* twentieths of a second */

static struct company company;

static int setup(void **state)
{
    *state = world_start(NULL);
    company = make_company(*state);
    return 0;
}

static struct json_object *data_of(struct answer *answer)
{
    return json_object_object_get(answer->json, "data");
}

static const char *folder_of(struct world *world, const char *organization)
{
    return world_print(world, "/api/v1/worklete_admin/organizations/%s", organization);
}

/* Uploads the list; returns its key. */
static const char *upload(struct world *world, const char *organization, const char *list)
{
    struct answer *answer =
        call_get(world, &company.employee.session,
                 world_print(world, "%s/upload_memberships_list_url", folder_of(world, organization)));
    expect_status(answer, 200);
    const char *url = json_object_get_string(json_object_object_get(data_of(answer), "url"));
    expect_status(CALL(world, .method = "PUT", .path = url + strlen(world_url(world)), .body = list,
                       .type = "text/csv"),
                  200);
    return world_print(world, "%s", json_object_get_string(json_object_object_get(data_of(answer), "key")));
}

static bool is_job(struct world *world, const char *key, const char *what)
{
    return strcmp(world_sql(
                      world,
                      world_print(world,
                                  "SELECT %s FROM jobs WHERE id = (SELECT job.id FROM jobs AS job WHERE "
                                  "kind = 'membership_import' ORDER BY created_at DESC LIMIT 1) AND $1 <> ''",
                                  what),
                      key, NULL),
                  "t") == 0;
}

static void await_job(struct world *world, const char *key, const char *what)
{
    for (int i = 0; !is_job(world, key, what); i++) {
        if (i == PATIENCE) {
            fail_msg("never: %s\n%s\n%s", what, world_command(world, NULL, "jobs", "list", NULL),
                     world_log(world));
        }
        usleep(50000);
    }
}

/* The newest report in the list. */
static struct json_object *newest_import(struct world *world, const char *organization)
{
    struct answer *answer =
        call_get(world, &company.employee.session,
                 world_print(world, "%s/membership_imports", folder_of(world, organization)));
    expect_status(answer, 200);
    struct json_object *list = data_of(answer);
    assert_true(json_object_array_length(list) > 0);
    return json_object_array_get_idx(list, 0);
}

static void an_uploaded_list_is_imported(void **state)
{
    struct world *world = *state;
    const char *organization = make_organization(world, "Rolled");
    const char *key =
        upload(world, organization,
               "employee_id,first_name,last_name,team\nE1,Ann,One,Dock\nE2,Bob,Two,Dock\nE3,,Three,Dock\n");
    await_job(world, key, "state = 'done'");
    assert_int_equal(
        count_rows(world, "SELECT count(*) FROM memberships WHERE organization_id = $1::uuid", organization),
        2);
    assert_int_equal(
        count_rows(world, "SELECT count(*) FROM teams WHERE organization_id = $1::uuid AND name = 'Dock'",
                   organization),
        1);
    const char *report = json_object_to_json_string(newest_import(world, organization));
    assert_non_null(strstr(report, "complete"));
    assert_null(world_read_file(
        world, world_print(world, "%s/uploads/%s.csv", world_folder(world),
                           world_sql(world, "SELECT id FROM uploads WHERE key = $1", key, NULL))));
}

static void what_is_no_list_is_told_in_the_report(void **state)
{
    struct world *world = *state;
    const char *organization = make_organization(world, "Refused");
    const char *key = upload(world, organization, "this is no list\n");
    await_job(world, key, "state = 'failed'");
    const char *report = json_object_to_json_string(newest_import(world, organization));
    assert_non_null(strstr(report, "error"));
    assert_int_equal(
        count_rows(world, "SELECT count(*) FROM memberships WHERE organization_id = $1::uuid", organization),
        0);
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
    const char *organization = make_organization(world, "Killed");
    world_sql(world, "SELECT pg_advisory_lock(1)", NULL);
    world_sql(world,
              "CREATE FUNCTION wait_here() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM "
              "pg_advisory_xact_lock(1); RETURN NULL; END $$",
              NULL);
    world_sql(
        world,
        "CREATE TRIGGER wait_here AFTER INSERT ON teams FOR EACH STATEMENT EXECUTE FUNCTION wait_here()",
        NULL);
    const char *key = upload(world, organization,
                             "employee_id,first_name,last_name,team\nE1,Ann,One,Dock\nE2,Bob,Two,Dock\n");
    await_job(
        world, key,
        "state = 'running' AND EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)");
    assert_int_equal(kill(process_named(world, "muster-longjobs"), SIGKILL), 0);
    await_job(world, key, "attempt = 2");
    world_sql(world, "SELECT pg_advisory_unlock(1)", NULL);
    await_job(world, key, "state = 'done'");
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
        cmocka_unit_test(an_uploaded_list_is_imported),
        cmocka_unit_test(what_is_no_list_is_told_in_the_report),
        cmocka_unit_test(a_killed_import_is_done_once_by_the_next_process),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
