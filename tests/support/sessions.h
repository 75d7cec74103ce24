/* What tests about accounts and sessions ask again and again. */
#ifndef MUSTER_TESTS_SESSIONS_H
#define MUSTER_TESTS_SESSIONS_H

#include "support/call.h"

/* A body for POST /auth that is good: provider username. */
const char *draft_account(struct world *world, const char *username, const char *code);

/* POST /auth with a draft and the members of `changes` in it, whatever comes of it. */
struct answer *try_sign_up(struct world *world, const char *draft, const char *changes);

/* POST /auth/sign_in, whatever comes of it. */
struct answer *try_sign_in(struct world *world, const char *name, const char *password);

/* Whether the very next request with these values is let in. The answer is that of GET /session. */
struct answer *expect_open(struct world *world, const struct session *session);
void expect_ended(struct world *world, const struct session *session);

/* All five headers of a session or none of them. */
void expect_session_headers(const struct answer *answer, const struct session *session);
void expect_no_session_headers(const struct answer *answer);

/* A 422 of an operation whose errors are a map: one of the field's sentences holds `part`, and full_messages
 * has it too. */
void expect_refusal(const struct answer *answer, const char *field, const char *part);

/* A 422 whose map of errors has just these fields, separated by commas, in any order. */
void expect_refused_fields(const struct answer *answer, const char *fields);

/* The header that stands for all three values: "Authorization: Bearer " and the base64 of their JSON. */
const char *authorization_header(struct world *world, const struct session *session);

/* `base` with the members of `changes`, both JSON objects. */
const char *json_with(struct world *world, const char *base, const char *changes);

/* `object` without one member. */
const char *json_without(struct world *world, const char *object, const char *name);

#endif
