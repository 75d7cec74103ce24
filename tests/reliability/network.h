/* Hosts of their own, as far as the network goes: namespaces, each joined to this one by a cable. */
#ifndef MUSTER_TESTS_NETWORK_H
#define MUSTER_TESTS_NETWORK_H

#include <stdbool.h>

struct network {
    char name[32]; /* of the namespace */
    int number;    /* its address is 10.213.NUMBER.2, ours are 10.213.NUMBER.1 and .3 */
};

/* Makes the one of this number (0, 1, …) of this test program. Only root may; where it cannot be made, the
 * reason is printed as that of a skipped test, and nothing of it is left. */
bool network_make(struct network *network, int which);

/* What tests/reliability/network can do: "lose", "cut", "join", "remove". */
bool network_change(const struct network *network, const char *what);

/* Lets everything that this process starts from now on live there, and back where it was. */
void network_enter(const struct network *network);
void network_leave(void);

#endif
