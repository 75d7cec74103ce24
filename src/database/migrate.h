/* The schema's history: embedded migrations, applied once each, in order, under an advisory lock. */
#ifndef MUSTER_DATABASE_MIGRATE_H
#define MUSTER_DATABASE_MIGRATE_H

#include "base/context.h"

struct migration {
    int version; /* 1, 2, … without gaps */
    const char *name;
    const char *text; /* the file as it is: its checksum is kept in the database */
};
extern const struct migration migrations[];
extern const size_t migration_count;

/* Applies what is missing, and lets the role of database_url do what the program needs; `applied` counts it,
 * `report` (may be NULL) is told of each. Refuses a database whose applied migrations are not ours (checksum,
 * unknown version) with PROBLEM_CONFLICT. The sentences are for the operator: they may quote PostgreSQL. */
enum problem migrate(struct context *context, void (*report)(const struct migration *migration),
                     size_t *applied) MUST_CHECK;

/* The same with another list of `count` migrations. */
enum problem migrate_list(struct context *context, const struct migration *list, size_t count,
                          void (*report)(const struct migration *migration), size_t *applied) MUST_CHECK;

/* The database's version: 0 for an empty one; schema_version_expected() is the program's. */
enum problem schema_version(struct context *context, int *version) MUST_CHECK;
int schema_version_expected(void);

#endif
