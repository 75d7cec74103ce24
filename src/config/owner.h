/* Whose the files are that commands make for the server. */
#ifndef MUSTER_CONFIG_OWNER_H
#define MUSTER_CONFIG_OWNER_H

#include <stdbool.h>

#include "config/config.h"

/* What root makes belongs to whom the server becomes (the option user). False, with errno, where that user is
 * not there or the file cannot be handed over; true where there is nothing to do. */
bool owner_hand_over(const struct configuration *configuration, int descriptor);

#endif
