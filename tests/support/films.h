/* Films for tests: made by ffmpeg out of nothing, placed into a world's bucket, and waited for. */
#ifndef MUSTER_TESTS_FILMS_H
#define MUSTER_TESTS_FILMS_H

#include "support/people.h"

#define FILMS_PATH "/api/v1/worklete_admin/media_converter"

/* A path below the world's bucket. */
const char *film_path(struct world *world, const char *key);

/* Makes a film of that size and length under the key, with sound or without. */
void make_film(struct world *world, const char *key, const char *size, int seconds, bool sound);

/* Writes a file under the key, with its folders. */
void place_file(struct world *world, const char *key, const char *content);

/* POST with paths in the bucket; `captions` NULL: none. Expects 200 and returns the answer. */
struct answer *convert_film(struct world *world, const struct person *employee, const char *video,
                            const char *captions, const char *language);

/* Asks until the conversion is in that status, or fails the test; an end in another one fails it at once. */
struct answer *await_film(struct world *world, const struct person *employee, const char *id,
                          const char *status);

/* The content of an outcome, by its s3 path. */
const char *film_outcome(struct world *world, const char *path);

/* How many folders of attempts are left. */
size_t work_folders(struct world *world);

/* The ffmpeg that works for this world now, and its parent; 0: there is none. */
pid_t film_process(struct world *world, pid_t *parent);

#endif
