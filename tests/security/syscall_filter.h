/* The system calls that a unit of systemd allows, and a process that can do no others: systemd's filter
 * without systemd. */
#ifndef MUSTER_TESTS_SECURITY_SYSCALL_FILTER_H
#define MUSTER_TESTS_SECURITY_SYSCALL_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#define MAXIMUM_SYSCALLS 512

struct syscall_list {
    long numbers[MAXIMUM_SYSCALLS];
    size_t count;
};

/* What the lines SystemCallFilter= of a unit file allow, sets taken from `systemd-analyze syscall-filter` as
 * it stands in the text `sets` (systemd.exec(5)). Calls that this machine does not know are left out. Fails
 * the test where the unit has no such line or names an unknown set. */
struct syscall_list syscalls_of_unit(const char *unit, const char *sets);

bool syscall_is_listed(const struct syscall_list *list, long number);

/* From now on this process and its children can do these system calls only; others fail with EPERM, and with
 * them what RestrictAddressFamilies= and MemoryDenyWriteExecute= of the unit keep out: other sockets than
 * AF_UNIX, AF_INET and AF_INET6, memory that is made executable. False where the kernel refuses the filter.
 */
bool syscalls_restrict(const struct syscall_list *list);

#endif
