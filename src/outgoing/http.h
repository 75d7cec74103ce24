/* Requests to other services over HTTPS. */
#ifndef MUSTER_OUTGOING_HTTP_H
#define MUSTER_OUTGOING_HTTP_H

#include "base/context.h"

struct http_header {
    const char *name;
    struct text value;
};

/* What is asked for. https only, but to this machine itself (127.0.0.1, ::1, localhost) http too. */
struct http_call {
    const char *method;
    struct text address;
    const struct http_header *headers;
    size_t header_count;
    struct text body;
    int64_t timeout;  /* microseconds, for all of it */
    size_t maximum;   /* bytes of the answer's body */
    const int *place; /* the descriptor that the answer's body is written to; NULL: into memory */
};

struct http_answer {
    int status;
    struct text body; /* NO_TEXT where it went to a descriptor */
    int64_t
        length; /* that the answer says its body has, or would have if this were no HEAD; -1: it does not */
    bool too_large; /* there is no answer because its body is larger than `maximum` */
};

/* Sends the request and reads its answer, whatever its status. No redirect is followed, the certificate is
 * checked (against the file SSL_CERT_FILE where that is in the environment), a proxy is the environment's.
 * Connections are kept for the next request of this process. PROBLEM_UNAVAILABLE where there is no answer in
 * time or it is too large (which `answer` tells): the reason is logged, without the address's query, which
 * may be a secret.
 * PROBLEM_INTERNAL where the address or a header cannot be sent. */
enum problem http_send(struct context *context, const struct http_call *call,
                       struct http_answer *answer) MUST_CHECK;

#endif
