/* How a problem becomes an answer: Worklete's, Moab's and Moodwork's error forms, and the headers that go
 * with a status. */
#ifndef MUSTER_HTTP_PROBLEM_ANSWER_H
#define MUSTER_HTTP_PROBLEM_ANSWER_H

#include "http/request.h"

/* Replaces what was written so far by the error body of the request's API, with WWW-Authenticate and
 * Retry-After where due. */
void answer_problem(struct request *request, enum problem problem);

/* The three forms; dialects[] points to them. */
void write_worklete_problem(struct request *request, enum problem problem);
void write_moodwork_problem(struct request *request, enum problem problem);
void write_moab_problem(struct request *request, enum problem problem);

#endif
