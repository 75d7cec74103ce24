/* How a problem becomes an answer: Worklete's, Moab's and Moodwork's error forms, and the headers that go
 * with a status. */
#ifndef MUSTER_HTTP_PROBLEM_ANSWER_H
#define MUSTER_HTTP_PROBLEM_ANSWER_H

#include "http/request.h"

/* Replaces what was written so far by the error body of the request's API, with WWW-Authenticate and
 * Retry-After where due. */
void answer_problem(struct request *request, enum problem problem);

/* The trace id that came in `traceparent`, else a new one, the same for the whole request: 32 hexadecimal
 * digits. From then on the request's log line has it. */
struct text request_trace_id(struct request *request);

/* What the documentation of Moodwork says of a status; NULL where it says nothing. */
const char *moodwork_message(int status);

/* The section of the RFCs that ASP.NET names for a status, and its title. */
const char *moab_specification(int status);
const char *moab_title(int status, enum problem problem);

/* The three forms; dialects[] points to them. */
void write_worklete_problem(struct request *request, enum problem problem);
void write_moodwork_problem(struct request *request, enum problem problem);
void write_moab_problem(struct request *request, enum problem problem);

#endif
