/* What goes in and out of the operations on courses, training categories and certifications, field by field.
 */
#include "api/learning_shapes.h"
#include "api/course_fields.h"

#define LONGEST_NAME          200
#define LONGEST_DESCRIPTION   10000
#define MOST_OF_A_CATEGORY    1000
#define HIGHEST_VERSION_COUNT 100000

const char *const version_statuses[] = {"draft", "published", "archived", NULL};
const char *const new_version_statuses[] = {"draft", "published", NULL};
const char *const course_formats[] = {"muster-course/1", NULL};
static const char *const course_filters[] = {"basics", "not_basics", NULL};

/* --- Courses --- */

static const struct field course_filter_fields[] = {
    {.name = "filter",
     .type = FIELD_TEXT,
     .about = "Only the basics, or only the others.",
     .choices = course_filters,
     .example = "\"not_basics\""},
    {.name = "organization_id",
     .type = FIELD_UUID,
     .about = "Only courses that the course pools of this organization hold."},
};
const struct shape course_filter =
    SHAPE("CourseFilter", "All that are given must hold.", course_filter_fields);

#define COURSE_FIELDS(name_required)                                                                     \
    {.name = "name",                                                                                     \
     .type = FIELD_TEXT,                                                                                 \
     .about = "Its name.",                                                                               \
     .example = "\"Lifting safely\"",                                                                    \
     .required = (name_required),                                                                        \
     .minimum = 1,                                                                                       \
     .maximum = LONGEST_NAME},                                                                           \
        {.name = "description",                                                                          \
         .type = FIELD_TEXT,                                                                             \
         .about = "What it is about; null or empty: nothing.",                                           \
         .example = "\"How to move loads without harm.\"",                                               \
         .nullable = true,                                                                               \
         .blank_allowed = true,                                                                          \
         .maximum = LONGEST_DESCRIPTION},                                                                \
        {.name = "basics",                                                                               \
         .type = FIELD_BOOLEAN,                                                                          \
         .about = "Whether everybody learns it, before all others; false if not given."},                \
    {                                                                                                    \
        .name = "language_code", .type = FIELD_TEXT, .about = "Language, two letters; en if not given.", \
        .example = "\"en\"", .minimum = 2, .maximum = 2                                                  \
    }

static const struct field course_draft_fields[] = {COURSE_FIELDS(true)};
const struct shape course_draft = SHAPE("CourseDraft", "A new course.", course_draft_fields);

static const struct field course_change_fields[] = {COURSE_FIELDS(false)};
const struct shape course_change =
    SHAPE_OF_CHANGE("CourseChange", "What is given replaces; the rest stays.", course_change_fields);

static const struct field course_fields[] = {COURSE_ANSWER_FIELDS("")};
const struct shape course_answer = SHAPE("Course", "Something to learn.", course_fields);

/* --- Versions --- */

#define VERSION_FIELDS(title_required, status_choices, status_about)                                   \
    {.name = "title",                                                                                  \
     .type = FIELD_TEXT,                                                                               \
     .about = "Its title.",                                                                            \
     .example = "\"First edition\"",                                                                   \
     .required = (title_required),                                                                     \
     .minimum = 1,                                                                                     \
     .maximum = LONGEST_NAME},                                                                         \
        {.name = "content",                                                                            \
         .type = FIELD_JSON,                                                                           \
         .about = "The author's JSON object; order of keys and spelling of numbers stay as they are.", \
         .example = "{\"slides\":[{\"title\":\"Welcome\"}]}"},                                         \
    {                                                                                                  \
        .name = "status", .type = FIELD_TEXT, .about = (status_about), .choices = (status_choices),    \
        .example = "\"draft\""                                                                         \
    }

static const struct field version_draft_fields[] = {
    VERSION_FIELDS(true, new_version_statuses, "Whether it is published at once; draft if not given."),
};
const struct shape course_version_draft =
    SHAPE("CourseVersionDraft", "A new version of a course.", version_draft_fields);

static const struct field version_change_fields[] = {
    VERSION_FIELDS(
        false, version_statuses,
        "published publishes the draft and archives the version that was; archived lays it aside."),
};
const struct shape course_version_change =
    SHAPE_OF_CHANGE("CourseVersionChange", "What is given replaces; the rest stays. Only drafts change.",
                    version_change_fields);

static const struct field version_fields[] = {VERSION_ANSWER_FIELDS("")};
const struct shape course_version_answer = SHAPE("CourseVersion", "A version of a course.", version_fields);

/* --- Files --- */

static const struct field exported_version_fields[] = {
    {.name = "number",
     .type = FIELD_INTEGER,
     .about = "Its number.",
     .required = true,
     .minimum = 1,
     .maximum = HIGHEST_VERSION_COUNT},
    {.name = "status",
     .type = FIELD_TEXT,
     .about = "Its status.",
     .choices = version_statuses,
     .required = true,
     .example = "\"published\""},
    {.name = "title",
     .type = FIELD_TEXT,
     .about = "Its title.",
     .required = true,
     .maximum = LONGEST_NAME,
     .example = "\"First edition\""},
    {.name = "content", .type = FIELD_JSON, .about = "The author's JSON object.", .required = true},
    {.name = "created_at", .type = FIELD_TIME, .about = "When it was made."},
    {.name = "updated_at", .type = FIELD_TIME, .about = "When it was last changed."},
    {.name = "published_at", .type = FIELD_TIME, .about = "When it was published."},
};
static const struct shape exported_version =
    SHAPE("ExportedVersion", "A version in a file.", exported_version_fields);

static const struct field course_document_fields[] = {
    {.name = "format",
     .type = FIELD_TEXT,
     .about = "What the file is.",
     .choices = course_formats,
     .required = true,
     .example = "\"muster-course/1\""},
    {.name = "course",
     .type = FIELD_OBJECT,
     .about = "The course.",
     .shape = &course_draft,
     .required = true},
    {.name = "versions",
     .type = FIELD_LIST,
     .about = "Its versions.",
     .shape = &exported_version,
     .required = true,
     .blank_allowed = true,
     .maximum = HIGHEST_VERSION_COUNT},
};
const struct shape course_document =
    SHAPE("CourseDocument", "A course with its versions, in a file.", course_document_fields);

/* --- Training categories --- */

#define CATEGORY_NAME_FIELD                                                                            \
    {                                                                                                  \
        .name = "name", .type = FIELD_TEXT, .about = "Its name; no other of the organization has it.", \
        .example = "\"Warehouse\"", .nullable = true, .blank_allowed = true, .maximum = LONGEST_NAME   \
    }

static const struct field training_category_name_fields[] = {CATEGORY_NAME_FIELD};
const struct shape training_category_name =
    SHAPE("TrainingCategoryDraft", "A new training category.", training_category_name_fields);

static const struct field training_category_change_fields[] = {
    CATEGORY_NAME_FIELD,
    {.name = "job_titles",
     .type = FIELD_TEXTS,
     .about = "Whose courses these are, compared without case; the list replaces.",
     .blank_allowed = true,
     .maximum = MOST_OF_A_CATEGORY},
    {.name = "course_ids",
     .type = FIELD_UUIDS,
     .about = "What is learned, in this order; the list replaces.",
     .blank_allowed = true,
     .maximum = MOST_OF_A_CATEGORY},
};
const struct shape training_category_change = SHAPE_OF_CHANGE(
    "TrainingCategoryChange", "What is given replaces; the rest stays.", training_category_change_fields);

static const struct field training_category_fields[] = {
    {.name = "id", .type = FIELD_UUID, .about = "Id of the training category.", .not_null = true},
    {.name = "organization_id", .type = FIELD_UUID, .about = "Its organization.", .not_null = true},
    {.name = "name", .type = FIELD_TEXT, .about = "Its name.", .not_null = true, .example = "\"Warehouse\""},
    {.name = "job_titles", .type = FIELD_TEXTS, .about = "Whose courses these are.", .not_null = true},
    {.name = "course_ids", .type = FIELD_UUIDS, .about = "What is learned, in order.", .not_null = true},
    {.name = "created_at", .type = FIELD_TIME, .about = "When it was made.", .not_null = true},
    {.name = "updated_at", .type = FIELD_TIME, .about = "When it was last changed.", .not_null = true},
};
const struct shape training_category_answer =
    SHAPE("TrainingCategory", "Courses for people with some job titles.", training_category_fields);

/* --- Course pools --- */

static const struct field course_pool_filter_fields[] = {
    {.name = "team_ids", .type = FIELD_UUIDS, .about = "Teams, separated by commas or repeated."},
    {.name = "training_category_ids",
     .type = FIELD_UUIDS,
     .about = "Training categories, separated by commas or repeated."},
};
const struct shape course_pool_filter =
    SHAPE("CoursePoolFilter", "All that are given must hold.", course_pool_filter_fields);

static const struct field pooled_course_fields[] = {
    {.name = "id", .type = FIELD_UUID, .column = "course_id", .about = "Id of the course.", .not_null = true},
    {.name = "name",
     .type = FIELD_TEXT,
     .column = "course_name",
     .about = "Its name.",
     .not_null = true,
     .example = "\"Lifting safely\""},
    {.name = "basics",
     .type = FIELD_BOOLEAN,
     .column = "course_basics",
     .about = "Always false: the basics are everybody's and in no pool.",
     .not_null = true},
};
static const struct shape pooled_course = SHAPE("PooledCourse", "A course in short.", pooled_course_fields);

static const struct field course_pool_fields[] = {
    {.name = "team_id", .type = FIELD_UUID, .about = "The team.", .not_null = true},
    {.name = "team_name",
     .type = FIELD_TEXT,
     .about = "Its name.",
     .not_null = true,
     .example = "\"Night shift\""},
    {.name = "training_category_id", .type = FIELD_UUID, .about = "The training category.", .not_null = true},
    {.name = "training_category_name",
     .type = FIELD_TEXT,
     .about = "Its name.",
     .not_null = true,
     .example = "\"Warehouse\""},
    {.name = "members_count",
     .type = FIELD_INTEGER,
     .about =
         "How many people of the team itself, active and invited, have one of the category's job titles.",
     .not_null = true},
    {.name = "courses", .type = FIELD_LIST, .about = "What they learn, in order.", .shape = &pooled_course},
};
const struct shape course_pool_answer = {
    .name = "CoursePool",
    .about = "What the people of one team learn by one training category.",
    .fields = course_pool_fields,
    .count = sizeof(course_pool_fields) / sizeof(course_pool_fields[0]),
    .identity = "pool_id",
};

/* --- Champion certifications --- */

static const struct field certification_draft_fields[] = {
    {.name = "user_id", .type = FIELD_UUID, .about = "The user.", .required = true},
    {.name = "date",
     .type = FIELD_DATE,
     .about = "When the user was certified; not in the future.",
     .required = true},
};
const struct shape champion_certification_draft =
    SHAPE("ChampionCertificationDraft", "Who was certified, and when.", certification_draft_fields);

static const struct field certification_user_fields[] = {
    {.name = "user_id", .type = FIELD_UUID, .about = "The user. Needed."},
};
const struct shape champion_certification_user =
    SHAPE("ChampionCertificationUser", "Whose certification.", certification_user_fields);

static const struct field certification_named_fields[] = {
    {.name = "id", .type = FIELD_UUID, .about = "Id of the certification. Needed."},
};
const struct shape champion_certification_named =
    SHAPE("ChampionCertificationNamed", "Which certification.", certification_named_fields);

static const struct field certification_fields[] = {
    {.name = "id", .type = FIELD_UUID, .about = "Id of the certification.", .not_null = true},
    {.name = "user_id", .type = FIELD_UUID, .about = "The user.", .not_null = true},
    {.name = "date", .type = FIELD_DATE, .about = "When the user was certified.", .not_null = true},
    {.name = "created_at", .type = FIELD_TIME, .about = "When it was made.", .not_null = true},
};
const struct shape champion_certification_answer =
    SHAPE("ChampionCertification", "Somebody was trained to lead practice.", certification_fields);
