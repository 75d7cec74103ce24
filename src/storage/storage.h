/* Where uploaded files are: in a folder of this server, or in a store that speaks like S3. */
#ifndef MUSTER_STORAGE_STORAGE_H
#define MUSTER_STORAGE_STORAGE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/context.h"

/* Whether files go to another store. */
bool storage_is_remote(const struct configuration *configuration);

/* The name under which an upload's answer tells the place of its key. */
const char *storage_bucket(const struct configuration *configuration);

/* The address to which the file of this key is put, good for upload_url_lifetime. `id` and `signature` are
 * those of the row in uploads; a remote store takes a signature of its own. */
struct text storage_put_address(struct context *context, struct text key, const char *id,
                                struct text signature, int64_t expires_at);

/* Moves a file that came whole to its place. PROBLEM_UNAVAILABLE (logged) where that fails. */
enum problem storage_keep(struct context *context, const char *id, const char *path) MUST_CHECK;

/* Whether the file of a key came to the other store, which tells nobody by itself: `size` becomes its length,
 * -1 where it did not. PROBLEM_UNAVAILABLE: the store does not tell now. */
enum problem storage_look(struct context *context, struct text key, int64_t *size) MUST_CHECK;

/* Opens an uploaded file by its key; the caller closes it. PROBLEM_NOT_FOUND: there is none;
 * PROBLEM_TOO_LARGE: it is larger than upload_max_size; PROBLEM_UNAVAILABLE: it cannot be had now. */
enum problem storage_open(struct context *context, struct text key, FILE **file) MUST_CHECK;

/* Removes the file of a key, if it is one of ours, when nobody needs it any more. */
void storage_remove(struct context *context, struct text key);

/* Removes what came and was never needed: files older than a week. */
void storage_sweep(const struct configuration *configuration);

#endif
