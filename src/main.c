/* The program is its commands; `muster serve` is one of them. */
#include "command/command.h"

int main(int count, char **arguments)
{
    return command_main(count, arguments);
}
