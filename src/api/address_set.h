/* Addresses as a request gave them, each once, and which of them somebody has. */
#ifndef MUSTER_API_ADDRESS_SET_H
#define MUSTER_API_ADDRESS_SET_H

#include "base/context.h"
#include "database/database.h"

struct address {
    struct text given; /* as it came first */
    struct text lower;
    size_t position; /* where that was */
    bool found;
};

struct address_set {
    struct address *list; /* distinct without case, in the order of `lower` */
    size_t count;
};

/* The addresses of `texts`; they must be e-mail addresses. */
struct address_set address_set_make(struct context *context, const struct text *texts, size_t count);

/* Marks the addresses that stand in the column "email" of the rows, in lower case. */
void address_set_mark(struct address_set *set, const struct result *rows);

/* How many are marked. */
size_t address_set_found(const struct address_set *set);

/* All of them in lower case, as a list of PostgreSQL. */
struct value address_set_value(struct context *context, const struct address_set *set);

/* Those that are not marked, in the order in which they were given, as JSON. */
void address_set_write_missing(struct context *context, const struct address_set *set,
                               struct json_writer *writer);

/* Hashes of those that are marked, or are not, keyed with `key`: 32 bytes each, one behind the other, in an
 * order that tells nothing. */
struct text address_set_hashes(struct context *context, const struct address_set *set, struct text key,
                               bool found);

#endif
