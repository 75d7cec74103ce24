/* muster import-memberships: what becomes of each line of a file of people. */
#include <json-c/json.h>

#include "support/company.h"
#include "support/expect.h"
#include "support/roster.h"

#define HEADER "employee_id,first_name,last_name,email,job_title,team,supervisor,language_code,active\n"

/* --- Lines --- */

static void each_line_becomes_a_member_with_an_invitation(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    expect_import(world, organization,
                  HEADER "E1, Ada ,Lovelace,Ada@Example.TEST,Pilot,Night shift,E2,ES,\n"
                         "E2,Bob,Builder,,,night SHIFT,,,yes\r\n"
                         "E3,Cid,Cook,,,,,,\n",
                  "3 joined, 0 changed, 0 returned, 0 left, 0 unchanged, 0 refused, 1 teams made");
    assert_string_equal(member(world, organization, "E1"),
                        "invited|Ada|Lovelace|ada@example.test|Pilot|es|Night shift");
    assert_string_equal(member(world, organization, "E2"), "invited|Bob|Builder|-|-|-|Night shift");
    assert_string_equal(member(world, organization, "E3"), "invited|Cid|Cook|-|-|-|-");
    assert_string_equal(admins_of(world, organization, "Night shift"), "E2");
    assert_string_equal(
        world_sql(world,
                  "SELECT type || ' ' || (parent_id = $2::uuid)::text FROM teams WHERE organization_id = "
                  "$1::uuid AND name = 'Night shift'",
                  organization, root_of(world, organization), NULL),
        "LEARNER true");
    assert_int_equal(count_rows(world,
                                "SELECT count(DISTINCT invite_code) FROM invitations WHERE organization_id = "
                                "$1::uuid AND used_at IS NULL AND expires_at > now()",
                                organization),
                     3);
    assert_int_equal(
        count_rows(world,
                   "SELECT count(*) FROM audit_events WHERE operation = 'import-memberships' AND "
                   "organization_id = $1::uuid AND action = 'membership.create'",
                   organization),
        3);
}

static void an_account_has_the_language_of_the_line(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    expect_import(world, organization,
                  "employee_id,first_name,last_name,language_code\nE1,Ada,L,es\nE2,Bob,B,\n",
                  "2 joined, 0 changed, 0 returned, 0 left, 0 unchanged, 0 refused, 0 teams made");
    const char *code = world_sql(world, "SELECT invite_code FROM invitations WHERE membership_id = $1::uuid",
                                 membership_of(world, organization, "E1"), NULL);
    struct person ada = join_with(world, organization, code, "Ada");
    assert_string_equal(
        world_sql(world, "SELECT language_code FROM users WHERE id = $1::uuid", ada.user_id, NULL), "es");
    expect_import(world, organization,
                  "employee_id,first_name,last_name,language_code\nE1,Ada,L,fr\nE2,Bob,B,\n",
                  "0 joined, 1 changed, 0 returned, 0 left, 1 unchanged, 0 refused, 0 teams made");
    assert_string_equal(
        world_sql(world, "SELECT language_code FROM users WHERE id = $1::uuid", ada.user_id, NULL), "fr");
}

static void the_other_names_of_columns_are_understood(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    expect_import(world, organization,
                  "LAST_NAME,User_Id,first_name,location_id,job_function,department_name,job_function_name,"
                  "language,Shoe size\n"
                  "L,U1,Ada,Loc 1,Pilot,Dep 1,Pilots,en,44\n"
                  "L,U2,Bob,Loc 2,,,Cooks,,\n",
                  "2 joined, 0 changed, 0 returned, 0 left, 0 unchanged, 0 refused, 2 teams made");
    assert_string_equal(member(world, organization, "U1"), "invited|Ada|L|-|Pilot|en|Dep 1");
    assert_string_equal(member(world, organization, "U2"), "invited|Bob|L|-|Cooks|-|Loc 2");
    expect_import(world, organization,
                  "employee_id,first_name,last_name,job_title,job_function\n"
                  "U1,Ada,L,Title,Function\nU2,Bob,L,Title,\n",
                  "0 joined, 2 changed, 0 returned, 0 left, 0 unchanged, 0 refused, 0 teams made");
    assert_string_equal(member(world, organization, "U1"), "invited|Ada|L|-|Function|en|Dep 1");
    assert_string_equal(member(world, organization, "U2"), "invited|Bob|L|-|Title|-|Loc 2");
}

static void lines_are_told_by_where_they_begin(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    expect_refusals(world, organization,
                    "\xef\xbb\xbf" HEADER "E1,\"A\r\nda\",\"Love\n\"\"lace\"\"\",,,\"One, two\",,,\r\n"
                    "\r\n"
                    "E2,Bob,Bu\"ilder,,,,,,\n"
                    "E3,,Cook,,,,,,\n",
                    "1 joined, 0 changed, 0 returned, 0 left, 0 unchanged, 2 refused, 1 teams made\n"
                    "line 6: A quote stands in the middle of a field.\n"
                    "line 7: first_name is missing.");
    assert_string_equal(member(world, organization, "E1"), "invited|A\r\nda|Love\n\"lace\"|-|-|-|One, two");
}

static void refused_lines_keep_nobody_else_out(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    char longest[202];
    memset(longest, 'x', 201);
    longest[201] = '\0';
    expect_refusals(world, organization,
                    world_print(world,
                                HEADER "E1,Ada,L,ada@,,,,,\n"
                                       "E2,Bob,B,,,,,english,\n"
                                       "E3,Cid,C,,,,,,maybe\n"
                                       ",Dee,D,,,,,,\n"
                                       "E5,Eve,%s,,,,,,\n"
                                       "E6,Fay,F,,,,,,,more\n"
                                       "E7,Gus,G,,,,,,\n"
                                       "E7,Gus,Again,,,,,,\n"
                                       "E8,Hal\n",
                                longest),
                    "1 joined, 0 changed, 0 returned, 0 left, 0 unchanged, 8 refused, 0 teams made\n"
                    "line 2: email is not an address.\n"
                    "line 3: language_code is not two letters such as en.\n"
                    "line 4: active is none of true, false, yes, no, 1 and 0.\n"
                    "line 5: employee_id is missing.\n"
                    "line 6: last_name is longer than 200 characters.\n"
                    "line 7: There are more fields than in the header.\n"
                    "line 9: employee_id is that of line 8.\n"
                    "line 10: last_name is missing.");
    assert_string_equal(member(world, organization, "E7"), "invited|Gus|G|-|-|-|-");
    assert_string_equal(member(world, organization, "E1"), "");
}

static void activity_is_told_in_several_ways(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    expect_import(world, organization,
                  "employee_id,first_name,last_name,active\nA,A,A,True\nB,B,B,YES\nC,C,C,1\nD,D,D,\n"
                  "E,E,E,false\nF,F,F,no\nG,G,G,0\n",
                  "7 joined, 0 changed, 0 returned, 0 left, 0 unchanged, 0 refused, 0 teams made");
    assert_string_equal(
        world_sql(world,
                  "SELECT string_agg(employee_id || ' ' || status, ',' ORDER BY employee_id) FROM "
                  "memberships WHERE organization_id = $1::uuid",
                  organization, NULL),
        "A invited,B invited,C invited,D invited,E inactive,F inactive,G inactive");
    assert_int_equal(
        count_rows(world, "SELECT count(*) FROM invitations WHERE organization_id = $1::uuid", organization),
        4);
    expect_import(
        world, organization,
        "employee_id,first_name,last_name,active\nA,A,A,0\nB,B,B,\nC,C,C,\nD,D,D,\nE,E,E,1\nF,F,F,0\n"
        "G,G,G,0\n",
        "0 joined, 0 changed, 1 returned, 1 left, 5 unchanged, 0 refused, 0 teams made");
    assert_string_equal(member(world, organization, "A"), "inactive|A|A|-|-|-|-");
    assert_string_equal(member(world, organization, "E"), "invited|E|E|-|-|-|-");
    assert_int_equal(
        count_rows(world, "SELECT count(*) FROM invitations WHERE organization_id = $1::uuid", organization),
        5);
}

static void the_same_again_changes_nothing(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    const char *content = HEADER "E1,Ada,L,ada@example.test,Pilot,Day,E2,en,\nE2,Bob,B,,,Day,E2,,\n";
    expect_import(world, organization, content,
                  "2 joined, 0 changed, 0 returned, 0 left, 0 unchanged, 0 refused, 1 teams made");
    const char *events =
        "SELECT count(*) FROM audit_events WHERE organization_id = $1::uuid AND thing_type <> "
        "'membership_import'";
    int64_t before = count_rows(world, events, organization);
    expect_import(world, organization, content,
                  "0 joined, 0 changed, 0 returned, 0 left, 2 unchanged, 0 refused, 0 teams made");
    assert_int_equal(count_rows(world, events, organization), before);
}

static void what_the_file_does_not_tell_stays(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    expect_import(world, organization, HEADER "E1,Ada,L,ada@example.test,Pilot,Day,,en,\n",
                  "1 joined, 0 changed, 0 returned, 0 left, 0 unchanged, 0 refused, 1 teams made");
    expect_import(world, organization, "employee_id,first_name,last_name\nE1,Eva,M\n",
                  "0 joined, 1 changed, 0 returned, 0 left, 0 unchanged, 0 refused, 0 teams made");
    assert_string_equal(member(world, organization, "E1"), "invited|Eva|M|ada@example.test|Pilot|en|Day");
    expect_import(world, organization, HEADER "E1,Eva,M,,,,,,\n",
                  "0 joined, 1 changed, 0 returned, 0 left, 0 unchanged, 0 refused, 0 teams made");
    assert_string_equal(member(world, organization, "E1"), "invited|Eva|M|-|-|-|-");
}

/* --- Files that are refused as a whole --- */

static void expect_refused_file(struct world *world, const char *organization, const char *content,
                                const char *reason)
{
    struct output output = import_roster(world, organization, content, NULL);
    assert_string_equal(output.error, world_print(world, "muster import-memberships: %s", reason));
    assert_int_equal(output.status, 1);
    assert_int_equal(
        count_rows(world, "SELECT count(*) FROM memberships WHERE organization_id = $1::uuid", organization),
        0);
}

static void a_file_that_is_not_utf_8_is_refused(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    expect_refused_file(
        world, organization, "employee_id,first_name,last_name\nE1,Ada,L\nE2,Ren\xe9,B\n",
        "Line 3 is not UTF-8: the file seems to be in Latin-1 or another encoding. Save it as "
        "UTF-8.");
    expect_refused_file(
        world, organization,
        "\xff\xfe"
        "e\n",
        "Line 1 is not UTF-8: the file seems to be in Latin-1 or another encoding. Save it as "
        "UTF-8.");
    assert_int_equal(imports_of(world, organization, "error"), 2);
    assert_string_equal(
        world_sql(world,
                  "SELECT report::json ->> 'fault' LIKE 'Line 1 is not UTF-8:%' FROM "
                  "membership_imports WHERE organization_id = $1::uuid ORDER BY created_at DESC "
                  "LIMIT 1",
                  organization, NULL),
        "t");
}

static void a_header_that_says_too_little_or_too_much_is_refused(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    expect_refused_file(world, organization, "", "The file is empty.");
    expect_refused_file(world, organization, "first_name,last_name\nA,B\n",
                        "The file has no column employee_id.");
    expect_refused_file(world, organization, "employee_id,last_name\nA,B\n",
                        "The file has no column first_name.");
    expect_refused_file(world, organization, "employee_id,first_name\nA,B\n",
                        "The file has no column last_name.");
    expect_refused_file(world, organization, "employee_id,first_name,last_name,Email,email\nA,B,C,,\n",
                        "The file has the column email twice.");
}

static void a_wrong_command_line_is_told(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    const char *file = write_roster(world, "employee_id,first_name,last_name\n");
    static const char *const wrong[] = {"x", "", "%", "-1%", "101%", "100.5%", "1.", "1.234%", "10 %%"};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        const char *arguments[] = {"--max-removals", wrong[i], NULL};
        assert_int_equal(import_file(world, organization, file, arguments).status, 2);
    }
    static const char *const right[] = {"0", "2.5%", "100%", "33.33"};
    for (size_t i = 0; i < COUNT(right); i++) {
        const char *arguments[] = {"--max-removals", right[i], NULL};
        assert_int_equal(import_file(world, organization, file, arguments).status, 0);
    }
    const char *both[] = {"--undo", NULL};
    assert_int_equal(import_file(world, organization, file, both).status, 2);
    assert_int_equal(import_file(world, "nonsense", file, NULL).status, 2);
    struct output unknown = import_file(world, NOBODY, file, NULL);
    assert_string_equal(unknown.error, "muster import-memberships: There is no such organization.");
    assert_int_equal(unknown.status, 1);
    assert_int_equal(import_file(world, organization, "/nowhere.csv", NULL).status, 1);
}

/* --- Many --- */

static void thousands_of_people_are_imported_and_counted(void **state)
{
    struct world *world = *state;
    const char *organization = roster_organization(world);
    const char *path = world_print(world, "%s/thousands.csv", world_folder(world));
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("employee_id,first_name,last_name,job_title,team,supervisor\n", file);
    for (int i = 0; i < 5000; i++) {
        fprintf(file, "E%d,Given%d,\"Fam\\ily\tname\",Title %d,Team %d,E%d\n", i, i, i % 7, i / 50,
                i / 50 * 50);
    }
    fputs("E17,Given,Twin,,,\n", file);
    assert_int_equal(fclose(file), 0);
    struct output output = import_file(world, organization, path, NULL);
    assert_string_equal(output.out,
                        "5000 joined, 0 changed, 0 returned, 0 left, 0 unchanged, 1 refused, 100 teams made\n"
                        "line 5002: employee_id is that of line 19.");
    assert_string_equal(member(world, organization, "E4999"),
                        "invited|Given4999|Fam\\ily\tname|-|Title 1|-|Team 99");
    assert_int_equal(
        count_rows(world,
                   "SELECT count(DISTINCT invite_code) FROM invitations WHERE organization_id = $1::uuid",
                   organization),
        5000);
    assert_string_equal(
        world_sql(world,
                  "SELECT concat_ws(' ', (SELECT members_count || ' ' || teams_count FROM "
                  "organization_statistics WHERE organization_id = $1::uuid), sum(invited_count), "
                  "sum(admins_count)) FROM team_statistics WHERE organization_id = $1::uuid",
                  organization, NULL),
        "5000 100 5000 100");
    assert_int_equal(count_rows(world,
                                "SELECT sum(jsonb_array_length(after -> 'ids')) FROM audit_events WHERE "
                                "organization_id = $1::uuid AND action = 'membership.create'",
                                organization),
                     5000);
    output = import_file(world, organization, path, NULL);
    assert_string_equal(output.out,
                        "0 joined, 0 changed, 0 returned, 0 left, 5000 unchanged, 1 refused, 0 teams made\n"
                        "line 5002: employee_id is that of line 19.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_line_becomes_a_member_with_an_invitation),
        cmocka_unit_test(an_account_has_the_language_of_the_line),
        cmocka_unit_test(the_other_names_of_columns_are_understood),
        cmocka_unit_test(lines_are_told_by_where_they_begin),
        cmocka_unit_test(refused_lines_keep_nobody_else_out),
        cmocka_unit_test(activity_is_told_in_several_ways),
        cmocka_unit_test(the_same_again_changes_nothing),
        cmocka_unit_test(what_the_file_does_not_tell_stays),
        cmocka_unit_test(a_file_that_is_not_utf_8_is_refused),
        cmocka_unit_test(a_header_that_says_too_little_or_too_much_is_refused),
        cmocka_unit_test(a_wrong_command_line_is_told),
        cmocka_unit_test(thousands_of_people_are_imported_and_counted),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
