/* The directory from the command line: organizations, teams, users and invitations. */
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "access/audit.h"
#include "access/password.h"
#include "api/invitations.h"
#include "api/names.h"
#include "command/commands.h"
#include "sql/statements.h"
#include "json/decode.h"

#define LONGEST_PASSWORD_LINE 1024

static struct text option_text(const struct command_line *line, const char *name)
{
    return text_trim(text_of(option_value(line, name)));
}

static struct value option_parameter(struct command_line *line, const char *name)
{
    struct text text = option_text(line, name);

    return text_is_empty(text) ? NULL_VALUE : value_text(arena_copy_text(line->context.arena, text));
}

/* Prints one thing: the text alone, or {name: text}. */
static int print_one(struct command_line *line, const char *name, struct text text)
{
    struct builder output;

    output_start(line, &output);
    if (line->json) {
        struct json_writer writer;

        json_start(&writer, &output);
        json_open_object(&writer);
        json_key(&writer, name);
        json_text(&writer, text);
        json_close_object(&writer);
    } else {
        builder_add_text(&output, text);
    }
    builder_add_character(&output, '\n');
    return output_end(line, &output);
}

/* Begins the transaction of a command that writes. */
static void begin(struct command_line *line)
{
    audit_begin(&line->context, line->command->name);
}

/* Ends the transaction as the outcome says, and prints the result. */
static int conclude(struct command_line *line, enum problem problem, const char *name, struct text result)
{
    struct context *context = &line->context;

    if (problem == PROBLEM_NONE) {
        problem = database_commit(context);
    }
    if (problem != PROBLEM_NONE) {
        database_rollback(context->database);
        return refuse_problem(line, problem);
    }
    return print_one(line, name, result);
}

int command_organization_create(struct command_line *line)
{
    struct result *rows = NULL;
    enum problem problem;

    if (text_is_empty(option_text(line, "name"))) {
        return wrong_usage(line, "--name is empty");
    }
    begin(line);
    problem =
        sql_organization_create(&line->context,
                                (struct sql_organization_create){.name = option_parameter(line, "name"),
                                                                 .s3_integrations_folder = option_parameter(
                                                                     line, "s3-integrations-folder")},
                                &rows);
    return conclude(line, problem, "id", problem == PROBLEM_NONE ? result_text(rows, 0, "id") : NO_TEXT);
}

/* A malformed id is wrong usage, told as such. */
static bool is_id(const struct command_line *line, const char *option)
{
    const char *id = option_value(line, option);

    if (id != NULL && !text_is_uuid(text_of(id))) {
        wrong_usage(line, "--%s %s is not an id", option, id);
        return false;
    }
    return true;
}

int command_team_create(struct command_line *line)
{
    struct result *rows = NULL;
    enum problem problem;

    if (!is_id(line, "organization")) {
        return EXIT_USAGE;
    }
    begin(line);
    problem =
        sql_team_create(&line->context,
                        (struct sql_team_create){.name = option_parameter(line, "name"),
                                                 .organization = option_parameter(line, "organization")},
                        &rows);
    if (problem == PROBLEM_NONE && result_rows(rows) == 0) {
        problem = FAIL(&line->context, PROBLEM_NOT_FOUND, "There is no organization %s.",
                       option_value(line, "organization"));
    }
    return conclude(line, problem, "id", problem == PROBLEM_NONE ? result_text(rows, 0, "id") : NO_TEXT);
}

/* The first line of standard input, without showing it where that is a terminal. */
static bool read_password(struct command_line *line, struct text *password)
{
    bool terminal = isatty(STDIN_FILENO) != 0;
    struct termios shown;
    char buffer[LONGEST_PASSWORD_LINE + 2];
    char *got;

    if (terminal && tcgetattr(STDIN_FILENO, &shown) == 0) {
        struct termios hidden = shown;

        hidden.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
        fputs("Password: ", stderr);
    }
    got = fgets(buffer, sizeof buffer, stdin);
    if (terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
        fputc('\n', stderr);
    }
    if (got == NULL) {
        return false;
    }
    *password = text_of(arena_copy(line->context.arena, buffer, strcspn(buffer, "\r\n")));
    explicit_bzero(buffer, sizeof buffer);
    return true;
}

static enum problem check_user(struct command_line *line, struct text password, struct account_names *names)
{
    struct context *context = &line->context;
    struct text email = option_text(line, "email");

    if (email.data != NULL && !is_email_address(email)) {
        context_fault(context, "email", "email is not an e-mail address.");
    }
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
    begin(line);
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

    if (!read_password(line, &password)) {
        return wrong_usage(line, "the password is missing: it is the first line of standard input");
    }
    problem = create_user(line, password, &rows);
    return conclude(line, problem, "id", problem == PROBLEM_NONE ? result_text(rows, 0, "id") : NO_TEXT);
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

    if (email.data != NULL && !is_email_address(email)) {
        return FAIL(context, PROBLEM_REFUSED, "%.*s is not an e-mail address.", TEXT_ARGUMENTS(email));
    }
    return membership_invite(context, &draft, &membership, code);
}

static bool are_ids(const struct command_line *line, const char *option)
{
    size_t position = 0;
    const char *id;

    while ((id = option_next(line, option, &position)) != NULL) {
        if (!text_is_uuid(text_of(id))) {
            wrong_usage(line, "--%s %s is not an id", option, id);
            return false;
        }
    }
    return true;
}

int command_invite(struct command_line *line)
{
    struct text code = NO_TEXT;
    enum problem problem;

    if (!is_id(line, "organization") || !are_ids(line, "team")) {
        return EXIT_USAGE;
    }
    begin(line);
    problem = invite(line, &code);
    return conclude(line, problem, "invite_code", code);
}
