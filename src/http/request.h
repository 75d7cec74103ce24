/* A request on its way through the pipeline, with what each step found, and its answer. */
#ifndef MUSTER_HTTP_REQUEST_H
#define MUSTER_HTTP_REQUEST_H

#include "http/endpoint.h"
#include "json/decode.h"
#include "json/write.h"

#define MAXIMUM_PATH_VALUES 4

/* What came from nginx; views that live as long as the request. */
struct incoming {
    enum method method;
    struct text method_text;
    struct text uri;   /* REQUEST_URI: raw path and query */
    struct text path;  /* raw, without query */
    struct text query; /* raw */
    struct text content_type;
    int64_t content_length; /* -1: malformed */
    struct text body;
    struct text file;    /* path of the body where nginx said that it is an upload; gone with the request */
    struct text address; /* REMOTE_ADDR */
    int64_t arrived;     /* at nginx, microseconds since 1970; 0: it does not tell */
    bool is_timed;       /* that was told by the clock of this machine, and counts */
    const char *(*header)(const void *owner, const char *name); /* HTTP_…; NULL: absent */
    const void *owner;
};

/* A value that was part of the path. */
struct path_value {
    const struct placeholder *placeholder;
    struct text text;
    bool valid; /* of the placeholder's type */
};

/* Who calls. Everything is empty for public rows. */
struct caller {
    bool present;
    struct text user_id;
    struct text uid;
    struct text client;
    struct text access_token; /* as presented, or its successor */
    struct text token_hash;   /* of the session's present token */
    int64_t expiry;           /* Unix seconds */
    bool employee;
    struct text organization_id; /* that the token or key is for */
    struct text key_id;          /* of the API key, and what it is told by */
    struct text key_prefix;
    int role;                     /* in that organization: 1 creator, 2 contributor, 3 reader */
    bool use_authorization;       /* the values came in one Authorization header of base64 JSON */
    const struct result *session; /* the row(s) of the session statement */
};

struct paging {
    int64_t page, size;   /* page counts from 1 */
    bool given;           /* page or size was in the query */
    const char *order[8]; /* "last_name DESC", … then "id" */
    size_t order_count;
};

struct header {
    const char *name;
    struct text value;
};
#define MAXIMUM_HEADERS 24

struct response {
    int status;
    const char *type; /* media type; NULL: no body */
    struct builder body;
    struct header headers[MAXIMUM_HEADERS];
    size_t header_count;
};

struct request {
    struct context context; /* first, so that functions of lower layers take &request->context */
    struct incoming incoming;
    const struct endpoint *endpoint; /* NULL: no row matched */
    enum api api;                    /* whose error form applies */
    struct path_value path_values[MAXIMUM_PATH_VALUES];
    size_t path_value_count;
    struct parameters query_parameters;
    struct parameters form; /* the body as a form, else empty */
    struct values query;
    struct values body;
    bool misread; /* what came could not be decoded, and the operation tells of that itself */
    bool decoded; /* path, query and body are all good: a statement can be bound */
    struct paging paging;
    struct text trace_id; /* 32 hexadecimal digits, of `traceparent` or new; made on first use */
    struct caller caller;
    struct result *result; /* of a QUERY row's statement */
    struct response response;
    struct json_writer writer; /* over response.body */
    int64_t started;           /* monotonic microseconds */
};

/* The value of a placeholder; aborts on a name that the row's path has not. */
struct text path_value(const struct request *request, const char *name);

/* A request header by its CGI name, such as "HTTP_ACCEPT"; NO_TEXT where absent. */
struct text request_header(const struct request *request, const char *name);

/* Adds a header. Values with control characters are refused (the request fails as INTERNAL): this is the only
 * way into the head. */
void response_header(struct request *request, const char *name, struct text value);

/* The caller's session values as one header: "Bearer " and the base64 of the JSON of access-token,
 * token-type, client, expiry, uid. */
struct text caller_authorization(struct request *request);

/* Writes "name: [sentence, …]" for each field with faults, and "full_messages" with all of them. */
void write_faults_by_field(struct request *request);

/* Answers with rows of a result in the form of the endpoint's row. No row for a single thing:
 * PROBLEM_NOT_FOUND; a column `permitted` that is false: PROBLEM_FORBIDDEN. */
enum problem respond_with(struct request *request, const struct result *result) MUST_CHECK;

#endif
