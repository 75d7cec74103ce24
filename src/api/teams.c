/* Teams: their names, their place in the tree, their admins. */
#include "api/teams.h"
#include "api/handlers.h"
#include "sql/statements.h"

/* Deep enough for any company, and shallow enough to be written as nested JSON. */
#define MAXIMUM_LEVELS 50

/* The id of a team that is not made yet. */
#define NO_TEAM "00000000-0000-0000-0000-000000000000"

enum problem team_to_change(struct request *request, struct text team, enum team_right right,
                            struct result **rows)
{
    struct context *context = &request->context;
    const char *column = right == TEAM_RIGHT_ORGANIZATION ? "administers_organization" : "administers_team";

    TRY(sql_team_to_change(context, (struct sql_team_to_change){.team = value_text(team)}, rows));
    if (result_rows(*rows) == 0) {
        return FAIL_PLAINLY(context, PROBLEM_NOT_FOUND);
    }
    return result_true(*rows, 0, column) ? PROBLEM_NONE : FAIL_PLAINLY(context, PROBLEM_FORBIDDEN);
}

static bool is_root(const struct result *team)
{
    return text_equal(result_text(team, 0, "type"), TEXT("ORGANIZATION"));
}

static enum problem respond_with_team(struct request *request, struct text team)
{
    struct result *rows;

    TRY(sql_team_shown(&request->context, (struct sql_team_shown){.team = value_text(team)}, &rows));
    return respond_with(request, rows);
}

enum problem update_team(struct request *request)
{
    struct context *context = &request->context;
    struct text team = path_value(request, "team_id");
    struct result *rows;

    TRY(team_to_change(request, team, TEAM_RIGHT_TEAM, &rows));
    if (is_root(rows)) {
        return FAIL(context, PROBLEM_CONFLICT,
                    "The root team has the organization's name and cannot be renamed.");
    }
    TRY(sql_team_rename(context,
                        (struct sql_team_rename){.name = value_text(text_value(&request->body, "name")),
                                                 .team = value_text(team)},
                        &rows));
    return respond_with_team(request, team);
}

enum problem replace_team(struct request *request)
{
    return update_team(request);
}

enum problem delete_team(struct request *request)
{
    struct context *context = &request->context;
    struct text team = path_value(request, "team_id");
    struct result *rows;

    TRY(team_to_change(request, team, TEAM_RIGHT_ORGANIZATION, &rows));
    if (is_root(rows)) {
        return FAIL(context, PROBLEM_CONFLICT, "The root team stays as long as its organization.");
    }
    TRY(sql_team_delete(context, (struct sql_team_delete){.team = value_text(team)}, &rows));
    if (result_rows(rows) == 0) {
        return FAIL(context, PROBLEM_CONFLICT, "The team has teams below it.");
    }
    return PROBLEM_NONE;
}

enum problem team_levels(struct context *context, struct text parent, struct text team, bool *below)
{
    struct result *rows;

    TRY(sql_team_below(
        context, (struct sql_team_below){.team = value_text(parent), .other = value_text(team)}, &rows));
    *below = result_true(rows, 0, "below");
    if (!*below && result_integer(rows, 0, "levels") > MAXIMUM_LEVELS) {
        context_fault(context, "parent_id", "parent_id would make the tree deeper than %d levels.",
                      MAXIMUM_LEVELS);
        return FAIL_ON_FAULTS(context, PROBLEM_REFUSED);
    }
    return PROBLEM_NONE;
}

static void refuse_parent(struct context *context)
{
    context_fault(context, "parent_id", "parent_id is not a team of this organization.");
}

enum problem team_judge_parent(struct context *context, struct text organization, struct text parent)
{
    struct result *rows;

    if (parent.data == NULL || context->faults == NULL) {
        return PROBLEM_NONE;
    }
    TRY(sql_admin_team(
        context,
        (struct sql_admin_team){.team = value_text(parent), .organization = value_text(organization)},
        &rows));
    if (result_rows(rows) == 0) {
        refuse_parent(context);
    }
    return PROBLEM_NONE;
}

enum problem team_take_parent(struct context *context, struct text organization, struct text parent)
{
    struct result *rows;

    TRY(sql_team_parent_take(
        context,
        (struct sql_team_parent_take){.parent = value_text(parent), .organization = value_text(organization)},
        &rows));
    if (result_rows(rows) == 0) {
        refuse_parent(context);
        return FAIL_ON_FAULTS(context, PROBLEM_REFUSED);
    }
    if (result_true(rows, 0, "peopled")) {
        return FAIL(context, PROBLEM_CONFLICT, "The parent is a team of people; no team can stand below it.");
    }
    return PROBLEM_NONE;
}

enum problem team_make(struct context *context, const struct team_draft *draft, struct text *team)
{
    struct result *rows;
    bool below;

    TRY(sql_organization_tree_lock(
        context, (struct sql_organization_tree_lock){.organization = value_text(draft->organization)},
        &rows));
    TRY(team_take_parent(context, draft->organization, draft->parent));
    TRY(team_levels(context, draft->parent, TEXT(NO_TEAM), &below));
    TRY(sql_team_insert(context,
                        (struct sql_team_insert){.organization = value_text(draft->organization),
                                                 .parent = value_text(draft->parent),
                                                 .name = value_text(draft->name),
                                                 .type = value_text(draft->type)},
                        &rows));
    *team = result_text(rows, 0, "id");
    return PROBLEM_NONE;
}

enum problem respond_with_team_and_meta(struct request *request, struct text team)
{
    struct json_writer *writer = &request->writer;
    struct row_source source;
    struct result *rows;

    TRY(sql_team_shown(&request->context, (struct sql_team_shown){.team = value_text(team)}, &rows));
    source = result_source(rows);
    json_open_object(writer);
    json_key(writer, "data");
    encode_object(writer, result_binding(rows, request->endpoint->answer), &source, 0);
    json_key(writer, "meta");
    json_raw(writer, TEXT("{}"));
    json_close_object(writer);
    return PROBLEM_NONE;
}

enum problem create_team(struct request *request)
{
    struct context *context = &request->context;
    struct text parent = text_value(&request->body, "parent_id");
    struct team_draft draft = {.organization = path_value(request, "organization_id"),
                               .name = text_value(&request->body, "name"),
                               .type = TEXT("LEARNER")};
    struct result *root;
    struct text team;

    TRY(sql_organization_root(
        context, (struct sql_organization_root){.organization = value_text(draft.organization)}, &root));
    if (result_rows(root) == 0) {
        return FAIL_PLAINLY(context, PROBLEM_NOT_FOUND);
    }
    if (!result_true(root, 0, "administers_organization")) {
        return FAIL_PLAINLY(context, PROBLEM_FORBIDDEN);
    }
    TRY(team_judge_parent(context, draft.organization, parent));
    TRY(FAIL_ON_FAULTS(context, PROBLEM_REFUSED));
    draft.parent = parent.data != NULL ? parent : result_text(root, 0, "id");
    TRY(team_make(context, &draft, &team));
    return respond_with_team_and_meta(request, team);
}
