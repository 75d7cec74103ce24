/* Which statements the present connection knows, so that each is prepared once, along with its first use. */
#ifndef MUSTER_DATABASE_PREPARED_H
#define MUSTER_DATABASE_PREPARED_H

#include "database/database.h"

enum prepared_state { PREPARED_NOT, PREPARED_QUEUED, PREPARED_READY };

struct prepared {
    const struct statement *statement;
    char *order; /* of an ordered statement: which order it was prepared with */
    enum prepared_state state;
    char name[80]; /* the server's name of it */
};

/* Orders come from the program, but in more combinations than a server should remember. */
#define PREPARED_MAXIMUM_ORDERS 64

struct prepared_table {
    struct prepared **numbered; /* by statement->number; each stays where it is while a batch points to it */
    size_t count;
    struct prepared orders[PREPARED_MAXIMUM_ORDERS];
    size_t order_count;
};

/* The place of a statement (and order, NULL for none). NULL where it has to run unprepared: it is unnumbered,
 * there are too many orders, or memory is short. */
struct prepared *prepared_place(struct prepared_table *table, const struct statement *statement,
                                const char *order);

/* A new connection knows nothing. */
void prepared_forget_all(struct prepared_table *table);
void prepared_free(struct prepared_table *table);

#endif
