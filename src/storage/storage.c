/* On this server a file's name is the id of its upload, so that nothing that anybody wrote becomes part of a
 * path. */
#include "storage/storage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "sql/statements.h"
#include "storage/remote.h"

#define OLDEST_SECONDS (7 * 24 * 3600)

bool storage_is_remote(const struct configuration *configuration)
{
    return strcmp(configuration->storage, "s3") == 0;
}

const char *storage_bucket(const struct configuration *configuration)
{
    return storage_is_remote(configuration) ? configuration->s3_bucket : "uploads";
}

struct text storage_put_address(struct context *context, struct text key, const char *id,
                                struct text signature, int64_t expires_at)
{
    const struct configuration *configuration = context->configuration;

    if (storage_is_remote(configuration)) {
        return remote_put_address(context, key);
    }
    return text_of(arena_print(context->arena, "%s/api/v1/uploads/%s?expires=%lld&signature=%.*s",
                               configuration->public_url, id,
                               (long long)(expires_at / MICROSECONDS_PER_SECOND), TEXT_ARGUMENTS(signature)));
}

static const char *path_of(struct context *context, const char *id)
{
    return arena_print(context->arena, "%s/%s.csv", context->configuration->upload_folder, id);
}

enum problem storage_keep(struct context *context, const char *id, const char *path)
{
    if (rename(path, path_of(context, id)) != 0) {
        LOG_ERROR("an upload cannot be kept in %s: %s", context->configuration->upload_folder,
                  strerror(errno));
        return FAIL_PLAINLY(context, PROBLEM_UNAVAILABLE);
    }
    return PROBLEM_NONE;
}

static enum problem find(struct context *context, struct text key, const char **path)
{
    struct result *rows;

    TRY(sql_upload_find(context, (struct sql_upload_find){.key = value_text(key)}, &rows));
    if (result_rows(rows) == 0 || !result_true(rows, 0, "complete")) {
        return FAIL(context, PROBLEM_NOT_FOUND, "There is no uploaded file of that key.");
    }
    *path = path_of(context, result_text(rows, 0, "id").data);
    return PROBLEM_NONE;
}

enum problem storage_look(struct context *context, struct text key, int64_t *size)
{
    return remote_look(context, key, size);
}

enum problem storage_open(struct context *context, struct text key, FILE **file)
{
    const char *path = NULL;

    if (storage_is_remote(context->configuration)) {
        return remote_open(context, key, file);
    }
    TRY(find(context, key, &path));
    *file = fopen(path, "re");
    if (*file != NULL) {
        return PROBLEM_NONE;
    }
    if (errno == ENOENT) {
        return FAIL(context, PROBLEM_NOT_FOUND, "The uploaded file is gone.");
    }
    LOG_ERROR("%s cannot be read: %s", path, strerror(errno));
    return FAIL_PLAINLY(context, PROBLEM_UNAVAILABLE);
}

void storage_remove(struct context *context, struct text key)
{
    const char *path = "";

    if (storage_is_remote(context->configuration)) {
        return;
    }
    if (find(context, key, &path) != PROBLEM_NONE) {
        context_forgive(context);
        return;
    }
    if (unlink(path) != 0 && errno != ENOENT) {
        LOG_WARNING("%s cannot be removed: %s", path, strerror(errno));
    }
}

/* Ours end in .csv, those under way in .part. */
static bool is_ours(const char *name)
{
    const char *end = strrchr(name, '.');

    return end != NULL && (strcmp(end, ".csv") == 0 || strcmp(end, ".part") == 0);
}

void storage_sweep(const struct configuration *configuration)
{
    int64_t oldest = clock_now() / MICROSECONDS_PER_SECOND - OLDEST_SECONDS;
    DIR *folder = opendir(configuration->upload_folder);
    const struct dirent *entry;

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        struct stat status;

        if (is_ours(entry->d_name) &&
            fstatat(dirfd(folder), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(status.st_mode) && status.st_mtime < oldest) {
            (void)unlinkat(dirfd(folder), entry->d_name, 0);
        }
    }
    if (folder != NULL) {
        closedir(folder);
    }
}
