/* Moab: how one gets a security token, by an address and its password or with a new organization. */
#include "access/audit.h"
#include "access/security_token.h"
#include "api/credentials.h"
#include "api/handlers.h"
#include "api/moab.h"
#include "sql/statements.h"

static void write_failure(struct request *request, const char *message)
{
    struct json_writer *writer = &request->writer;

    json_open_object(writer);
    json_key(writer, "id");
    json_integer(writer, 0);
    json_key(writer, "securityToken");
    json_integer(writer, 0);
    json_key(writer, "status");
    json_string(writer, "error");
    json_key(writer, "message");
    json_string(writer, message);
    json_close_object(writer);
}

/* The organization, its group and its first creator; token->identity is 0 where a name is taken. */
static enum problem make_organization(struct request *request, struct moab_token *token)
{
    const struct values *body = &request->body;
    struct moab_place place = {.role = TEXT("1"), .enabled = true};
    struct result *rows;

    write_begin(request);
    TRY(sql_moab_organization_create(
        &request->context,
        (struct sql_moab_organization_create){.name = value_text(text_value(body, "organizationName")),
                                              .description =
                                                  value_text(text_value(body, "organizationDescription"))},
        &rows));
    if (result_rows(rows) == 0) {
        return PROBLEM_NONE;
    }
    place.organization = result_text(rows, 0, "organization_id");
    place.user_group = result_text(rows, 0, "number");
    return moab_make_user(request, &place, token);
}

enum problem moab_create_organization(struct request *request)
{
    struct moab_token token = {0};

    moab_check_password(request);
    TRY(FAIL_ON_FAULTS(&request->context, PROBLEM_REFUSED));
    if (value_of(&request->body, "agreeToTermsAndPolicies")->integer != 1) {
        write_failure(request, "initialization failed");
        return PROBLEM_NONE;
    }
    TRY(make_organization(request, &token));
    if (token.identity == 0) {
        database_rollback(request->context.database);
        write_failure(request, "organization already exists");
    } else {
        moab_write_token(request, &token, "initialization succeeded");
    }
    return PROBLEM_NONE;
}

/* The token is for the oldest of the user's active memberships. */
static enum problem enter(struct request *request, const struct credentials *credentials,
                          struct moab_token *token)
{
    struct context *context = &request->context;
    struct result *rows;

    TRY(credentials_accept(request, credentials));
    TRY(sql_security_token_memberships(
        context, (struct sql_security_token_memberships){.name = value_text(credentials->name)}, &rows));
    if (result_rows(rows) == 0) {
        return FAIL_PLAINLY(context, PROBLEM_NOT_FOUND);
    }
    token->identity = result_integer(rows, 0, "number");
    return security_token_issue(context, result_text(rows, 0, "id"), token->identity, &token->token);
}

/* Whoever cannot sign in is not found here. */
static enum problem not_found(struct request *request, enum problem problem)
{
    if (problem != PROBLEM_BAD_CREDENTIALS) {
        return problem;
    }
    context_forgive(&request->context);
    return FAIL_PLAINLY(&request->context, PROBLEM_NOT_FOUND);
}

enum problem moab_login(struct request *request)
{
    struct credentials credentials;
    struct moab_token token;

    TRY(not_found(request, credentials_check(request, text_value(&request->body, "emailAddress"),
                                             text_value(&request->body, "password"), &credentials)));
    write_begin(request);
    TRY(not_found(request, enter(request, &credentials, &token)));
    moab_write_token(request, &token, NULL);
    return PROBLEM_NONE;
}
