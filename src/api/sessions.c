/* Signing in and out. */
#include "access/audit.h"
#include "access/password.h"
#include "access/session.h"
#include "api/handlers.h"
#include "api/names.h"
#include "config/config.h"
#include "sql/statements.h"

#define MAXIMUM_FAILURES 10

static enum problem too_many_failures(struct request *request, const struct result *rows)
{
    request->context.retry_after = (int)result_integer(rows, 0, "wait");
    return FAIL(&request->context, PROBLEM_TOO_MANY_REQUESTS,
                "There were too many failed attempts to sign in; please wait before trying again.");
}

/* Counts the failure, which stays although the request fails. Of guesses that were in flight together, those
 * past the limit learn only that. */
static enum problem refuse(struct request *request, struct text name)
{
    struct sql_sign_in_failed values = {.name_hash = failures_key(&request->context, name)};
    const struct queued queue[] = {
        audit_context(request),
        {.statement = &statement_sign_in_failed, .values = (const struct value *)&values},
    };
    struct result *results[2];

    TRY(statements_run(&request->context, queue, 2, results));
    if (result_integer(results[1], 0, "failures") > MAXIMUM_FAILURES) {
        return too_many_failures(request, results[1]);
    }
    return FAIL_PLAINLY(&request->context, PROBLEM_BAD_CREDENTIALS);
}

/* Counts the sign-in, unless the password or the account changed since it was checked, and opens the session.
 */
static enum problem enter(struct request *request, const struct result *account, struct text name,
                          struct text new_hash)
{
    struct context *context = &request->context;
    struct text user_id = result_text(account, 0, "user_id");
    struct result *rows;

    write_begin(request);
    TRY(sql_user_signed_in(
        context,
        (struct sql_user_signed_in){.address = value_text(request->incoming.address),
                                    .password_hash = value_text(new_hash),
                                    .user = value_text(user_id),
                                    .verified_hash = value_text(result_text(account, 0, "password_hash"))},
        &rows));
    if (result_rows(rows) == 0) {
        return FAIL_PLAINLY(context, PROBLEM_BAD_CREDENTIALS);
    }
    TRY(session_open(request, user_id, context->configuration->session_lifetime));
    return forget_failures(context, name, result_text(account, 0, "username"),
                           result_text(account, 0, "email"));
}

/* The name that signs in; faults where there is none. */
static enum problem presented_name(struct request *request, struct text *name)
{
    *name = text_value(&request->body, "username");
    if (text_is_empty(*name)) {
        *name = text_value(&request->body, "email");
    }
    if (text_is_empty(*name)) {
        context_fault(&request->context, "username", "username is required.");
    }
    return FAIL_ON_FAULTS(&request->context, PROBLEM_REFUSED);
}

enum problem sign_in(struct request *request)
{
    struct context *context = &request->context;
    struct text password = text_value(&request->body, "password");
    struct text new_hash = NO_TEXT;
    struct text name;
    struct text hash;
    struct result *rows;

    TRY(presented_name(request, &name));
    TRY(sql_account_find(
        context,
        (struct sql_account_find){.name = value_text(name), .name_hash = failures_key(context, name)},
        &rows));
    if (result_integer(rows, 0, "failures") >= MAXIMUM_FAILURES) {
        return too_many_failures(request, rows);
    }
    hash = result_true(rows, 0, "enabled") ? result_text(rows, 0, "password_hash") : NO_TEXT;
    if (!password_matches(context, password, hash)) {
        return refuse(request, name);
    }
    if (password_hash_is_old(hash)) {
        TRY(password_hash(context, password, &new_hash));
    }
    TRY(enter(request, rows, name, new_hash));
    TRY(session_rows(request, &rows));
    return respond_with(request, rows);
}

static enum problem leave(struct request *request)
{
    struct result *rows;

    TRY(sql_session_delete(&request->context,
                           (struct sql_session_delete){.client = value_text(request->caller.client)}, &rows));
    request->caller.present = false;
    return PROBLEM_NONE;
}

enum problem sign_out(struct request *request)
{
    TRY(leave(request));
    json_open_object(&request->writer);
    json_key(&request->writer, "success");
    json_boolean(&request->writer, true);
    json_close_object(&request->writer);
    return PROBLEM_NONE;
}

enum problem end_session(struct request *request)
{
    TRY(leave(request));
    return respond_with(request, request->caller.session);
}

enum problem validate_token(struct request *request)
{
    const struct result *rows = request->caller.session;
    struct row_source source = result_source(rows);

    json_open_object(&request->writer);
    json_key(&request->writer, "success");
    json_boolean(&request->writer, true);
    json_key(&request->writer, "data");
    encode_object(&request->writer, result_binding(rows, request->endpoint->answer), &source, 0);
    json_close_object(&request->writer);
    return PROBLEM_NONE;
}
