/* A name and its password, checked the same way wherever somebody signs in. */
#ifndef MUSTER_API_CREDENTIALS_H
#define MUSTER_API_CREDENTIALS_H

#include "http/request.h"

/* An account whose password was right. */
struct credentials {
    struct text name;             /* as presented */
    const struct result *account; /* a row of sql/queries' account_find */
    struct text new_hash;         /* where the stored one is of an older kind; else NO_TEXT */
};

/* Finds the account of a username or an address and checks the password; run it outside of a transaction. A
 * failure is counted by the name and stays: PROBLEM_BAD_CREDENTIALS in the same time for an unknown name, a
 * wrong password and a disabled user, and PROBLEM_TOO_MANY_REQUESTS after ten in 15 minutes. */
enum problem credentials_check(struct request *request, struct text name, struct text password,
                               struct credentials *credentials) MUST_CHECK;

/* Counts the sign-in and forgets the failures, inside a transaction. PROBLEM_BAD_CREDENTIALS where the
 * password or the account changed since it was checked. */
enum problem credentials_accept(struct request *request, const struct credentials *credentials) MUST_CHECK;

#endif
