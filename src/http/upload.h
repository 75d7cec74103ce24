/* Bodies that are files. */
#ifndef MUSTER_HTTP_UPLOAD_H
#define MUSTER_HTTP_UPLOAD_H

#include "http/request.h"

/* Whether the body of this request is to be a file, of a size that is allowed. nginx says so, no client can.
 */
bool upload_is_wanted(const struct request *request);

/* Makes the file that the body goes to, in upload_folder. It is gone with the request, unless somebody moves
 * it elsewhere. Returns its descriptor; −1 (logged) where that fails, and then request->incoming.file stays
 * empty. */
int upload_begin(struct request *request);

/* Writes a part of the body, and lets nginx take its time for the next one. False where that fails. */
bool upload_write(const struct request *request, int file, const char *data, size_t length);

/* Closes the file. With `whole` it is put on disk first; otherwise, or where that fails, it is no upload. */
void upload_end(struct request *request, int file, bool whole);

#endif
