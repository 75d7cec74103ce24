/* Passwords: which are good enough, and how they are kept (crypt(5) hashes by libxcrypt). */
#ifndef MUSTER_ACCESS_PASSWORD_H
#define MUSTER_ACCESS_PASSWORD_H

#include "base/context.h"

#define PASSWORD_MINIMUM 6
#define PASSWORD_MAXIMUM 128

/* Adds a fault for each rule that the password breaks: 6 to 128 characters, none of the 10,000 most common
 * (in any case), not the username or address. The names may be NO_TEXT. */
void password_check(struct context *context, struct text password, struct text username, struct text email);

/* The same for a body that has the password under another name, which its faults tell. */
void password_check_field(struct context *context, const char *field, struct text password,
                          struct text username, struct text email);

/* Hashes with yescrypt and a new salt. Takes about 20 ms of one core and 16 MiB, and waits for one of the
 * machine's few places for that. */
enum problem password_hash(struct context *context, struct text password, struct text *hash) MUST_CHECK;

/* Whether the password belongs to the hash, of whatever kind libxcrypt knows. Without a hash (NO_TEXT) the
 * same work is done and the answer is no, so that the time tells nothing. */
bool password_matches(struct context *context, struct text password, struct text hash);

/* Whether the hash is of an older kind than new ones and should be made anew at this sign-in. */
bool password_hash_is_old(struct text hash);

#endif
