/* One good call of every operation, for the tests that go over the whole table: roles, tenants, mass
 * assignment. */
#ifndef MUSTER_TESTS_OPERATIONS_H
#define MUSTER_TESTS_OPERATIONS_H

#include "support/machines.h"

enum role {
    NOBODY,
    MEMBER,
    COLLEAGUE,
    TEAM_ADMIN,
    ORGANIZATION_ADMIN,
    EMPLOYEE,
    DISABLED,
    ENDED,
    STRANGER,
    /* Those who call Moab, by the role of the membership that their token is for, or by what is wrong with
       it. */
    CREATOR,
    CONTRIBUTOR,
    READER,
    DISABLED_CREATOR,
    INACTIVE_CREATOR,
    REPLACED_TOKEN,
    FOREIGN_CREATOR,
    /* Those who call Moodwork, by the scope of their API key, or by what is wrong with it. */
    DELETING_KEY,
    READING_KEY,
    SCOPELESS_KEY,
    EXPIRED_KEY,
    REVOKED_KEY,
    REPLACED_KEY, /* a short while ago, and still good */
    FOREIGN_KEY,
    ROLE_COUNT
};

/* Whose API a role belongs to; NOBODY and the roles of Worklete: API_WORKLETE. */
enum api role_api(enum role role);

struct operation {
    const char *name;
    const char *query; /* with its question mark, or "" */
    const char *body;  /* NULL: none */
    int statuses[ROLE_COUNT];
};

/* What is expected of a row by a role. Values of another API are worth nothing: they are answered as nobody
 * is. */
int expected_status(const struct endpoint *row, enum role role);

/* The operation of a row of the table; a row without one fails the test, since then nobody has thought of who
 * may call it. */
const struct operation *operation_of(const struct endpoint *row);

/* An organization with everything that an operation can be about. */
struct tenant {
    const char *organization_id;
    const char *team_id;
    const char *code; /* of an invitation that nobody uses */
    const char *course_id;
    const char *film_id;    /* of a conversion; nobody's in particular */
    const char *version_id; /* a draft of the course */
    const char *lesson_id;  /* a published course that everybody learns */
    const char *refinement_id;
    const char *category_id;
    struct person member;
    struct person colleague;
    struct person team_admin; /* of the member's team */
    struct person organization_admin;
};
struct tenant make_tenant(struct world *world, const char *name);

/* What stands for a {name} of a path, a query or a body; "" where nothing does. */
typedef const char *find_thing(struct world *world, const struct endpoint *row, const char *name,
                               const void *argument);

/* The thing of a tenant. The argument is a struct tenant. */
find_thing tenant_thing;

/* Whether a name stands for the id of a thing that belongs to somebody. */
bool is_id(const char *name);

/* `text` with each {name} replaced. */
const char *fill(struct world *world, const char *text, const struct endpoint *row, find_thing *find,
                 const void *argument);

/* Calls the operation of a row about these things, with the request id "same", so that answers can be
 * compared. `body` replaces the usual one where it is not NULL. */
struct answer *call_operation(struct world *world, const struct endpoint *row, const struct session *session,
                              const char *body, find_thing *find, const void *argument);

/* How somebody is known to the API of a row. */
struct presented {
    const struct session *session; /* NULL: none */
    const char *authorization;     /* a whole header; NULL: none */
};

/* The same call by whoever that is. */
struct answer *call_operation_by(struct world *world, const struct endpoint *row, struct presented presented,
                                 const char *body, find_thing *find, const void *argument);

/* What a person presents to the API of a row: their session, a new security token, or a new API key of their
 * organization that may delete. */
struct presented presented_by(struct world *world, const struct endpoint *row, const struct person *person);

/* The role that such a person has there, if it administers its organization. */
enum role admin_role(const struct endpoint *row);

/* A new session of somebody, straight into the database; `lifetime` is an interval. */
struct session insert_session(struct world *world, const char *user_id, const char *lifetime);

#endif
