/* Refinements and scores, field by field. */
#include "api/player_shapes.h"
#include "api/team_fields.h"

#define LONGEST_TITLE       200
#define LONGEST_DESCRIPTION 10000

static const char *const refinement_statuses[] = {"planned", "done", "cancelled", NULL};

#define REFINEMENT_FIELDS(dates_required)                                                               \
    {.name = "course_id",                                                                               \
     .type = FIELD_UUID,                                                                                \
     .about = "The course that it is about, or null.",                                                  \
     .nullable = true},                                                                                 \
        {.name = "title",                                                                               \
         .type = FIELD_TEXT,                                                                            \
         .about = "Its title.",                                                                         \
         .example = "\"Lift with your legs\"",                                                          \
         .nullable = true,                                                                              \
         .blank_allowed = true,                                                                         \
         .maximum = LONGEST_TITLE},                                                                     \
        {.name = "description",                                                                         \
         .type = FIELD_TEXT,                                                                            \
         .about = "What is practised.",                                                                 \
         .example = "\"Ten minutes at the start of each shift.\"",                                      \
         .nullable = true,                                                                              \
         .blank_allowed = true,                                                                         \
         .maximum = LONGEST_DESCRIPTION},                                                               \
        {.name = "starts_on", .type = FIELD_DATE, .about = "First day.", .required = (dates_required)}, \
        {.name = "ends_on",                                                                             \
         .type = FIELD_DATE,                                                                            \
         .about = "Last day; it counts for the score of that month.",                                   \
         .required = (dates_required)},                                                                 \
        {.name = "status",                                                                              \
         .type = FIELD_TEXT,                                                                            \
         .about = "planned if not given.",                                                              \
         .choices = refinement_statuses,                                                                \
         .example = "\"planned\""},                                                                     \
        {.name = "completed_at",                                                                        \
         .type = FIELD_TIME,                                                                            \
         .about = "When it was done; of one that becomes done the present time if not given.",          \
         .nullable = true},                                                                             \
    {                                                                                                   \
        .name = "extra", .type = FIELD_JSON, .about = "Anything else, kept as it is written.",          \
        .example = "{\"place\":\"Dock 4\"}"                                                             \
    }

static const struct field refinement_draft_fields[] = {REFINEMENT_FIELDS(true)};
const struct shape refinement_draft =
    SHAPE("RefinementDraft", "A new practice focus of a team.", refinement_draft_fields);

static const struct field refinement_change_fields[] = {REFINEMENT_FIELDS(false)};
const struct shape refinement_change =
    SHAPE_OF_CHANGE("RefinementChange", "What is given replaces; the rest stays.", refinement_change_fields);

static const struct field refinement_fields[] = {
    {.name = "id", .type = FIELD_UUID, .about = "Id of the refinement.", .not_null = true},
    {.name = "team_id", .type = FIELD_UUID, .about = "Its team.", .not_null = true},
    {.name = "course_id", .type = FIELD_UUID, .about = "The course that it is about."},
    {.name = "title", .type = FIELD_TEXT, .about = "Its title.", .example = "\"Lift with your legs\""},
    {.name = "description",
     .type = FIELD_TEXT,
     .about = "What is practised.",
     .example = "\"Ten minutes at the start of each shift.\""},
    {.name = "starts_on", .type = FIELD_DATE, .about = "First day.", .not_null = true},
    {.name = "ends_on",
     .type = FIELD_DATE,
     .about = "Last day; it counts for the score of that month.",
     .not_null = true},
    {.name = "status",
     .type = FIELD_TEXT,
     .about = "A cancelled one does not count.",
     .choices = refinement_statuses,
     .not_null = true,
     .example = "\"planned\""},
    {.name = "completed_at", .type = FIELD_TIME, .about = "When it was done."},
    {.name = "extra",
     .type = FIELD_JSON,
     .about = "Anything else, as it was written.",
     .not_null = true,
     .example = "{\"place\":\"Dock 4\"}"},
    {.name = "created_at", .type = FIELD_TIME, .about = "When it was made.", .not_null = true},
    {.name = "updated_at", .type = FIELD_TIME, .about = "When it last changed.", .not_null = true},
};
const struct shape refinement_answer =
    SHAPE("Refinement", "A dated practice focus for one team, led by its champion.", refinement_fields);

static const struct field data_point_fields[] = {
    {.name = "month",
     .type = FIELD_TEXT,
     .about = "The month, in UTC.",
     .not_null = true,
     .example = "\"2019-05\""},
    {.name = "score",
     .type = FIELD_INTEGER,
     .about = "0 to 100; null where nothing was due.",
     .minimum = 0,
     .maximum = 100},
    {.name = "label",
     .type = FIELD_TEXT,
     .about = "The score in a word.",
     .choices = score_labels,
     .not_null = true,
     .example = "\"GOOD\""},
    {.name = "learners", .type = FIELD_INTEGER, .about = "Members who count.", .not_null = true},
    {.name = "due", .type = FIELD_INTEGER, .about = "Assignments due in the month.", .not_null = true},
    {.name = "completed",
     .type = FIELD_INTEGER,
     .about = "Of these, completed by its end.",
     .not_null = true},
    {.name = "refinements_planned",
     .type = FIELD_INTEGER,
     .about = "Refinements that end in the month, without cancelled ones.",
     .not_null = true},
    {.name = "refinements_done", .type = FIELD_INTEGER, .about = "Of these, done.", .not_null = true},
};
static const struct shape data_point = SHAPE("DataPoint", "A team's score in one month.", data_point_fields);

#define DATA_POINTS                                                                               \
    {                                                                                             \
        .name = "data_points", .type = FIELD_LIST, .column = "data_points", .shape = &data_point, \
        .about = "The last twelve months, this one the last.", .not_null = true                   \
    }

static const struct field score_fields[] = {
    {.name = "team_id", .type = FIELD_UUID, .about = "The team.", .not_null = true},
    {.name = "formula_version",
     .type = FIELD_INTEGER,
     .constant = "1",
     .about = "By which formula it was worked out.",
     .not_null = true},
    TEAM_SCORE,
    TEAM_LABEL,
    DATA_POINTS,
};
const struct shape score_answer =
    SHAPE("WorkleteScore", "How a team, with all teams below it, learns and practises.", score_fields);

static const struct field scored_tree_tail_fields[] = {TEAM_PARENT, TEAM_ORG, TEAM_SCORE, TEAM_LABEL,
                                                       DATA_POINTS};
const struct shape scored_tree_tail =
    SHAPE("ScoredTreeTail", "A team in a tree of scores, behind its teams.", scored_tree_tail_fields);
