/* The work is done by the script tests/reliability/network. */
#include "reliability/network.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "support/cmocka_headers.h"
#include "support/process.h"

#define PER_PROGRAM 2

static int home = -1; /* the namespace that we came from */

bool network_change(const struct network *network, const char *what)
{
    char number[16];
    snprintf(number, sizeof number, "%d", network->number);
    const char *arguments[] = {
        "bash", SOURCE_FOLDER "/tests/reliability/network", what, network->name, number, NULL};
    return process_wait(process_start(arguments, NULL, NULL, NULL)) == 0;
}

bool network_make(struct network *network, int which)
{
    snprintf(network->name, sizeof network->name, "muster-%d%c", (int)getpid(), 'a' + which);
    network->number = 1 + (int)(getpid() % 126) * PER_PROGRAM + which;
    if (geteuid() != 0) {
        puts("skipped: only root can make network namespaces");
        return false;
    }
    if (!network_change(network, "make")) {
        puts("skipped: no network namespace can be made here");
        (void)network_change(network, "remove");
        return false;
    }
    return true;
}

static void enter(int namespace)
{
    assert_true(namespace >= 0);
    assert_int_equal(setns(namespace, CLONE_NEWNET), 0);
}

void network_enter(const struct network *network)
{
    char path[64];
    snprintf(path, sizeof path, "/run/netns/%s", network->name);
    int namespace = open(path, O_RDONLY | O_CLOEXEC);
    home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    enter(namespace);
    close(namespace);
}

void network_leave(void)
{
    enter(home);
    close(home);
}
