/* Checking passwords: what is counted, what is told, and in which order. */
#include "api/credentials.h"

#include "access/audit.h"
#include "access/password.h"
#include "api/names.h"
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

enum problem credentials_check(struct request *request, struct text name, struct text password,
                               struct credentials *credentials)
{
    struct context *context = &request->context;
    struct result *rows;
    struct text hash;

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
    *credentials = (struct credentials){.name = name, .account = rows};
    return password_hash_is_old(hash) ? password_hash(context, password, &credentials->new_hash)
                                      : PROBLEM_NONE;
}

enum problem credentials_accept(struct request *request, const struct credentials *credentials)
{
    struct context *context = &request->context;
    const struct result *account = credentials->account;
    struct result *rows;

    TRY(sql_user_signed_in(
        context,
        (struct sql_user_signed_in){.address = value_text(request->incoming.address),
                                    .password_hash = value_text(credentials->new_hash),
                                    .user = value_text(result_text(account, 0, "user_id")),
                                    .verified_hash = value_text(result_text(account, 0, "password_hash"))},
        &rows));
    if (result_rows(rows) == 0) {
        return FAIL_PLAINLY(context, PROBLEM_BAD_CREDENTIALS);
    }
    return forget_failures(context, credentials->name, result_text(account, 0, "username"),
                           result_text(account, 0, "email"));
}
