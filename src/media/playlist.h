/* The playlists (RFC 8216) that lead to the sizes of a film and to its captions. */
#ifndef MUSTER_MEDIA_PLAYLIST_H
#define MUSTER_MEDIA_PLAYLIST_H

#include "media/ladder.h"

/* Writes master.m3u8 into the folder, from what ffmpeg made there, and where there are captions
 * (captions.vtt) their playlist captions.m3u8. `language`: two letters, or NO_TEXT where there are none.
 * PROBLEM_REFUSED where something is missing in the folder. */
enum problem playlist_write(struct context *context, const char *folder, const struct ladder *ladder,
                            const struct media_facts *facts, struct text language) MUST_CHECK;

/* What people call a language, in that language: "Español" for "es"; the code itself where it is not known.
 */
struct text language_name(struct text code);

/* What can be read from the descriptor; NO_TEXT where it is more than `maximum` bytes. */
struct text playlist_read(struct context *context, int file, size_t maximum);

/* Writes a file of the folder. */
enum problem playlist_write_file(struct context *context, const char *folder, const char *name,
                                 struct text content) MUST_CHECK;

#endif
