/* Slots are record locks on the bytes of a file in memory, because the kernel releases those of a process
 * that dies. */
#include "base/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static int file = -1;
static size_t slot_count;
static size_t taken;

int slots_create(size_t count)
{
    if (file < 0) {
        file = memfd_create("muster slots", MFD_CLOEXEC);
    }
    slot_count = count;
    return file < 0 ? -1 : 0;
}

static int set_lock(int command, short type, size_t slot)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)slot, .l_len = 1};
    int result;
    do {
        result = fcntl(file, command, &lock);
    } while (result != 0 && errno == EINTR);
    return result;
}

void slots_take(void)
{
    if (file < 0) {
        return;
    }
    size_t first = (size_t)getpid() % slot_count;
    for (size_t i = 0; i < slot_count; i++) {
        taken = (first + i) % slot_count;
        if (set_lock(F_SETLK, F_WRLCK, taken) == 0) {
            return;
        }
    }
    taken = first;
    (void)set_lock(F_SETLKW, F_WRLCK, taken);
}

void slots_release(void)
{
    if (file >= 0) {
        (void)set_lock(F_SETLK, F_UNLCK, taken);
    }
}
