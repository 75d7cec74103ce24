/* What goes in and out of the course player, field by field. */
#include "api/player_shapes.h"
#include "api/course_fields.h"
#include "api/learning_shapes.h"

/* From the year 1 to the year 9999, in milliseconds: what RFC 3339 can say. */
#define EARLIEST_TIME INT64_C(-62135596800000)
#define LATEST_TIME   INT64_C(253402300799999)

static const char *const event_types[] = {"complete", "update_progress", NULL};
static const char *const assignment_statuses[] = {"not_started", "in_progress", "completed", NULL};

static const struct field membership_fields[] = {
    {.name = "organization_id",
     .type = FIELD_UUID,
     .about = "Where one learns; the organization of the oldest active membership if not given."},
};
const struct shape player_membership = SHAPE("PlayerMembership", "As whom one learns.", membership_fields);

static const struct field event_fields[] = {
    {.name = "event_type",
     .type = FIELD_TEXT,
     .about = "Whether the course is completed, or only goes on.",
     .required = true,
     .choices = event_types,
     .example = "\"update_progress\""},
    {.name = "player_session_id",
     .type = FIELD_UUID,
     .about = "Which of the player's sessions the event comes from.",
     .required = true},
    {.name = "client_supplied_occured_at_in_ms",
     .type = FIELD_INTEGER,
     .about = "When it happened by the client's clock, in milliseconds since 1970; at most a day ahead.",
     .required = true,
     .minimum = EARLIEST_TIME,
     .maximum = LATEST_TIME,
     .example = "1556729058407"},
    {.name = "progress",
     .type = FIELD_JSON,
     .about = "How far the learner is, as the player has it; {} if not given.",
     .example = "{\"slide\":3}"},
};
const struct shape player_event = SHAPE("PlayerEvent", "What happened in a course player.", event_fields);

#define ASSIGNMENT_FIELDS(prefix)                                                                      \
    {.name = "id",                                                                                     \
     .type = FIELD_UUID,                                                                               \
     .column = prefix "id",                                                                            \
     .about = "Id of the assignment.",                                                                 \
     .not_null = true},                                                                                \
        {.name = "course_id",                                                                          \
         .type = FIELD_UUID,                                                                           \
         .column = prefix "course_id",                                                                 \
         .about = "What is learned.",                                                                  \
         .not_null = true},                                                                            \
        {.name = "course_version_id",                                                                  \
         .type = FIELD_UUID,                                                                           \
         .column = prefix "course_version_id",                                                         \
         .about = "The version that was published when the assignment was made; it stays to the end.", \
         .not_null = true},                                                                            \
        {.name = "membership_id",                                                                      \
         .type = FIELD_UUID,                                                                           \
         .column = prefix "membership_id",                                                             \
         .about = "Who learns it.",                                                                    \
         .not_null = true},                                                                            \
        {.name = "status",                                                                             \
         .type = FIELD_TEXT,                                                                           \
         .column = prefix "status",                                                                    \
         .about = "completed is never undone.",                                                        \
         .choices = assignment_statuses,                                                               \
         .not_null = true,                                                                             \
         .example = "\"in_progress\""},                                                                \
        {.name = "progress",                                                                           \
         .type = FIELD_JSON,                                                                           \
         .column = prefix "progress",                                                                  \
         .about = "That of the latest event, by the client's time.",                                   \
         .not_null = true,                                                                             \
         .example = "{\"slide\":3}"},                                                                  \
        {.name = "assigned_at",                                                                        \
         .type = FIELD_TIME,                                                                           \
         .column = prefix "assigned_at",                                                               \
         .about = "When the course became current.",                                                   \
         .not_null = true},                                                                            \
        {.name = "due_on",                                                                             \
         .type = FIELD_DATE,                                                                           \
         .column = prefix "due_on",                                                                    \
         .about = "By when it is to be completed.",                                                    \
         .not_null = true},                                                                            \
        {.name = "started_at",                                                                         \
         .type = FIELD_TIME,                                                                           \
         .column = prefix "started_at",                                                                \
         .about = "When the first event happened."},                                                   \
    {                                                                                                  \
        .name = "completed_at", .type = FIELD_TIME, .column = prefix "completed_at",                   \
        .about = "When it was completed."                                                              \
    }

static const struct field assignment_fields[] = {ASSIGNMENT_FIELDS("")};
const struct shape assignment_answer =
    SHAPE("Assignment", "A course that a member has to learn.", assignment_fields);

static const struct field course_part_fields[] = {COURSE_ANSWER_FIELDS("course_")};
static const struct shape course_part = SHAPE("Course", "Something to learn.", course_part_fields);

static const struct field version_part_fields[] = {VERSION_ANSWER_FIELDS("version_")};
static const struct shape version_part =
    SHAPE("CourseVersion", "A version of a course.", version_part_fields);

static const struct field assignment_part_fields[] = {ASSIGNMENT_FIELDS("assignment_")};
static const struct shape assignment_part =
    SHAPE("Assignment", "A course that a member has to learn.", assignment_part_fields);

static const struct field player_fields[] = {
    {.name = "course",
     .type = FIELD_OBJECT,
     .shape = &course_part,
     .key = "course_id",
     .about = "What is learned; null where nothing is left to learn."},
    {.name = "version",
     .type = FIELD_OBJECT,
     .shape = &version_part,
     .key = "version_id",
     .about = "The version that the learner keeps."},
    {.name = "assignment",
     .type = FIELD_OBJECT,
     .shape = &assignment_part,
     .key = "assignment_id",
     .about = "How far the learner is."},
};
const struct shape player_answer = SHAPE("PlayerCourse", "What a course player shows.", player_fields);
