/* What is true of every answer, and what a success must look like by its row of the table. */
#ifndef MUSTER_TESTS_RULES_H
#define MUSTER_TESTS_RULES_H

#include "support/call.h"

/* Fails the test where the answer breaks a rule of the contract that holds for all operations: request id,
 * security headers, media type, the form of errors, the session's headers, no-store, no body where none may
 * be. */
void check_rules(const struct call *call, const struct answer *answer);

/* The part of it that compares a success with its row. */
void check_conformance(const struct answer *answer);

/* Whether a JSON value has the shape: the same keys in the same order, each of its type; `extended`: others
 * may follow. Where not, a sentence with the place in `fault`. */
bool value_has_shape(struct json_object *value, const struct shape *shape, bool extended, char *fault,
                     size_t size);

/* Whether a JSON value satisfies a schema of the kind that rows carry: type, properties, required, items,
 * const, enum and $ref to a shape. A keyword that this function does not know fails too, so that nothing
 * passes unread. */
bool value_has_schema(struct json_object *value, const char *schema, char *fault, size_t size);

#endif
