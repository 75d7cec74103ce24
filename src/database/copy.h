/* Copying many rows into a table (COPY FROM STDIN), inside the open transaction. */
#ifndef MUSTER_DATABASE_COPY_H
#define MUSTER_DATABASE_COPY_H

#include "database/database.h"

/* Begins. `table` is a name that the program knows, never one of a request; every one of its columns comes,
 * in order. Until copy_end() the connection takes nothing else. */
enum problem copy_start(struct context *context, const char *table) MUST_CHECK;

/* Sends whole rows in the text format of COPY, which copy_field() and copy_null() write. */
enum problem copy_add(struct context *context, struct text rows) MUST_CHECK;

/* Ends; all rows are in the table then. After a problem of any of these functions the transaction can only be
 * rolled back. */
enum problem copy_end(struct context *context) MUST_CHECK;

/* Ends it where the rest of the rows will not come: the transaction can only be rolled back. */
void copy_abandon(struct context *context);

/* A field with what follows it: a tab, or a line feed behind the last. Text is UTF-8 without U+0000. */
void copy_field(struct builder *rows, struct text field, char end);
void copy_null(struct builder *rows, char end);

#endif
