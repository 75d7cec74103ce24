/* Signatures of version 4, with which requests to Amazon's services, and to stores that speak like S3, prove
 * who sends them (AWS General Reference, "AWS Signature Version 4 for API requests"). */
#ifndef MUSTER_OUTGOING_AWS_SIGNATURE_H
#define MUSTER_OUTGOING_AWS_SIGNATURE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

/* A query parameter or a header, neither of them encoded. */
struct aws_pair {
    struct text name;
    struct text value;
};

/* Whose signature it is, and what it is good for. */
struct aws_signer {
    struct text access_key_id;
    struct text secret_access_key;
    struct text region;  /* "us-west-2" */
    struct text service; /* "s3", "cognito-identity", "mediaconvert" */
    int64_t now;         /* microseconds */
};

/* What is signed. The path is not encoded and begins with '/'; host is what the Host header will be, with a
 * port where the address has one. Of the headers all are signed, besides host and those that the signing
 * itself adds. */
struct aws_request {
    const char *method;
    struct text host;
    struct text path;
    const struct aws_pair *query;
    size_t query_count;
    const struct aws_pair *headers;
    size_t header_count;
    struct text body; /* for header signing; a signed address leaves the body open */
};

/* The headers that a request signed in its headers carries besides its own. */
struct aws_headers {
    struct text authorization;  /* Authorization */
    struct text date;           /* X-Amz-Date: "20150830T123600Z" */
    struct text content_sha256; /* X-Amz-Content-Sha256; NO_TEXT except for S3, which wants it */
};

/* Signs in headers. Everything is the arena's. */
void aws_sign_headers(struct arena *arena, const struct aws_signer *signer, const struct aws_request *request,
                      struct aws_headers *headers);

/* An address, `scheme` ("https") included, that anybody may use for `seconds` (1 to 604800) as it is: signed
 * in its query, with the payload UNSIGNED-PAYLOAD. The request's headers must be sent with it, and host. */
struct text aws_sign_address(struct arena *arena, const struct aws_signer *signer,
                             const struct aws_request *request, const char *scheme, int64_t seconds);

#endif
