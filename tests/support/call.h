/* One HTTP request through nginx, and everything that is true of every answer checked on the way. */
#ifndef MUSTER_TESTS_CALL_H
#define MUSTER_TESTS_CALL_H

#include "http/endpoint.h"
#include "support/world.h"

struct json_object;

/* What an open session sends with each request. */
struct session {
    const char *access_token;
    const char *client;
    const char *uid;
};

struct call {
    const char *method; /* NULL: GET */
    const char *path;   /* sent as it is, with its query */
    const struct session *session;
    const char *body;       /* NULL: none */
    size_t body_length;     /* 0: up to the body's final zero */
    const char *type;       /* of the body; NULL: application/json; "": no Content-Type */
    const char *headers[8]; /* more of them, "Name: value" */
    bool unchecked;         /* leave out the checks: for requests that no HTTP client would send */
};

struct answer_header {
    const char *name;
    const char *value;
};

/* Lives as long as the world. */
struct answer {
    const char *request; /* "POST /api/v1/auth", for messages */
    int status;
    struct answer_header *headers;
    size_t header_count;
    const char *body; /* zero-terminated */
    size_t body_length;
    struct json_object *json;        /* NULL where the body is none or not JSON */
    const struct endpoint *endpoint; /* the row that the path and the method belong to, or NULL */
};

/* Sends the request and waits for its answer. Fails the test when the answer breaks a rule that holds for all
 * answers (see rules.h) or, if it is a success, does not have the form that its row declares. Each called
 * operation is added to the file $MUSTER_TEST_CALLED, if set, as a line "operation status". struct answer
 * *answer = CALL(world, .method = "POST", .path = "/api/v1/auth/sign_in", .body = "{}"); */
#define CALL(world, ...) call_send((world), (struct call){__VA_ARGS__})
struct answer *call_send(struct world *world, struct call call);

/* The same for `count` requests at once, each on a connection of its own. */
void call_together(struct world *world, const struct call *calls, size_t count, struct answer **answers);

/* The usual cases. */
struct answer *call_get(struct world *world, const struct session *session, const char *path);
struct answer *call_post(struct world *world, const struct session *session, const char *path,
                         const char *body);

/* First header of that name, in any case; NULL where there is none. */
const char *answer_header(const struct answer *answer, const char *name);
size_t answer_header_count(const struct answer *answer, const char *name);

/* The session that this answer carries in its headers; its token must not appear in any log. Fails the test
 * where it carries none. */
struct session answer_session(struct world *world, const struct answer *answer);

#endif
