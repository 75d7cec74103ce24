/* Imports of an organization's people as a whole: what would be done, the way back, the list of them, and
 * what is left when two come at once or one is killed. */
#include <fcntl.h>
#include <json-c/json.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/company.h"
#include "support/expect.h"
#include "support/process.h"
#include "support/roster.h"

static struct person employee;

static int setup(void **state)
{
    world_setup(state);
    employee = make_employee(*state, "Emil");
    return 0;
}

static struct output undo(struct world *world, const char *organization)
{
    const char *arguments[] = {"import-memberships", "--undo", "--organization", organization, NULL};
    return world_run(world, NULL, arguments);
}

/* Everything that an import may change, but for times. */
static const char *picture(struct world *world, const char *organization)
{
    return world_sql(
        world,
        "SELECT concat_ws(E'\\n', (SELECT string_agg(concat_ws('|', employee_id, first_name, last_name, "
        "email, "
        "job_title, language_code, status), E'\\n' ORDER BY employee_id) FROM memberships WHERE "
        "organization_id = "
        "$1::uuid), (SELECT string_agg(name || ' ' || employee_id, ',' ORDER BY name, employee_id) FROM "
        "team_members "
        "JOIN teams ON teams.id = team_id JOIN memberships ON memberships.id = membership_id WHERE "
        "teams.organization_id = $1::uuid), (SELECT string_agg(name || ' ' || employee_id, ',' ORDER BY "
        "name, "
        "employee_id) FROM team_admins JOIN teams ON teams.id = team_id JOIN memberships ON memberships.id = "
        "membership_id WHERE teams.organization_id = $1::uuid), (SELECT string_agg(name, ',' ORDER BY name) "
        "FROM "
        "teams WHERE organization_id = $1::uuid), (SELECT members_count FROM organization_statistics WHERE "
        "organization_id = $1::uuid))",
        organization, NULL);
}

#define FIRST                                                                          \
    "employee_id,first_name,last_name,email,job_title,team,supervisor,language_code\n" \
    "E1,Ada,L,ada@example.test,Pilot,Day,E2,en\nE2,Bob,B,,,Day,,\nE3,Cid,C,,,Night,E3,\nE4,Dee,D,,,,,\n"
#define SECOND                                                                         \
    "employee_id,first_name,last_name,email,job_title,team,supervisor,language_code\n" \
    "E1,Eva,M,,Lead,Late,E3,es\nE2,Bob,B,,,Day,E1,\nE3,Cid,C,,,Day,,\nE5,Eve,E,,,New,E5,\n"

static const char *const all[] = {"--max-removals", "100%", NULL};

static void a_dry_run_tells_and_changes_nothing(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    expect_import(world, organization, FIRST,
                  "4 joined, 0 changed, 0 returned, 0 left, 0 unchanged, 0 refused, 2 teams made");
    const char *before = picture(world, organization);
    const char *dry[] = {"--dry-run", "--max-removals", "100%", NULL};
    struct output output = import_roster(world, organization, SECOND, dry);
    assert_string_equal(
        output.out, "dry run: 1 joined, 2 changed, 0 returned, 1 left, 1 unchanged, 0 refused, 2 teams made\n"
                    "join: Eve E (E5), line 5\n"
                    "change: Eva M (E1), line 2: first_name,last_name,email,job_title,language_code,team\n"
                    "change: Cid C (E3), line 4: team\n"
                    "leave: Dee D (E4)");
    assert_int_equal(output.status, 0);
    assert_string_equal(picture(world, organization), before);
    const char *strict[] = {"--dry-run", "--json", NULL};
    output = import_roster(world, organization, SECOND, strict);
    assert_int_equal(output.status, 1);
    struct json_object *report = json_tokener_parse(output.out);
    assert_non_null(report);
    assert_true(json_object_get_boolean(json_object_object_get(report, "dry_run")));
    assert_string_equal(json_object_get_string(json_object_object_get(report, "fault")),
                        "1 of 4 people are not in the file, which is more than 10.00 %.");
    assert_int_equal(json_object_array_length(json_object_object_get(report, "differences")), 4);
    json_object_put(report);
    assert_int_equal(count_rows(world,
                                "SELECT count(*) FROM membership_imports WHERE organization_id = $1::uuid",
                                organization),
                     1);
}

static void the_last_import_can_be_undone(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    const char *empty = picture(world, organization);
    expect_import(world, organization, FIRST,
                  "4 joined, 0 changed, 0 returned, 0 left, 0 unchanged, 0 refused, 2 teams made");
    const char *before = picture(world, organization);
    assert_int_equal(import_roster(world, organization, SECOND, all).status, 0);
    assert_string_not_equal(picture(world, organization), before);
    struct output output = undo(world, organization);
    assert_string_equal(output.out, "4 people are as they were before");
    assert_int_equal(output.status, 0);
    assert_string_equal(picture(world, organization), before);
    output = undo(world, organization);
    assert_string_equal(output.error, "muster import-memberships: There is no import that can be undone.");
    assert_int_equal(output.status, 1);
    const char *second = roster_organization(world);
    assert_int_equal(import_roster(world, second, FIRST, NULL).status, 0);
    assert_string_equal(undo(world, second).out, "4 people are as they were before");
    assert_string_equal(strchr(picture(world, second), '\n'), strchr(empty, '\n'));
    assert_int_equal(import_roster(world, second, "employee_id,first_name,last_name\n", NULL).status, 0);
}

static void who_joined_meanwhile_becomes_inactive(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    assert_int_equal(import_roster(world, organization, FIRST, NULL).status, 0);
    const char *code = world_sql(world, "SELECT invite_code FROM invitations WHERE membership_id = $1::uuid",
                                 membership_of(world, organization, "E1"), NULL);
    struct person ada = join_with(world, organization, code, "Ada");
    assert_int_equal(undo(world, organization).status, 0);
    assert_string_equal(member(world, organization, "E1"), "inactive|Ada|L|ada@example.test|Pilot|en|Day");
    assert_string_equal(member(world, organization, "E2"), "");
    expect_status(call_get(world, &ada.session, "/api/v1/session"), 401);
}

static void who_was_invited_and_joined_meanwhile_stays_active(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    assert_int_equal(import_roster(world, organization, FIRST, NULL).status, 0);
    assert_int_equal(import_roster(world, organization, SECOND, all).status, 0);
    const char *code = world_sql(world, "SELECT invite_code FROM invitations WHERE membership_id = $1::uuid",
                                 membership_of(world, organization, "E1"), NULL);
    struct person ada = join_with(world, organization, code, "Ada");
    assert_int_equal(undo(world, organization).status, 0);
    assert_string_equal(member(world, organization, "E1"), "active|Ada|L|ada@example.test|Pilot|en|Day");
    expect_status(call_get(world, &ada.session, "/api/v1/session"), 200);
}

/* --- The list --- */

static struct answer *list(struct world *world, const char *organization, const char *query)
{
    return call_get(world, &employee.session,
                    world_print(world, "/api/v1/worklete_admin/organizations/%s/membership_imports%s",
                                organization, query));
}

static void imports_are_listed_newest_first(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    struct answer *answer = list(world, organization, "");
    expect_status(answer, 200);
    expect_length(answer, "data", 0);
    expect_integer(answer, "meta.total", 0);
    import_roster(world, organization, "employee_id,first_name,last_name\nE1,A,A\nE2,,B\n", NULL);
    import_roster(world, organization, "nonsense\n", NULL);
    import_roster(world, organization, "employee_id,first_name,last_name\nE1,A,A\n", NULL);
    answer = list(world, organization, "");
    expect_status(answer, 200);
    expect_integer(answer, "meta.total", 3);
    expect_null(answer, "data.0.key");
    expect_text(answer, "data.0.status", "complete");
    expect_integer(answer, "data.0.report.unchanged", 1);
    expect_text(answer, "data.1.status", "error");
    expect_text(answer, "data.1.report.fault", "The file has no column employee_id.");
    expect_text(answer, "data.2.status", "complete");
    expect_integer(answer, "data.2.report.joined", 1);
    expect_integer(answer, "data.2.report.refused", 1);
    expect_integer(answer, "data.2.report.refusals.0.line", 3);
    expect_text(answer, "data.2.report.refusals.0.reason", "first_name is missing.");
    assert_true(strcmp(text_at(answer, "data.0.created_at"), text_at(answer, "data.2.finished_at")) >= 0);
    undo(world, organization);
    answer = list(world, organization, "?size=1");
    expect_length(answer, "data", 1);
    expect_text(answer, "data.0.status", "undone");
    expect_integer(answer, "meta.pages", 3);
    answer = list(world, organization, "?size=1&page=3");
    expect_integer(answer, "data.0.report.joined", 1);
}

static void imports_of_unknown_organizations_are_not_there(void **state)
{
    struct world *world = *state;
    expect_status(list(world, NOBODY, ""), 404);
}

static void a_report_names_at_most_a_thousand_lines(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    const char *path = world_print(world, "%s/refused.csv", world_folder(world));
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("employee_id,first_name,last_name\n", file);
    for (int i = 0; i < 1200; i++) {
        fprintf(file, "E%d,,B\n", i);
    }
    assert_int_equal(fclose(file), 0);
    struct output output = import_file(world, organization, path, NULL);
    assert_non_null(strstr(output.out, "\nline 1201: first_name is missing."));
    struct answer *answer = list(world, organization, "");
    expect_integer(answer, "data.0.report.refused", 1200);
    expect_length(answer, "data.0.report.refusals", 1000);
}

/* --- Two at once, and none --- */

struct stream {
    const char *path;
    pid_t process;
    int writer;
};

/* An import that has read the beginning of its file and waits for more. */
static struct stream begin_import(struct world *world, const char *organization)
{
    struct stream stream = {.path =
                                world_print(world, "%s/%s", world_folder(world), make_name(world, "pipe"))};
    const char *arguments[] = {BUILD_FOLDER "/muster", "-c",        world_configuration_file(world),
                               "import-memberships",   stream.path, "--organization",
                               organization,           NULL};
    const char *waiting =
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 7215305 AND "
        "granted AND objid::bigint & 4294967295 = hashtext($1)::bigint & 4294967295";
    assert_int_equal(mkfifo(stream.path, 0600), 0);
    stream.process = process_start(arguments, NULL, NULL, NULL);
    stream.writer = open(stream.path, O_WRONLY | O_CLOEXEC);
    assert_true(stream.writer >= 0);
    for (int tries = 0; count_rows(world, waiting, organization) == 0; tries++) {
        assert_true(tries < 3000);
        usleep(10000);
    }
    return stream;
}

static void write_stream(const struct stream *stream, const char *text)
{
    assert_int_equal(write(stream->writer, text, strlen(text)), (ssize_t)strlen(text));
}

static void of_two_imports_at_once_the_second_is_refused(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    const char *file = "employee_id,first_name,last_name\nE2,B,B\n";
    struct stream stream = begin_import(world, organization);
    write_stream(&stream, "employee_id,first_name,last_name\nE1,A,A\n");
    struct output output = import_roster(world, organization, file, NULL);
    assert_string_equal(output.error,
                        "muster import-memberships: Another import of this organization is under way.");
    assert_int_equal(output.status, 1);
    assert_string_equal(undo(world, organization).error,
                        "muster import-memberships: Another import of this organization is under way.");
    assert_int_equal(import_roster(world, roster_organization(world), file, NULL).status, 0);
    close(stream.writer);
    assert_int_equal(process_wait(stream.process), 0);
    assert_string_equal(member(world, organization, "E1"), "invited|A|A|-|-|-|-");
    assert_string_equal(member(world, organization, "E2"), "");
    assert_int_equal(import_roster(world, organization, file, all).status, 0);
    assert_string_equal(member(world, organization, "E1"), "inactive|A|A|-|-|-|-");
}

static void an_import_that_is_killed_leaves_nothing(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    const char *before = picture(world, organization);
    struct stream stream = begin_import(world, organization);
    write_stream(&stream, "employee_id,first_name,last_name,team\n");
    for (int i = 0; i < 20000; i++) {
        write_stream(&stream, world_print(world, "E%d,Given,Family,Team\n", i));
    }
    assert_int_equal(process_stop(stream.process, SIGKILL, 10), 128 + SIGKILL);
    close(stream.writer);
    assert_string_equal(picture(world, organization), before);
    struct output output = {.status = 1};
    for (int tries = 0; output.status != 0 && tries < 100; tries++) {
        output = import_roster(world, organization, FIRST, NULL);
        usleep(100000);
    }
    assert_string_equal(output.out,
                        "4 joined, 0 changed, 0 returned, 0 left, 0 unchanged, 0 refused, 2 teams made");
    assert_int_equal(count_rows(world,
                                "SELECT count(*) FROM membership_imports WHERE organization_id = $1::uuid",
                                organization),
                     1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dry_run_tells_and_changes_nothing),
        cmocka_unit_test(the_last_import_can_be_undone),
        cmocka_unit_test(who_joined_meanwhile_becomes_inactive),
        cmocka_unit_test(who_was_invited_and_joined_meanwhile_stays_active),
        cmocka_unit_test(imports_are_listed_newest_first),
        cmocka_unit_test(imports_of_unknown_organizations_are_not_there),
        cmocka_unit_test(a_report_names_at_most_a_thousand_lines),
        cmocka_unit_test(of_two_imports_at_once_the_second_is_refused),
        cmocka_unit_test(an_import_that_is_killed_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
