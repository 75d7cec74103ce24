/* The one place where a path that somebody sent becomes a file: its form is judged first, and the kernel sees
 * to it that nothing leads out of the bucket, whatever links lie in it. */
#include "media/location.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "config/config.h"

#define LONGEST_KEY 1024

static bool is_allowed(const struct configuration *configuration, struct text bucket)
{
    for (const char *const *name = configuration->media_buckets; *name != NULL; name++) {
        if (text_equal_string(bucket, *name)) {
            return true;
        }
    }
    return false;
}

/* The names that S3 allows; nothing else may become the name of a folder, whatever the configuration says. */
static bool is_bucket(struct text bucket)
{
    for (size_t i = 0; i < bucket.length; i++) {
        char character = bucket.data[i];
        bool letter = (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9');
        bool inside = i > 0 && i + 1 < bucket.length && (character == '-' || character == '.');

        if (!letter && !inside) {
            return false;
        }
    }
    return bucket.length >= 3 && bucket.length <= 63;
}

static bool has_dots(struct text key)
{
    for (size_t i = 0; i + 1 < key.length; i++) {
        if (key.data[i] == '.' && key.data[i + 1] == '.') {
            return true;
        }
    }
    return false;
}

static bool is_key(struct text key)
{
    struct text rest = key;

    for (size_t i = 0; i < key.length; i++) {
        unsigned char character = (unsigned char)key.data[i];

        if (character < 0x20 || character == 0x7f || character == '\\') {
            return false;
        }
    }
    while (rest.data != NULL) {
        struct text part = text_cut(&rest, '/');

        if (text_is_empty(part) || text_equal(part, TEXT(".")) || part.length > 200) {
            return false;
        }
    }
    return key.length > 0 && key.length <= LONGEST_KEY && text_is_utf8(key) && !has_dots(key);
}

const char *media_location_read(const struct configuration *configuration, struct text path,
                                struct media_location *location)
{
    struct text rest = path;

    if (!text_starts_with(path, TEXT("s3://"))) {
        return "must begin with s3://";
    }
    rest = text_part(path, 5, path.length);
    location->bucket = text_cut(&rest, '/');
    location->key = rest;
    if (!is_bucket(location->bucket) || !is_allowed(configuration, location->bucket)) {
        return "must name one of the buckets that are allowed here";
    }
    return is_key(location->key) ? NULL : "must have a key without \"..\", empty parts and odd characters";
}

struct text media_output_key(struct arena *arena, struct text key, struct text id)
{
    size_t end = key.length;

    while (end > 0 && key.data[end - 1] != '.' && key.data[end - 1] != '/') {
        end--;
    }
    bool ending = end > 1 && key.data[end - 1] == '.' && key.data[end - 2] != '/';
    return text_of(arena_print(arena, "streams/%.*s/%.*s", (int)(ending ? end - 1 : key.length), key.data,
                               TEXT_ARGUMENTS(id)));
}

static int open_below(int folder, const char *path)
{
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};

    return (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
}

static bool is_plain_file(int descriptor)
{
    struct stat status;

    return fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

int media_open(struct context *context, const struct media_location *location)
{
    const char *root = arena_print(context->arena, "%s/%.*s", context->configuration->media_root,
                                   TEXT_ARGUMENTS(location->bucket));
    const char *key = arena_copy_text(context->arena, location->key).data;
    int folder = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int file = folder < 0 ? -1 : open_below(folder, key);
    int cause = errno;

    if (folder >= 0) {
        close(folder);
    }
    if (file >= 0 && !is_plain_file(file)) {
        close(file);
        file = -1;
        cause = ENOENT;
    }
    errno = cause;
    return file;
}
