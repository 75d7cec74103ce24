/* Courses, versions and training categories for tests of what is learned. */
#ifndef MUSTER_TESTS_LEARNING_H
#define MUSTER_TESTS_LEARNING_H

#include "support/company.h"

#define COURSES_PATH "/api/v1/worklete_admin/courses"

/* By the API, in the name of an employee; the id. */
const char *make_course(struct world *world, const struct person *employee, const char *name, bool basics);

/* The body {"data": {"title": title, "content": content, "status": status}}; NULL leaves a member out. */
const char *version_body(struct world *world, const char *title, const char *content, const char *status);

/* "/api/v1/worklete_admin/courses/COURSE/versions", with "/VERSION" where that is not NULL. */
const char *versions_path(struct world *world, const char *course, const char *version);

/* By the API; the id. */
const char *make_version(struct world *world, const struct person *employee, const char *course,
                         const char *title, const char *status);

/* Straight into the database: a category of an organization with one job title (NULL: none), and a course at
 * the end of a category's. The category's id. */
const char *place_category(struct world *world, const char *organization, const char *job_title);
void place_in_category(struct world *world, const char *category, const char *course);

/* A day of the month so long ago (0: the one that is running), in UTC, as text: 0 its first, -1 the last one
 * of the month before. */
const char *day(struct world *world, int months_ago, int days);

/* Straight into the database: an assignment, due on a day and completed at a time (NULL: not at all), and a
 * refinement that begins five days before it ends. */
void place_assignment(struct world *world, const char *membership, const char *course, const char *due,
                      const char *completed);
void place_refinement(struct world *world, const char *team, const char *ends, const char *status);

#endif
