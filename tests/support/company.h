/* A company for tests of teams: who is who in it, and requests in somebody's name. */
#ifndef MUSTER_TESTS_COMPANY_H
#define MUSTER_TESTS_COMPANY_H

#include "support/people.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* An id that nothing has. */
#define NOBODY "00000000-0000-4000-8000-000000000000"

/* One organization: below its root the team of teams `area`, below that `team` and `sister`. */
struct company {
    const char *organization;
    const char *root;
    const char *area;
    const char *team;
    const char *sister;
    struct person admin;
    struct person learner;        /* learns in `team` */
    struct person leader;         /* administers `team` */
    struct person leader_of_area; /* administers `area` */
    struct person outsider;       /* a member without any team */
    struct person stranger;       /* admin of another organization */
    struct person employee;
    const char *foreign_team; /* of the stranger's organization */
};

struct company make_company(struct world *world);

/* Straight into the database: a team (type "META" or "LEARNER"), and a membership's places. */
const char *place_team(struct world *world, const char *organization, const char *parent, const char *type,
                       const char *name); /* its id */
void place_learner(struct world *world, const char *team, const char *membership);
void place_leader(struct world *world, const char *team, const char *membership);

const char *root_of(struct world *world, const char *organization);
const char *membership_of_code(struct world *world, const char *code);

/* A request in somebody's name (NULL: nobody's), always with the same request id, so that bodies can be
 * compared. */
struct answer *call_as(struct world *world, const struct person *caller, const char *method, const char *path,
                       const char *body);

/* 404, and nothing in it differs from the answer about something that does not exist. */
void expect_hidden(const struct answer *answer, const struct answer *unknown);

/* {"name": value, …} of one member. */
const char *text_body(struct world *world, const char *name, const char *value);

/* The number that a statement counts. */
int64_t count_rows(struct world *world, const char *statement, const char *id);

/* Position of a value among the members `name` of the objects in the array at `path`, -1 where it is not
 * there. */
int position_of(struct world *world, const struct answer *answer, const char *path, const char *name,
                const char *value);

/* Stores the token of a reset link, good for an hour; returns it. */
const char *place_reset(struct world *world, const char *user, const char *token);

/* An address for an upload of the organization, good for an hour: what stands behind "/api/v1/uploads/". */
const char *place_upload(struct world *world, const char *organization, const char *signature);

#endif
