/* Each check is a function that says what it wants by refusing everything else; what is absent is refused
 * unless the specification lets it be. "Core" is "Assertions and Protocols for the OASIS SAML V2.0",
 * "Profiles" its companion. */
#include "saml/profile.h"

#include "base/clock.h"
#include "saml/names.h"
#include "saml/structure.h"

#define A               SAML_NAMESPACE_ASSERTION
#define P               SAML_NAMESPACE_PROTOCOL
#define SKEW            (60 * MICROSECONDS_PER_SECOND)
#define LONGEST_LIFE    (INT64_C(24) * 3600 * MICROSECONDS_PER_SECOND)
#define LONGEST_NAME_ID 256

struct text saml_issuer(struct arena *arena, const xmlNode *element)
{
    const xmlNode *issuer = xml_first(element, A, "Issuer");
    return issuer == NULL ? NO_TEXT : xml_text(arena, issuer);
}

static struct text attribute(struct saml_reading *reading, const xmlNode *element, const char *name)
{
    return xml_attribute(reading->arena, element, name);
}

/* The one child of that name; NULL where there is none or more than one. */
static const xmlNode *only(const xmlNode *parent, const char *name)
{
    return xml_count(parent, A, name) == 1 ? xml_first(parent, A, name) : NULL;
}

/* Core 1.3.3: a time in UTC, which ends with Z. */
static bool read_time(struct text text, int64_t *time)
{
    return text.length > 0 && text.data[text.length - 1] == 'Z' && clock_read(text, time);
}

/* --- Both elements ------------------------------------------------------------------------------------- */

/* Core 2.3.3 and 3.2.2. */
static enum problem check_version(struct saml_reading *reading, const xmlNode *element)
{
    return text_equal_string(attribute(reading, element, "Version"), "2.0")
               ? PROBLEM_NONE
               : SAML_UNTRUSTED(reading, "The Version of the %s is not 2.0.", (const char *)element->name);
}

/* Core 2.3.3 and 3.2.2: issued, and not in the future. */
static enum problem check_issue_instant(struct saml_reading *reading, const xmlNode *element)
{
    int64_t issued;
    if (!read_time(attribute(reading, element, "IssueInstant"), &issued)) {
        return SAML_UNTRUSTED(reading, "The IssueInstant of the %s is missing or no time in UTC.",
                              (const char *)element->name);
    }
    return issued <= reading->context->now + SKEW
               ? PROBLEM_NONE
               : SAML_UNTRUSTED(reading, "The %s was issued in the future.", (const char *)element->name);
}

/* Core 2.2.5, Profiles 4.1.4.2: the entity id of the provider, exactly; its Format is that of an entity. */
static enum problem check_issuer(struct saml_reading *reading, const xmlNode *element)
{
    const xmlNode *issuer = only(element, "Issuer");
    struct text format = issuer == NULL ? NO_TEXT : attribute(reading, issuer, "Format");
    if (issuer == NULL || !text_equal(xml_text(reading->arena, issuer), reading->provider->entity_id) ||
        (format.data != NULL && !text_equal_string(format, SAML_NAME_ID_ENTITY))) {
        return SAML_UNTRUSTED(reading,
                              "The Issuer of the %s is not the identity provider whose keys signed it.",
                              (const char *)element->name);
    }
    return PROBLEM_NONE;
}

/* --- The Response -------------------------------------------------------------------------------------- */

/* Core 3.2.2.1 and 3.2.2.2. */
static enum problem check_status(struct saml_reading *reading, const xmlNode *response)
{
    const xmlNode *status = xml_count(response, P, "Status") == 1 ? xml_first(response, P, "Status") : NULL;
    bool one = status != NULL && xml_count(status, P, "StatusCode") == 1;
    if (!one || !text_equal_string(attribute(reading, xml_first(status, P, "StatusCode"), "Value"),
                                   SAML_STATUS_SUCCESS)) {
        return SAML_UNTRUSTED(
            reading, "The identity provider says that the sign-on failed: the Status is not Success.");
    }
    return PROBLEM_NONE;
}

/* Core 3.2.2, Bindings 3.4.5.2 and 3.5.5.2: needed where it is signed. */
static enum problem check_destination(struct saml_reading *reading, const xmlNode *response, bool needed)
{
    struct text destination = attribute(reading, response, "Destination");
    if (destination.data == NULL ? needed : !text_equal_string(destination, reading->consumer)) {
        return SAML_UNTRUSTED(reading, "The Destination is not %s.", reading->consumer);
    }
    return PROBLEM_NONE;
}

/* Profiles 4.1.4.2: needed where the Response is signed; where it is there, it must be right. */
static enum problem check_response_issuer(struct saml_reading *reading, const xmlNode *response, bool needed)
{
    bool given = xml_first(response, A, "Issuer") != NULL;
    return needed || given ? check_issuer(reading, response) : PROBLEM_NONE;
}

static enum problem check_response(struct saml_reading *reading, const xmlNode *response,
                                   bool signed_as_a_whole)
{
    TRY(check_version(reading, response));
    TRY(check_issue_instant(reading, response));
    TRY(check_response_issuer(reading, response, signed_as_a_whole));
    TRY(check_destination(reading, response, signed_as_a_whole));
    return check_status(reading, response);
}

/* --- The subject --------------------------------------------------------------------------------------- */

static bool has_control_characters(struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7F) {
            return true;
        }
    }
    return false;
}

/* Core 2.2.3 and 2.4.1: one NameID of nothing but text. */
static enum problem read_name_id(struct saml_reading *reading, const xmlNode *subject,
                                 struct saml_sign_on *sign_on)
{
    const xmlNode *name_id = only(subject, "NameID");
    struct text name = name_id == NULL ? NO_TEXT : xml_text(reading->arena, name_id);
    if (xml_first(subject, A, "BaseID") != NULL || xml_first(subject, A, "EncryptedID") != NULL ||
        text_is_empty(name)) {
        return SAML_UNTRUSTED(reading, "The Subject has not exactly one NameID of plain text.");
    }
    if (name.length > LONGEST_NAME_ID || has_control_characters(name)) {
        return SAML_UNTRUSTED(reading, "The NameID is longer than %d bytes or has control characters.",
                              LONGEST_NAME_ID);
    }
    sign_on->name_id = name;
    return PROBLEM_NONE;
}

/* Profiles 4.1.4.2: Recipient, NotOnOrAfter, no NotBefore. */
static enum problem check_confirmation(struct saml_reading *reading, const xmlNode *data,
                                       struct saml_sign_on *sign_on)
{
    int64_t until;
    if (!text_equal_string(attribute(reading, data, "Recipient"), reading->consumer)) {
        return SAML_UNTRUSTED(reading, "The Recipient of the subject confirmation is not %s.",
                              reading->consumer);
    }
    if (!read_time(attribute(reading, data, "NotOnOrAfter"), &until) ||
        until > reading->context->now + LONGEST_LIFE + SKEW) {
        return SAML_UNTRUSTED(
            reading, "The NotOnOrAfter of the subject confirmation is missing, no time in UTC, or more "
                     "than a day ahead.");
    }
    if (until + SKEW <= reading->context->now) {
        return SAML_UNTRUSTED(
            reading, "The subject confirmation has expired; is the clock of one of the servers wrong?");
    }
    if (attribute(reading, data, "NotBefore").data != NULL) {
        return SAML_UNTRUSTED(reading,
                              "The subject confirmation has a NotBefore, which the profile forbids.");
    }
    sign_on->not_on_or_after = until;
    sign_on->in_response_to = attribute(reading, data, "InResponseTo");
    return PROBLEM_NONE;
}

/* Profiles 3.3 and 4.1.4.2: at least one bearer confirmation holds; the first that does counts. */
static enum problem check_confirmations(struct saml_reading *reading, const xmlNode *subject,
                                        struct saml_sign_on *sign_on)
{
    enum problem problem = SAML_UNTRUSTED(reading, "There is no subject confirmation of the bearer method.");
    for (const xmlNode *confirmation = xml_first(subject, A, "SubjectConfirmation"); confirmation != NULL;
         confirmation = xml_next(confirmation, A, "SubjectConfirmation")) {
        const xmlNode *data = only(confirmation, "SubjectConfirmationData");
        if (data == NULL ||
            !text_equal_string(attribute(reading, confirmation, "Method"), SAML_METHOD_BEARER)) {
            continue;
        }
        problem = check_confirmation(reading, data, sign_on);
        if (problem == PROBLEM_NONE) {
            break;
        }
    }
    return problem;
}

/* Core 2.4. */
static enum problem check_subject(struct saml_reading *reading, const xmlNode *assertion,
                                  struct saml_sign_on *sign_on)
{
    const xmlNode *subject = only(assertion, "Subject");
    if (subject == NULL) {
        return SAML_UNTRUSTED(reading, "The Assertion has not exactly one Subject.");
    }
    TRY(read_name_id(reading, subject, sign_on));
    return check_confirmations(reading, subject, sign_on);
}

/* --- Conditions ---------------------------------------------------------------------------------------- */

/* Core 2.5.1.2. */
static enum problem check_window(struct saml_reading *reading, const xmlNode *conditions)
{
    struct text from = attribute(reading, conditions, "NotBefore");
    struct text until = attribute(reading, conditions, "NotOnOrAfter");
    int64_t begins = INT64_MIN;
    int64_t ends = INT64_MAX - SKEW;
    if ((from.data != NULL && !read_time(from, &begins)) ||
        (until.data != NULL && !read_time(until, &ends))) {
        return SAML_UNTRUSTED(reading, "The Conditions have a time that is none in UTC.");
    }
    if ((from.data != NULL && begins > reading->context->now + SKEW) ||
        ends + SKEW <= reading->context->now) {
        return SAML_UNTRUSTED(reading,
                              "The Assertion is not valid now; is the clock of one of the servers wrong?");
    }
    return PROBLEM_NONE;
}

/* Core 2.5.1: a condition that is not understood makes the assertion worthless. */
static enum problem check_known(struct saml_reading *reading, const xmlNode *conditions)
{
    for (const xmlNode *child = conditions->children; child != NULL; child = child->next) {
        if (child->type == XML_ELEMENT_NODE && !xml_is(child, A, "AudienceRestriction") &&
            !xml_is(child, A, "OneTimeUse") && !xml_is(child, A, "ProxyRestriction")) {
            return SAML_UNTRUSTED(reading, "The Assertion has a condition that is not known.");
        }
    }
    return PROBLEM_NONE;
}

static bool names_us(struct saml_reading *reading, const xmlNode *restriction)
{
    for (const xmlNode *audience = xml_first(restriction, A, "Audience"); audience != NULL;
         audience = xml_next(audience, A, "Audience")) {
        if (text_equal_string(xml_text(reading->arena, audience), reading->entity_id)) {
            return true;
        }
    }
    return false;
}

/* Core 2.5.1.4, Profiles 4.1.4.2: at least one restriction, and we are in each. */
static enum problem check_audience(struct saml_reading *reading, const xmlNode *conditions)
{
    const xmlNode *restriction = xml_first(conditions, A, "AudienceRestriction");
    bool ours = restriction != NULL;
    for (; restriction != NULL; restriction = xml_next(restriction, A, "AudienceRestriction")) {
        ours = ours && names_us(reading, restriction);
    }
    return ours ? PROBLEM_NONE
                : SAML_UNTRUSTED(reading, "The Assertion is not for us: its Audience is not %s.",
                                 reading->entity_id);
}

static enum problem check_conditions(struct saml_reading *reading, const xmlNode *assertion)
{
    const xmlNode *conditions = only(assertion, "Conditions");
    if (conditions == NULL) {
        return SAML_UNTRUSTED(reading, "The Assertion has not exactly one Conditions.");
    }
    TRY(check_window(reading, conditions));
    TRY(check_known(reading, conditions));
    return check_audience(reading, conditions);
}

/* --- Authentication ------------------------------------------------------------------------------------ */

/* Core 2.7.2, Profiles 4.1.4.2: one statement; it may say when the session ends. */
static enum problem check_authentication(struct saml_reading *reading, const xmlNode *assertion,
                                         struct saml_sign_on *sign_on)
{
    const xmlNode *statement = only(assertion, "AuthnStatement");
    int64_t instant;
    if (statement == NULL || !read_time(attribute(reading, statement, "AuthnInstant"), &instant) ||
        instant > reading->context->now + SKEW) {
        return SAML_UNTRUSTED(reading,
                              "The Assertion has not exactly one AuthnStatement of a time in the past.");
    }
    struct text ends = attribute(reading, statement, "SessionNotOnOrAfter");
    sign_on->session_ends = INT64_MAX;
    if (ends.data != NULL &&
        (!read_time(ends, &sign_on->session_ends) || sign_on->session_ends <= reading->context->now)) {
        return SAML_UNTRUSTED(reading, "The SessionNotOnOrAfter is past or no time in UTC.");
    }
    return PROBLEM_NONE;
}

/* --- All of it ----------------------------------------------------------------------------------------- */

/* Core 3.2.2, Profiles 4.1.4.3: what the Response and the Assertion answer is the same, or nothing. */
static enum problem check_in_response_to(struct saml_reading *reading, const xmlNode *response,
                                         const struct saml_sign_on *sign_on)
{
    struct text outer = attribute(reading, response, "InResponseTo");
    struct text inner = sign_on->in_response_to;
    if ((outer.data == NULL) != (inner.data == NULL) || !text_equal(outer, inner)) {
        return SAML_UNTRUSTED(reading,
                              "The Response and its subject confirmation do not answer the same request.");
    }
    return PROBLEM_NONE;
}

enum problem saml_check_profile(struct saml_reading *reading, const xmlNode *response, bool signed_as_a_whole,
                                const xmlNode *assertion, struct saml_sign_on *sign_on)
{
    *sign_on =
        (struct saml_sign_on){.assertion_id = attribute(reading, assertion, "ID"), .assertion = assertion};
    if (!saml_is_id(sign_on->assertion_id)) {
        return SAML_UNTRUSTED(reading, "The Assertion has no ID.");
    }
    TRY(check_response(reading, response, signed_as_a_whole));
    TRY(check_version(reading, assertion));
    TRY(check_issue_instant(reading, assertion));
    TRY(check_issuer(reading, assertion));
    TRY(check_subject(reading, assertion, sign_on));
    TRY(check_conditions(reading, assertion));
    TRY(check_authentication(reading, assertion, sign_on));
    return check_in_response_to(reading, response, sign_on);
}

struct text saml_attribute(struct arena *arena, const struct saml_sign_on *sign_on, struct text name)
{
    for (const xmlNode *statement = xml_first(sign_on->assertion, A, "AttributeStatement"); statement != NULL;
         statement = xml_next(statement, A, "AttributeStatement")) {
        for (const xmlNode *element = xml_first(statement, A, "Attribute"); element != NULL;
             element = xml_next(element, A, "Attribute")) {
            const xmlNode *value = xml_first(element, A, "AttributeValue");
            if (value != NULL && text_equal(xml_attribute(arena, element, "Name"), name)) {
                return text_trim(xml_text(arena, value));
            }
        }
    }
    return NO_TEXT;
}
