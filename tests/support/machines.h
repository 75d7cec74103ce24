/* API keys, security tokens and user groups for tests of Moodwork and Moab. */
#ifndef MUSTER_TESTS_MACHINES_H
#define MUSTER_TESTS_MACHINES_H

#include "support/people.h"

/* A new API key, made by the command line; `scope` NULL: without one. It must not appear in any log. */
const char *make_api_key(struct world *world, const char *organization, const char *scope);

/* The beginning of a key, by which it is told. */
const char *prefix_of(struct world *world, const char *key);

/* A new security token of a person for their organization, made by the command line: "<identity>.<token>". It
 * must not appear in any log. */
const char *make_security_token(struct world *world, const struct person *person);

/* "Authorization: Bearer " and the key or token. */
const char *bearer(struct world *world, const char *secret);

/* The number that Moab knows somebody by. */
const char *number_of(struct world *world, const struct person *person);

/* Straight into the database: a user group, its number; and an invited person with an address, which it is.
 */
const char *make_group(struct world *world, const char *organization, const char *name);
const char *make_invited_address(struct world *world, const char *organization);

/* A role in their organization, 1 to 3, straight into the database. */
void set_role(struct world *world, const struct person *person, int role);

/* A request to Moab or Moodwork with a key or token (NULL: none). */
struct answer *call_with(struct world *world, const char *secret, const char *method, const char *path,
                         const char *body);

#endif
