/* Keys are 256 random bits, of which only a hash is stored; the check is a lookup by that hash. */
#include "access/api_key.h"

#include "access/audit.h"
#include "base/encoding.h"
#include "base/random.h"
#include "sql/statements.h"

/* None of them is mistaken for another. */
#define PREFIX_ALPHABET "23456789abcdefghjkmnpqrstuvwxyz"
#define PREFIX_LENGTH   8

/* 43 letters and digits hold 256 bits. */
#define SECRET_ALPHABET "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define SECRET_LENGTH   43

#define MAXIMUM_PRESENTED 1024

const char *const api_key_scopes[] = {"users:delete", "users:read", NULL};

struct text api_key_new(struct arena *arena, struct text *prefix)
{
    struct text told = random_from(arena, PREFIX_ALPHABET, PREFIX_LENGTH);
    struct text secret = random_from(arena, SECRET_ALPHABET, SECRET_LENGTH);

    *prefix = text_of(arena_print(arena, "mw_%.*s", TEXT_ARGUMENTS(told)));
    return text_of(arena_print(arena, "%.*s_%.*s", TEXT_ARGUMENTS(*prefix), TEXT_ARGUMENTS(secret)));
}

struct value api_key_hash(struct arena *arena, struct text key)
{
    return value_bytes(sha256_text(arena, key));
}

struct text api_key_presented(const struct request *request)
{
    struct text rest = text_trim(request_header(request, "HTTP_AUTHORIZATION"));
    struct text scheme = text_cut(&rest, ' ');

    rest = text_trim(rest);
    return text_equal_ignoring_case(scheme, TEXT("Bearer")) && rest.length <= MAXIMUM_PRESENTED ? rest
                                                                                                : NO_TEXT;
}

/* The scope that a row asks for: its access has the scope's name. */
static struct value scope_of(const struct endpoint *endpoint)
{
    return value_string(access_name(endpoint->access));
}

static void fill_caller(struct request *request, const struct result *key)
{
    struct caller *caller = &request->caller;

    caller->present = true;
    caller->organization_id = result_text(key, 0, "organization_id");
    caller->key_id = result_text(key, 0, "id");
    caller->key_prefix = result_text(key, 0, "prefix");
}

enum problem api_key_authenticate(struct request *request)
{
    struct context *context = &request->context;
    struct text key = api_key_presented(request);
    struct result *rows;

    if (text_is_empty(key)) {
        return FAIL_PLAINLY(context, PROBLEM_NO_SESSION);
    }
    TRY(sql_api_key_find(context,
                         (struct sql_api_key_find){.key_hash = api_key_hash(context->arena, key),
                                                   .scope = scope_of(request->endpoint)},
                         &rows));
    if (result_rows(rows) == 0) {
        return FAIL_PLAINLY(context, PROBLEM_NO_SESSION);
    }
    fill_caller(request, rows);
    if (!result_true(rows, 0, "permitted")) {
        return FAIL_PLAINLY(context, PROBLEM_FORBIDDEN);
    }
    write_begin(request);
    return PROBLEM_NONE;
}
