/* What comes out, field by field, in the order in which clients see it. */
#include "api/shapes.h"
#include "api/team_fields.h"

const char *const user_providers[] = {"email", "username", NULL};
const char *const team_types[] = {"ORGANIZATION", "META", "LEARNER", NULL};
static const char *const statuses[] = {"invited", "active", "inactive", NULL};

static const struct field organization_reference_fields[] = {
    {.name = "id",
     .type = FIELD_UUID,
     .column = "organization_id",
     .about = "Id of the organization.",
     .not_null = true},
    {.name = "name",
     .type = FIELD_TEXT,
     .column = "organization_name",
     .about = "Its name.",
     .not_null = true,
     .example = "\"Acme\""},
};
static const struct shape organization_reference =
    RENDERED_SHAPE("OrganizationReference", "An organization's id and name.", organization_reference_fields,
                   "organization_rendering", FIELD_COUNT(organization_reference_fields));

static const struct field membership_reference_fields[] = {
    {.name = "id",
     .type = FIELD_UUID,
     .column = "membership_id",
     .about = "Id of the membership.",
     .not_null = true},
    {.name = "organization_id", .type = FIELD_UUID, .about = "Its organization.", .not_null = true},
    {.name = "job_title",
     .type = FIELD_TEXT,
     .column = "membership_job_title",
     .about = "Job title.",
     .example = "\"Driver\""},
    {.name = "org_admin",
     .type = FIELD_BOOLEAN,
     .column = "membership_org_admin",
     .about = "Whether it administers the organization.",
     .not_null = true},
    {.name = "status",
     .type = FIELD_TEXT,
     .column = "membership_status",
     .about = "Whether it is used.",
     .choices = statuses,
     .not_null = true,
     .example = "\"active\""},
};
static const struct shape membership_reference =
    RENDERED_SHAPE("MembershipReference", "A membership in short.", membership_reference_fields,
                   "membership_rendering", FIELD_COUNT(membership_reference_fields));

/* What the row of a user tells by itself. */
#define USER_OWN_FIELDS                                                                                    \
    {.name = "id", .type = FIELD_UUID, .about = "Id of the user.", .not_null = true},                      \
        {.name = "username",                                                                               \
         .type = FIELD_TEXT,                                                                               \
         .about = "Name to sign in with.",                                                                 \
         .example = "\"workleteuser\""},                                                                   \
        {.name = "email",                                                                                  \
         .type = FIELD_EMAIL,                                                                              \
         .about = "E-mail address.",                                                                       \
         .example = "\"user@example.com\""},                                                               \
        {.name = "first_name",                                                                             \
         .type = FIELD_TEXT,                                                                               \
         .about = "First name.",                                                                           \
         .not_null = true,                                                                                 \
         .example = "\"John\""},                                                                           \
        {.name = "last_name",                                                                              \
         .type = FIELD_TEXT,                                                                               \
         .about = "Last name.",                                                                            \
         .not_null = true,                                                                                 \
         .example = "\"Doe\""},                                                                            \
        {.name = "language_code",                                                                          \
         .type = FIELD_TEXT,                                                                               \
         .about = "Language, two letters.",                                                                \
         .not_null = true,                                                                                 \
         .example = "\"en\""},                                                                             \
        {.name = "provider",                                                                               \
         .type = FIELD_TEXT,                                                                               \
         .about = "Which name identifies the user.",                                                       \
         .choices = user_providers,                                                                        \
         .not_null = true,                                                                                 \
         .example = "\"username\""},                                                                       \
        {.name = "uid",                                                                                    \
         .type = FIELD_TEXT,                                                                               \
         .about = "The name that identifies the user.",                                                    \
         .not_null = true,                                                                                 \
         .example = "\"workleteuser\""},                                                                   \
        {.name = "worklete_employee",                                                                      \
         .type = FIELD_BOOLEAN,                                                                            \
         .about = "Whether the user may do everything, everywhere.",                                       \
         .not_null = true},                                                                                \
        {.name = "enabled",                                                                                \
         .type = FIELD_BOOLEAN,                                                                            \
         .about = "Whether the user can sign in.",                                                         \
         .not_null = true},                                                                                \
        {.name = "sign_in_count",                                                                          \
         .type = FIELD_INTEGER,                                                                            \
         .about = "How often the user signed in.",                                                         \
         .not_null = true},                                                                                \
        {.name = "current_sign_in_at", .type = FIELD_TIME, .about = "Latest sign-in."},                    \
        {.name = "last_sign_in_at", .type = FIELD_TIME, .about = "The one before."},                       \
        {.name = "current_sign_in_ip", .type = FIELD_ADDRESS, .about = "Where the latest came from."},     \
        {.name = "last_sign_in_ip", .type = FIELD_ADDRESS, .about = "Where the one before came from."},    \
        {.name = "created_at", .type = FIELD_TIME, .about = "When the user was made.", .not_null = true},  \
    {                                                                                                      \
        .name = "updated_at", .type = FIELD_TIME, .about = "When the user last changed.", .not_null = true \
    }

#define USER_FIELDS                                                                                        \
    USER_OWN_FIELDS,                                                                                       \
        {.name = "organizations",                                                                          \
         .type = FIELD_LIST,                                                                               \
         .shape = &organization_reference,                                                                 \
         .key = "organization_id",                                                                         \
         .not_null = true,                                                                                 \
         .about = "Organizations that the user belongs to."},                                              \
    {                                                                                                      \
        .name = "memberships", .type = FIELD_LIST, .shape = &membership_reference, .key = "membership_id", \
        .not_null = true, .about = "The memberships there."                                                \
    }

/* The column users.rendering has these ready. */
#define USER_OWN_COUNT FIELD_COUNT(((const struct field[]){USER_OWN_FIELDS}))

static const struct field user_fields[] = {USER_FIELDS};
const struct shape user_answer =
    RENDERED_SHAPE("User", "A person.", user_fields, "rendering", USER_OWN_COUNT);

static const struct field session_fields[] = {
    {.name = "client",
     .type = FIELD_TEXT,
     .column = "session_client",
     .about = "Identifies the session; sent back as the header `client`.",
     .not_null = true,
     .example = "\"ZTtsKT-ZuOikXI3cqrixkg\""},
    {.name = "expires_at",
     .type = FIELD_TIME,
     .column = "session_expires_at",
     .about = "When it ends.",
     .not_null = true},
    {.name = "created_at",
     .type = FIELD_TIME,
     .column = "session_created_at",
     .about = "When it was opened.",
     .not_null = true},
};
static const struct shape session_part = SHAPE("SessionPart", "The session itself.", session_fields);

static const struct field session_answer_fields[] = {
    USER_FIELDS,
    {.name = "session",
     .type = FIELD_OBJECT,
     .shape = &session_part,
     .about = "The session.",
     .not_null = true},
};
const struct shape session_answer = RENDERED_SHAPE("Session", "A person who is signed in.",
                                                   session_answer_fields, "rendering", USER_OWN_COUNT);

static const struct field team_reference_fields[] = {
    {.name = "id", .type = FIELD_UUID, .column = "team_id", .about = "Id of the team.", .not_null = true},
    {.name = "name",
     .type = FIELD_TEXT,
     .column = "team_name",
     .about = "Its name.",
     .not_null = true,
     .example = "\"Night shift\""},
    {.name = "admin",
     .type = FIELD_BOOLEAN,
     .column = "team_admin",
     .about = "Whether the membership administers it.",
     .not_null = true},
};
static const struct shape team_reference = SHAPE("TeamReference", "A team in short.", team_reference_fields);

static const struct field membership_fields[] = {
    {.name = "id", .type = FIELD_UUID, .about = "Id of the membership.", .not_null = true},
    {.name = "organization_id", .type = FIELD_UUID, .about = "Its organization.", .not_null = true},
    {.name = "user_id", .type = FIELD_UUID, .about = "Its user; null until the invitation is used."},
    {.name = "employee_id",
     .type = FIELD_TEXT,
     .about = "The organization's own id of the person.",
     .example = "\"E-1042\""},
    {.name = "first_name",
     .type = FIELD_TEXT,
     .about = "First name.",
     .not_null = true,
     .example = "\"Jane\""},
    {.name = "last_name", .type = FIELD_TEXT, .about = "Last name.", .not_null = true, .example = "\"Doe\""},
    {.name = "email", .type = FIELD_EMAIL, .about = "E-mail address.", .example = "\"jane.doe@example.com\""},
    {.name = "job_title", .type = FIELD_TEXT, .about = "Job title.", .example = "\"Driver\""},
    {.name = "role",
     .type = FIELD_INTEGER,
     .about = "1 creator, 2 contributor, 3 reader.",
     .minimum = 1,
     .maximum = 3,
     .not_null = true,
     .example = "3"},
    {.name = "org_admin",
     .type = FIELD_BOOLEAN,
     .about = "Whether the role is creator: it administers the organization.",
     .not_null = true},
    {.name = "status",
     .type = FIELD_TEXT,
     .about = "Whether it is used.",
     .choices = statuses,
     .not_null = true,
     .example = "\"active\""},
    {.name = "invite_code",
     .type = FIELD_TEXT,
     .about = "To admins and employees, while it is unused.",
     .example = "\"4DD47K\""},
    {.name = "invited_at", .type = FIELD_TIME, .about = "When the invitation was made."},
    {.name = "joined_at", .type = FIELD_TIME, .about = "When it was used."},
    {.name = "active_from", .type = FIELD_TIME, .about = "From when the person counts in scores."},
    {.name = "teams",
     .type = FIELD_LIST,
     .shape = &team_reference,
     .key = "team_id",
     .about = "Teams it learns in or administers.",
     .not_null = true},
    {.name = "created_at", .type = FIELD_TIME, .about = "When it was made.", .not_null = true},
    {.name = "updated_at", .type = FIELD_TIME, .about = "When it last changed.", .not_null = true},
};
const struct shape membership_answer =
    SHAPE("Membership", "A person's part in an organization.", membership_fields);

static const struct field invitation_summary_fields[] = {
    {.name = "id", .type = FIELD_UUID, .about = "Id of the invitation.", .not_null = true},
    {.name = "organization_name",
     .type = FIELD_TEXT,
     .about = "Who invites.",
     .not_null = true,
     .example = "\"Acme\""},
    {.name = "membership_first_name",
     .type = FIELD_TEXT,
     .about = "Who is invited.",
     .not_null = true,
     .example = "\"Jane\""},
    {.name = "membership_last_name",
     .type = FIELD_TEXT,
     .about = "Who is invited.",
     .not_null = true,
     .example = "\"Doe\""},
    {.name = "invite_code",
     .type = FIELD_TEXT,
     .about = "The code.",
     .not_null = true,
     .example = "\"4DD47K\""},
};
const struct shape invitation_summary =
    SHAPE("InvitationSummary", "What an invitation is for.", invitation_summary_fields);

static const struct field organization_fields[] = {
    {.name = "id", .type = FIELD_UUID, .about = "Id of the organization.", .not_null = true},
    {.name = "name", .type = FIELD_TEXT, .about = "Its name.", .not_null = true, .example = "\"Acme\""},
    {.name = "s3_integrations_folder",
     .type = FIELD_TEXT,
     .about = "Folder for its uploads.",
     .example = "\"integrations/acme\""},
    {.name = "saml_enabled",
     .type = FIELD_BOOLEAN,
     .about = "Whether its people can sign in by SAML.",
     .not_null = true},
    {.name = "saml_info",
     .type = FIELD_TEXT,
     .when = "administered",
     .about = "Metadata of its identity provider; to admins and employees."},
    {.name = "new_hire_delay_days",
     .type = FIELD_INTEGER,
     .when = "administered",
     .about = "Days from joining until a person counts in scores; to admins and employees.",
     .not_null = true},
    {.name = "teams_count", .type = FIELD_INTEGER, .about = "Teams, without the root.", .not_null = true},
    {.name = "members_count",
     .type = FIELD_INTEGER,
     .about = "Active and invited memberships.",
     .not_null = true},
    {.name = "created_at", .type = FIELD_TIME, .about = "When it was made.", .not_null = true},
    {.name = "updated_at", .type = FIELD_TIME, .about = "When it last changed.", .not_null = true},
};
const struct shape organization_answer = SHAPE("Organization", "A customer.", organization_fields);

static const struct field team_status_fields[] = {
    {.name = "members",
     .type = FIELD_INTEGER,
     .column = "status_members",
     .about = "Who learns in it: active and invited.",
     .not_null = true},
    {.name = "active",
     .type = FIELD_INTEGER,
     .column = "status_active",
     .about = "Of these the active ones.",
     .not_null = true},
    {.name = "invited",
     .type = FIELD_INTEGER,
     .column = "status_invited",
     .about = "Of these the invited ones.",
     .not_null = true},
    {.name = "admins",
     .type = FIELD_INTEGER,
     .column = "status_admins",
     .about = "Who administers it.",
     .not_null = true},
};
static const struct shape team_status =
    SHAPE("TeamStatus", "How many people a team has itself.", team_status_fields);

const char *const score_labels[] = {"NO_DATA", "LOW", "FAIR", "GOOD", "EXCELLENT", NULL};

#define TEAM_STATUS                                                                                        \
    {                                                                                                      \
        .name = "status", .type = FIELD_OBJECT, .shape = &team_status, .about = "How many people it has.", \
        .not_null = true                                                                                   \
    }

static const struct field team_fields[] = {
    TEAM_ID,
    TEAM_ORG,
    TEAM_PARENT,
    TEAM_NAME,
    TEAM_TYPE,
    TEAM_STATUS,
    TEAM_SCORE,
    TEAM_LABEL,
    {.name = "created_at", .type = FIELD_TIME, .about = "When it was made.", .not_null = true},
    {.name = "updated_at", .type = FIELD_TIME, .about = "When it last changed.", .not_null = true},
};
const struct shape team_answer = SHAPE("Team", "A team of an organization.", team_fields);

static const struct field team_tree_head_fields[] = {TEAM_ID, TEAM_NAME, TEAM_STATUS, TEAM_TYPE};
const struct shape team_tree_head =
    SHAPE("TeamTreeHead", "A team in a tree, before its teams.", team_tree_head_fields);

static const struct field team_tree_tail_fields[] = {TEAM_PARENT, TEAM_ORG, TEAM_SCORE, TEAM_LABEL};
const struct shape team_tree_tail =
    SHAPE("TeamTreeTail", "A team in a tree, behind its teams.", team_tree_tail_fields);

static const struct field invitation_fields[] = {
    {.name = "id", .type = FIELD_UUID, .about = "Id of the invitation.", .not_null = true},
    {.name = "membership_id", .type = FIELD_UUID, .about = "Its membership.", .not_null = true},
    {.name = "organization_id", .type = FIELD_UUID, .about = "Its organization.", .not_null = true},
    {.name = "invite_code",
     .type = FIELD_TEXT,
     .about = "The code.",
     .not_null = true,
     .example = "\"4DD47K\""},
    {.name = "used_at", .type = FIELD_TIME, .about = "When it was used."},
    {.name = "expires_at", .type = FIELD_TIME, .about = "Until when it can be used.", .not_null = true},
    {.name = "created_at", .type = FIELD_TIME, .about = "When it was made.", .not_null = true},
};
const struct shape invitation_answer = SHAPE("Invitation", "An invitation.", invitation_fields);
