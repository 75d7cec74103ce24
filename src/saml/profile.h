/* The checks of the web browser single sign-on profile, made of elements whose signature was verified, and
 * what such a message then says. */
#ifndef MUSTER_SAML_PROFILE_H
#define MUSTER_SAML_PROFILE_H

#include "saml/reading.h"
#include "saml/xml.h"

/* Whom the identity provider says it has signed in. */
struct saml_sign_on {
    struct text assertion_id;
    struct text name_id;
    struct text in_response_to; /* NO_TEXT: nobody asked for it */
    int64_t not_on_or_after;    /* until when the assertion could be sent again */
    int64_t session_ends;       /* INT64_MAX where nothing is said */
    const xmlNode *assertion;   /* for saml_attribute() */
};

/* `response` is the Response, `signed_as_a_whole` tells whether its own fields are signed; `assertion` is
 * signed always. */
enum problem saml_check_profile(struct saml_reading *reading, const xmlNode *response, bool signed_as_a_whole,
                                const xmlNode *assertion, struct saml_sign_on *sign_on) MUST_CHECK;

/* The issuer of a Response or an Assertion, before anything is trusted: it tells whose keys to try. NO_TEXT
 * where there is none. */
struct text saml_issuer(struct arena *arena, const xmlNode *element);

/* The first value of an attribute of the subject, trimmed; NO_TEXT where there is none. */
struct text saml_attribute(struct arena *arena, const struct saml_sign_on *sign_on, struct text name);

#endif
