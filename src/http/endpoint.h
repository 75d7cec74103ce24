/* An operation is a row: struct endpoint. The table of all rows (api/endpoints.def) drives routing, access,
 * decoding, OpenAPI, `muster routes`, metrics and the tests over the whole table. */
#ifndef MUSTER_HTTP_ENDPOINT_H
#define MUSTER_HTTP_ENDPOINT_H

#include "base/context.h"
#include "database/database.h"
#include "json/shape.h"

struct request;

enum method {
    METHOD_GET,
    METHOD_POST,
    METHOD_PUT,
    METHOD_PATCH,
    METHOD_DELETE,
    METHOD_HEAD,
    METHOD_OPTIONS,
    METHOD_OTHER
};
const char *method_name(enum method method);

/* Which API a row belongs to: its base path and its error form. */
enum api {
    API_WORKLETE, /* /api/v1 */
    API_MOODWORK, /* /v3 */
    API_MOAB,     /* /api/v1/user and its kin */
    API_SERVER,   /* "" : health, metrics, documents */
    API_COUNT
};

/* Who may call; the object's own permission is in the statement's WHERE. There is no default: a row without
 * one does not compile. */
enum access {
    ACCESS_UNSET,
    ACCESS_PUBLIC,   /* anybody; session values are ignored */
    ACCESS_SESSION,  /* any valid session */
    ACCESS_EMPLOYEE, /* a session of a worklete employee */
    /* A session; whose object permission is in the statement. An employee is always let through. */
    ACCESS_SELF_OR_ORGANIZATION_ADMIN,
    ACCESS_MEMBERSHIP_READERS, /* the person, team admins of one of its teams, organization admins */
    ACCESS_MEMBER,             /* members of the organization */
    ACCESS_TEAM_MEMBER,        /* members of the team, its admins, organization admins */
    ACCESS_TEAM_ADMIN,         /* admins of the team or one above it, organization admins */
    ACCESS_ORGANIZATION_ADMIN,
    /* Moab: a security token of somebody with at least this role. */
    ACCESS_READER,
    ACCESS_CONTRIBUTOR,
    ACCESS_CREATOR,
    /* Moodwork: an API key with this scope. */
    ACCESS_USERS_DELETE
};
const char *access_name(enum access access);

/* How the rows of the statement become the answer. */
enum answer_form {
    ANSWER_UNSET,
    ANSWER_ONE,  /* {"data": {…}}; no row: 404 */
    ANSWER_LIST, /* {"data": […]} whole; a page with meta where page or size is given */
    ANSWER_PAGE, /* {"data": […], "meta": {…}} and a Link header */
    ANSWER_BARE, /* {…} without the envelope; no row: 404 */
    ANSWER_ARRAY, /* […] whole, without the envelope; a page with a Link header where page or size is given */
    ANSWER_TRUE,    /* true; no row: 404 */
    ANSWER_NOTHING, /* 204, no body */
    ANSWER_OWN      /* the handler writes it; answer_schema tells OpenAPI and the tests what it is */
};

/* What is told where a session is needed and none is there. */
#define NO_SESSION_DEFAULT PROBLEM_NO_SESSION

struct endpoint {
    const char
        *name; /* of the operation: OpenAPI's operationId, the log, metrics, the statement of a QUERY row */
    enum method method;
    const char *path; /* below the API's base, with {placeholders} of placeholders.def */
    enum access access;
    enum api api;
    const char *tag;            /* group in the documents */
    const char *summary;        /* one line */
    const char *about;          /* more, or NULL */
    const struct shape *query;  /* query parameters, or NULL */
    const struct shape *body;   /* or NULL: a body is not read as JSON */
    bool wrapped;               /* the body's fields stand inside "data"; bare ones are taken too */
    bool body_in_query;         /* fields of the body may come as query parameters too */
    bool values_in_headers;     /* fields of query and body may come as request headers of their names too */
    bool entity_tag;            /* answers have an ETag; a change looks at If-Match */
    bool form;                  /* application/x-www-form-urlencoded is taken too (all rows under /auth) */
    bool form_only;             /* and JSON is not */
    bool upload;                /* the body is a file of any type; the limit is upload_max_size */
    bool large_body;            /* the limit is large_body_maximum */
    bool paged;                 /* takes page and size */
    bool pages_from_zero;       /* page counts from 0 instead of 1 */
    const char *sort;           /* column names that `sort` may name, separated by commas; NULL: no sort */
    const char *order;          /* default order, such as "created_at" ("-created_at"); id is always added */
    const struct shape *answer; /* what one element of the answer looks like */
    enum answer_form form_of_answer;
    const char *answer_schema; /* ANSWER_OWN: the JSON schema of the answer, as JSON text;
                                  "#/components/schemas/User" works */
    const char *answer_type;   /* media type of an ANSWER_OWN that is not JSON */
    int status;                /* of success; 0: 200 (204 for ANSWER_NOTHING) */
    const char *page_instead;  /* what an HTML page with status 200 is that may come in the place of `status`;
                                  NULL: none does */
    bool faults_by_field;      /* a 422 has "errors": {field: [sentences], "full_messages": […]} */
    bool judges_body;   /* the handler adds its own faults to those of decoding before it refuses, so that all
                           are told   at once */
    bool tells_misread; /* the handler is called for what cannot be decoded too, and finds `misread` set */
    enum problem (*judge)(struct request *request); /* of a row that does not judge its body: where decoding
                                                       found faults, adds those that the body alone shows, so
                                                       that all are told at once; NULL: there are none */
    bool session_optional; /* of a public row: session values need not be there, but must be good where they
                              are */
    bool opens_session;    /* answers carry the headers of a new session */
    bool registration;     /* there only while open_registration is on; else 404 */
    bool
        personal; /* the answer holds a person's data or a token: no-store (rows with a session always are) */
    bool deprecated;
    const char *successor;        /* of a deprecated row: path of the one to use, told in a Link header */
    enum problem no_session;      /* PROBLEM_NONE: PROBLEM_NO_SESSION */
    enum problem unreadable;      /* what all faults of decoding are; PROBLEM_NONE: each its own */
    const enum problem *problems; /* that the handler itself can answer with, ended by PROBLEM_NONE; the rest
                                     follow from the row */
    const struct statement
        *session; /* that checks the session; NULL: the usual one. It may carry the answer's columns along */
    const struct statement *statement; /* run in the same round trip as the session check, parameters by name;
                                          a row without handler answers with it */
    enum problem (*handle)(struct request *request);
};

extern const struct endpoint endpoints[];
extern const size_t endpoint_count;

/* Groups of operations in the documents, in api/tags.c; each endpoint's `tag` is one of them. */
struct tag {
    const char *name;
    const char *about;
};
extern const struct tag tags[];
extern const size_t tag_count;

/* {placeholders} of paths: placeholders.def. */
enum placeholder_type { PLACEHOLDER_UUID, PLACEHOLDER_TEXT, PLACEHOLDER_INTEGER };
struct placeholder {
    const char *name;
    enum placeholder_type type;
    const char *about;
};
extern const struct placeholder placeholders[];
extern const size_t placeholder_count;
const struct placeholder *placeholder_find(struct text name);

/* What the rows of one API have in common; defined in api/dialects.c. */
struct dialect {
    const char *name;     /* "Worklete" */
    const char *base;     /* "/api/v1" */
    bool any_case;        /* letters of its paths match in any case */
    bool trailing_slash;  /* is allowed everywhere; elsewhere only below "/auth" */
    bool sessions;        /* its callers have sessions, whose headers answers carry */
    const char *security; /* OpenAPI's "security" of its rows that are not public; NULL: all are */
    /* What this API tells in the place of PROBLEM_REFUSED and PROBLEM_FORBIDDEN, where it does not know them;
     * PROBLEM_NONE: nothing else. */
    enum problem refused;
    enum problem forbidden;
    /* Finds out who calls, for rows that are not public: sets request->caller, runs the row's statement along
     * with the check, and begins the transaction of a row with a handler, since the caller's identity is set
     * in it. Without valid values: the row's no_session problem. */
    enum problem (*authenticate)(struct request *request);
    /* Writes the error body (status is set) in this API's form. */
    void (*write_problem)(struct request *request, enum problem problem);
};
extern const struct dialect dialects[API_COUNT];

static inline const char *api_base(enum api api)
{
    return dialects[api].base;
}

static inline const char *api_name(enum api api)
{
    return dialects[api].name;
}

/* Whether somebody's session, token or key is needed. */
static inline bool endpoint_has_caller(const struct endpoint *endpoint)
{
    return endpoint->access != ACCESS_PUBLIC;
}

/* Whether answers to a good caller carry the headers of a session. */
static inline bool endpoint_shows_session(const struct endpoint *endpoint)
{
    return dialects[endpoint->api].sessions && endpoint_has_caller(endpoint);
}

/* What the problem is called in this API. */
enum problem problem_in_dialect(enum api api, enum problem problem);

/* Whether an empty body is refused; it is {} where every field is optional or may come in the query. */
bool endpoint_needs_body(const struct endpoint *endpoint);

/* What a row can answer with besides success: all problems that follow from its columns and its own list,
 * without doubles, ascending by status. `list` has room for PROBLEM_COUNT; returns how many. */
size_t endpoint_problems(const struct endpoint *endpoint, enum problem *list);

#endif
