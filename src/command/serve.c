/* muster serve. */
#include "command/commands.h"
#include "process/master.h"

int command_serve(struct command_line *line)
{
    struct master_start start = {
        .configuration = line->configuration, .file = line->file, .arguments = line->arguments};
    line->configuration = NULL;
    return master_run(&start);
}
