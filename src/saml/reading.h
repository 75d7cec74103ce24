/* One message of an identity provider being judged. Every check refuses by itself, with the status and a
 * sentence for administrators; what is told to whoever sent the message is only the status. */
#ifndef MUSTER_SAML_READING_H
#define MUSTER_SAML_READING_H

#include "saml/metadata.h"

struct saml_reading {
    struct context *context;
    struct arena *arena;
    const char *entity_id;                /* of this service provider */
    const char *consumer;                 /* its address for messages */
    const struct saml_metadata *provider; /* who must have signed; NULL until it is known */
    const char *reason;                   /* of the refusal; without any text of the message */
};

void saml_reading_start(struct saml_reading *reading, struct context *context);

/* Notes the reason and returns the problem: PROBLEM_MALFORMED (400), PROBLEM_UNTRUSTED (401) or
 * PROBLEM_FORBIDDEN (403). */
enum problem saml_refuse(struct saml_reading *reading, enum problem problem, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define SAML_MALFORMED(reading, ...) saml_refuse((reading), PROBLEM_MALFORMED, __VA_ARGS__)
#define SAML_UNTRUSTED(reading, ...) saml_refuse((reading), PROBLEM_UNTRUSTED, __VA_ARGS__)
#define SAML_FORBIDDEN(reading, ...) saml_refuse((reading), PROBLEM_FORBIDDEN, __VA_ARGS__)

#endif
