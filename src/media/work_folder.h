/* Folders in which conversions are made, and from which a finished one moves into its bucket as a whole. */
#ifndef MUSTER_MEDIA_WORK_FOLDER_H
#define MUSTER_MEDIA_WORK_FOLDER_H

#include "base/context.h"
#include "media/location.h"

/* Makes an empty folder for one attempt of a conversion, below the media root and outside of all buckets, and
 * removes those of earlier attempts. */
enum problem work_folder_make(struct context *context, struct text id, int64_t attempt,
                              const char **folder) MUST_CHECK;

/* Removes the folders of all conversions for which `keep` is false: those of jobs that nobody tries again. */
void work_folder_sweep(struct context *context, bool (*keep)(struct context *context, struct text id));

/* Removes a folder with all that is in it; nothing happens where it is not there. */
void work_folder_remove(const char *folder);

/* Whether the key is a folder of the bucket already. */
bool work_folder_arrived(struct context *context, struct text bucket, struct text key);

/* Makes the folder appear under the key of the bucket, at once and for good. Where the key is there already
 * the folder is removed. */
enum problem work_folder_publish(struct context *context, const char *folder, struct text bucket,
                                 struct text key) MUST_CHECK;

#endif
