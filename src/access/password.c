/* Passwords by libxcrypt, at most a few hashes at a time on one machine. */
#include "access/password.h"

#include <crypt.h>
#include <stdlib.h>

#include "access/common_passwords.h"
#include "base/encoding.h"
#include "base/random.h"
#include "base/slots.h"

#define METHOD_PREFIX "$y$"

static int compare_passwords(const void *key, const void *element)
{
    const struct text *password = key;
    const char *common = *(const char *const *)element;
    size_t length = strlen(common);
    int order = memcmp(password->data, common, password->length < length ? password->length : length);

    if (order == 0 && password->length != length) {
        order = password->length < length ? -1 : 1;
    }
    return order;
}

static bool is_common(struct context *context, struct text password)
{
    struct text lower = text_lower(context->arena, password);

    return bsearch(&lower, common_passwords, common_password_count, sizeof common_passwords[0],
                   compare_passwords) != NULL;
}

void password_check_field(struct context *context, const char *field, struct text password,
                          struct text username, struct text email)
{
    size_t characters = text_characters(password);

    if (characters < PASSWORD_MINIMUM) {
        context_fault(context, field, "%s is too short (minimum is %d characters).", field, PASSWORD_MINIMUM);
    } else if (characters > PASSWORD_MAXIMUM) {
        context_fault(context, field, "%s is too long (maximum is %d characters).", field, PASSWORD_MAXIMUM);
    }
    if (is_common(context, password)) {
        context_fault(context, field, "%s is one of the most common ones.", field);
    }
    if ((username.data != NULL && text_equal_ignoring_case(password, username)) ||
        (email.data != NULL && text_equal_ignoring_case(password, email))) {
        context_fault(context, field, "%s must differ from the username.", field);
    }
}

void password_check(struct context *context, struct text password, struct text username, struct text email)
{
    password_check_field(context, "password", password, username, email);
}

/* crypt_r()'s work area is 32 KiB; one a process is enough, and it is wiped after use. */
static struct crypt_data work;

static const char *crypt_in_turn(const char *password, const char *setting)
{
    const char *hash;

    slots_take();
    hash = crypt_r(password, setting, &work);
    slots_release();
    return hash;
}

static void wipe(char *password, size_t length)
{
    explicit_bzero(password, length);
    explicit_bzero(&work, sizeof work);
}

static bool is_hash(const char *result)
{
    return result != NULL && result[0] != '*';
}

enum problem password_hash(struct context *context, struct text password, struct text *hash)
{
    char *copy = arena_copy(context->arena, password.data, password.length);
    char salt[32];
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    const char *result = NULL;

    random_bytes(salt, sizeof salt);
    if (crypt_gensalt_rn(METHOD_PREFIX, 0, salt, sizeof salt, setting, sizeof setting) != NULL) {
        result = crypt_in_turn(copy, setting);
    }
    if (!is_hash(result)) {
        wipe(copy, password.length);
        return FAIL_PLAINLY(context, PROBLEM_UNAVAILABLE);
    }
    *hash = text_of(arena_copy_string(context->arena, result));
    wipe(copy, password.length);
    return PROBLEM_NONE;
}

/* A hash that no password belongs to, of the kind and cost that new ones have. */
static const char *nobody_hash(void)
{
    static char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    char salt[32];

    if (setting[0] == '\0') {
        random_bytes(salt, sizeof salt);
        crypt_gensalt_rn(METHOD_PREFIX, 0, salt, sizeof salt, setting, sizeof setting);
    }
    return setting;
}

/* libxcrypt tells a lack of memory no other way than a malformed hash; but a good setting fails only for the
 * former, and then nothing is known of the password. */
static void insist_on_memory(char *password, size_t length)
{
    if (!is_hash(crypt_in_turn(password, nobody_hash()))) {
        wipe(password, length);
        arena_give_up("a password's hash");
    }
}

bool password_matches(struct context *context, struct text password, struct text hash)
{
    bool somebody = !text_is_empty(hash);
    const char *setting = somebody ? arena_copy(context->arena, hash.data, hash.length) : nobody_hash();
    char *copy = arena_copy(context->arena, password.data != NULL ? password.data : "", password.length);
    const char *result = crypt_in_turn(copy, setting);
    bool same = is_hash(result) && somebody && equal_in_constant_time(text_of(result), hash);

    if (!is_hash(result)) {
        insist_on_memory(copy, password.length);
    }
    wipe(copy, password.length);
    return same;
}

bool password_hash_is_old(struct text hash)
{
    return !text_starts_with(hash, TEXT(METHOD_PREFIX));
}
