/* The directory from the command line: organizations, teams, users and invitations. */
#include "access/password.h"
#include "api/invitations.h"
#include "api/names.h"
#include "command/change.h"
#include "command/commands.h"
#include "sql/statements.h"
#include "json/decode.h"

int command_organization_create(struct command_line *line)
{
    struct result *rows = NULL;
    enum problem problem;

    if (!option_is_name(line, "name")) {
        return EXIT_USAGE;
    }
    change_begin(line);
    problem =
        sql_organization_create(&line->context,
                                (struct sql_organization_create){.name = option_parameter(line, "name"),
                                                                 .s3_integrations_folder = option_parameter(
                                                                     line, "s3-integrations-folder")},
                                &rows);
    return change_conclude(line, problem, "id",
                           problem == PROBLEM_NONE ? result_text(rows, 0, "id") : NO_TEXT);
}

int command_team_create(struct command_line *line)
{
    struct result *rows = NULL;
    enum problem problem;

    if (!option_is_id(line, "organization") || !option_is_name(line, "name")) {
        return EXIT_USAGE;
    }
    change_begin(line);
    problem =
        sql_team_create(&line->context,
                        (struct sql_team_create){.name = option_parameter(line, "name"),
                                                 .organization = option_parameter(line, "organization")},
                        &rows);
    if (problem == PROBLEM_NONE && result_rows(rows) == 0) {
        problem = FAIL(&line->context, PROBLEM_NOT_FOUND, "There is no organization %s.",
                       option_value(line, "organization"));
    }
    return change_conclude(line, problem, "id",
                           problem == PROBLEM_NONE ? result_text(rows, 0, "id") : NO_TEXT);
}

/* Whether the options that name a person can be those of one. */
static bool is_person(const struct command_line *line)
{
    return option_is_name(line, "first-name") && option_is_name(line, "last-name") &&
           option_is_address(line, "email");
}

static enum problem check_user(struct command_line *line, struct text password, struct account_names *names)
{
    struct context *context = &line->context;
    struct text email = option_text(line, "email");

    *names = settle_names(context, option_text(line, "username"), text_lower(context->arena, email),
                          TEXT("username"));
    password_check(context, password, names->username, names->email);
    TRY(check_names_free(context, names));
    return FAIL_ON_FAULTS(context, PROBLEM_REFUSED);
}

static enum problem create_user(struct command_line *line, struct text password, struct result **rows)
{
    struct context *context = &line->context;
    struct account_names names;
    struct text hash;

    TRY(check_user(line, password, &names));
    TRY(password_hash(context, password, &hash));
    change_begin(line);
    return sql_user_create(
        context,
        (struct sql_user_create){.username = value_text(names.username),
                                 .email = value_text(names.email),
                                 .provider = value_text(names.provider),
                                 .first_name = option_parameter(line, "first-name"),
                                 .last_name = option_parameter(line, "last-name"),
                                 .password_hash = value_text(hash),
                                 .employee = value_boolean(option_given(line, "employee"))},
        rows);
}

int command_user_create(struct command_line *line)
{
    struct text password;
    struct result *rows = NULL;
    enum problem problem;

    if (!is_person(line)) {
        return EXIT_USAGE;
    }
    if (!read_secret(line, "Password: ", &password)) {
        return wrong_usage(line, "the password is missing: it is the first line of standard input");
    }
    problem = create_user(line, password, &rows);
    return change_conclude(line, problem, "id",
                           problem == PROBLEM_NONE ? result_text(rows, 0, "id") : NO_TEXT);
}

/* The teams of all --team options, as PostgreSQL writes an array. */
static struct text team_list(struct command_line *line)
{
    struct builder list;
    size_t position = 0;
    const char *team;

    builder_start(&list, line->context.arena, 256, 65536);
    builder_add_character(&list, '{');
    while ((team = option_next(line, "team", &position)) != NULL) {
        builder_add_format(&list, "%s%s", list.length > 1 ? "," : "", team);
    }
    builder_add_character(&list, '}');
    return arena_copy_text(line->context.arena, builder_text(&list));
}

static struct text optional_text(struct command_line *line, const char *name)
{
    struct text text = option_text(line, name);

    return text_is_empty(text) ? NO_TEXT : arena_copy_text(line->context.arena, text);
}

static enum problem invite(struct command_line *line, struct text *code)
{
    struct context *context = &line->context;
    struct text email = optional_text(line, "email");
    struct text membership;
    const struct membership_draft draft = {.organization = optional_text(line, "organization"),
                                           .first_name = optional_text(line, "first-name"),
                                           .last_name = optional_text(line, "last-name"),
                                           .email = email.data != NULL ? text_lower(context->arena, email)
                                                                       : NO_TEXT,
                                           .employee_id = optional_text(line, "employee-id"),
                                           .job_title = optional_text(line, "job-title"),
                                           .org_admin = option_given(line, "org-admin"),
                                           .teams = team_list(line)};

    return membership_invite(context, &draft, &membership, code);
}

int command_invite(struct command_line *line)
{
    struct text code = NO_TEXT;
    enum problem problem;

    if (!option_is_id(line, "organization") || !option_is_id(line, "team") || !is_person(line) ||
        !option_fits(line, "employee-id") || !option_fits(line, "job-title")) {
        return EXIT_USAGE;
    }
    change_begin(line);
    problem = invite(line, &code);
    return change_conclude(line, problem, "invite_code", code);
}
