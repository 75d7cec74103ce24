/* Teams of any organization, for employees: made and changed with their people. */
#include "api/handlers.h"
#include "api/shapes.h"
#include "api/teams.h"
#include "http/paging.h"
#include "sql/statements.h"

static struct text organization_of(const struct request *request)
{
    return path_value(request, "organization_id");
}

enum problem admin_list_teams(struct request *request)
{
    struct result *rows;

    TRY(sql_admin_list_teams(
        &request->context,
        (struct sql_admin_list_teams){.organization_id = value_text(organization_of(request)),
                                      .limit = paging_limit(request),
                                      .offset = paging_offset(request)},
        &rows));
    return result_rows(rows) == 0 ? FAIL_PLAINLY(&request->context, PROBLEM_NOT_FOUND)
                                  : respond_with(request, rows);
}

static enum problem find_team(struct request *request, struct text team, struct result **rows)
{
    TRY(sql_admin_team(&request->context,
                       (struct sql_admin_team){.team = value_text(team),
                                               .organization = value_text(organization_of(request))},
                       rows));
    return result_rows(*rows) == 0 ? FAIL_PLAINLY(&request->context, PROBLEM_NOT_FOUND) : PROBLEM_NONE;
}

static void write_people(struct request *request, const char *name, const struct result *people)
{
    struct row_source source = result_source(people);

    json_key(&request->writer, name);
    encode_array(&request->writer, result_binding(people, &membership_answer), &source);
}

/* {"data": Team plus members and admins, "meta": {}} */
static enum problem answer(struct request *request, struct text team)
{
    struct context *context = &request->context;
    struct json_writer *writer = &request->writer;
    struct row_source source;
    struct result *rows;
    struct result *members;
    struct result *admins;

    TRY(find_team(request, team, &rows));
    TRY(sql_admin_team_members(context, (struct sql_admin_team_members){.team = value_text(team)}, &members));
    TRY(sql_admin_team_admins(context, (struct sql_admin_team_admins){.team = value_text(team)}, &admins));
    source = result_source(rows);
    json_open_object(writer);
    json_key(writer, "data");
    json_open_object(writer);
    encode_members(writer, result_binding(rows, request->endpoint->answer), &source, 0);
    write_people(request, "members", members);
    write_people(request, "admins", admins);
    json_close_object(writer);
    json_key(writer, "meta");
    json_raw(writer, TEXT("{}"));
    json_close_object(writer);
    return PROBLEM_NONE;
}

enum problem admin_show_team(struct request *request)
{
    return answer(request, path_value(request, "team_id"));
}

/* All of the named memberships belong to the organization. */
static enum problem check_people(struct request *request, const char *field)
{
    struct context *context = &request->context;
    const struct field_value *people = value_of(&request->body, field);
    struct result *rows;

    if (people->text.data == NULL) {
        return PROBLEM_NONE;
    }
    TRY(sql_memberships_unknown(
        context,
        (struct sql_memberships_unknown){.organization = value_text(organization_of(request)),
                                         .memberships = value_text(people->text)},
        &rows));
    if (result_integer(rows, 0, "unknown") > 0) {
        context_fault(context, field, "%s has memberships that are not of this organization.", field);
    }
    return PROBLEM_NONE;
}

/* A team has either people or teams below it. */
static enum problem check_type(struct request *request, struct text type, bool has_members)
{
    struct context *context = &request->context;

    if (text_equal(type, TEXT("ORGANIZATION"))) {
        context_fault(context, "type",
                      "type ORGANIZATION is that of the root, which each organization has already.");
    }
    if (text_equal(type, TEXT("META")) && has_members) {
        context_fault(context, "membership_ids",
                      "membership_ids must be empty: a team of type META has no people of its own.");
    }
    TRY(check_people(request, "membership_ids"));
    TRY(check_people(request, "admin_ids"));
    TRY(team_judge_parent(context, organization_of(request), text_value(&request->body, "parent_id")));
    return FAIL_ON_FAULTS(context, PROBLEM_REFUSED);
}

static bool has_members(const struct request *request)
{
    struct text members = text_value(&request->body, "membership_ids");

    return members.data != NULL && !text_equal(members, TEXT("{}"));
}

static enum problem replace_people(struct request *request, struct text team)
{
    struct context *context = &request->context;
    struct value organization = value_text(organization_of(request));
    const struct field_value *members = value_of(&request->body, "membership_ids");
    const struct field_value *admins = value_of(&request->body, "admin_ids");
    struct result *rows;

    if (!members->null) {
        TRY(sql_team_members_replace(
            context,
            (struct sql_team_members_replace){.team = value_text(team),
                                              .memberships = value_text(members->text),
                                              .organization = organization},
            &rows));
    }
    if (!admins->null) {
        TRY(sql_team_admins_replace(context,
                                    (struct sql_team_admins_replace){.team = value_text(team),
                                                                     .memberships = value_text(admins->text),
                                                                     .organization = organization},
                                    &rows));
    }
    return PROBLEM_NONE;
}

static enum problem find_root(struct request *request, struct text *root)
{
    struct result *rows;

    TRY(sql_organization_tree_lock(
        &request->context,
        (struct sql_organization_tree_lock){.organization = value_text(organization_of(request))}, &rows));
    if (result_rows(rows) == 0) {
        return FAIL_PLAINLY(&request->context, PROBLEM_NOT_FOUND);
    }
    *root = result_text(rows, 0, "id");
    return PROBLEM_NONE;
}

enum problem admin_create_team(struct request *request)
{
    struct context *context = &request->context;
    struct text type = text_value(&request->body, "type");
    struct text parent = text_value(&request->body, "parent_id");
    struct team_draft draft = {.organization = organization_of(request),
                               .name = text_value(&request->body, "name")};
    struct text root;
    struct text team;

    TRY(find_root(request, &root));
    draft.type = type.data != NULL ? type : TEXT("LEARNER");
    draft.parent = parent.data != NULL ? parent : root;
    TRY(check_type(request, draft.type, has_members(request)));
    TRY(team_make(context, &draft, &team));
    TRY(replace_people(request, team));
    return answer(request, team);
}

/* What a team becomes by a change is judged as a whole: its type by the people and the teams that it will
 * have. */
static enum problem check_change(struct request *request, const struct result *team)
{
    struct context *context = &request->context;
    const struct field_value *type = value_of(&request->body, "type");
    const struct field_value *members = value_of(&request->body, "membership_ids");
    struct text id = result_text(team, 0, "id");
    struct text becomes = type->null ? result_text(team, 0, "type") : type->text;
    struct result *rows;

    TRY(check_type(request, type->null ? NO_TEXT : type->text, false));
    TRY(sql_team_contents(context, (struct sql_team_contents){.team = value_text(id)}, &rows));
    if (text_equal(becomes, TEXT("LEARNER"))) {
        return result_true(rows, 0, "has_teams")
                   ? FAIL(context, PROBLEM_CONFLICT, "The team has teams below it; it stays a team of teams.")
                   : PROBLEM_NONE;
    }
    if (members->null ? result_true(rows, 0, "has_members") : has_members(request)) {
        return FAIL(context, PROBLEM_CONFLICT, "A team of teams has no people of its own.");
    }
    return PROBLEM_NONE;
}

static enum problem move(struct request *request, const struct result *team)
{
    struct context *context = &request->context;
    struct text parent = text_value(&request->body, "parent_id");
    bool below;

    if (parent.data == NULL || text_equal(parent, result_text(team, 0, "parent_id"))) {
        return PROBLEM_NONE;
    }
    TRY(team_levels(context, parent, result_text(team, 0, "id"), &below));
    if (below) {
        return FAIL(context, PROBLEM_CONFLICT, "A team cannot stand below itself.");
    }
    return team_take_parent(context, organization_of(request), parent);
}

/* The root has the organization's name, no parent, and admins. */
static enum problem check_root(struct request *request, const struct result *team)
{
    bool root = text_equal(result_text(team, 0, "type"), TEXT("ORGANIZATION"));
    const struct values *body = &request->body;

    if (root && (!value_of(body, "name")->null || !value_of(body, "parent_id")->null ||
                 !value_of(body, "type")->null)) {
        return FAIL(&request->context, PROBLEM_CONFLICT,
                    "The root team cannot be renamed, moved or made another type.");
    }
    return PROBLEM_NONE;
}

enum problem admin_update_team(struct request *request)
{
    struct context *context = &request->context;
    const struct values *body = &request->body;
    struct text team = path_value(request, "team_id");
    struct text root;
    struct result *rows;
    struct result *updated;

    TRY(find_root(request, &root));
    TRY(find_team(request, team, &rows));
    TRY(check_root(request, rows));
    TRY(check_change(request, rows));
    TRY(move(request, rows));
    TRY(sql_team_update(context,
                        (struct sql_team_update){.name = value_text(text_value(body, "name")),
                                                 .parent = value_text(text_value(body, "parent_id")),
                                                 .type = value_text(text_value(body, "type")),
                                                 .team = value_text(team)},
                        &updated));
    TRY(replace_people(request, team));
    return answer(request, team);
}
