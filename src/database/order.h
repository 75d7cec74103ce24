/* The orders of lists, written into the text of a statement: column names of the program only. */
#ifndef MUSTER_DATABASE_ORDER_H
#define MUSTER_DATABASE_ORDER_H

#include "base/arena.h"

/* The order as one text, by which it is known: "last_name DESC, id". */
const char *order_text(struct arena *arena, const char *const *order, size_t count);

/* The text with each {order:alias} replaced. Aborts where an item is not a lower-case column name with an
 * optional " DESC": what a client sends never gets here. */
const char *order_apply(struct arena *arena, const char *text, const char *const *order, size_t count);

#endif
