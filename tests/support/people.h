/* Organizations and people for tests, made the way a customer makes them: by the command line, invitations
 * and sign-up. */
#ifndef MUSTER_TESTS_PEOPLE_H
#define MUSTER_TESTS_PEOPLE_H

#include "support/call.h"

/* A password that satisfies the rules. Every password begins like this, and must not appear in any log. */
#define CANARY "Canary-5e1f-"

struct person {
    const char *user_id;
    const char *organization_id; /* NULL for employees */
    const char *membership_id;   /* NULL for employees */
    const char *username;
    const char *email;
    const char *password;
    struct session session;
};

/* All names are made unique by a number, so that tests of one world do not meet. Everything lives as long as
 * the world. */
const char *make_name(struct world *world, const char *beginning);
const char *make_organization(struct world *world, const char *name);                   /* its id */
const char *make_team(struct world *world, const char *organization, const char *name); /* its id */

/* An invitation's code. `options` are more options of `muster invite`, ended by NULL; NULL: none. */
const char *make_invitation(struct world *world, const char *organization, const char *first_name,
                            const char *const *options);

/* Somebody who joined with an invitation (provider email, signed in). */
struct person make_member(struct world *world, const char *organization, const char *first_name);
struct person make_admin(struct world *world, const char *organization, const char *first_name);
struct person join_with(struct world *world, const char *organization, const char *code,
                        const char *first_name);

/* One more membership of somebody, with a role (1, 2, 3) and a status, straight into the database; its id. */
const char *add_membership(struct world *world, const char *organization, const struct person *person,
                           int role, const char *status);

/* An employee of Worklete, signed in. */
struct person make_employee(struct world *world, const char *first_name);

/* A new session of an account. */
struct session open_session(struct world *world, const char *username, const char *password);

#endif
