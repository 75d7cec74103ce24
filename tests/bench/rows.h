/* The rows of a session as JSON, written by hand. */
#ifndef BENCH_ROWS_H
#define BENCH_ROWS_H

#include <libpq-fe.h>
#include <stddef.h>

/* The JSON of GET /session for these rows; good until the next call. */
const char *rows_write(const PGresult *rows, size_t *length);

#endif
