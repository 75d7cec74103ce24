/* The field tables of Moodwork and Moab. Moab's names are those of its documentation, and match in any case.
 */
#include "api/machine_shapes.h"

#define LONGEST_NAME        200
#define LONGEST_DESCRIPTION 2000
#define HIGHEST_NUMBER      9007199254740991

static const struct field leavers_fields[] = {
    {.name = "emails",
     .type = FIELD_EMAILS,
     .about = "Addresses of the people who left, in any case; without them nobody is deleted.",
     .example = "[\"john.doe@mycompany.com\",\"ashley.doe@mycompany.com\"]",
     .maximum = MAXIMUM_LEAVERS},
};
const struct shape leavers_draft = SHAPE("Leavers", "Who left.", leavers_fields);

#define FIRST_NAME                                                                              \
    {                                                                                           \
        .name = "firstName", .type = FIELD_TEXT, .about = "First name.", .example = "\"John\"", \
        .required = true, .maximum = LONGEST_NAME                                               \
    }
#define LAST_NAME                                                                            \
    {                                                                                        \
        .name = "lastName", .type = FIELD_TEXT, .about = "Last name.", .example = "\"Doe\"", \
        .required = true, .maximum = LONGEST_NAME                                            \
    }
#define USER_DESCRIPTION                                                                               \
    {                                                                                                  \
        .name = "userDescription", .type = FIELD_TEXT, .about = "What the organization says of them.", \
        .example = "\"Night shift\"", .maximum = LONGEST_DESCRIPTION, .blank_allowed = true            \
    }
#define USER_EMAIL_ADDRESS                                                                                  \
    {                                                                                                       \
        .name = "userEmailAddress", .type = FIELD_EMAIL, .about = "E-mail address, which nobody else has.", \
        .example = "\"john.doe@example.com\"", .required = true                                             \
    }
#define USER_PASSWORD                                                                     \
    {                                                                                     \
        .name = "userPassword", .type = FIELD_PASSWORD,                                   \
        .about = "6 to 128 characters, none of the most common, not the e-mail address.", \
        .example = "\"correct horse battery\"", .required = true, .maximum = 1024         \
    }
#define AGREE_TO_TERMS                                                                             \
    {                                                                                              \
        .name = "agreeToTermsAndPolicies", .type = FIELD_INTEGER,                                  \
        .about = "1: agreed. Nobody is made without agreement.", .example = "1", .required = true, \
        .maximum = 1                                                                               \
    }

static const struct field moab_user_draft_fields[] = {
    FIRST_NAME,
    LAST_NAME,
    USER_DESCRIPTION,
    USER_EMAIL_ADDRESS,
    USER_PASSWORD,
    {.name = "role",
     .type = FIELD_INTEGER,
     .about = "1 creator, 2 contributor, 3 reader.",
     .example = "3",
     .required = true,
     .minimum = 1,
     .maximum = 3},
    {.name = "userGroup",
     .type = FIELD_INTEGER,
     .about = "Id of a user group of the organization; 0 for none.",
     .example = "12",
     .required = true,
     .maximum = HIGHEST_NUMBER},
    AGREE_TO_TERMS,
    {.name = "enabled",
     .type = FIELD_INTEGER,
     .about = "0: may not sign in.",
     .example = "1",
     .required = true,
     .maximum = 1},
};
const struct shape moab_user_draft =
    SHAPE_IN_ANY_CASE("MoabUserDraft", "A new user of the caller's organization.", moab_user_draft_fields);

static const struct field moab_organization_draft_fields[] = {
    {.name = "organizationName",
     .type = FIELD_TEXT,
     .about = "Name of the organization, which no other has.",
     .example = "\"Acme\"",
     .required = true,
     .maximum = LONGEST_NAME},
    {.name = "organizationDescription",
     .type = FIELD_TEXT,
     .about = "Description of its user group.",
     .example = "\"Everybody at Acme\"",
     .maximum = LONGEST_DESCRIPTION,
     .blank_allowed = true},
    FIRST_NAME,
    LAST_NAME,
    USER_DESCRIPTION,
    USER_EMAIL_ADDRESS,
    USER_PASSWORD,
    AGREE_TO_TERMS,
};
const struct shape moab_organization_draft = SHAPE_IN_ANY_CASE(
    "MoabOrganizationDraft", "A new organization and its first creator.", moab_organization_draft_fields);

static const struct field moab_group_draft_fields[] = {
    {.name = "name",
     .type = FIELD_TEXT,
     .about = "Name, which no team beside it has.",
     .example = "\"Drivers\"",
     .required = true,
     .maximum = LONGEST_NAME},
    {.name = "description",
     .type = FIELD_TEXT,
     .about = "Description.",
     .example = "\"Everybody who drives\"",
     .maximum = LONGEST_DESCRIPTION,
     .blank_allowed = true},
};
const struct shape moab_group_draft =
    SHAPE_IN_ANY_CASE("MoabUserGroupDraft", "A new user group.", moab_group_draft_fields);

static const struct field moab_login_fields[] = {
    {.name = "emailAddress",
     .type = FIELD_TEXT,
     .about = "E-mail address, in any case.",
     .example = "\"john.doe@example.com\"",
     .required = true,
     .maximum = 254},
    {.name = "password",
     .type = FIELD_PASSWORD,
     .about = "The password.",
     .example = "\"correct horse battery\"",
     .required = true,
     .maximum = 1024},
};
const struct shape moab_login_draft =
    SHAPE_IN_ANY_CASE("MoabLogin", "Address and password.", moab_login_fields);

static const struct field moab_user_fields[] = {
    {.name = "id",
     .type = FIELD_INTEGER,
     .about = "Number of the user.",
     .minimum = 1,
     .maximum = HIGHEST_NUMBER,
     .not_null = true,
     .example = "42"},
    {.name = "firstName",
     .column = "first_name",
     .type = FIELD_TEXT,
     .about = "First name.",
     .not_null = true,
     .example = "\"John\""},
    {.name = "lastName",
     .column = "last_name",
     .type = FIELD_TEXT,
     .about = "Last name.",
     .not_null = true,
     .example = "\"Doe\""},
    {.name = "userDescription",
     .column = "description",
     .type = FIELD_TEXT,
     .about = "What the organization says of them; empty where that is nothing.",
     .not_null = true,
     .example = "\"Night shift\""},
    {.name = "userEmailAddress",
     .column = "email",
     .type = FIELD_TEXT,
     .about = "E-mail address; empty for who signs in by a username and has none.",
     .not_null = true,
     .example = "\"john.doe@example.com\""},
    {.name = "role",
     .type = FIELD_INTEGER,
     .about = "1 creator, 2 contributor, 3 reader.",
     .minimum = 1,
     .maximum = 3,
     .not_null = true,
     .example = "3"},
    {.name = "userGroup",
     .column = "user_group",
     .type = FIELD_INTEGER,
     .about = "Id of the first user group that the user is in; 0 for none.",
     .maximum = HIGHEST_NUMBER,
     .not_null = true,
     .example = "12"},
    {.name = "agreeToTermsAndPolicies",
     .type = FIELD_INTEGER,
     .about = "Everybody has agreed.",
     .constant = "1"},
    {.name = "enabled",
     .type = FIELD_INTEGER,
     .about = "0: may not use this organization.",
     .maximum = 1,
     .not_null = true,
     .example = "1"},
};
const struct shape moab_user_answer =
    SHAPE("MoabUser", "A user, as the organization of the caller sees them.", moab_user_fields);

static const struct field moab_group_fields[] = {
    {.name = "id",
     .type = FIELD_INTEGER,
     .about = "Number of the user group.",
     .minimum = 1,
     .maximum = HIGHEST_NUMBER,
     .not_null = true,
     .example = "12"},
    {.name = "name", .type = FIELD_TEXT, .about = "Name.", .not_null = true, .example = "\"Drivers\""},
    {.name = "description",
     .type = FIELD_TEXT,
     .about = "Description; empty where there is none.",
     .not_null = true,
     .example = "\"Everybody who drives\""},
};
const struct shape moab_group_answer =
    SHAPE("MoabUserGroup", "A user group: a team of teams, seen from Moab.", moab_group_fields);
