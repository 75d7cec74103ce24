/* What the files behind ledger.h share. */
#ifndef MUSTER_TESTS_LEDGER_PARTS_H
#define MUSTER_TESTS_LEDGER_PARTS_H

#include "reliability/ledger.h"
#include "support/people.h"

#define LEDGER_LEARNERS 12
#define LEDGER_RENAMED  8

struct ledger_cast {
    struct world *world;
    const char *organization;
    const char *course;
    struct person admin;
    struct person employee;
    struct session learners[LEDGER_LEARNERS];
    const char *renamed[LEDGER_RENAMED]; /* teams, by their ids */
};

/* A request with its key. */
struct ledger_request {
    const char *method;
    char path[160];
    char body[256]; /* "": none */
    const struct session *session;
};

extern struct ledger_cast ledger_cast;

void ledger_make_cast(struct world *world);
enum entry_kind ledger_kind(size_t number);
bool ledger_is_wrong(size_t number);
void ledger_request(size_t number, struct ledger_request *request);

#endif
