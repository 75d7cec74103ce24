/* Imports are run as an operator runs them. */
#include "support/roster.h"

#include "support/company.h"
#include "support/expect.h"

#define MAXIMUM_ARGUMENTS 12

const char *roster_organization(struct world *world)
{
    return make_organization(world, make_name(world, "Roster "));
}

int64_t imports_of(struct world *world, const char *organization, const char *status)
{
    return count_rows(
        world,
        world_print(
            world,
            "SELECT count(*) FROM membership_imports WHERE organization_id = $1::uuid AND status = '%s'",
            status),
        organization);
}

const char *write_roster(struct world *world, const char *content)
{
    const char *path = world_print(world, "%s/roster.csv", world_folder(world));
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return path;
}

struct output import_file(struct world *world, const char *organization, const char *path,
                          const char *const *arguments)
{
    const char *all[MAXIMUM_ARGUMENTS] = {"import-memberships", path, "--organization", organization};
    for (size_t i = 0; arguments != NULL && arguments[i] != NULL; i++) {
        assert_true(i + 5 < MAXIMUM_ARGUMENTS);
        all[i + 4] = arguments[i];
    }
    return world_run(world, NULL, all);
}

struct output import_roster(struct world *world, const char *organization, const char *content,
                            const char *const *arguments)
{
    return import_file(world, organization, write_roster(world, content), arguments);
}

void expect_import(struct world *world, const char *organization, const char *content, const char *report)
{
    struct output output = import_roster(world, organization, content, NULL);
    assert_string_equal(output.error, "");
    assert_string_equal(output.out, report);
    assert_int_equal(output.status, 0);
}

void expect_refusals(struct world *world, const char *organization, const char *content, const char *report)
{
    struct output output = import_roster(world, organization, content, NULL);
    assert_string_equal(output.out, report);
    assert_int_equal(output.status, 1);
}

const char *member(struct world *world, const char *organization, const char *employee_id)
{
    return world_sql(
        world,
        "SELECT concat_ws('|', status, first_name, last_name, coalesce(email, '-'), coalesce(job_title, "
        "'-'), coalesce(language_code, '-'), (SELECT coalesce(string_agg(name, ',' ORDER BY name), '-') "
        "FROM team_members JOIN teams ON teams.id = team_id WHERE membership_id = memberships.id)) FROM "
        "memberships WHERE organization_id = $1::uuid AND employee_id = $2",
        organization, employee_id, NULL);
}

const char *membership_of(struct world *world, const char *organization, const char *employee_id)
{
    return world_sql(world,
                     "SELECT id FROM memberships WHERE organization_id = $1::uuid AND employee_id = $2",
                     organization, employee_id, NULL);
}

const char *admins_of(struct world *world, const char *organization, const char *team)
{
    return world_sql(
        world,
        "SELECT string_agg(coalesce(employee_id, '-'), ',' ORDER BY employee_id) FROM team_admins "
        "JOIN teams ON teams.id = team_id JOIN memberships ON memberships.id = membership_id "
        "WHERE teams.organization_id = $1::uuid AND teams.name = $2",
        organization, team, NULL);
}

struct person join_employed(struct world *world, const char *organization, const char *employee_id)
{
    const char *options[] = {"--employee-id", employee_id, NULL};
    return join_with(world, organization, make_invitation(world, organization, "Erna", options), "Erna");
}
