/* Sign-up, and changes of the own account. */
#include "access/audit.h"
#include "access/password.h"
#include "access/session.h"
#include "api/handlers.h"
#include "api/names.h"
#include "config/config.h"
#include "sql/statements.h"

#include <string.h>

static enum problem check_invitation(struct context *context, struct text code)
{
    struct result *rows;

    if (code.data == NULL) {
        return PROBLEM_NONE;
    }
    TRY(sql_invitation_usable(context, (struct sql_invitation_usable){.invite_code = value_text(code)},
                              &rows));
    if (!result_true(rows, 0, "usable")) {
        context_fault(context, "invite_code", "invite_code cannot be used.");
    }
    return PROBLEM_NONE;
}

static enum problem check_sign_up(struct request *request, struct account_names *names)
{
    struct context *context = &request->context;
    struct text password = text_value(&request->body, "password");

    *names = settle_names(context, text_value(&request->body, "username"),
                          text_value(&request->body, "email"), text_value(&request->body, "provider"));
    if (password.data != NULL) {
        password_check(context, password, names->username, names->email);
    }
    TRY(check_names_free(context, names));
    TRY(check_invitation(context, text_value(&request->body, "invite_code")));
    return FAIL_ON_FAULTS(context, PROBLEM_REFUSED);
}

static enum problem refuse_invitation(struct context *context)
{
    context_fault(context, "invite_code", "invite_code cannot be used.");
    return FAIL_ON_FAULTS(context, PROBLEM_REFUSED);
}

/* Takes the invitation and makes the user; of two that race for one code, the second finds it used, and who
 * was deleted meanwhile has none any more. */
static enum problem join(struct request *request, const struct account_names *names, struct text hash,
                         struct text *user_id)
{
    struct context *context = &request->context;
    struct values *body = &request->body;
    struct result *claimed;
    struct result *user;
    struct result *joined;

    TRY(sql_invitation_claim(
        context, (struct sql_invitation_claim){.invite_code = value_text(text_value(body, "invite_code"))},
        &claimed));
    if (result_rows(claimed) == 0) {
        return refuse_invitation(context);
    }
    TRY(sql_user_create(
        context,
        (struct sql_user_create){.username = value_text(names->username),
                                 .email = value_text(names->email),
                                 .provider = value_text(names->provider),
                                 .first_name = value_text(text_value(body, "first_name")),
                                 .last_name = value_text(text_value(body, "last_name")),
                                 .password_hash = value_text(hash),
                                 .membership = value_text(result_text(claimed, 0, "membership_id")),
                                 .address = value_text(request->incoming.address)},
        &user));
    *user_id = result_text(user, 0, "id");
    TRY(sql_membership_join(
        context,
        (struct sql_membership_join){.membership = value_text(result_text(claimed, 0, "membership_id")),
                                     .user = value_text(*user_id)},
        &joined));
    return result_rows(joined) > 0 ? PROBLEM_NONE : refuse_invitation(context);
}

static enum problem answer_sign_up(struct request *request)
{
    bool array = strcmp(request->context.configuration->auth_sign_up_answer, "array") == 0;
    struct json_writer *writer = &request->writer;
    struct row_source source;
    struct result *rows;

    TRY(session_rows(request, &rows));
    source = result_source(rows);
    if (array) {
        json_open_array(writer);
    } else {
        json_open_object(writer);
        json_key(writer, "status");
        json_string(writer, "success");
        json_key(writer, "data");
    }
    encode_object(writer, result_binding(rows, request->endpoint->answer), &source, 0);
    if (array) {
        json_close_array(writer);
    } else {
        json_close_object(writer);
    }
    return PROBLEM_NONE;
}

enum problem sign_up(struct request *request)
{
    struct context *context = &request->context;
    struct account_names names;
    struct text hash = NO_TEXT;
    struct text user_id = NO_TEXT;

    TRY(check_sign_up(request, &names));
    TRY(password_hash(context, text_value(&request->body, "password"), &hash));
    write_begin(request);
    TRY(join(request, &names, hash, &user_id));
    TRY(session_open(request, user_id, context->configuration->session_lifetime));
    return answer_sign_up(request);
}

/* What the account's names will be, and whether they may be so. */
static enum problem check_account_change(struct request *request, const struct result *old)
{
    struct context *context = &request->context;
    const struct field_value *username = value_of(&request->body, "username");
    const struct field_value *provider = value_of(&request->body, "provider");
    struct account_names names = {
        .username = username->given ? username->text : result_text(old, 0, "username"),
        .provider = provider->null ? result_text(old, 0, "provider") : provider->text};
    bool by_username = text_equal(names.provider, TEXT("username"));

    if (text_is_empty(names.username)) {
        if (by_username && !context_has_fault(context, "username")) {
            context_fault(context, "username", "username is required with provider username.");
        }
    } else if (username->given) {
        check_username_form(context, names.username);
    }
    if (!by_username && !context_has_fault(context, "provider") && result_null(old, 0, "email")) {
        context_fault(context, "provider", "provider email needs an e-mail address.");
    }
    if (username->given && !text_equal_ignoring_case(names.username, result_text(old, 0, "username"))) {
        TRY(check_names_free(context, &names));
    }
    return FAIL_ON_FAULTS(context, PROBLEM_REFUSED);
}

enum problem update_account(struct request *request)
{
    struct context *context = &request->context;
    struct values *body = &request->body;
    struct result *rows;

    TRY(sql_account_names(context, (struct sql_account_names){0}, &rows));
    if (result_rows(rows) == 0) {
        return session_refuse(request);
    }
    TRY(check_account_change(request, rows));
    TRY(sql_account_update(context,
                           (struct sql_account_update){
                               .username_given = value_boolean(value_of(body, "username")->given),
                               .username = value_text(text_value(body, "username")),
                               .first_name = value_text(text_value(body, "first_name")),
                               .last_name = value_text(text_value(body, "last_name")),
                               .provider = value_text(text_value(body, "provider")),
                           },
                           &rows));
    TRY(session_rows(request, &rows));
    return respond_with(request, rows);
}

enum problem check_username(struct request *request)
{
    struct text username = path_value(request, "username");
    bool available = is_username(username);
    struct result *rows;

    if (available) {
        TRY(sql_names_taken(&request->context, (struct sql_names_taken){.username = value_text(username)},
                            &rows));
        available = !result_true(rows, 0, "username_taken");
    }
    json_open_object(&request->writer);
    json_key(&request->writer, "available");
    json_boolean(&request->writer, available);
    json_close_object(&request->writer);
    return PROBLEM_NONE;
}
