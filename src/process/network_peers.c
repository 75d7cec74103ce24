/* All addresses are compared as those of IPv6, of which those of IPv4 are a part (RFC 4291 section 2.5.5.2):
 * a socket that listens for both tells them so. */
#include "process/network_peers.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static struct in6_addr mapped(struct in_addr address)
{
    struct in6_addr whole = {.s6_addr = {[10] = 0xFF, [11] = 0xFF}};

    memcpy(whole.s6_addr + 12, &address, sizeof address);
    return whole;
}

static bool read_address(const char *text, struct in6_addr *address)
{
    struct in_addr short_one;

    if (inet_pton(AF_INET, text, &short_one) == 1) {
        *address = mapped(short_one);
        return true;
    }
    return inet_pton(AF_INET6, text, address) == 1;
}

const char *network_peers_wrong(const char *const *addresses)
{
    struct in6_addr address;

    while (*addresses != NULL && read_address(*addresses, &address)) {
        addresses++;
    }
    return *addresses;
}

/* False where it is no connection of IP. */
static bool find_peer(int descriptor, struct in6_addr *address)
{
    struct sockaddr_storage storage = {0};
    socklen_t size = sizeof storage;

    if (getpeername(descriptor, (struct sockaddr *)&storage, &size) != 0) {
        return false;
    }
    if (storage.ss_family == AF_INET) {
        *address = mapped(((const struct sockaddr_in *)(const void *)&storage)->sin_addr);
        return true;
    }
    *address = ((const struct sockaddr_in6 *)(const void *)&storage)->sin6_addr;
    return storage.ss_family == AF_INET6;
}

static void write_address(const struct in6_addr *address, char text[INET6_ADDRSTRLEN])
{
    bool short_one = IN6_IS_ADDR_V4MAPPED(address);

    if (inet_ntop(short_one ? AF_INET : AF_INET6, address->s6_addr + (short_one ? 12 : 0), text,
                  INET6_ADDRSTRLEN) == NULL) {
        text[0] = '\0';
    }
}

bool network_peer_is_allowed(int descriptor, const char *const *addresses, char peer[INET6_ADDRSTRLEN])
{
    struct in6_addr found;
    struct in6_addr allowed;

    snprintf(peer, INET6_ADDRSTRLEN, "unknown");
    if (!find_peer(descriptor, &found)) {
        return false;
    }
    write_address(&found, peer);
    for (; *addresses != NULL; addresses++) {
        if (read_address(*addresses, &allowed) && memcmp(&allowed, &found, sizeof found) == 0) {
            return true;
        }
    }
    return false;
}
