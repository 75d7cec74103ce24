/* Requests over TCP are taken from those alone whose addresses are named. */
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "process/network_peers.h"
#include "process/sockets.h"
#include "support/cmocka_headers.h"

/* Whether a connection to a socket of ours at `host` ("127.0.0.1:0") is welcome; who it was goes to `peer`.
 */
static bool is_welcome(const char *host, const char *const *addresses, char peer[INET6_ADDRSTRLEN])
{
    struct listener listener = {.descriptor = -1};
    struct sockaddr_storage place;
    socklen_t size = sizeof place;
    assert_int_equal(socket_listen(&listener, host, (uid_t)-1, (gid_t)-1), 0);
    assert_int_equal(getsockname(listener.descriptor, (struct sockaddr *)&place, &size), 0);
    int client = socket(place.ss_family, SOCK_STREAM, 0);
    assert_int_equal(connect(client, (struct sockaddr *)&place, size), 0);
    int server = accept(listener.descriptor, NULL, NULL);
    assert_true(server >= 0);
    bool welcome = network_peer_is_allowed(server, addresses, peer);
    close(server);
    close(client);
    close(listener.descriptor);
    return welcome;
}

static void an_address_that_is_named_is_welcome(void **state)
{
    (void)state;
    char peer[INET6_ADDRSTRLEN];
    assert_true(is_welcome("127.0.0.1:0", (const char *[]){"10.0.0.1", "127.0.0.1", NULL}, peer));
    assert_string_equal(peer, "127.0.0.1");
    assert_true(is_welcome("127.0.0.1:0", (const char *[]){"::ffff:127.0.0.1", NULL}, peer));
}

static void others_are_not(void **state)
{
    (void)state;
    char peer[INET6_ADDRSTRLEN];
    assert_false(is_welcome("127.0.0.1:0", (const char *[]){NULL}, peer));
    assert_false(
        is_welcome("127.0.0.1:0", (const char *[]){"127.0.0.2", "::1", "127.0.0.1x", "", NULL}, peer));
    assert_string_equal(peer, "127.0.0.1");
}

static void what_is_no_connection_of_ip_is_not(void **state)
{
    (void)state;
    char peer[INET6_ADDRSTRLEN];
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_false(network_peer_is_allowed(pair[0], (const char *[]){"127.0.0.1", "::", NULL}, peer));
    close(pair[0]);
    close(pair[1]);
}

static void wrong_addresses_are_found(void **state)
{
    (void)state;
    assert_null(network_peers_wrong((const char *[]){"127.0.0.1", "::1", "2001:db8::7", NULL}));
    assert_null(network_peers_wrong((const char *[]){NULL}));
    assert_string_equal(network_peers_wrong((const char *[]){"127.0.0.1", "localhost", NULL}), "localhost");
    assert_string_equal(network_peers_wrong((const char *[]){"10.0.0.0/8", NULL}), "10.0.0.0/8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_that_is_named_is_welcome),
        cmocka_unit_test(others_are_not),
        cmocka_unit_test(what_is_no_connection_of_ip_is_not),
        cmocka_unit_test(wrong_addresses_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
