/* The command for the keys of OpenID tokens. */
#include "base/clock.h"
#include "command/change.h"
#include "command/commands.h"
#include "openid/keys.h"

int command_openid_rotate(struct command_line *line)
{
    struct text id = NO_TEXT;
    int64_t signs_from;

    change_begin(line);
    enum problem problem = openid_keys_rotate(&line->context, option_given(line, "now"), &id, &signs_from);
    return change_conclude(line, problem, "key", id);
}
