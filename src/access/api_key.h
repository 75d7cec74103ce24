/* API keys: secrets of programs that act for one organization, as far as their scopes allow. */
#ifndef MUSTER_ACCESS_API_KEY_H
#define MUSTER_ACCESS_API_KEY_H

#include "http/request.h"

/* What a key may be allowed to do; ended by NULL. */
extern const char *const api_key_scopes[];

/* A new key: "mw_", eight characters by which people tell it, "_" and 256 random bits. `prefix` is what
 * stands before the last "_". */
struct text api_key_new(struct arena *arena, struct text *prefix);

/* What is stored of a key. */
struct value api_key_hash(struct arena *arena, struct text key);

/* The key that the request presents as "Authorization: Bearer …"; NO_TEXT where there is none. */
struct text api_key_presented(const struct request *request);

/* For dialects[]: checks the presented key and the scope that the row asks for, notes that it was used, sets
 * request->caller, and begins the transaction of a row with a handler. */
enum problem api_key_authenticate(struct request *request) MUST_CHECK;

#endif
