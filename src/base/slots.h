/* A limit on work that takes a whole core, held by all processes of one master together: password hashes. */
#ifndef MUSTER_BASE_SLOTS_H
#define MUSTER_BASE_SLOTS_H

#include <stddef.h>

/* Makes `count` slots; call it in the master before the first fork. Returns 0, or -1 with errno. Without it
 * (in a command, in a test) taking a slot succeeds at once. */
int slots_create(size_t count);

/* Waits until a slot is free and takes it; a process takes one at a time. */
void slots_take(void);

/* Gives the slot back. A process that dies gives it back too. */
void slots_release(void);

#endif
