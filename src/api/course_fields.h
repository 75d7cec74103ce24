/* The fields of a course and of its version, which stand by themselves in some answers and beside others in
 * the player's: there their columns have a prefix. */
#ifndef MUSTER_API_COURSE_FIELDS_H
#define MUSTER_API_COURSE_FIELDS_H

#include "json/shape.h"

#define COURSE_ANSWER_FIELDS(prefix)                                             \
    {.name = "id",                                                               \
     .type = FIELD_UUID,                                                         \
     .column = prefix "id",                                                      \
     .about = "Id of the course.",                                               \
     .not_null = true},                                                          \
        {.name = "name",                                                         \
         .type = FIELD_TEXT,                                                     \
         .column = prefix "name",                                                \
         .about = "Its name.",                                                   \
         .not_null = true,                                                       \
         .example = "\"Lifting safely\""},                                       \
        {.name = "description",                                                  \
         .type = FIELD_TEXT,                                                     \
         .column = prefix "description",                                         \
         .about = "What it is about.",                                           \
         .example = "\"How to move loads without harm.\""},                      \
        {.name = "basics",                                                       \
         .type = FIELD_BOOLEAN,                                                  \
         .column = prefix "basics",                                              \
         .about = "Whether everybody learns it, before all others.",             \
         .not_null = true},                                                      \
        {.name = "language_code",                                                \
         .type = FIELD_TEXT,                                                     \
         .column = prefix "language_code",                                       \
         .about = "Language, two letters.",                                      \
         .not_null = true,                                                       \
         .example = "\"en\""},                                                   \
        {.name = "published_version_id",                                         \
         .type = FIELD_UUID,                                                     \
         .column = prefix "published_version_id",                                \
         .about = "The version that new learners get."},                         \
        {.name = "versions_count",                                               \
         .type = FIELD_INTEGER,                                                  \
         .column = prefix "versions_count",                                      \
         .about = "How many versions it has.",                                   \
         .not_null = true},                                                      \
        {.name = "created_at",                                                   \
         .type = FIELD_TIME,                                                     \
         .column = prefix "created_at",                                          \
         .about = "When it was made.",                                           \
         .not_null = true},                                                      \
    {                                                                            \
        .name = "updated_at", .type = FIELD_TIME, .column = prefix "updated_at", \
        .about = "When it was last changed.", .not_null = true                   \
    }

#define VERSION_ANSWER_FIELDS(prefix)                                                \
    {.name = "id",                                                                   \
     .type = FIELD_UUID,                                                             \
     .column = prefix "id",                                                          \
     .about = "Id of the version.",                                                  \
     .not_null = true},                                                              \
        {.name = "course_id",                                                        \
         .type = FIELD_UUID,                                                         \
         .column = prefix "course_id",                                               \
         .about = "Its course.",                                                     \
         .not_null = true},                                                          \
        {.name = "number",                                                           \
         .type = FIELD_INTEGER,                                                      \
         .column = prefix "number",                                                  \
         .about = "1 for the first version of a course.",                            \
         .not_null = true},                                                          \
        {.name = "status",                                                           \
         .type = FIELD_TEXT,                                                         \
         .column = prefix "status",                                                  \
         .about = "A course has at most one published version.",                     \
         .choices = version_statuses,                                                \
         .not_null = true,                                                           \
         .example = "\"published\""},                                                \
        {.name = "title",                                                            \
         .type = FIELD_TEXT,                                                         \
         .column = prefix "title",                                                   \
         .about = "Its title.",                                                      \
         .not_null = true,                                                           \
         .example = "\"First edition\""},                                            \
        {.name = "content",                                                          \
         .type = FIELD_JSON,                                                         \
         .column = prefix "content",                                                 \
         .about = "The author's JSON object, as it was given.",                      \
         .not_null = true,                                                           \
         .example = "{\"slides\":[{\"title\":\"Welcome\"}]}"},                       \
        {.name = "created_at",                                                       \
         .type = FIELD_TIME,                                                         \
         .column = prefix "created_at",                                              \
         .about = "When it was made.",                                               \
         .not_null = true},                                                          \
        {.name = "updated_at",                                                       \
         .type = FIELD_TIME,                                                         \
         .column = prefix "updated_at",                                              \
         .about = "When it was last changed.",                                       \
         .not_null = true},                                                          \
    {                                                                                \
        .name = "published_at", .type = FIELD_TIME, .column = prefix "published_at", \
        .about = "When it was published."                                            \
    }

#endif
