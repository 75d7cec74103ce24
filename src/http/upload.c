/* The file of a body has a name of its own from the beginning, and no part of it comes from the request. */
#include "http/upload.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "config/config.h"

bool upload_is_wanted(const struct request *request)
{
    return text_equal(request_header(request, "MUSTER_UPLOAD"), TEXT("store")) &&
           request->incoming.content_length > 0 &&
           request->incoming.content_length <= request->context.configuration->upload_max_size;
}

static void complain(const struct request *request)
{
    LOG_ERROR("an upload cannot be stored in %s: %s", request->context.configuration->upload_folder,
              strerror(errno));
}

static void remove_file(void *path)
{
    (void)unlink(path);
}

int upload_begin(struct request *request)
{
    struct arena *arena = request->context.arena;
    char id[UUID_TEXT_SIZE];

    random_uuid(id);
    char *path = arena_print(arena, "%s/.%s.part", request->context.configuration->upload_folder, id);
    /* First, since where memory ends here a file that is open would stay so. */
    arena_on_reset(arena, remove_file, path);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
        complain(request);
        return -1;
    }
    request->incoming.file = text_of(path);
    return file;
}

/* A large body takes its time: it is the pauses that are limited. The timer is the worker's alarm. */
static void wait_longer(const struct configuration *configuration)
{
    struct itimerval patience;

    if (getitimer(ITIMER_REAL, &patience) == 0 && patience.it_interval.tv_usec > 0) {
        patience.it_value.tv_sec = configuration->peer_timeout / MICROSECONDS_PER_SECOND;
        patience.it_value.tv_usec = configuration->peer_timeout % MICROSECONDS_PER_SECOND;
        (void)setitimer(ITIMER_REAL, &patience, NULL);
    }
}

bool upload_write(const struct request *request, int file, const char *data, size_t length)
{
    for (size_t written = 0; written < length;) {
        ssize_t count = write(file, data + written, length - written);

        if (count < 0 && errno != EINTR) {
            complain(request);
            return false;
        }
        written += count > 0 ? (size_t)count : 0;
    }
    wait_longer(request->context.configuration);
    return true;
}

void upload_end(struct request *request, int file, bool whole)
{
    bool stored = whole && fsync(file) == 0;

    if (whole && !stored) {
        complain(request);
    }
    close(file);
    if (!stored) {
        request->incoming.file = NO_TEXT;
    }
}
