/* Users of all organizations, for employees. */
#include "access/password.h"
#include "api/handlers.h"
#include "api/names.h"
#include "base/random.h"
#include "sql/statements.h"

/* Without characters that are mistaken for each other: it may be read out on the telephone. */
#define PASSWORD_ALPHABET "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
#define PASSWORD_LENGTH   16

enum problem admin_list_users(struct request *request)
{
    return list_users(request);
}

static enum problem user_to_change(struct request *request, struct text user, struct result **rows)
{
    TRY(sql_user_to_change(&request->context, (struct sql_user_to_change){.user = value_text(user)}, rows));
    return result_rows(*rows) == 0 ? FAIL_PLAINLY(&request->context, PROBLEM_NOT_FOUND) : PROBLEM_NONE;
}

/* A given name that differs from the present one; NO_TEXT otherwise. */
static struct text changed_name(const struct request *request, const struct result *old, const char *name)
{
    const struct field_value *value = value_of(&request->body, name);

    return value->given && !text_equal_ignoring_case(value->text, result_text(old, 0, name)) ? value->text
                                                                                             : NO_TEXT;
}

/* The language as it is stored; NO_TEXT where none is given. */
static struct text language_of(const struct request *request)
{
    struct text code = text_value(&request->body, "language_code");

    return code.data != NULL ? text_lower(request->context.arena, code) : NO_TEXT;
}

static void check_language(struct request *request)
{
    struct text code = language_of(request);

    if (code.data != NULL && !is_language_code(code)) {
        context_fault(&request->context, "language_code", "language_code must be two letters.");
    }
}

/* The provider's name stays there, and no name is somebody else's. */
static enum problem check_user_change(struct request *request, const struct result *old)
{
    struct context *context = &request->context;
    const struct field_value *username = value_of(&request->body, "username");
    const struct field_value *email = value_of(&request->body, "email");
    bool by_username = text_equal(result_text(old, 0, "provider"), TEXT("username"));
    const struct account_names names = {.username = changed_name(request, old, "username"),
                                        .email = changed_name(request, old, "email"),
                                        .email_field = "email"};

    if (username->given && username->null && by_username) {
        context_fault(context, "username",
                      "username is what the user signs in with; it cannot be taken away.");
    }
    if (email->given && email->null && !by_username) {
        context_fault(context, "email", "email is what the user signs in with; it cannot be taken away.");
    }
    if (username->text.data != NULL) {
        check_username_form(context, username->text);
    }
    check_language(request);
    TRY(check_names_free(context, &names));
    return FAIL_ON_FAULTS(context, PROBLEM_REFUSED);
}

static enum problem change_user(struct request *request, struct text user, struct result **rows)
{
    const struct values *body = &request->body;

    return sql_user_update(&request->context,
                           (struct sql_user_update){
                               .username_given = value_boolean(value_of(body, "username")->given),
                               .username = value_text(text_value(body, "username")),
                               .email_given = value_boolean(value_of(body, "email")->given),
                               .email = value_text(text_value(body, "email")),
                               .first_name = value_text(text_value(body, "first_name")),
                               .last_name = value_text(text_value(body, "last_name")),
                               .language_code = value_text(language_of(request)),
                               .worklete_employee = value_text(text_value(body, "worklete_employee")),
                               .enabled = value_text(text_value(body, "enabled")),
                               .user = value_text(user),
                           },
                           rows);
}

static enum problem end_sessions(struct request *request, struct text user)
{
    struct result *rows;

    return sql_sessions_delete_others(&request->context,
                                      (struct sql_sessions_delete_others){.user = value_text(user)}, &rows);
}

enum problem admin_update_user(struct request *request)
{
    struct context *context = &request->context;
    struct text user = path_value(request, "user_id");
    struct result *rows;

    TRY(user_to_change(request, user, &rows));
    TRY(check_user_change(request, rows));
    TRY(change_user(request, user, &rows));
    if (!result_true(rows, 0, "enabled")) {
        TRY(end_sessions(request, user));
    }
    if (text_equal(user, request->caller.user_id)) {
        request->caller.uid = result_text(rows, 0, "uid");
        request->caller.present = result_true(rows, 0, "enabled");
    }
    TRY(sql_admin_show_user(context, (struct sql_admin_show_user){.user_id = value_text(user)}, &rows));
    return respond_with(request, rows);
}

static enum problem needed_user_id(struct request *request, struct text *user)
{
    *user = text_value(&request->body, "user_id");
    if (user->data == NULL) {
        context_fault(&request->context, "user_id", "user_id is required.");
    }
    return FAIL_ON_FAULTS(&request->context, PROBLEM_MALFORMED);
}

/* All sessions of the user end, the own one too where an employee names itself. */
enum problem set_password(struct request *request)
{
    struct context *context = &request->context;
    struct text password = random_from(context->arena, PASSWORD_ALPHABET, PASSWORD_LENGTH);
    struct json_writer *writer = &request->writer;
    struct text user;
    struct text hash;
    struct result *rows;

    TRY(needed_user_id(request, &user));
    TRY(user_to_change(request, user, &rows));
    TRY(password_hash(context, password, &hash));
    TRY(sql_password_change(
        context, (struct sql_password_change){.password_hash = value_text(hash), .user = value_text(user)},
        &rows));
    TRY(forget_failures(context, NO_TEXT, result_text(rows, 0, "username"), result_text(rows, 0, "email")));
    TRY(sql_password_resets_delete(context, (struct sql_password_resets_delete){.user = value_text(user)},
                                   &rows));
    TRY(end_sessions(request, user));
    if (text_equal(user, request->caller.user_id)) {
        request->caller.present = false;
    }
    json_open_object(writer);
    json_key(writer, "data");
    json_open_object(writer);
    json_key(writer, "user_id");
    json_text(writer, user);
    json_key(writer, "password");
    json_text(writer, password);
    json_close_object(writer);
    json_close_object(writer);
    return PROBLEM_NONE;
}
