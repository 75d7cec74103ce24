/* Rules for the names that a person signs in with: username, address, provider. */
#ifndef MUSTER_API_NAMES_H
#define MUSTER_API_NAMES_H

#include "base/context.h"
#include "database/database.h"

/* The names of an account as they will be stored. */
struct account_names {
    struct text username;    /* NO_TEXT: none */
    struct text email;       /* lower case; NO_TEXT: none */
    struct text provider;    /* "email" or "username" */
    const char *email_field; /* which field the address came in, for faults */
};

/* Whether a username may be had at all: 4 to 64 of letters, digits and . _ + -. */
bool is_username(struct text text);

/* Adds the fault that the name in `field` is needed, unless one of the names has a fault already. */
void fault_name_missing(struct context *context, const char *field);

/* Adds a fault for a username that may not be had. */
void check_username_form(struct context *context, struct text username);

/* Settles which names a sign-up means: without a provider the form of the username tells; with provider email
 * the address may stand in `username`. Adds faults for what is missing or malformed. */
struct account_names settle_names(struct context *context, struct text username, struct text email,
                                  struct text provider);

/* Adds faults for names that somebody has. */
enum problem check_names_free(struct context *context, const struct account_names *names) MUST_CHECK;

/* Whether this is two letters in lower case. */
bool is_language_code(struct text code);

/* What failed sign-ins with a name are counted by: its hash, without case; null for NO_TEXT. */
struct value failures_key(struct context *context, struct text name);

/* Forgets the failed sign-ins with the names of an account; each may be NO_TEXT. */
enum problem forget_failures(struct context *context, struct text presented, struct text username,
                             struct text email) MUST_CHECK;

#endif
