/* Tells the service manager how we are, by the protocol of sd_notify(3). */
#ifndef MUSTER_PROCESS_NOTIFY_H
#define MUSTER_PROCESS_NOTIFY_H

#include <stdint.h>

/* Sends lines such as "READY=1\nSTATUS=Serving" to $NOTIFY_SOCKET; without one nothing happens. */
void notify(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Microseconds between two WATCHDOG=1 that the manager wants at least (half of its limit), 0: none. */
int64_t notify_watchdog_interval(void);

#endif
