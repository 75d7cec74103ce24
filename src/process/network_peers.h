/* Who may hand us requests over TCP. FastCGI has nothing to prove itself with, and whoever may speak it to us
 * says who calls from where: so nobody may but those front ends whose addresses the configuration names. */
#ifndef MUSTER_PROCESS_NETWORK_PEERS_H
#define MUSTER_PROCESS_NETWORK_PEERS_H

#include <netinet/in.h>
#include <stdbool.h>

/* The first of `addresses` (ended by NULL) that is no address of IPv4 or IPv6; NULL: all are. */
const char *network_peers_wrong(const char *const *addresses);

/* Whether the other end of a connection has one of the addresses; its own is written to `peer`. */
bool network_peer_is_allowed(int descriptor, const char *const *addresses, char peer[INET6_ADDRSTRLEN]);

#endif
