/* Pages and their order: the one mechanism behind every list. */
#ifndef MUSTER_HTTP_PAGING_H
#define MUSTER_HTTP_PAGING_H

#include "http/request.h"

/* Reads page, size and sort of the query, as far as the row takes them, into request->paging. */
enum problem paging_read(struct request *request) MUST_CHECK;

/* Writes "meta": {page, size, total, pages} behind the data, and adds the Link header (RFC 8288: first, prev,
 * next, last). */
void paging_write(struct request *request, int64_t total);

/* Only the Link header, for a list without "meta". */
void paging_link(struct request *request, int64_t total);

/* Rows to read and to leave out, as parameters of a statement. */
struct value paging_limit(struct request *request);
struct value paging_offset(struct request *request);

#endif
