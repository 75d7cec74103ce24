/* Files of people that go to another store by an address that was asked for here. */
#ifndef MUSTER_TESTS_STORE_H
#define MUSTER_TESTS_STORE_H

#include "support/call.h"
#include "support/people.h"

/* The address for one more file of the organization, as `employee` asks for it. */
struct store_address {
    const char *url;
    const char *key;
};
struct store_address ask_for_address(struct world *world, const struct person *employee,
                                     const char *organization);

/* Puts a file of this content to a whole address, which need not be muster's; the status of the answer. */
int put_to(struct world *world, const char *url, const char *content);

/* The list of imports when one of this key has this status; the test fails when that takes a minute. */
struct answer *wait_for_import(struct world *world, const struct person *employee, const char *organization,
                               const char *key, const char *status);

/* Waits until the job that awaits an organization's file is as the condition says, in SQL. */
void wait_for_awaiting(struct world *world, const char *organization, const char *condition);

#endif
