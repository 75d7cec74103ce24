/* How an uploaded file comes to be imported: at once where it was stored here, and where it goes to another
 * store, which tells nobody, by a job that asks there. */
#ifndef MUSTER_ROSTER_UPLOAD_H
#define MUSTER_ROSTER_UPLOAD_H

#include "base/context.h"

/* Adds the job that imports the uploaded file of this key, within the caller's transaction. */
enum problem upload_import(struct context *context, struct text organization, struct text key) MUST_CHECK;

/* Adds the job that waits for the file of the upload with this id to come to the other store, within the
 * caller's transaction, and which then imports it. */
enum problem upload_await(struct context *context, struct text organization, struct text id) MUST_CHECK;

#endif
