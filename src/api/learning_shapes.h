/* Bodies, queries and answers of the operations on what is learned, as field tables. */
#ifndef MUSTER_API_LEARNING_SHAPES_H
#define MUSTER_API_LEARNING_SHAPES_H

#include "json/shape.h"

/* All statuses of a version, and those that a new one may have; ended by NULL. */
extern const char *const version_statuses[];
extern const char *const new_version_statuses[];

/* The forms of files that hold a course; the first is the one that is written. */
extern const char *const course_formats[];

/* Read. */
extern const struct shape course_filter;
extern const struct shape course_draft;
extern const struct shape course_change;
extern const struct shape course_version_draft;
extern const struct shape course_version_change;
extern const struct shape training_category_name;
extern const struct shape training_category_change;
extern const struct shape course_pool_filter;
extern const struct shape champion_certification_draft;
extern const struct shape champion_certification_user;
extern const struct shape champion_certification_named;
extern const struct shape course_document; /* of "muster course import" */

/* Written. */
extern const struct shape course_answer;
extern const struct shape course_version_answer;
extern const struct shape training_category_answer;
extern const struct shape course_pool_answer;
extern const struct shape champion_certification_answer;

#endif
