/* Sessions by the conventions of devise_token_auth: who calls, and opening and ending of sessions. */
#ifndef MUSTER_ACCESS_SESSION_H
#define MUSTER_ACCESS_SESSION_H

#include "http/request.h"

/* For dialects[]: checks the presented values, in the headers access-token, client and uid, or in one
 * Authorization header, or (below /auth) in the query or the body. Sets request->caller, and runs the row's
 * statement in the same round trip. */
enum problem session_authenticate(struct request *request) MUST_CHECK;

/* What is told to whom no session is open: the row's problem. Also where its user was erased since it was
 * checked. */
enum problem session_refuse(struct request *request) MUST_CHECK;

/* For operations that may be called without a session: finds out who calls, where session values were
 * presented; values that open no session are refused. The token stays as it is, and the answer does not show
 * the session. Run it outside of a transaction. */
enum problem session_look(struct request *request, bool *presented) MUST_CHECK;

/* Begins the transaction of a handler whose row's statement ran ahead of it, with the caller's identity set;
 * for those that have more to ask. */
enum problem session_resume(struct request *request) MUST_CHECK;

/* The same for those that have to write after all, whatever their method: events of the transaction tell the
 * operation. */
enum problem session_resume_to_write(struct request *request) MUST_CHECK;

/* Opens a session of the user for `lifetime` microseconds, ends those beyond the limit, and makes the
 * request's answer carry its headers. The uid is set by the caller of this function. Run it inside a
 * transaction. */
enum problem session_open(struct request *request, struct text user_id, int64_t lifetime) MUST_CHECK;

/* The rows of sql/queries' session_by_client for the caller's session: a Session as its answer shows it. Sets
 * the caller's uid. */
enum problem session_rows(struct request *request, struct result **rows) MUST_CHECK;

#endif
