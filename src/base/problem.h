/* Everything that can go wrong with a request, one row each in problems.def. */
#ifndef MUSTER_BASE_PROBLEM_H
#define MUSTER_BASE_PROBLEM_H

enum problem {
    PROBLEM_NONE = 0,
#define PROBLEM(name, status, title, detail) PROBLEM_##name,
#include "base/problems.def"
#undef PROBLEM
    PROBLEM_COUNT
};

/* HTTP status of a problem, 400–599. */
int problem_status(enum problem problem);

/* The reason phrase, such as "Not Found". */
const char *problem_title(enum problem problem);

/* The sentence told when the place that found the problem said nothing more exact. */
const char *problem_detail(enum problem problem);

/* The name of the row in lower case, for logs. */
const char *problem_name(enum problem problem);

/* Reason phrase of any HTTP status that muster sends (RFC 9110 section 15). */
const char *status_title(int status);

/* Leaves the function with the problem, if there is one. */
#define TRY(expression)                          \
    do {                                         \
        enum problem try_problem = (expression); \
        if (try_problem != PROBLEM_NONE) {       \
            return try_problem;                  \
        }                                        \
    } while (0)

#define MUST_CHECK __attribute__((warn_unused_result))

#endif
