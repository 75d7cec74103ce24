/* An identity provider speaks for its own organization and for nobody else: not for members of others, and
 * not for employees, who may do everything everywhere. */
#include "api/saml_member.h"

#include "api/names.h"
#include "sql/statements.h"
#include "json/decode.h"

#define LONGEST_NAME    200 /* characters */
#define MAXIMUM_ALIASES 6

/* The attributes in which well-known identity providers send names, most telling first. */
static const char *const first_name_attributes[MAXIMUM_ALIASES] = {
    "first_name", "firstName", "givenName", "urn:oid:2.5.4.42",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname"};
static const char *const last_name_attributes[MAXIMUM_ALIASES] = {
    "last_name", "lastName",        "surname",
    "sn",        "urn:oid:2.5.4.4", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname"};

/* Somebody who is about to become a member. */
struct newcomer {
    struct text membership; /* of an invitation for this address; NO_TEXT: none */
    struct account_names names;
    struct text first_name;
    struct text last_name;
};

static bool is_control(char character)
{
    return (unsigned char)character < 0x20 || character == 0x7F;
}

static bool is_name(struct text name)
{
    for (size_t i = 0; i < name.length; i++) {
        if (is_control(name.data[i])) {
            return false;
        }
    }
    return name.length > 0 && text_characters(name) <= LONGEST_NAME;
}

/* What the organization says, or else the first of the usual ones that is there. */
static struct text name_attribute(struct saml_reading *reading, const struct saml_sign_on *sign_on,
                                  struct text chosen, const char *const *usual)
{
    struct text name = NO_TEXT;
    if (chosen.data != NULL) {
        return saml_attribute(reading->arena, sign_on, chosen);
    }
    for (size_t i = 0; i < MAXIMUM_ALIASES && usual[i] != NULL && text_is_empty(name); i++) {
        name = saml_attribute(reading->arena, sign_on, text_of(usual[i]));
    }
    return name;
}

/* The name by which the member is known here: the NameID, or the attribute that the organization chose. Only
 * A to Z are made small: what merely looks alike is another name. */
static enum problem read_identity(struct saml_reading *reading, const struct result *organization,
                                  const struct saml_sign_on *sign_on, struct text *identity)
{
    struct text attribute = result_text(organization, 0, "identity_attribute");
    struct text name =
        attribute.data == NULL ? sign_on->name_id : saml_attribute(reading->arena, sign_on, attribute);
    if (text_is_empty(name)) {
        return SAML_FORBIDDEN(reading, "The attribute that is to name the member is missing.");
    }
    *identity = arena_copy_text(reading->arena, text_lower(reading->arena, name));
    return PROBLEM_NONE;
}

static enum problem check_member(struct saml_reading *reading, const struct result *member)
{
    if (result_true(member, 0, "worklete_employee")) {
        return SAML_FORBIDDEN(reading, "Employees do not sign in by SAML.");
    }
    if (!text_equal(result_text(member, 0, "status"), TEXT("active")) || !result_true(member, 0, "enabled")) {
        return SAML_FORBIDDEN(reading, "The member is not active, or the account is disabled.");
    }
    return PROBLEM_NONE;
}

/* --- Becoming a member --------------------------------------------------------------------------------- */

static enum problem name_newcomer(struct saml_reading *reading, struct text identity,
                                  struct newcomer *newcomer)
{
    if (is_email_address(identity)) {
        newcomer->names = (struct account_names){.email = identity, .provider = TEXT("email")};
    } else if (is_username(identity)) {
        newcomer->names = (struct account_names){.username = identity, .provider = TEXT("username")};
    } else {
        return SAML_FORBIDDEN(
            reading, "The name is neither an e-mail address nor a username, so no account can be made.");
    }
    return PROBLEM_NONE;
}

static enum problem find_member(struct saml_reading *reading, struct text organization, struct text identity,
                                struct result **rows)
{
    return sql_saml_member(
        reading->context,
        (struct sql_saml_member){.name = value_text(identity), .organization = value_text(organization)},
        rows);
}

/* Whoever has the name elsewhere joins by an invitation, not because an identity provider says so. The one
 * who became a member since we looked, by a sign-on at the same time, is found when all is run again. */
static enum problem check_free(struct saml_reading *reading, struct text organization, struct text identity,
                               const struct newcomer *newcomer)
{
    struct result *rows;
    TRY(sql_names_taken(reading->context,
                        (struct sql_names_taken){.username = value_text(newcomer->names.username),
                                                 .email = value_text(newcomer->names.email)},
                        &rows));
    if (!result_true(rows, 0, "username_taken") && !result_true(rows, 0, "email_taken")) {
        return PROBLEM_NONE;
    }
    TRY(find_member(reading, organization, identity, &rows));
    return result_rows(rows) > 0
               ? PROBLEM_RETRY
               : SAML_FORBIDDEN(reading, "Somebody who is not a member of the organization has that name.");
}

static enum problem find_invitation(struct saml_reading *reading, struct text organization,
                                    struct newcomer *newcomer)
{
    struct result *rows;
    TRY(sql_saml_invited(reading->context,
                         (struct sql_saml_invited){.organization = value_text(organization),
                                                   .email = value_text(newcomer->names.email)},
                         &rows));
    if (result_rows(rows) > 0) {
        newcomer->membership = result_text(rows, 0, "membership_id");
        newcomer->first_name = result_text(rows, 0, "first_name");
        newcomer->last_name = result_text(rows, 0, "last_name");
    }
    return PROBLEM_NONE;
}

static enum problem read_names(struct saml_reading *reading, const struct result *organization,
                               const struct saml_sign_on *sign_on, struct newcomer *newcomer)
{
    struct text first = name_attribute(reading, sign_on, result_text(organization, 0, "first_name_attribute"),
                                       first_name_attributes);
    struct text last = name_attribute(reading, sign_on, result_text(organization, 0, "last_name_attribute"),
                                      last_name_attributes);
    newcomer->first_name = is_name(first) ? arena_copy_text(reading->arena, first) : newcomer->first_name;
    newcomer->last_name = is_name(last) ? arena_copy_text(reading->arena, last) : newcomer->last_name;
    if (newcomer->first_name.data == NULL || newcomer->last_name.data == NULL) {
        return SAML_FORBIDDEN(
            reading, "The attributes with first and last name are missing, so no account can be made.");
    }
    return PROBLEM_NONE;
}

static enum problem make_membership(struct saml_reading *reading, struct text organization,
                                    struct newcomer *newcomer)
{
    struct result *rows;
    TRY(sql_membership_create(reading->context,
                              (struct sql_membership_create){.organization = value_text(organization),
                                                             .first_name = value_text(newcomer->first_name),
                                                             .last_name = value_text(newcomer->last_name),
                                                             .email = value_text(newcomer->names.email),
                                                             .org_admin = value_boolean(false)},
                              &rows));
    newcomer->membership = result_text(rows, 0, "id");
    return PROBLEM_NONE;
}

/* Of two first sign-ons at once one finds the name taken, and is then run again. */
static enum problem make_user(struct saml_reading *reading, const struct newcomer *newcomer,
                              struct text *user_id)
{
    struct result *rows;
    enum problem problem =
        sql_user_create(reading->context,
                        (struct sql_user_create){.username = value_text(newcomer->names.username),
                                                 .email = value_text(newcomer->names.email),
                                                 .provider = value_text(newcomer->names.provider),
                                                 .first_name = value_text(newcomer->first_name),
                                                 .last_name = value_text(newcomer->last_name),
                                                 .membership = value_text(newcomer->membership)},
                        &rows);
    if (problem != PROBLEM_NONE) {
        return problem_status(problem) < 500 ? PROBLEM_RETRY : problem;
    }
    *user_id = result_text(rows, 0, "id");
    return PROBLEM_NONE;
}

static enum problem join(struct saml_reading *reading, const struct newcomer *newcomer, struct text user_id)
{
    struct result *rows;
    TRY(sql_membership_join(reading->context,
                            (struct sql_membership_join){.membership = value_text(newcomer->membership),
                                                         .user = value_text(user_id)},
                            &rows));
    return sql_saml_invitation_used(
        reading->context, (struct sql_saml_invitation_used){.membership = value_text(newcomer->membership)},
        &rows);
}

static enum problem become_member(struct saml_reading *reading, const struct result *organization,
                                  const struct saml_sign_on *sign_on, struct text identity,
                                  struct text *user_id)
{
    struct text organization_id = result_text(organization, 0, "organization_id");
    struct newcomer newcomer = {0};
    if (!result_true(organization, 0, "saml_join")) {
        return SAML_FORBIDDEN(
            reading, "Nobody in the organization has that name, and it does not let sign-on make members.");
    }
    TRY(name_newcomer(reading, identity, &newcomer));
    TRY(check_free(reading, organization_id, identity, &newcomer));
    TRY(find_invitation(reading, organization_id, &newcomer));
    TRY(read_names(reading, organization, sign_on, &newcomer));
    if (newcomer.membership.data == NULL) {
        TRY(make_membership(reading, organization_id, &newcomer));
    }
    TRY(make_user(reading, &newcomer, user_id));
    return join(reading, &newcomer, *user_id);
}

enum problem saml_member_find(struct saml_reading *reading, const struct result *organization,
                              const struct saml_sign_on *sign_on, struct text *user_id)
{
    struct text identity = NO_TEXT;
    struct result *rows;
    TRY(read_identity(reading, organization, sign_on, &identity));
    TRY(find_member(reading, result_text(organization, 0, "organization_id"), identity, &rows));
    if (result_rows(rows) == 0) {
        return become_member(reading, organization, sign_on, identity, user_id);
    }
    *user_id = result_text(rows, 0, "user_id");
    return check_member(reading, rows);
}
