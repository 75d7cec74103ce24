/* Files of people for tests, and what became of them. */
#ifndef MUSTER_TESTS_ROSTER_H
#define MUSTER_TESTS_ROSTER_H

#include "support/people.h"

/* A new organization, to which people are imported; its id. */
const char *roster_organization(struct world *world);

/* How many of its imports have this status. */
int64_t imports_of(struct world *world, const char *organization, const char *status);

/* Writes a file of this content into the world's folder; its path. */
const char *write_roster(struct world *world, const char *content);

/* Runs `muster import-memberships` for the file with more arguments, ended by NULL; NULL: none. */
struct output import_file(struct world *world, const char *organization, const char *path,
                          const char *const *arguments);

/* The same for a file of this content. */
struct output import_roster(struct world *world, const char *organization, const char *content,
                            const char *const *arguments);

/* An import that refuses nothing, with this report. */
void expect_import(struct world *world, const char *organization, const char *content, const char *report);

/* An import that ends with status 1, with this report. */
void expect_refusals(struct world *world, const char *organization, const char *content, const char *report);

/* Columns of the membership with this employee_id, separated by |: status, first and last name, address, job
 * title, language, and the names of its teams; "" where there is none. */
const char *member(struct world *world, const char *organization, const char *employee_id);
const char *membership_of(struct world *world, const char *organization,
                          const char *employee_id); /* its id */

/* The employee_ids of a team's admins, with commas. */
const char *admins_of(struct world *world, const char *organization, const char *team);

/* Somebody with this employee_id who has joined. */
struct person join_employed(struct world *world, const char *organization, const char *employee_id);

#endif
