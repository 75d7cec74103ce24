/* Commands that may take long. */
#ifndef MUSTER_COMMAND_PATIENCE_H
#define MUSTER_COMMAND_PATIENCE_H

#include "command/command.h"
#include "process/housekeeping.h"

/* Lets the database take hours instead of seconds. To be called before the database is used. */
static inline void be_patient(struct command_line *line)
{
    *line->configuration = housekeeping_configuration(line->configuration);
}

#endif
