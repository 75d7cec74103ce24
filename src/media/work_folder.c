/* A conversion that was broken off leaves a folder that nobody else uses: the next attempt removes it, and
 * until the last step nothing of it is seen in a bucket. */
#include "media/work_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "config/config.h"

#define WORK          ".work"
#define MOST_OPEN     16
#define FOLDER_RIGHTS 0755

static const char *work_root(struct context *context)
{
    return arena_print(context->arena, "%s/" WORK, context->configuration->media_root);
}

static enum problem cannot(struct context *context, const char *what, const char *path)
{
    LOG_ERROR("%s cannot be %s: %s", path, what, strerror(errno));
    return FAIL(context, PROBLEM_UNAVAILABLE, "The folder for films cannot be written to.");
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    (void)remove(path);
    return 0;
}

void work_folder_remove(const char *folder)
{
    (void)nftw(folder, remove_one, MOST_OPEN, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* Names are "ID.ATTEMPT"; false for what is none. */
static bool read_name(struct context *context, const char *name, struct text *id)
{
    struct text rest = text_of(name);

    *id = arena_copy_text(context->arena, text_cut(&rest, '.'));
    return rest.data != NULL && text_is_uuid(*id);
}

void work_folder_sweep(struct context *context, bool (*keep)(struct context *context, struct text id))
{
    const char *root = work_root(context);
    DIR *directory = opendir(root);
    struct text id;

    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        if (read_name(context, entry->d_name, &id) && !keep(context, id)) {
            work_folder_remove(arena_print(context->arena, "%s/%s", root, entry->d_name));
        }
    }
    if (directory != NULL) {
        closedir(directory);
    }
}

static void remove_earlier(struct context *context, struct text conversion)
{
    const char *root = work_root(context);
    DIR *directory = opendir(root);
    struct text id;

    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        if (read_name(context, entry->d_name, &id) && text_equal(id, conversion)) {
            work_folder_remove(arena_print(context->arena, "%s/%s", root, entry->d_name));
        }
    }
    if (directory != NULL) {
        closedir(directory);
    }
}

enum problem work_folder_make(struct context *context, struct text id, int64_t attempt, const char **folder)
{
    const char *root = work_root(context);

    *folder = arena_print(context->arena, "%s/%.*s.%lld", root, TEXT_ARGUMENTS(id), (long long)attempt);
    if (mkdir(root, 0700) != 0 && errno != EEXIST) {
        return cannot(context, "made", root);
    }
    remove_earlier(context, id);
    return mkdir(*folder, FOLDER_RIGHTS) == 0 ? PROBLEM_NONE : cannot(context, "made", *folder);
}

static const char *place_of(struct context *context, struct text bucket, struct text key)
{
    return arena_print(context->arena, "%s/%.*s/%.*s", context->configuration->media_root,
                       TEXT_ARGUMENTS(bucket), TEXT_ARGUMENTS(key));
}

bool work_folder_arrived(struct context *context, struct text bucket, struct text key)
{
    struct stat status;

    return lstat(place_of(context, bucket, key), &status) == 0 && S_ISDIR(status.st_mode);
}

/* Opens a folder below another without following a link, making it where it is missing. */
static int step_into(int folder, const char *name)
{
    if (mkdirat(folder, name, FOLDER_RIGHTS) != 0 && errno != EEXIST) {
        return -1;
    }
    return openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Walks to the folder in which the key's last part is to lie; -1 with errno. */
static int open_parent(struct context *context, struct text bucket, struct text key, const char **name)
{
    const char *root =
        arena_print(context->arena, "%s/%.*s", context->configuration->media_root, TEXT_ARGUMENTS(bucket));
    int folder = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct text rest = key;
    struct text part = text_cut(&rest, '/');

    while (folder >= 0 && rest.data != NULL) {
        int next = step_into(folder, arena_copy_text(context->arena, part).data);

        close(folder);
        folder = next;
        part = text_cut(&rest, '/');
    }
    *name = arena_copy_text(context->arena, part).data;
    return folder;
}

static void make_lasting(const char *folder)
{
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (descriptor >= 0) {
        (void)syncfs(descriptor);
        close(descriptor);
    }
}

enum problem work_folder_publish(struct context *context, const char *folder, struct text bucket,
                                 struct text key)
{
    const char *name;
    int parent = open_parent(context, bucket, key, &name);

    if (parent < 0) {
        return cannot(context, "reached", place_of(context, bucket, key));
    }
    make_lasting(folder);
    int outcome = renameat(AT_FDCWD, folder, parent, name);
    int cause = errno;
    close(parent);
    if (outcome != 0 && (cause == ENOTEMPTY || cause == EEXIST)) {
        work_folder_remove(folder);
        return PROBLEM_NONE;
    }
    errno = cause;
    return outcome == 0 ? PROBLEM_NONE : cannot(context, "moved to its bucket", folder);
}
