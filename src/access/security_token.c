/* A token has to fit a number of JSON, so it is short for a secret. Therefore its hash takes a hundred rounds
 * over token and identity, and who guesses is slowed down; others are not locked out by it, since identities
 * are easily guessed too. */
#include "access/security_token.h"

#include "access/audit.h"
#include "base/keyed_hash.h"
#include "base/random.h"
#include "http/bind.h"
#include "http/standby_read.h"
#include "sql/statements.h"

#define TOKEN_BITS 53
#define HIGHEST    ((INT64_C(1) << TOKEN_BITS) - 1)

/* A twentieth of a millisecond, in each request. */
#define USUAL_ROUNDS 100

/* Some milliseconds, for those whose identity is being guessed at. */
#define SLOW_ROUNDS      10000
#define MAXIMUM_FAILURES 10

struct presented {
    int64_t identity;
    int64_t token;
};

static struct value hash_of(struct arena *arena, const struct presented *presented)
{
    struct text token = text_of(arena_print(arena, "%lld", (long long)presented->token));
    struct text salt = text_of(arena_print(arena, "security token %lld", (long long)presented->identity));
    char *digest = arena_allocate(arena, SHA256_SIZE);

    slow_hash(token, salt, USUAL_ROUNDS, (unsigned char *)digest);
    return value_bytes((struct text){digest, SHA256_SIZE});
}

/* Under which failures are counted; sql/queries/leavers.sql knows it too. */
static struct value failures_key(struct arena *arena, int64_t identity)
{
    return value_bytes(
        sha256_text(arena, text_of(arena_print(arena, "security token %lld", (long long)identity))));
}

static int64_t draw_token(void)
{
    uint64_t bits;

    do {
        random_bytes(&bits, sizeof bits);
        bits >>= 64 - TOKEN_BITS;
    } while (bits == 0);
    return (int64_t)bits;
}

enum problem security_token_issue(struct context *context, struct text membership, int64_t identity,
                                  int64_t *token)
{
    struct presented presented = {.identity = identity, .token = draw_token()};
    struct result *rows;

    TRY(sql_security_token_set(
        context,
        (struct sql_security_token_set){.membership = value_text(membership),
                                        .token_hash = hash_of(context->arena, &presented)},
        &rows));
    *token = presented.token;
    return result_rows(rows) > 0 ? PROBLEM_NONE : FAIL_PLAINLY(context, PROBLEM_NOT_FOUND);
}

/* "Bearer <identity>.<token>", both from 1 and below 2^53. */
static bool find_presented(const struct request *request, struct presented *presented)
{
    struct text rest = text_trim(request_header(request, "HTTP_AUTHORIZATION"));
    struct text scheme = text_cut(&rest, ' ');
    struct text token = text_trim(rest);
    struct text identity = text_cut(&token, '.');

    return text_equal_ignoring_case(scheme, TEXT("Bearer")) &&
           text_to_integer(identity, 1, HIGHEST, &presented->identity) &&
           text_to_integer(token, 1, HIGHEST, &presented->token);
}

static int lowest_role(enum access access)
{
    return access == ACCESS_CREATOR ? 1 : access == ACCESS_CONTRIBUTOR ? 2 : 3;
}

/* Counts the failure, which stays although the request fails. */
static enum problem refuse(struct request *request, const struct presented *presented)
{
    struct context *context = &request->context;
    struct sql_sign_in_failed values = {.name_hash = failures_key(context->arena, presented->identity)};
    const struct queued queue[] = {
        audit_context(request),
        {.statement = &statement_sign_in_failed, .values = (const struct value *)&values},
    };
    struct result *results[2];

    database_rollback(context->database);
    TRY(statements_run(context, queue, 2, results));
    return FAIL_PLAINLY(context, PROBLEM_NO_SESSION);
}

/* What only reads needs no transaction of its own. */
static void begin(struct request *request)
{
    if (request->endpoint->method != METHOD_GET) {
        write_begin(request);
    }
}

struct check {
    struct result *failures;
    struct result *caller;
};

/* How often it failed of late, who it is, and behind that in the same round trip what the row asks for. */
static enum problem run_check_here(struct request *request, const struct presented *presented,
                                   struct check *check)
{
    struct context *context = &request->context;
    struct sql_sign_in_failures_recent failures = {.name_hash =
                                                       failures_key(context->arena, presented->identity)};
    struct sql_security_token_find caller = {.token_hash = hash_of(context->arena, presented),
                                             .identity = value_integer(context->arena, presented->identity)};
    struct queued queue[3] = {
        {.statement = &statement_sign_in_failures_recent, .values = (const struct value *)&failures},
        {.statement = &statement_security_token_find, .values = (const struct value *)&caller}};
    struct result *results[3] = {NULL, NULL, NULL};
    size_t count = 2;

    if (request->endpoint->statement != NULL && request->decoded) {
        queue[count++] = bind_statement(request, request->endpoint->statement);
    }
    TRY(statements_run(context, queue, count, results));
    *check = (struct check){.failures = results[0], .caller = results[1]};
    request->result = results[2];
    return PROBLEM_NONE;
}

/* The check on the primary, and what the row asks for from the standby; `done` is false where the latter
 * could not answer. */
static enum problem run_check_and_read(struct request *request, const struct presented *presented,
                                       struct check *check, bool *done)
{
    struct context *context = &request->context;
    struct sql_sign_in_failures_recent failures = {.name_hash =
                                                       failures_key(context->arena, presented->identity)};
    struct sql_security_token_find_with_log caller = {.token_hash = hash_of(context->arena, presented),
                                                      .identity =
                                                          value_integer(context->arena, presented->identity)};
    const struct queued queue[] = {
        {.statement = &statement_sign_in_failures_recent, .values = (const struct value *)&failures},
        {.statement = &statement_security_token_find_with_log, .values = (const struct value *)&caller}};
    struct result *results[2];

    TRY(statements_run(context, queue, 2, results));
    *check = (struct check){.failures = results[0], .caller = results[1]};
    *done = result_rows(check->caller) == 0 || standby_answers(request, check->caller);
    return PROBLEM_NONE;
}

static enum problem run_check(struct request *request, const struct presented *presented, struct check *check)
{
    if (standby_is_asked(request)) {
        bool done = false;

        TRY(run_check_and_read(request, presented, check, &done));
        if (done) {
            return PROBLEM_NONE;
        }
    }
    return run_check_here(request, presented, check);
}

/* The work is done before the outcome is looked at, whatever that is. */
static void take_time(const struct presented *presented, const struct result *failures)
{
    unsigned char waste[SHA256_SIZE];
    struct text token = {(const char *)&presented->token, sizeof presented->token};

    if (result_integer(failures, 0, "failures") >= MAXIMUM_FAILURES) {
        slow_hash(token, TEXT("slow"), SLOW_ROUNDS, waste);
    }
}

static void fill_caller(struct request *request, const struct result *row)
{
    struct caller *caller = &request->caller;

    caller->present = true;
    caller->user_id = result_text(row, 0, "caller_id");
    caller->organization_id = result_text(row, 0, "organization_id");
    caller->role = (int)result_integer(row, 0, "role");
}

enum problem security_token_authenticate(struct request *request)
{
    struct presented presented;
    struct check check;

    if (!find_presented(request, &presented)) {
        return FAIL_PLAINLY(&request->context, PROBLEM_NO_SESSION);
    }
    begin(request);
    TRY(run_check(request, &presented, &check));
    take_time(&presented, check.failures);
    if (result_rows(check.caller) == 0) {
        return refuse(request, &presented);
    }
    fill_caller(request, check.caller);
    if (request->caller.role > lowest_role(request->endpoint->access)) {
        return FAIL_PLAINLY(&request->context, PROBLEM_FORBIDDEN);
    }
    return PROBLEM_NONE;
}
