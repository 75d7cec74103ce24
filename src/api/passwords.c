/* Changing a password, and the way back in for those who forgot it. */
#include "access/audit.h"
#include "access/password.h"
#include "access/session.h"
#include "api/handlers.h"
#include "api/names.h"
#include "base/encoding.h"
#include "config/config.h"
#include "mail/reset_mail.h"
#include "sql/statements.h"

#define RESET_SESSION_LIFETIME (INT64_C(3600) * 1000000)

static const char reset_message[] =
    "If that e-mail address belongs to an account, a mail with instructions is on its way to it.";

static enum problem check_new_password(struct request *request, const struct result *user)
{
    struct context *context = &request->context;
    struct text password = text_value(&request->body, "password");
    struct text confirmation = text_value(&request->body, "password_confirmation");

    if (password.data != NULL) {
        password_check(context, password, result_text(user, 0, "username"), result_text(user, 0, "email"));
        if (confirmation.data != NULL && !text_equal(password, confirmation)) {
            context_fault(context, "password_confirmation", "password_confirmation does not match password.");
        }
    }
    return FAIL_ON_FAULTS(context, PROBLEM_REFUSED);
}

/* One object that serves readers of the page and of the gem alike. */
static enum problem answer_password_change(struct request *request)
{
    static const char *const nulls[] = {"encrypted_password", "reset_password_token",
                                        "reset_password_sent_at"};
    struct json_writer *writer = &request->writer;
    const struct binding *binding;
    struct row_source source;
    struct result *rows;

    TRY(sql_user_show_self(&request->context, (struct sql_user_show_self){0}, &rows));
    source = result_source(rows);
    binding = result_binding(rows, request->endpoint->answer);
    json_open_object(writer);
    encode_members(writer, binding, &source, 0);
    for (size_t i = 0; i < sizeof nulls / sizeof nulls[0]; i++) {
        json_key(writer, nulls[i]);
        json_null(writer);
    }
    json_key(writer, "allow_password_change");
    json_boolean(writer, false);
    json_key(writer, "remember_created_at");
    json_null(writer);
    json_key(writer, "tokens");
    json_raw(writer, TEXT("{}"));
    json_key(writer, "success");
    json_boolean(writer, true);
    json_key(writer, "data");
    encode_object(writer, binding, &source, 0);
    json_key(writer, "message");
    json_string(writer, "Your password has been successfully updated.");
    json_close_object(writer);
    return PROBLEM_NONE;
}

enum problem change_password(struct request *request)
{
    struct context *context = &request->context;
    struct value user = value_text(request->caller.user_id);
    struct text hash;
    struct result *rows;

    TRY(sql_account_names(context, (struct sql_account_names){0}, &rows));
    if (result_rows(rows) == 0) {
        return session_refuse(request);
    }
    TRY(check_new_password(request, rows));
    TRY(password_hash(context, text_value(&request->body, "password"), &hash));
    TRY(sql_own_password_change(
        context,
        (struct sql_own_password_change){.password_hash = value_text(hash),
                                         .client = value_text(request->caller.client)},
        &rows));
    if (result_rows(rows) == 0) {
        return session_refuse(request);
    }
    TRY(forget_failures(context, NO_TEXT, result_text(rows, 0, "username"), result_text(rows, 0, "email")));
    TRY(sql_sessions_delete_others(
        context,
        (struct sql_sessions_delete_others){.user = user, .client = value_text(request->caller.client)},
        &rows));
    TRY(sql_password_resets_delete(context, (struct sql_password_resets_delete){.user = user}, &rows));
    return answer_password_change(request);
}

static enum problem check_redirect_url(struct context *context, struct text url)
{
    for (const char *const *allowed = context->configuration->reset_redirect_urls; *allowed != NULL;
         allowed++) {
        if (text_equal_string(url, *allowed)) {
            return PROBLEM_NONE;
        }
    }
    context_fault(context, "redirect_url", "redirect_url is not one of the allowed addresses.");
    return FAIL_ON_FAULTS(context, PROBLEM_REFUSED);
}

/* The usual place to go after a reset: the first of the configured ones. */
static struct text usual_redirect_url(const struct context *context)
{
    const struct configuration *configuration = context->configuration;

    return text_of(*configuration->reset_redirect_urls != NULL ? *configuration->reset_redirect_urls
                                                               : configuration->public_url);
}

static enum problem check_username_given(struct request *request, const struct result *user)
{
    struct text username = text_value(&request->body, "username");

    if (!text_equal_ignoring_case(username, result_text(user, 0, "username")) &&
        !text_equal_ignoring_case(username, result_text(user, 0, "uid"))) {
        context_fault(&request->context, "username", "username is not that of this user.");
    }
    return FAIL_ON_FAULTS(&request->context, PROBLEM_REFUSED);
}

enum problem reset_user_password(struct request *request)
{
    struct context *context = &request->context;
    struct result *user;

    TRY(sql_user_to_reset(context, (struct sql_user_to_reset){.user = value_text(path_value(request, "id"))},
                          &user));
    if (result_rows(user) == 0) {
        return FAIL_PLAINLY(context, PROBLEM_NOT_FOUND);
    }
    if (!result_true(user, 0, "permitted")) {
        return FAIL_PLAINLY(context, PROBLEM_FORBIDDEN);
    }
    TRY(check_username_given(request, user));
    if (!result_null(user, 0, "email")) {
        TRY(reset_mail_send(context, result_text(user, 0, "email"), usual_redirect_url(context)));
    }
    json_boolean(&request->writer, !result_null(user, 0, "email"));
    return PROBLEM_NONE;
}

enum problem request_password_reset(struct request *request)
{
    struct context *context = &request->context;
    struct text email = text_value(&request->body, "email");
    struct text redirect_url = text_value(&request->body, "redirect_url");

    if (text_is_empty(email)) {
        return FAIL(context, PROBLEM_MISSING_RESET_PARAMETER, "You must provide an email address.");
    }
    if (text_is_empty(redirect_url)) {
        return FAIL(context, PROBLEM_MISSING_RESET_PARAMETER, "Missing redirect URL.");
    }
    TRY(check_redirect_url(context, redirect_url));
    write_begin(request);
    TRY(reset_mail_send(context, email, redirect_url));
    json_open_object(&request->writer);
    json_key(&request->writer, "success");
    json_boolean(&request->writer, true);
    json_key(&request->writer, "message");
    json_string(&request->writer, reset_message);
    json_close_object(&request->writer);
    return PROBLEM_NONE;
}

/* The address with the session's values in its query. */
static struct text redirect_target(struct request *request, struct text url)
{
    struct arena *arena = request->context.arena;
    const struct caller *caller = &request->caller;
    struct text token = encode_percent(arena, caller->access_token);
    struct text client = encode_percent(arena, caller->client);
    struct text uid = encode_percent(arena, caller->uid);

    return text_of(arena_print(arena,
                               "%.*s%caccess-token=%.*s&client=%.*s&client_id=%.*s&config=default&expiry=%lld"
                               "&reset_password=true&token=%.*s&uid=%.*s",
                               TEXT_ARGUMENTS(url), text_find(url, '?') < url.length ? '&' : '?',
                               TEXT_ARGUMENTS(token), TEXT_ARGUMENTS(client), TEXT_ARGUMENTS(client),
                               (long long)caller->expiry, TEXT_ARGUMENTS(token), TEXT_ARGUMENTS(uid)));
}

enum problem follow_password_reset(struct request *request)
{
    struct context *context = &request->context;
    struct text token = text_value(&request->query, "reset_password_token");
    struct text url = text_value(&request->query, "redirect_url");
    struct result *rows;

    TRY(check_redirect_url(context, url));
    write_begin(request);
    TRY(sql_password_reset_use(
        context,
        (struct sql_password_reset_use){.token_hash = value_bytes(sha256_text(context->arena, token))},
        &rows));
    if (result_rows(rows) == 0) {
        return FAIL(context, PROBLEM_NOT_FOUND, "This link is unknown, used or too old.");
    }
    TRY(session_open(request, result_text(rows, 0, "user_id"), RESET_SESSION_LIFETIME));
    request->caller.uid = result_text(rows, 0, "uid");
    response_header(request, "Location", redirect_target(request, url));
    response_header(request, "Referrer-Policy", TEXT("no-referrer"));
    request->caller.present = false; /* the values go to the front end, not to whoever follows the link */
    request->response.type = NULL;
    return PROBLEM_NONE;
}
