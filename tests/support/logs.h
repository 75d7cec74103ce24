/* Lines that appear in a log some time after the answer that they are about. */
#ifndef MUSTER_TESTS_LOGS_H
#define MUSTER_TESTS_LOGS_H

#include "support/world.h"

/* Files below the world's folder. */
#define MUSTER_LOG "muster.log"
#define ACCESS_LOG "nginx/muster.access.log"

/* The first line of the log that holds `part`, waited for; where none comes the test fails. */
const char *wait_for_line(struct world *world, const char *log, const char *part);

#endif
