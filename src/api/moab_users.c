/* Moab: users of the caller's organization. */
#include "access/password.h"
#include "access/security_token.h"
#include "api/handlers.h"
#include "api/leavers.h"
#include "api/moab.h"
#include "sql/statements.h"

void moab_write_outcome(struct request *request, struct text id, const char *status, const char *message)
{
    struct json_writer *writer = &request->writer;

    json_open_object(writer);
    json_key(writer, "id");
    json_raw(writer, id);
    json_key(writer, "status");
    json_string(writer, status);
    json_key(writer, "message");
    json_string(writer, message);
    json_close_object(writer);
}

void moab_write_token(struct request *request, const struct moab_token *token, const char *message)
{
    struct json_writer *writer = &request->writer;

    json_open_object(writer);
    json_key(writer, "id");
    json_integer(writer, token->identity);
    json_key(writer, "securityToken");
    json_integer(writer, token->token);
    if (message != NULL) {
        json_key(writer, "status");
        json_string(writer, "success");
        json_key(writer, "message");
        json_string(writer, message);
    }
    json_close_object(writer);
}

void moab_check_password(struct request *request)
{
    struct text password = text_value(&request->body, "userPassword");

    if (password.data != NULL) {
        password_check_field(&request->context, "userPassword", password, NO_TEXT,
                             text_value(&request->body, "userEmailAddress"));
    }
}

/* What decoding cannot know: whether the password is good enough, and whose the group is. */
static enum problem check_user(struct request *request)
{
    struct context *context = &request->context;
    const struct field_value *group = value_of(&request->body, "userGroup");
    struct result *rows;

    moab_check_password(request);
    if (group->given && group->integer > 0) {
        TRY(sql_moab_group_hold(
            context,
            (struct sql_moab_group_hold){.user_group = value_text(group->text),
                                         .organization = value_text(request->caller.organization_id)},
            &rows));
        if (result_rows(rows) == 0) {
            context_fault(context, "userGroup", "userGroup is not a user group of this organization.");
        }
    }
    return FAIL_ON_FAULTS(context, PROBLEM_REFUSED);
}

enum problem moab_make_user(struct request *request, const struct moab_place *place, struct moab_token *token)
{
    struct context *context = &request->context;
    const struct values *body = &request->body;
    struct text hash;
    struct result *rows;

    token->identity = 0;
    TRY(password_hash(context, text_value(body, "userPassword"), &hash));
    TRY(sql_moab_user_create(
        context,
        (struct sql_moab_user_create){.email = value_text(text_value(body, "userEmailAddress")),
                                      .first_name = value_text(text_value(body, "firstName")),
                                      .last_name = value_text(text_value(body, "lastName")),
                                      .password_hash = value_text(hash),
                                      .enabled = value_boolean(place->enabled),
                                      .description = value_text(text_value(body, "userDescription")),
                                      .role = value_text(place->role),
                                      .organization = value_text(place->organization),
                                      .user_group = value_text(place->user_group)},
        &rows));
    if (result_rows(rows) == 0) {
        return PROBLEM_NONE;
    }
    token->identity = result_integer(rows, 0, "number");
    return security_token_issue(context, result_text(rows, 0, "membership_id"), token->identity,
                                &token->token);
}

enum problem moab_create_user(struct request *request)
{
    const struct values *body = &request->body;
    const struct moab_place place = {.organization = request->caller.organization_id,
                                     .role = text_value(body, "role"),
                                     .user_group = text_value(body, "userGroup"),
                                     .enabled = value_of(body, "enabled")->integer == 1};
    struct moab_token token = {0};

    TRY(check_user(request));
    if (value_of(body, "agreeToTermsAndPolicies")->integer == 1) {
        TRY(moab_make_user(request, &place, &token));
    }
    if (token.identity == 0) {
        moab_write_outcome(request, TEXT("\"0\""), "error", "user creation failed");
    } else {
        moab_write_token(request, &token, "user created");
    }
    return PROBLEM_NONE;
}

/* The organization's row is locked first, so that of two creators who delete each other one stays. */
static enum problem find_leaver(struct request *request, struct text number, struct result **leaver)
{
    struct value organization = value_text(request->caller.organization_id);
    struct sql_moab_leaver find = {.organization = organization, .user_number = value_text(number)};
    const struct queued queue[] = {
        leavers_prelude(&request->context, request->caller.organization_id, 1),
        {.statement = &statement_moab_leaver, .values = (const struct value *)&find},
    };
    struct result *results[2];

    TRY(statements_run(&request->context, queue, 2, results));
    *leaver = results[1];
    return PROBLEM_NONE;
}

enum problem moab_delete_user(struct request *request)
{
    struct text number = path_value(request, "user_number");
    struct leavers leavers;
    struct result *leaver;

    TRY(find_leaver(request, number, &leaver));
    if (result_rows(leaver) == 0 ||
        (result_true(leaver, 0, "creator") && !result_true(leaver, 0, "others"))) {
        moab_write_outcome(request, number, "error", "user deletion failed");
        return PROBLEM_NONE;
    }
    leavers_start(&request->context, request->caller.organization_id, &leavers);
    leavers_add(&leavers, leaver, true);
    TRY(leavers_remove(&request->context, &leavers));
    moab_write_outcome(request, number, "success", "user deleted");
    return PROBLEM_NONE;
}
