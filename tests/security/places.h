/* Every place of every operation that takes a value, and calls with another value in one of them: for the
 * checks that put what no client should send into all of them. */
#ifndef MUSTER_TESTS_SECURITY_PLACES_H
#define MUSTER_TESTS_SECURITY_PLACES_H

#include "support/operations.h"

enum place_kind { PLACE_PATH, PLACE_QUERY, PLACE_BODY, PLACE_FORM, PLACE_HEADER };

struct place {
    const struct endpoint *row;
    enum place_kind kind;
    const char *name;          /* of the placeholder, parameter, member or header */
    const struct field *field; /* NULL: of a path, page, size, sort, a header */
    const char *outer;         /* the member inside which this one stands; NULL: none */
    bool in_list;              /* what `outer` or, without one, the member itself holds is an array */
};

/* A value: `text` is what paths, queries, forms and headers hold, percent-encoded there except in headers;
 * `json` is written into bodies as it is, NULL: as the string of the text. */
struct payload {
    struct text text;
    const char *json;
};

/* All places of a row but the headers that all rows have. `places` has room for `maximum`; more fail the
 * test. Returns how many. */
size_t places_of(struct world *world, const struct endpoint *row, struct place *places, size_t maximum);

/* The headers that all rows have. */
#define READ_HEADERS 16
extern const char *const read_headers[READ_HEADERS];

/* Everybody who is needed to be let in everywhere, in the world of the test. */
struct callers {
    struct tenant tenant;
    struct person employee;
    const char *security_token; /* "Authorization: Bearer …" of a creator */
    const char *api_key;        /* the same of a key that may delete */
};
struct callers make_callers(struct world *world, const char *name);

/* Calls the row of a place as somebody who is let in, with the usual values everywhere but there. */
struct answer *call_place(struct world *world, const struct callers *callers, const struct place *place,
                          struct payload payload);

/* The text as a JSON string; what is not UTF-8 stays as it is. */
const char *json_string_of(struct world *world, struct text text);

/* Whether the row declares this status for its answers, failures included. */
bool is_declared(const struct endpoint *row, int status);

#endif
