/* Names of accounts, judged in one place for sign-up, change and the command line. */
#include "api/names.h"

#include <string.h>

#include "base/encoding.h"
#include "sql/statements.h"
#include "json/decode.h"

#define SHORTEST_USERNAME 4
#define LONGEST_USERNAME  64

static bool has_username_characters(struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        char character = text.data[i];
        bool letter = (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
        bool other = (character >= '0' && character <= '9') ||
                     (character != '\0' && strchr("._+-", character) != NULL);

        if (!letter && !other) {
            return false;
        }
    }
    return true;
}

bool is_username(struct text text)
{
    return text.length >= SHORTEST_USERNAME && text.length <= LONGEST_USERNAME &&
           has_username_characters(text);
}

bool is_language_code(struct text code)
{
    return code.length == 2 && code.data[0] >= 'a' && code.data[0] <= 'z' && code.data[1] >= 'a' &&
           code.data[1] <= 'z';
}

void fault_name_missing(struct context *context, const char *field)
{
    if (!context_has_fault(context, "username") && !context_has_fault(context, "email")) {
        context_fault(context, field, "%s is required.", field);
    }
}

void check_username_form(struct context *context, struct text username)
{
    if (text_characters(username) < SHORTEST_USERNAME) {
        context_fault(context, "username", "username is too short (minimum is %d characters).",
                      SHORTEST_USERNAME);
    } else if (username.length > LONGEST_USERNAME) {
        context_fault(context, "username", "username is too long (maximum is %d characters).",
                      LONGEST_USERNAME);
    }
    if (!has_username_characters(username)) {
        context_fault(context, "username",
                      "username can have only letters, digits and the characters . _ + and -.");
    }
}

static bool holds_address(struct text username)
{
    return username.data != NULL && text_find(username, '@') < username.length;
}

/* The address in `username` moves to its own place, unless another one is there. */
static void take_address(struct context *context, struct account_names *names)
{
    struct text address = text_lower(context->arena, names->username);

    if (!is_email_address(address) || (names->email.data != NULL && !text_equal(address, names->email))) {
        context_fault(context, "username", "username is not an e-mail address.");
        return;
    }
    names->email = address;
    names->email_field = "username";
    names->username = NO_TEXT;
}

struct account_names settle_names(struct context *context, struct text username, struct text email,
                                  struct text provider)
{
    struct account_names names = {.username = text_is_empty(username) ? NO_TEXT : username,
                                  .email = text_is_empty(email) ? NO_TEXT : email,
                                  .provider = provider,
                                  .email_field = "email"};

    if (names.provider.data == NULL) {
        bool by_address =
            holds_address(username) || (names.username.data == NULL && names.email.data != NULL);

        names.provider = by_address ? TEXT("email") : TEXT("username");
    }
    if (!text_equal(names.provider, TEXT("email"))) {
        if (names.username.data == NULL) {
            fault_name_missing(context, "username");
        }
    } else if (names.username.data == NULL && names.email.data == NULL) {
        fault_name_missing(context, "email");
    } else if (holds_address(names.username) || names.email.data == NULL) {
        take_address(context, &names);
        return names;
    }
    if (names.username.data != NULL) {
        check_username_form(context, names.username);
    }
    return names;
}

enum problem check_names_free(struct context *context, const struct account_names *names)
{
    struct result *taken;

    TRY(sql_names_taken(
        context,
        (struct sql_names_taken){.username = value_text(names->username), .email = value_text(names->email)},
        &taken));
    if (result_true(taken, 0, "username_taken")) {
        context_fault(context, "username", "username has already been taken.");
    }
    if (result_true(taken, 0, "email_taken")) {
        context_fault(context, names->email_field, "%s has already been taken.", names->email_field);
    }
    return PROBLEM_NONE;
}

struct value failures_key(struct context *context, struct text name)
{
    return name.data == NULL ? NULL_VALUE
                             : value_bytes(sha256_text(context->arena, text_lower(context->arena, name)));
}

enum problem forget_failures(struct context *context, struct text presented, struct text username,
                             struct text email)
{
    struct result *rows;

    return sql_sign_in_failures_clear(
        context,
        (struct sql_sign_in_failures_clear){.name_hash = failures_key(context, presented),
                                            .username_hash = failures_key(context, username),
                                            .email_hash = failures_key(context, email)},
        &rows);
}
