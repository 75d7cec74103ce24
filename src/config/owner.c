/* Root may start commands; the server reads what they leave as another user. */
#include "config/owner.h"

#include <pwd.h>
#include <unistd.h>

bool owner_hand_over(const struct configuration *configuration, int descriptor)
{
    if (geteuid() != 0 || configuration->user[0] == '\0') {
        return true;
    }
    const struct passwd *entry = getpwnam(configuration->user);
    return entry != NULL && fchown(descriptor, entry->pw_uid, entry->pw_gid) == 0;
}
