/* Everything that is told about a field that cannot be taken: one function for each kind of sentence, and the
 * rule which of the faults count when there are several. */
#ifndef MUSTER_JSON_FAULTS_H
#define MUSTER_JSON_FAULTS_H

#include "base/context.h"
#include "json/shape.h"

/* Where an object stands that is an element of a list or the value of a field; NULL is the outermost. */
struct place {
    const struct place *outer;
    const char *field;
    bool element;
    size_t index;
};

/* The faults of one decoding: all of them are told, and the gravest gives the status. */
struct faults {
    struct context *context;
    enum problem content; /* what text of the right type but wrong content is */
    enum problem problem; /* the gravest so far */
    const struct place *place;
    size_t count;
};

/* More faults than this are not told. */
#define MAXIMUM_FAULTS 100

void faults_start(struct faults *faults, struct context *context, enum problem content);

/* The problem of all faults together, noted in the context. */
enum problem faults_end(struct faults *faults) MUST_CHECK;

/* "created_at must be a time …": not the field's type at all, always PROBLEM_MALFORMED. */
void fault_type(struct faults *faults, const struct field *field);

/* "email is not an e-mail address": of the right type, but with wrong content. */
void fault_content(struct faults *faults, const struct field *field);
void fault_range(struct faults *faults, const struct field *field);
void fault_choice(struct faults *faults, const struct field *field);

/* "emails has an entry that is no e-mail address: "john"": always PROBLEM_MALFORMED. `entry` is told as it
 * is, cut where it is long. */
void fault_entry(struct faults *faults, const struct field *field, struct text entry);

/* Two members of a body are this field, their names differing by case only: always PROBLEM_MALFORMED. */
void fault_twice(struct faults *faults, const struct field *field);

/* Always PROBLEM_REFUSED. */
void fault_required(struct faults *faults, const struct field *field);
void fault_empty(struct faults *faults, const struct field *field);
void fault_null(struct faults *faults, const struct field *field);
void fault_too_short(struct faults *faults, const struct field *field, int64_t minimum);
void fault_too_long(struct faults *faults, const struct field *field, int64_t maximum);
void fault_too_few(struct faults *faults, const struct field *field, int64_t minimum);
void fault_too_many(struct faults *faults, const struct field *field, int64_t maximum);

#endif
