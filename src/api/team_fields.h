/* The fields of a team that several answers share. */
#ifndef MUSTER_API_TEAM_FIELDS_H
#define MUSTER_API_TEAM_FIELDS_H

#include "api/shapes.h"

#define TEAM_ID                                                                        \
    {                                                                                  \
        .name = "id", .type = FIELD_UUID, .about = "Id of the team.", .not_null = true \
    }
#define TEAM_ORG                                                                                      \
    {                                                                                                 \
        .name = "organization_id", .type = FIELD_UUID, .about = "Its organization.", .not_null = true \
    }
#define TEAM_PARENT                                                                               \
    {                                                                                             \
        .name = "parent_id", .type = FIELD_UUID, .about = "The team above it; null for the root." \
    }
#define TEAM_NAME                                                                   \
    {                                                                               \
        .name = "name", .type = FIELD_TEXT, .about = "Its name.", .not_null = true, \
        .example = "\"Night shift\""                                                \
    }
#define TEAM_TYPE                                                                          \
    {                                                                                      \
        .name = "type", .type = FIELD_TEXT,                                                \
        .about = "ORGANIZATION the root, META a team of teams, LEARNER a team of people.", \
        .choices = team_types, .not_null = true, .example = "\"LEARNER\""                  \
    }
#define TEAM_SCORE                                                                                        \
    {                                                                                                     \
        .name = "overall_worklete_score", .type = FIELD_INTEGER, .about = "0 to 100; null without data.", \
        .minimum = 0, .maximum = 100                                                                      \
    }
#define TEAM_LABEL                                                                                   \
    {                                                                                                \
        .name = "overall_worklete_score_label", .type = FIELD_TEXT, .about = "The score in a word.", \
        .choices = score_labels, .not_null = true, .example = "\"NO_DATA\""                          \
    }

#endif
