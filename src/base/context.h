/* What every layer needs to do its part of one request or command: memory, time, identity of the request, and
 * the place where the first cause of a failure is kept. */
#ifndef MUSTER_BASE_CONTEXT_H
#define MUSTER_BASE_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/problem.h"
#include "base/text.h"

struct configuration;
struct database;

/* One thing wrong with one field: `sentence` is full and names the field. field is NULL where no single one
 * is to blame. */
struct fault {
    const char *field;
    const char *sentence;
    struct fault *next;
};

struct context {
    struct arena *arena;
    const struct configuration *configuration;
    struct database *database;
    struct text request_id;
    int64_t now;          /* microseconds since 1970, taken once */
    enum problem problem; /* the first cause; later ones are only logged */
    const char *detail;   /* its sentence, for the caller's eyes; NULL: the one of problems.def */
    const char *file;     /* where it was found */
    int line;
    struct fault *faults; /* in order of appearance */
    struct fault **last_fault;
    int retry_after; /* seconds for Retry-After, 0: the default of the problem */
    /* Microseconds beyond request_timeout, for an operation whose work grows with what it is asked for. */
    int64_t extra_time;
    int64_t waited; /* microseconds of request_timeout that were over before a worker took the request */
};

/* Makes a context empty, with the time of now; the arena stays as it is. */
void context_start(struct context *context, struct arena *arena, const struct configuration *configuration,
                   struct database *database);

/* Notes the first cause and returns `problem`. The sentence is shown to the caller: no internals in it. */
#define FAIL(context, problem, ...) context_fail((context), (problem), __FILE__, __LINE__, __VA_ARGS__)
enum problem context_fail(struct context *context, enum problem problem, const char *file, int line,
                          const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The same, with the sentence of problems.def. */
#define FAIL_PLAINLY(context, problem) context_fail_plainly((context), (problem), __FILE__, __LINE__)
enum problem context_fail_plainly(struct context *context, enum problem problem, const char *file, int line);

/* Adds a fault of one field; decoding goes on, so that all faults are told at once. */
void context_fault(struct context *context, const char *field, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Whether a fault of this field was added: what the field lacks or does not fit to needs not be told then. */
bool context_has_fault(const struct context *context, const char *field);

/* `problem` when faults were added, else PROBLEM_NONE. */
#define FAIL_ON_FAULTS(context, problem) context_fail_on_faults((context), (problem), __FILE__, __LINE__)
enum problem context_fail_on_faults(struct context *context, enum problem problem, const char *file,
                                    int line) MUST_CHECK;

/* Forgets the failure so that a transaction can be tried again. */
void context_forgive(struct context *context);

#endif
