/* Small assertions on answers. A path like "data.memberships.0.id" leads through objects and arrays; "" is
 * the whole body. Each failure shows the request and the body. */
#ifndef MUSTER_TESTS_EXPECT_H
#define MUSTER_TESTS_EXPECT_H

#include "support/call.h"

#define expect_status(answer, status)   expect_status_at((answer), (status), __FILE__, __LINE__)
#define expect_text(answer, path, text) expect_text_at((answer), (path), (text), __FILE__, __LINE__)
#define expect_integer(answer, path, integer) \
    expect_integer_at((answer), (path), (integer), __FILE__, __LINE__)
#define expect_true(answer, path)           expect_boolean_at((answer), (path), true, __FILE__, __LINE__)
#define expect_false(answer, path)          expect_boolean_at((answer), (path), false, __FILE__, __LINE__)
#define expect_null(answer, path)           expect_null_at((answer), (path), __FILE__, __LINE__)
#define expect_absent(answer, path)         expect_absent_at((answer), (path), __FILE__, __LINE__)
#define expect_length(answer, path, length) expect_length_at((answer), (path), (length), __FILE__, __LINE__)
#define expect_header(answer, name, value)  expect_header_at((answer), (name), (value), __FILE__, __LINE__)
#define expect_no_header(answer, name)      expect_header_at((answer), (name), NULL, __FILE__, __LINE__)
#define expect_body(answer, body)           expect_body_at((answer), (body), __FILE__, __LINE__)

/* The status, and a sentence among the errors that holds `part` (NULL: any). Worklete's errors, also those by
 * field. */
#define expect_error(answer, status, part) expect_error_at((answer), (status), (part), __FILE__, __LINE__)

/* The texts, integers and objects at a path; a failure where there is none. */
#define text_at(answer, path)    get_text_at((answer), (path), __FILE__, __LINE__)
#define integer_at(answer, path) get_integer_at((answer), (path), __FILE__, __LINE__)
#define length_at(answer, path)  get_length_at((answer), (path), __FILE__, __LINE__)

/* The value at a path and whether there is one: NULL is also JSON's null. */
bool json_at(const struct answer *answer, const char *path, struct json_object **value);

void expect_status_at(const struct answer *answer, int status, const char *file, int line);
void expect_text_at(const struct answer *answer, const char *path, const char *text, const char *file,
                    int line);
void expect_integer_at(const struct answer *answer, const char *path, int64_t integer, const char *file,
                       int line);
void expect_boolean_at(const struct answer *answer, const char *path, bool boolean, const char *file,
                       int line);
void expect_null_at(const struct answer *answer, const char *path, const char *file, int line);
void expect_absent_at(const struct answer *answer, const char *path, const char *file, int line);
void expect_length_at(const struct answer *answer, const char *path, size_t length, const char *file,
                      int line);
void expect_header_at(const struct answer *answer, const char *name, const char *value, const char *file,
                      int line);
void expect_body_at(const struct answer *answer, const char *body, const char *file, int line);
void expect_error_at(const struct answer *answer, int status, const char *part, const char *file, int line);
const char *get_text_at(const struct answer *answer, const char *path, const char *file, int line);
int64_t get_integer_at(const struct answer *answer, const char *path, const char *file, int line);
size_t get_length_at(const struct answer *answer, const char *path, const char *file, int line);

#endif
