/* What goes in: bodies and queries, field by field. */
#include "api/shapes.h"

#define LONGEST_NAME     200
#define LONGEST_USERNAME 64

/* Fields that several bodies have. What differs, such as whether they are required, comes behind. */
#define FIRST_NAME_FIELD(...)                                                                    \
    {                                                                                            \
        .name = "first_name", .type = FIELD_TEXT, .about = "First name.", .example = "\"John\"", \
        .maximum = LONGEST_NAME, __VA_ARGS__                                                     \
    }
#define LAST_NAME_FIELD(...)                                                                  \
    {                                                                                         \
        .name = "last_name", .type = FIELD_TEXT, .about = "Last name.", .example = "\"Doe\"", \
        .maximum = LONGEST_NAME, __VA_ARGS__                                                  \
    }
#define PASSWORD_FIELD(field_name, field_about)                                   \
    {                                                                             \
        .name = (field_name), .type = FIELD_PASSWORD, .about = (field_about),     \
        .example = "\"correct horse battery\"", .required = true, .maximum = 1024 \
    }
#define PROVIDER_FIELD(field_about)                                                                \
    {                                                                                              \
        .name = "provider", .type = FIELD_TEXT, .about = (field_about), .example = "\"username\"", \
        .choices = user_providers                                                                  \
    }
#define EMAIL_FIELD(field_about, ...)                                                                        \
    {                                                                                                        \
        .name = "email", .type = FIELD_EMAIL, .about = (field_about), .example = "\"john.doe@example.com\"", \
        __VA_ARGS__                                                                                          \
    }
#define SEARCH_FIELD(field_about)                                                                         \
    {                                                                                                     \
        .name = "q", .type = FIELD_TEXT, .about = (field_about), .example = "\"jo doe\"", .maximum = 100, \
        .blank_allowed = true                                                                             \
    }

static const struct field sign_up_fields[] = {
    {.name = "username",
     .type = FIELD_TEXT,
     .about = "Name to sign in with: 4 to 64 of letters, digits and . _ + -; with provider email it may hold "
              "the address.",
     .example = "\"workleteuser\"",
     .maximum = 254,
     .blank_allowed = true},
    FIRST_NAME_FIELD(.required = true),
    LAST_NAME_FIELD(.required = true),
    PASSWORD_FIELD("password", "6 to 128 characters, none of the most common, not the username."),
    {.name = "invite_code",
     .type = FIELD_TEXT,
     .about = "The invitation's code of six characters, in any case.",
     .example = "\"4DD47K\"",
     .required = true,
     .maximum = 64},
    PROVIDER_FIELD("Which name identifies the user; where it is missing, the form of the username tells."),
    EMAIL_FIELD("E-mail address.", .nullable = false),
};
const struct shape sign_up_draft = SHAPE("SignUp", "A new account for an invitation.", sign_up_fields);

static const struct field sign_in_fields[] = {
    {.name = "username",
     .type = FIELD_TEXT,
     .about = "Username or e-mail address, in any case.",
     .example = "\"johndoe\"",
     .maximum = 254,
     .blank_allowed = true},
    {.name = "email",
     .type = FIELD_TEXT,
     .about = "The same; some clients send it under this name.",
     .example = "\"john.doe@example.com\"",
     .maximum = 254,
     .blank_allowed = true},
    PASSWORD_FIELD("password", "The password."),
    {.name = "provider",
     .type = FIELD_TEXT,
     .about = "Taken and ignored.",
     .example = "\"username\"",
     .maximum = 64},
};
const struct shape sign_in_draft = SHAPE("SignIn", "Name and password.", sign_in_fields);

static const struct field account_change_fields[] = {
    {.name = "username",
     .type = FIELD_TEXT,
     .about = "New username; null takes it away where the provider is email.",
     .example = "\"workleteuser\"",
     .nullable = true,
     .maximum = LONGEST_USERNAME},
    FIRST_NAME_FIELD(.minimum = 1),
    LAST_NAME_FIELD(.minimum = 1),
    PROVIDER_FIELD("Which name identifies the user."),
};
const struct shape account_change =
    SHAPE("AccountChange", "What is given replaces; the rest stays.", account_change_fields);

static const struct field password_draft_fields[] = {
    PASSWORD_FIELD("password", "The new password."),
    PASSWORD_FIELD("password_confirmation", "The same again."),
};
const struct shape password_draft = SHAPE("PasswordChange", "A new password, twice.", password_draft_fields);

static const struct field password_reset_fields[] = {
    {.name = "email",
     .type = FIELD_TEXT,
     .about = "Address of the account.",
     .example = "\"john.doe@example.com\"",
     .maximum = 254,
     .blank_allowed = true},
    {.name = "redirect_url",
     .type = FIELD_TEXT,
     .about = "Where the link leads in the end; one of the configured addresses.",
     .example = "\"https://app.example.com/reset\"",
     .maximum = 2000,
     .blank_allowed = true},
};
const struct shape password_reset_draft =
    SHAPE("PasswordResetRequest", "Whose password, and where to go then.", password_reset_fields);

static const struct field password_reset_link_fields[] = {
    {.name = "reset_password_token", .type = FIELD_TEXT, .about = "The link's token.", .maximum = 256},
    {.name = "redirect_url",
     .type = FIELD_TEXT,
     .about = "One of the configured addresses.",
     .maximum = 2000},
    {.name = "config", .type = FIELD_TEXT, .about = "Handed through for the sake of clients.", .maximum = 64},
};
const struct shape password_reset_link =
    SHAPE("PasswordResetLink", "What a reset link carries.", password_reset_link_fields);

static const struct field user_search_fields[] = {
    SEARCH_FIELD(
        "Words or beginnings of words of first name, last name, username or address; all must be found."),
};
const struct shape user_search = SHAPE("UserSearch", "Which people.", user_search_fields);

static const struct field user_address_fields[] = {
    EMAIL_FIELD("The new address, or null for none.", .required = true, .nullable = true),
};
const struct shape user_address = SHAPE("UserAddress", "A person's address.", user_address_fields);

static const struct field username_confirmation_fields[] = {
    {.name = "username",
     .type = FIELD_TEXT,
     .about = "The user's username, to show that the right one is meant.",
     .example = "\"johndoe\"",
     .required = true,
     .maximum = 254},
};
const struct shape username_confirmation =
    SHAPE("UsernameConfirmation", "Whose password.", username_confirmation_fields);

static const struct field admin_permission_fields[] = {
    {.name = "org_admin",
     .type = FIELD_BOOLEAN,
     .about = "Whether the membership administers its organization.",
     .required = true},
};
const struct shape admin_permission =
    SHAPE("AdminPermission", "Whether to be an admin.", admin_permission_fields);

#define TEAM_NAME_FIELD(field_about, is_required)                                                 \
    {                                                                                             \
        .name = "name", .type = FIELD_TEXT, .about = (field_about), .example = "\"Night shift\"", \
        .required = (is_required), .minimum = 1, .maximum = LONGEST_NAME                          \
    }
#define NEW_TEAM_NAME_FIELD TEAM_NAME_FIELD("Name; sisters have different ones.", true)
#define PARENT_FIELD                                                    \
    {                                                                   \
        .name = "parent_id", .type = FIELD_UUID,                        \
        .about = "The team above it; missing: the organization's root." \
    }

static const struct field team_name_fields[] = {NEW_TEAM_NAME_FIELD};
const struct shape team_name = SHAPE("TeamName", "A team's new name.", team_name_fields);

static const struct field team_draft_fields[] = {
    NEW_TEAM_NAME_FIELD,
    PARENT_FIELD,
};
const struct shape team_draft_body = SHAPE("TeamDraft", "A new team.", team_draft_fields);

static const struct field team_admin_fields[] = {
    {.name = "team_id", .type = FIELD_UUID, .about = "The team, as in the address."},
    {.name = "membership_id", .type = FIELD_UUID, .about = "Who becomes its admin.", .required = true},
};
const struct shape team_admin_draft =
    SHAPE("TeamAdminDraft", "Who becomes admin of which team.", team_admin_fields);

static const struct field people_search_fields[] = {
    SEARCH_FIELD("Words or beginnings of words of first and last name; all must be found. Needed."),
};
const struct shape people_search = SHAPE("PeopleSearch", "Which people.", people_search_fields);

#define LARGEST_METADATA (512 * 1024)
#define SAML_INFO_FIELD(is_required)                                                               \
    {                                                                                              \
        .name = "saml_info", .type = FIELD_TEXT, .nullable = true, .required = (is_required),      \
        .maximum = LARGEST_METADATA,                                                               \
        .about = "Metadata (XML) of the organization's identity provider; null switches SAML off." \
    }
#define FOLDER_FIELD                                                                            \
    {                                                                                           \
        .name = "s3_integrations_folder", .type = FIELD_TEXT, .nullable = true, .maximum = 500, \
        .about = "Folder for its uploads.", .example = "\"integrations/acme\""                  \
    }

#define ORGANIZATION_NAME_FIELD(is_required)                                                                 \
    {                                                                                                        \
        .name = "name", .type = FIELD_TEXT, .about = "Its name, which no other has.", .example = "\"Acme\"", \
        .required = (is_required), .minimum = 1, .maximum = LONGEST_NAME                                     \
    }

static const struct field organization_saml_fields[] = {SAML_INFO_FIELD(true)};
const struct shape organization_saml =
    SHAPE("OrganizationSaml", "An organization's identity provider.", organization_saml_fields);

static const struct field organization_draft_fields[] = {
    ORGANIZATION_NAME_FIELD(true),
    FOLDER_FIELD,
    SAML_INFO_FIELD(false),
};
const struct shape organization_draft =
    SHAPE("OrganizationDraft", "A new organization.", organization_draft_fields);

static const struct field organization_change_fields[] = {
    ORGANIZATION_NAME_FIELD(false),
    FOLDER_FIELD,
    SAML_INFO_FIELD(false),
    {.name = "new_hire_delay_days",
     .type = FIELD_INTEGER,
     .about = "Days from joining until a person counts in scores.",
     .minimum = 0,
     .maximum = 3650},
};
const struct shape organization_change = SHAPE_OF_CHANGE(
    "OrganizationChange", "What is given replaces; the rest stays.", organization_change_fields);

#define TEAM_TYPE_FIELD                                                                            \
    {                                                                                              \
        .name = "type", .type = FIELD_TEXT,                                                        \
        .about = "LEARNER for a team of people, META for a team of teams.", .choices = team_types, \
        .example = "\"LEARNER\""                                                                   \
    }
#define TEAM_PEOPLE_FIELD(field_name, field_about)                                               \
    {                                                                                            \
        .name = (field_name), .type = FIELD_UUIDS, .about = (field_about), .blank_allowed = true \
    }

static const struct field team_with_people_draft_fields[] = {
    NEW_TEAM_NAME_FIELD,
    PARENT_FIELD,
    TEAM_TYPE_FIELD,
    TEAM_PEOPLE_FIELD("membership_ids", "Who learns in it."),
    TEAM_PEOPLE_FIELD("admin_ids", "Who administers it."),
};
const struct shape team_with_people_draft =
    SHAPE("TeamWithPeopleDraft", "A new team and its people.", team_with_people_draft_fields);

static const struct field team_with_people_change_fields[] = {
    TEAM_NAME_FIELD("New name.", false),
    {.name = "parent_id", .type = FIELD_UUID, .about = "The team above it."},
    TEAM_TYPE_FIELD,
    TEAM_PEOPLE_FIELD("membership_ids", "Who learns in it; the list replaces."),
    TEAM_PEOPLE_FIELD("admin_ids", "Who administers it; the list replaces."),
};
const struct shape team_with_people_change =
    SHAPE("TeamWithPeopleChange", "What is given replaces; the rest stays.", team_with_people_change_fields);

static const struct field membership_draft_fields[] = {
    {.name = "organization_id", .type = FIELD_UUID, .about = "The organization.", .required = true},
    FIRST_NAME_FIELD(.required = true),
    LAST_NAME_FIELD(.required = true),
    EMAIL_FIELD("E-mail address.", .nullable = false),
    {.name = "employee_id",
     .type = FIELD_TEXT,
     .about = "The organization's own id of the person.",
     .example = "\"E-1042\"",
     .maximum = LONGEST_NAME},
    {.name = "job_title",
     .type = FIELD_TEXT,
     .about = "Job title.",
     .example = "\"Driver\"",
     .maximum = LONGEST_NAME},
    {.name = "team_ids", .type = FIELD_UUIDS, .about = "Teams to learn in.", .blank_allowed = true},
    {.name = "org_admin", .type = FIELD_BOOLEAN, .about = "Whether the person administers the organization."},
};
const struct shape membership_draft_body =
    SHAPE("MembershipDraft", "Who is invited.", membership_draft_fields);

static const struct field membership_filter_fields[] = {
    {.name = "organization_id", .type = FIELD_UUIDS, .about = "Organizations, separated by commas."},
    {.name = "id", .type = FIELD_UUIDS, .about = "Memberships, separated by commas."},
    {.name = "team_id", .type = FIELD_UUIDS, .about = "Teams, separated by commas."},
};
const struct shape membership_filter =
    SHAPE("MembershipFilter", "All that are given must hold.", membership_filter_fields);

static const struct field invitation_filter_fields[] = {
    {.name = "id", .type = FIELD_UUIDS, .about = "Invitations, separated by commas."},
    {.name = "membership_id", .type = FIELD_UUIDS, .about = "Memberships, separated by commas."},
};
const struct shape invitation_filter =
    SHAPE("InvitationFilter", "All that are given must hold.", invitation_filter_fields);

static const struct field user_change_fields[] = {
    {.name = "username",
     .type = FIELD_TEXT,
     .about = "Name to sign in with.",
     .example = "\"workleteuser\"",
     .nullable = true,
     .maximum = LONGEST_USERNAME},
    EMAIL_FIELD("E-mail address.", .nullable = true),
    FIRST_NAME_FIELD(.minimum = 1),
    LAST_NAME_FIELD(.minimum = 1),
    {.name = "language_code",
     .type = FIELD_TEXT,
     .about = "Language, two letters.",
     .example = "\"en\"",
     .minimum = 2,
     .maximum = 2},
    {.name = "worklete_employee",
     .type = FIELD_BOOLEAN,
     .about = "Whether the user may do everything, everywhere."},
    {.name = "enabled",
     .type = FIELD_BOOLEAN,
     .about = "Whether the user can sign in; switching it off ends the sessions."},
};
const struct shape user_change =
    SHAPE_OF_CHANGE("UserChange", "What is given replaces; the rest stays.", user_change_fields);

static const struct field user_named_fields[] = {
    {.name = "user_id", .type = FIELD_UUID, .about = "The user."},
};
const struct shape user_named = SHAPE("UserNamed", "Which user.", user_named_fields);
