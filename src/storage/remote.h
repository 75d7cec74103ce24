/* A store that speaks like S3. */
#ifndef MUSTER_STORAGE_REMOTE_H
#define MUSTER_STORAGE_REMOTE_H

#include <stdio.h>

#include "base/context.h"

/* An address to which anybody may put the file of this key, for upload_url_lifetime. */
struct text remote_put_address(struct context *context, struct text key);

/* Asks whether there is a file of this key, without fetching it. `size` becomes its length, -1 where there is
 * none. PROBLEM_UNAVAILABLE: the store does not tell now. */
enum problem remote_look(struct context *context, struct text key, int64_t *size) MUST_CHECK;

/* Fetches the file of a key; the caller closes it. PROBLEM_NOT_FOUND: there is none; PROBLEM_TOO_LARGE: it is
 * larger than upload_max_size; PROBLEM_UNAVAILABLE: the store does not hand it out now. */
enum problem remote_open(struct context *context, struct text key, FILE **file) MUST_CHECK;

#endif
